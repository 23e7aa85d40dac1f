"""What a worker does with a clip: bytes in, observation out."""

from dataclasses import dataclass, replace
from math import sqrt

from likeness.domain.capture import ClipObservation, ClipRequest, DetectorScore, FrameObservation
from likeness.domain.errors import VideoNoAudioError
from likeness.domain.face import Face, Template
from likeness.domain.sound import Sound
from likeness.domain.spoken import Spoken
from likeness.models.genuineness import Genuineness, over_frames
from likeness.pipeline.clip import DecodedClip, decode_clip
from likeness.pipeline.face import CHIP_FACE_PX, FaceReader, ReadFace, fuse
from likeness.pipeline.frames import ClipFrame
from likeness.pipeline.image import encode_jpeg
from likeness.pipeline.sound import decode_sound, within
from likeness.pipeline.speaking import SpeechReader
from likeness.pipeline.stage import Announce, Stage

_JPEG_QUALITY = 90
"""Of the frames that are kept: no loss that shows, at a fraction of the bytes of 100."""


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """A frame, its faces in pixels of the frame as analysed, and what was read of the largest."""

    frame: ClipFrame
    found: tuple[Face, ...] = ()
    face: ReadFace | None = None
    scores: tuple[DetectorScore, ...] = ()


class ClipPipeline:
    """Looks at one clip."""

    def __init__(
        self, reader: FaceReader, genuineness: Genuineness, speech: SpeechReader, same_person_similarity: float
    ) -> None:
        self._reader = reader
        self._genuineness = genuineness
        self._speech = speech
        self._same_person_similarity = same_person_similarity

    def observe(self, data: bytes, request: ClipRequest, announce: Announce) -> ClipObservation:
        """Decode a clip, look at its sampled frames and fuse those of the best one's person into one template.

        Raises:
            VideoFormatError, VideoDurationError: see `clip.decode_clip`.
            VideoNoAudioError: digits are to be read aloud, and there is no sound.
        """
        announce(Stage.DECODING)
        clip = decode_clip(data, any_duration=request.any_duration, spoken=request.digits is not None)
        sound = decode_sound(data, clip.start_s) if request.digits is not None else None
        if request.digits is not None and sound is None:
            raise VideoNoAudioError
        announce(Stage.JUDGING)
        seen = [self._look(frame, clip.scale) for frame in clip.frames]
        scores = over_frames([s.scores for s in seen if s.scores], self._genuineness.over_time(clip.series))
        observed = _summary(clip, seen, scores, self._same_person_similarity)
        if request.digits is None or sound is None or observed.template is None:
            return observed
        return replace(observed, spoken=self._listen(clip, seen, sound, request.digits))

    def _listen(self, clip: DecodedClip, seen: list[_Seen], sound: Sound, digits: str) -> Spoken:
        factor = max(clip.film[0].pixels.shape) / max(clip.frames[0].pixels.shape)
        found = [(it.frame.time_s, it.found[0].scaled(factor)) for it in seen if it.found]
        under_film = within(sound, clip.film[0].time_s, clip.film[-1].time_s)
        return self._speech.read(clip.film, found, under_film, digits)

    def _look(self, frame: ClipFrame, scale: float) -> _Seen:
        faces = self._reader.find(frame.pixels)
        if not faces:
            return _Seen(frame)
        face = self._reader.read(frame.pixels, faces[0], scale)
        scores = self._genuineness.look(frame.pixels, faces[0].box)
        return _Seen(frame, tuple(faces), face, scores)


def _summary(
    clip: DecodedClip, seen: list[_Seen], scores: tuple[DetectorScore, ...], same_person_similarity: float
) -> ClipObservation:
    with_face = [(s.frame, s.face) for s in seen if s.face]
    best_frame, best = _best(with_face) if with_face else (None, None)
    several = next((s.frame for s in seen if len(s.found) > 1), None)
    return ClipObservation(
        clip.duration_s,
        clip.width_px,
        clip.height_px,
        tuple(_observed(s, best, clip.scale) for s in seen),
        _fused([face.template for _, face in with_face], best.template, same_person_similarity) if best else None,
        best.quality if best else None,
        encode_jpeg(best_frame.pixels, _JPEG_QUALITY) if best_frame else None,
        encode_jpeg(several.pixels, _JPEG_QUALITY) if several else None,
        scores,
    )


def _best(faces: list[tuple[ClipFrame, ReadFace]]) -> tuple[ClipFrame, ReadFace]:
    """The face of most merit, which the clip stands for.

    Merit is the product of size (up to what the embedder's chip can hold), sharpness (as strength of edges, against
    the sharpest of the clip) and frontalness, each 0 to 1.
    """
    sharpest = max(face.quality.sharpness for _, face in faces) or 1.0

    def merit(seen: tuple[ClipFrame, ReadFace]) -> float:
        _, face = seen
        size = min(1.0, face.quality.face_width_px / CHIP_FACE_PX)
        return size * sqrt(face.quality.sharpness / sharpest) * face.quality.frontalness

    return max(faces, key=merit)


def _fused(templates: list[Template], best: Template, same_person_similarity: float) -> Template:
    """The mean of the frames that show the best one's person: with a stranger's in it, it would match both people."""
    return fuse([best, *(it for it in templates if it is not best and it.similarity(best) >= same_person_similarity)])


def _observed(seen: _Seen, best: ReadFace | None, scale: float) -> FrameObservation:
    """A frame for the record; boxes in pixels of the clip."""
    return FrameObservation(
        seen.frame.time_s,
        tuple(face.box.scaled(1 / scale) for face in seen.found),
        seen.face.quality if seen.face else None,
        seen.face.template.similarity(best.template) if seen.face and best else None,
        seen.scores,
    )
