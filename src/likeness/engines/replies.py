"""A worker's reply as bytes: a JSON header, its length in front, then the template's vector and the JPEGs as they are.

A worker reads anyone's bytes, so what it answers is not trusted: nothing in a reply names code, and the server builds
each object anew, value by value, refusing what no worker answers.
"""

import json
import struct
from collections.abc import Callable
from dataclasses import astuple
from typing import Any, TypeVar

import numpy as np

from likeness.domain import errors
from likeness.domain.capture import ClipObservation, DetectorScore, FrameObservation, ImageObservation
from likeness.domain.errors import EngineError, ImageError, VideoError
from likeness.domain.face import Box, Quality, Template
from likeness.engines.messages import Done, Entered, Ready, Refused, Reply, Unready
from likeness.pipeline.stage import Stage

HEADER_BYTES_MAX = 1024 * 1024
"""A face takes some 80 bytes of it: ten frames with a thousand faces each."""
PICTURE_BYTES_MAX = 3 * 1280 * 1280
"""Frames are kept at 1280 pixels at most (`pipeline.clip.FRAME_SIDE_PX`); no JPEG is larger than the pixels."""
VECTOR_DIMENSIONS_MAX = 4096
"""The default pack has 128, other face networks up to 2048."""
REPLY_BYTES_MAX = 4 + HEADER_BYTES_MAX + 4 * VECTOR_DIMENSIONS_MAX + 2 * PICTURE_BYTES_MAX

_LENGTH = struct.Struct(">I")
_VECTOR = np.dtype("<f4")
_SIDE_PX_MAX = 4096  # `pipeline.header.SIDE_LIMIT_PX`, and the same for clips
_TEXT_CHARS_MAX = 1000
_LARGE = 1e9  # over any coordinate, variance or time of an upload
_ROUNDING = 1e-3  # float32 vectors of unit length, and their products, are off by less
_TURNS_DEG = (0, 90, 180, 270)
_ERRORS = {
    kind.__name__: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, ImageError | VideoError | EngineError)
}

_Part = bytes | None
_T = TypeVar("_T")


class ReplyError(ValueError):
    """A reply that no worker in its senses sends; says nothing of what it holds."""


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
            body = [*seen, [astuple(score) for score in it.genuineness], _pack(it.template), _quality_row(it.quality)]
            return "image", body, [_vector(it.template)]
        case Done(ClipObservation() as it):
            seen = [it.duration_s, it.width_px, it.height_px, [astuple(frame) for frame in it.frames]]
            body = [*seen, [astuple(score) for score in it.genuineness], _pack(it.template), _quality_row(it.quality)]
            return "clip", body, [_vector(it.template), it.best_frame, it.several_frame]
    raise TypeError(type(reply).__name__)


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)[:_TEXT_CHARS_MAX]


def _pack(template: Template | None) -> str | None:
    return template.pack if template else None


def _vector(template: Template | None) -> _Part:
    return np.ascontiguousarray(template.vector, _VECTOR).tobytes() if template else None


def _quality_row(quality: Quality | None) -> tuple[float | None, ...] | None:
    return astuple(quality) if quality else None


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
    _need(head_bytes <= HEADER_BYTES_MAX and start <= len(data))
    kind, body, lengths = _row(json.loads(data[_LENGTH.size : start].decode("ascii")), 3)
    parts: list[_Part] = []
    for length in _rows(lengths):
        if length is None:
            parts.append(None)
            continue
        part_bytes = _whole(length, 0, len(data) - start)
        parts.append(data[start : start + part_bytes])
        start += part_bytes
    _need(start == len(data))
    return kind, body, parts


def _ready(body: Any, parts: list[_Part]) -> Ready:  # noqa: ANN401 - what was read, before it is checked
    _row(body, 0)
    _row(parts, 0)
    return Ready()


def _unready(body: Any, parts: list[_Part]) -> Unready:  # noqa: ANN401
    (reason,) = _row(body, 1)
    _row(parts, 0)
    return Unready(_text(reason))


def _entered(body: Any, parts: list[_Part]) -> Entered:  # noqa: ANN401
    (stage,) = _row(body, 1)
    _row(parts, 0)
    return Entered(Stage(stage))


def _refused(body: Any, parts: list[_Part]) -> Refused:  # noqa: ANN401
    name, trace = _row(body, 2)
    _row(parts, 0)
    return Refused(_ERRORS[name](), _text(trace))


def _image(body: Any, parts: list[_Part]) -> Done:  # noqa: ANN401
    width_px, height_px, turned_deg, faces, chroma, scores, pack, quality = _row(body, 8)
    (vector,) = _row(parts, 1)
    turn_deg = _whole(turned_deg, 0, max(_TURNS_DEG))
    _need(turn_deg in _TURNS_DEG)
    return Done(
        ImageObservation(
            _whole(width_px, 0, _SIDE_PX_MAX),
            _whole(height_px, 0, _SIDE_PX_MAX),
            turn_deg,
            tuple(map(_box, _rows(faces))),
            _template(pack, vector),
            _maybe(_quality, quality),
            _number(chroma, 0, _LARGE),
            tuple(map(_score, _rows(scores))),
        )
    )


def _clip(body: Any, parts: list[_Part]) -> Done:  # noqa: ANN401
    duration_s, width_px, height_px, frames, scores, pack, quality = _row(body, 7)
    vector, best_frame, several_frame = _row(parts, 3)
    return Done(
        ClipObservation(
            _number(duration_s, 0, _LARGE),
            _whole(width_px, 0, _SIDE_PX_MAX),
            _whole(height_px, 0, _SIDE_PX_MAX),
            tuple(map(_frame, _rows(frames))),
            _template(pack, vector),
            _maybe(_quality, quality),
            _maybe(_jpeg, best_frame),
            _maybe(_jpeg, several_frame),
            tuple(map(_score, _rows(scores))),
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


def _frame(value: object) -> FrameObservation:
    time_s, faces, quality, similarity, scores = _row(value, 5)
    return FrameObservation(
        _number(time_s, 0, _LARGE),
        tuple(map(_box, _rows(faces))),
        _maybe(_quality, quality),
        _maybe(_cosine, similarity),
        tuple(map(_score, _rows(scores))),
    )


def _box(value: object) -> Box:
    left, top, right, bottom = (_number(side, -_LARGE, _LARGE) for side in _row(value, 4))
    _need(left < right and top < bottom)
    return Box(left, top, right, bottom)


def _quality(value: object) -> Quality:
    width_px, sharpness, brightness, contrast, frontalness, mirror_similarity, spread = _row(value, 7)
    return Quality(
        _number(width_px, 0, _LARGE),
        _number(sharpness, 0, _LARGE),
        _number(brightness, 0, _LARGE),
        _number(contrast, 0, _LARGE),
        _number(frontalness, 0, 1),
        _cosine(mirror_similarity),
        _maybe(lambda item: _number(item, 0, _LARGE), spread),
    )


def _score(value: object) -> DetectorScore:
    detector, score, reason = _row(value, 3)
    return DetectorScore(_text(detector), _number(score, 0, 1), _text(reason))


def _template(pack: object, vector: _Part) -> Template | None:
    if pack is None or vector is None:
        _need(pack is None and vector is None)
        return None
    _need(0 < len(vector) <= VECTOR_DIMENSIONS_MAX * _VECTOR.itemsize)
    values = np.frombuffer(vector, _VECTOR).astype(np.float32)
    with np.errstate(all="ignore"):  # NaN and overflow are refused here, not told
        length = float(np.linalg.norm(values))
    _need(abs(length - 1) <= _ROUNDING)
    return Template(_text(pack), values)


def _jpeg(value: bytes) -> bytes:
    _need(len(value) <= PICTURE_BYTES_MAX and value.startswith(b"\xff\xd8\xff") and value.endswith(b"\xff\xd9"))
    return value


# --- plain values -----------------------------------------------------------------------------------------------------
def _need(condition: bool) -> None:
    if not condition:
        raise ReplyError


def _rows(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ReplyError
    return value


def _row(value: object, length: int) -> list[Any]:
    row = _rows(value)
    _need(len(row) == length)
    return row


def _number(value: object, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ReplyError
    return float(value)


def _whole(value: object, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ReplyError
    return value


def _cosine(value: object) -> float:
    return _number(value, -1 - _ROUNDING, 1 + _ROUNDING)


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _TEXT_CHARS_MAX or not value.isprintable():
        raise ReplyError
    return value


def _maybe(read: Callable[[Any], _T], value: object) -> _T | None:
    return None if value is None else read(value)
