"""A capture as bytes: a JSON header, its length in front, then the vector and the picture, if any, as they are."""

import json
import struct
from dataclasses import asdict

import numpy as np

from likeness.domain.capture import Capture, DetectorScore, Procedure
from likeness.domain.errors import InvalidTokenError
from likeness.domain.face import Quality, Template

VERSION = 4
_LENGTH = struct.Struct(">I")
_VECTOR = np.dtype("<f4")


def encode_capture(capture: Capture) -> bytes:
    """The capture as bytes, without compression (JPEG has none left to gain)."""
    parts = [np.ascontiguousarray(capture.template.vector, _VECTOR).tobytes()]
    if capture.several_frame is not None:
        parts.append(capture.several_frame)
    header = {
        "version": VERSION,
        "parts": [len(part) for part in parts],
        "procedure": capture.procedure,
        "pack": capture.template.pack,
        "quality": asdict(capture.quality),
        "similarities": capture.similarities,
        "genuineness": [asdict(score) for score in capture.genuineness],
        "model_digests": capture.model_digests,
        "strict": capture.strict,
    }
    head = json.dumps(header).encode()
    return b"".join([_LENGTH.pack(len(head)), head, *parts])


def decode_capture(data: bytes) -> Capture:
    """What `encode_capture` was given.

    Raises:
        InvalidTokenError: written by another version of this module, whose captures are of no more use.
    """
    start = _LENGTH.size + _LENGTH.unpack_from(data)[0]
    header = json.loads(data[_LENGTH.size : start])
    if header["version"] != VERSION:
        raise InvalidTokenError
    parts = []
    for length in header["parts"]:
        parts.append(data[start : start + length])
        start += length
    vector, *several = parts
    return Capture(
        procedure=Procedure(header["procedure"]),
        template=Template(header["pack"], np.frombuffer(vector, _VECTOR).astype(np.float32)),
        quality=Quality(**header["quality"]),
        several_frame=several[0] if several else None,
        similarities=tuple(header["similarities"]),
        genuineness=tuple(DetectorScore(**score) for score in header["genuineness"]),
        model_digests=header["model_digests"],
        strict=header["strict"],
    )
