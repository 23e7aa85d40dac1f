"""A worker's reply as bytes: a JSON header, its length in front, then the template's vector and the JPEGs as they are.

A worker reads anyone's bytes, so what it answers is not trusted: nothing in a reply names code, and the server builds
each object anew, value by value, refusing what no worker answers.
"""

import json
import struct
from collections.abc import Callable
from dataclasses import astuple, fields
from typing import Any

import numpy as np

from likeness.domain import errors
from likeness.domain.capture import ClipObservation, ImageObservation
from likeness.domain.errors import EngineError, ImageError, VideoError
from likeness.domain.face import Pose, Quality, Template
from likeness.domain.metadata import Metadata
from likeness.domain.spoken import Spoken
from likeness.engines import readings
from likeness.engines.messages import Done, Entered, Ready, Refused, Reply, Unready
from likeness.engines.readings import LARGE, PICTURE_BYTES_MAX, SIDE_PX_MAX, VECTOR, VECTOR_DIMENSIONS_MAX
from likeness.engines.values import (
    TEXT_CHARS_MAX,
    ReplyError,
    maybe,
    need,
    number,
    row,
    rows,
    text,
    whole,
)
from likeness.pipeline.stage import Stage

HEADER_BYTES_MAX = 1024 * 1024
"""A face takes some 80 bytes of it: ten frames with a thousand faces each."""
REPLY_BYTES_MAX = 4 + HEADER_BYTES_MAX + 4 * VECTOR_DIMENSIONS_MAX + 2 * PICTURE_BYTES_MAX

_LENGTH = struct.Struct(">I")
_TURNS_DEG = (0, 90, 180, 270)
_ERRORS = {
    kind.__name__: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, ImageError | VideoError | EngineError)
}

_Part = bytes | None


# --- in the worker ----------------------------------------------------------------------------------------------------
def dump_reply(reply: Reply) -> bytes:
    """A reply as bytes."""
    kind, body, parts = _taken_apart(reply)
    lengths = [None if part is None else len(part) for part in parts]
    head = json.dumps([kind, body, lengths], allow_nan=False).encode()
    return b"".join([_LENGTH.pack(len(head)), head, *(part for part in parts if part is not None)])


def _taken_apart(reply: Reply) -> tuple[str, list[Any], list[_Part]]:
    match reply:
        case Ready():
            return "ready", [], []
        case Unready(reason):
            return "unready", [_printable(reason)], []
        case Entered(stage):
            return "entered", [stage.value], []
        case Refused(error, trace):
            return "refused", [type(error).__name__, _printable(trace)], []
        case Done(ImageObservation() as it):
            seen = [it.width_px, it.height_px, it.turned_deg, [astuple(box) for box in it.faces], it.chroma]
            body = [*seen, [astuple(score) for score in it.genuineness], _pack(it.template), _row_of(it.quality)]
            body += [_row_of(it.pose), _metadata_row(it.metadata)]
            return "image", body, [_vector(it.template), it.several_picture]
        case Done(ClipObservation() as it):
            seen = [it.duration_s, it.width_px, it.height_px, [astuple(frame) for frame in it.frames]]
            body = [*seen, [astuple(score) for score in it.genuineness], _pack(it.template), _row_of(it.quality)]
            body += [_row_of(it.spoken)]
            return "clip", body, [_vector(it.template), it.best_frame, it.several_frame]
    raise TypeError(type(reply).__name__)


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)[:TEXT_CHARS_MAX]


def _pack(template: Template | None) -> str | None:
    return template.pack if template else None


def _vector(template: Template | None) -> _Part:
    return np.ascontiguousarray(template.vector, VECTOR).tobytes() if template else None


def _row_of(value: Quality | Pose | Spoken | None) -> tuple[Any, ...] | None:
    return astuple(value) if value else None


def _metadata_row(metadata: Metadata | None) -> list[Any] | None:
    if metadata is None:
        return None
    is_jpeg, *others, taken_at = (getattr(metadata, field.name) for field in fields(metadata))
    return [int(is_jpeg), *others, taken_at.isoformat() if taken_at else None]


# --- in the server ----------------------------------------------------------------------------------------------------
def load_reply(data: bytes) -> Reply:
    """A reply from a worker.

    Raises:
        ReplyError: no worker in its senses sends it.
    """
    try:
        kind, body, parts = _opened(data)
        return _READERS[kind](body, parts)
    except (ValueError, TypeError, KeyError, RecursionError, struct.error):
        raise ReplyError from None  # their texts quote what was read


def _opened(data: bytes) -> tuple[str, list[Any], list[_Part]]:
    (head_bytes,) = _LENGTH.unpack_from(data)
    start = _LENGTH.size + head_bytes
    need(head_bytes <= HEADER_BYTES_MAX and start <= len(data))
    kind, body, lengths = row(json.loads(data[_LENGTH.size : start].decode("ascii")), 3)
    parts: list[_Part] = []
    for length in rows(lengths):
        if length is None:
            parts.append(None)
            continue
        part_bytes = whole(length, 0, len(data) - start)
        parts.append(data[start : start + part_bytes])
        start += part_bytes
    need(start == len(data))
    return kind, body, parts


def _ready(body: Any, parts: list[_Part]) -> Ready:  # noqa: ANN401 - what was read, before it is checked
    row(body, 0)
    row(parts, 0)
    return Ready()


def _unready(body: Any, parts: list[_Part]) -> Unready:  # noqa: ANN401
    (reason,) = row(body, 1)
    row(parts, 0)
    return Unready(text(reason))


def _entered(body: Any, parts: list[_Part]) -> Entered:  # noqa: ANN401
    (stage,) = row(body, 1)
    row(parts, 0)
    return Entered(Stage(stage))


def _refused(body: Any, parts: list[_Part]) -> Refused:  # noqa: ANN401
    name, trace = row(body, 2)
    row(parts, 0)
    return Refused(_ERRORS[name](), text(trace))


def _image(body: Any, parts: list[_Part]) -> Done:  # noqa: ANN401
    width_px, height_px, turned_deg, faces, chroma, scores, pack, quality, pose, metadata = row(body, 10)
    vector, several_picture = row(parts, 2)
    turn_deg = whole(turned_deg, 0, max(_TURNS_DEG))
    need(turn_deg in _TURNS_DEG)
    return Done(
        ImageObservation(
            whole(width_px, 0, SIDE_PX_MAX),
            whole(height_px, 0, SIDE_PX_MAX),
            turn_deg,
            tuple(map(readings.box, rows(faces))),
            readings.template(pack, vector),
            maybe(readings.quality, quality),
            number(chroma, 0, LARGE),
            tuple(map(readings.score, rows(scores))),
            maybe(readings.pose, pose),
            maybe(readings.metadata, metadata),
            maybe(readings.jpeg, several_picture),
        )
    )


def _clip(body: Any, parts: list[_Part]) -> Done:  # noqa: ANN401
    duration_s, width_px, height_px, frames, scores, pack, quality, spoken = row(body, 8)
    vector, best_frame, several_frame = row(parts, 3)
    return Done(
        ClipObservation(
            number(duration_s, 0, LARGE),
            whole(width_px, 0, SIDE_PX_MAX),
            whole(height_px, 0, SIDE_PX_MAX),
            tuple(map(readings.frame, rows(frames))),
            readings.template(pack, vector),
            maybe(readings.quality, quality),
            maybe(readings.jpeg, best_frame),
            maybe(readings.jpeg, several_frame),
            tuple(map(readings.score, rows(scores))),
            maybe(readings.spoken, spoken),
        )
    )


_READERS: dict[str, Callable[[Any, list[_Part]], Reply]] = {
    "ready": _ready,
    "unready": _unready,
    "entered": _entered,
    "refused": _refused,
    "image": _image,
    "clip": _clip,
}
