"""What a worker observed, built anew from the plain values that it sent; each value is checked."""

from datetime import datetime

import numpy as np

from likeness.domain.capture import DetectorScore, FrameObservation
from likeness.domain.face import Box, Pose, Quality, Template
from likeness.domain.metadata import Metadata
from likeness.domain.spoken import Heard, LipSync, Spoken
from likeness.engines.values import ROUNDING, cosine, maybe, need, number, row, rows, text, whole

PICTURE_BYTES_MAX = 3 * 1280 * 1280
"""Frames are kept at 1280 pixels at most (`pipeline.clip.FRAME_SIDE_PX`); no JPEG is larger than the pixels."""
VECTOR_DIMENSIONS_MAX = 4096
"""The default pack has 128, other face networks up to 2048."""
VECTOR = np.dtype("<f4")
"""How a template's vector crosses."""
SIDE_PX_MAX = 4096
"""`pipeline.header.SIDE_LIMIT_PX`, and the same for clips."""
LARGE = 1e9
"""Over any coordinate, variance or time of an upload."""


def frame(value: object) -> FrameObservation:
    """One frame of a clip."""
    time_s, faces, measured, similarity, scores = row(value, 5)
    return FrameObservation(
        number(time_s, 0, LARGE),
        tuple(map(box, rows(faces))),
        maybe(quality, measured),
        maybe(cosine, similarity),
        tuple(map(score, rows(scores))),
    )


def box(value: object) -> Box:
    """A box with an area."""
    left, top, right, bottom = (number(side, -LARGE, LARGE) for side in row(value, 4))
    need(left < right and top < bottom)
    return Box(left, top, right, bottom)


def quality(value: object) -> Quality:
    """A face's quality."""
    width_px, sharpness, brightness, contrast, frontalness, mirror_similarity, spread = row(value, 7)
    return Quality(
        number(width_px, 0, LARGE),
        number(sharpness, 0, LARGE),
        number(brightness, 0, LARGE),
        number(contrast, 0, LARGE),
        number(frontalness, 0, 1),
        cosine(mirror_similarity),
        maybe(lambda item: number(item, 0, LARGE), spread),
    )


def pose(value: object) -> Pose:
    """A head's pose."""
    return Pose(*(number(angle, -180, 180) for angle in row(value, 3)))


def metadata(value: object) -> Metadata:
    """What a picture file says of the camera."""
    is_jpeg, width_px, height_px, make, model, software, stated, orientation, taken_at = row(value, 9)
    return Metadata(
        whole(is_jpeg, 0, 1) == 1,
        whole(width_px, 0, SIDE_PX_MAX),
        whole(height_px, 0, SIDE_PX_MAX),
        maybe(text, make),
        maybe(text, model),
        maybe(text, software),
        maybe(_stated_size, stated),
        maybe(lambda item: whole(item, 1, 8), orientation),
        maybe(lambda item: datetime.fromisoformat(text(item)), taken_at),
    )


def _stated_size(value: object) -> tuple[int, int]:
    width_px, height_px = row(value, 2)
    return whole(width_px, 1, 1 << 31), whole(height_px, 1, 1 << 31)


def spoken(value: object) -> Spoken:
    """What is made of digits read aloud."""
    heard, lip_sync = row(value, 2)
    digits, score = row(heard, 2)
    agreement, delay_s = row(lip_sync, 2)
    need(text(digits) == "" or (digits.isascii() and digits.isdecimal()))
    return Spoken(
        Heard(digits, number(score, -LARGE, LARGE)),
        LipSync(number(agreement, -LARGE, LARGE), number(delay_s, -LARGE, LARGE)),
    )


def score(value: object) -> DetectorScore:
    """One detector's score."""
    detector, score, reason = row(value, 3)
    return DetectorScore(text(detector), number(score, 0, 1), text(reason))


def template(pack: object, vector: bytes | None) -> Template | None:
    """A template of unit length, or None where there is neither pack nor vector."""
    if pack is None or vector is None:
        need(pack is None and vector is None)
        return None
    need(0 < len(vector) <= VECTOR_DIMENSIONS_MAX * VECTOR.itemsize)
    values = np.frombuffer(vector, VECTOR).astype(np.float32)
    with np.errstate(all="ignore"):  # NaN and overflow are refused here, not told
        length = float(np.linalg.norm(values))
    need(abs(length - 1) <= ROUNDING)
    return Template(text(pack), values)


def jpeg(value: bytes) -> bytes:
    """What looks like a JPEG from end to end."""
    need(len(value) <= PICTURE_BYTES_MAX and value.startswith(b"\xff\xd8\xff") and value.endswith(b"\xff\xd9"))
    return value
