"""What a worker does with a clip: bytes in, observation out."""

from dataclasses import dataclass
from math import sqrt
from statistics import fmean

from likeness.domain.capture import ClipObservation, DetectorScore, FrameObservation
from likeness.domain.face import Box
from likeness.models.genuineness import ReplayDetector
from likeness.pipeline.clip import ClipFrame, DecodedClip, decode_clip
from likeness.pipeline.face import CHIP_FACE_PX, FaceReader, ReadFace, fuse
from likeness.pipeline.image import encode_jpeg
from likeness.pipeline.stage import Announce, Stage

_JPEG_QUALITY = 90
"""Of the frames that are kept: no loss that shows, at a fraction of the bytes of 100."""


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """A frame, the boxes of its faces in pixels of the frame as analysed, and what was read of the largest."""

    frame: ClipFrame
    boxes: tuple[Box, ...] = ()
    face: ReadFace | None = None
    scores: tuple[DetectorScore, ...] = ()


class ClipPipeline:
    """Looks at one clip."""

    def __init__(self, reader: FaceReader, replay: ReplayDetector) -> None:
        self._reader = reader
        self._replay = replay

    def observe(self, data: bytes, announce: Announce) -> ClipObservation:
        """Decode a clip, look at its sampled frames and fuse the good ones into one template.

        Raises:
            VideoFormatError, VideoDurationError: see `clip.decode_clip`.
        """
        announce(Stage.DECODING)
        clip = decode_clip(data)
        announce(Stage.JUDGING)
        return _summary(clip, [self._look(frame, clip.scale) for frame in clip.frames])

    def _look(self, frame: ClipFrame, scale: float) -> _Seen:
        boxes = tuple(face.box for face in self._reader.find(frame.pixels))
        if not boxes:
            return _Seen(frame)
        face = self._reader.read(frame.pixels, boxes[0], scale)
        return _Seen(frame, boxes, face, (self._replay.score(frame.pixels, boxes[0]),))


def _summary(clip: DecodedClip, seen: list[_Seen]) -> ClipObservation:
    ranked = _ranked([(s.frame, s.face) for s in seen if s.face])
    best = ranked[0] if ranked else None
    several = next((s.frame for s in seen if len(s.boxes) > 1), None)
    return ClipObservation(
        clip.duration_s,
        clip.width_px,
        clip.height_px,
        tuple(_observed(s, best.face if best else None, clip.scale) for s in seen),
        fuse([r.face.template for r in ranked if 2 * r.merit >= ranked[0].merit]) if best else None,
        best.face.quality if best else None,
        encode_jpeg(best.frame.pixels, _JPEG_QUALITY) if best else None,
        encode_jpeg(several.pixels, _JPEG_QUALITY) if several else None,
        _overall([s.scores for s in seen if s.scores]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Ranked:
    frame: ClipFrame
    face: ReadFace
    merit: float


def _ranked(faces: list[tuple[ClipFrame, ReadFace]]) -> list[_Ranked]:
    """Faces by merit, the best first.

    Merit is the product of size (up to what the embedder's chip can hold), sharpness (as strength of edges, against
    the sharpest of the clip) and frontalness, each 0 to 1. A frame under half the best one's merit - a turn of the
    head, a blur - is left out of the fused template.
    """
    sharpest = max((face.quality.sharpness for _, face in faces), default=0.0) or 1.0

    def merit(face: ReadFace) -> float:
        size = min(1.0, face.quality.face_width_px / CHIP_FACE_PX)
        return size * sqrt(face.quality.sharpness / sharpest) * face.frontalness

    ranked = [_Ranked(frame, face, merit(face)) for frame, face in faces]
    return sorted(ranked, key=lambda r: r.merit, reverse=True)


def _observed(seen: _Seen, best: ReadFace | None, scale: float) -> FrameObservation:
    """A frame for the record; boxes in pixels of the clip."""
    return FrameObservation(
        seen.frame.time_s,
        tuple(box.scaled(1 / scale) for box in seen.boxes),
        seen.face.quality if seen.face else None,
        seen.face.template.similarity(best.template) if seen.face and best else None,
        seen.scores,
    )


def _overall(scores: list[tuple[DetectorScore, ...]]) -> tuple[DetectorScore, ...]:
    """Each detector's mean over the frames, with the reason of the frame that speaks loudest."""
    overall = []
    for of_one in zip(*scores, strict=True):
        loudest = max(of_one, key=lambda s: s.score)
        overall.append(DetectorScore(loudest.detector, fmean(s.score for s in of_one), loudest.reason))
    return tuple(overall)
