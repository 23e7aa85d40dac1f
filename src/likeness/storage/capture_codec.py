"""What a token stands for as bytes: a JSON header, its length in front, then the vector and the picture, if any."""

import json
import struct
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np

from likeness.domain.capture import (
    Capture,
    Challenge,
    DetectorScore,
    FrontFace,
    Kept,
    Procedure,
    SelfiePair,
    SpokenAnswer,
)
from likeness.domain.errors import InvalidTokenError
from likeness.domain.face import Pose, Quality, Template
from likeness.domain.metadata import Metadata
from likeness.domain.spoken import Heard, LipSync, Spoken

VERSION = 5
_LENGTH = struct.Struct(">I")
_VECTOR = np.dtype("<f4")


def encode_kept(kept: Kept) -> bytes:
    """What a token stands for as bytes, without compression (JPEG has none left to gain)."""
    body, parts = _taken_apart(kept)
    header = {
        "version": VERSION,
        "kind": type(kept).__name__,
        "parts": [None if part is None else len(part) for part in parts],
        "body": body,
    }
    head = json.dumps(header).encode()
    return b"".join([_LENGTH.pack(len(head)), head, *(part for part in parts if part is not None)])


def decode_kept(data: bytes) -> Kept:
    """What `encode_kept` was given.

    Raises:
        InvalidTokenError: written by another version of this module, whose captures are of no more use.
    """
    start = _LENGTH.size + _LENGTH.unpack_from(data)[0]
    header = json.loads(data[_LENGTH.size : start])
    if header["version"] != VERSION:
        raise InvalidTokenError
    parts: list[bytes | None] = []
    for length in header["parts"]:
        parts.append(None if length is None else data[start : start + length])
        start += length or 0
    return _READERS[header["kind"]](header["body"], parts)


def _taken_apart(kept: Kept) -> tuple[dict[str, Any], list[bytes | None]]:
    if isinstance(kept, Challenge):
        return asdict(kept), []
    body: dict[str, Any] = {
        "pack": kept.template.pack,
        "quality": asdict(kept.quality),
        "genuineness": [asdict(score) for score in kept.genuineness],
        "model_digests": kept.model_digests,
    }
    vector = np.ascontiguousarray(kept.template.vector, _VECTOR).tobytes()
    if isinstance(kept, FrontFace):
        body |= {
            "pose": asdict(kept.pose),
            "metadata": {**asdict(kept.metadata), "taken_at": _written(kept.metadata.taken_at)},
            "taken_in_at": _written(kept.taken_in_at),
        }
        return body, [vector, kept.several_picture]
    body |= {
        "procedure": kept.procedure,
        "similarities": kept.similarities,
        "strict": kept.strict,
        "answer": asdict(kept.answer) if kept.answer else None,
        "pair": asdict(kept.pair) if kept.pair else None,
    }
    return body, [vector, kept.several_frame]


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _capture(body: dict[str, Any], parts: list[bytes | None]) -> Capture:
    vector, several_frame = parts
    return Capture(
        procedure=Procedure(body["procedure"]),
        template=_template(body["pack"], vector),
        quality=Quality(**body["quality"]),
        several_frame=several_frame,
        similarities=tuple(body["similarities"]),
        genuineness=_scores(body["genuineness"]),
        model_digests=body["model_digests"],
        strict=body["strict"],
        answer=_answer(body["answer"]) if body["answer"] else None,
        pair=_pair(body["pair"]) if body["pair"] else None,
    )


def _front_face(body: dict[str, Any], parts: list[bytes | None]) -> FrontFace:
    vector, several_picture = parts
    metadata, taken_at = body["metadata"], body["metadata"]["taken_at"]
    stated = metadata["stated_size_px"]
    return FrontFace(
        template=_template(body["pack"], vector),
        quality=Quality(**body["quality"]),
        pose=Pose(**body["pose"]),
        metadata=Metadata(
            **{
                **metadata,
                "stated_size_px": tuple(stated) if stated else None,
                "taken_at": datetime.fromisoformat(taken_at) if taken_at else None,
            }
        ),
        several_picture=several_picture,
        genuineness=_scores(body["genuineness"]),
        model_digests=body["model_digests"],
        taken_in_at=datetime.fromisoformat(body["taken_in_at"]),
    )


def _challenge(body: dict[str, Any], _: list[bytes | None]) -> Challenge:
    return Challenge(**body)


_READERS: dict[str, Callable[[dict[str, Any], list[bytes | None]], Kept]] = {
    "Capture": _capture,
    "FrontFace": _front_face,
    "Challenge": _challenge,
}


def _template(pack: str, vector: bytes | None) -> Template:
    return Template(pack, np.frombuffer(vector or b"", _VECTOR).astype(np.float32))


def _scores(rows: list[dict[str, Any]]) -> tuple[DetectorScore, ...]:
    return tuple(DetectorScore(**row) for row in rows)


def _answer(body: dict[str, Any]) -> SpokenAnswer:
    spoken = body["spoken"]
    return SpokenAnswer(body["asked"], Spoken(Heard(**spoken["heard"]), LipSync(**spoken["lip_sync"])))


def _pair(body: dict[str, Any]) -> SelfiePair:
    return SelfiePair(
        similarity=body["similarity"],
        differences=tuple(body["differences"]),
        front=Pose(**body["front"]),
        side=Pose(**body["side"]),
        side_quality=Quality(**body["side_quality"]),
        side_genuineness=_scores(body["side_genuineness"]),
    )
