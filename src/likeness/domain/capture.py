"""What the engine observes in a picture or a clip, and what a token stands for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from likeness.domain.face import Box, Pose, Quality, Template
from likeness.domain.metadata import Metadata
from likeness.domain.spoken import Spoken


class Procedure(StrEnum):
    """How a live person was captured; each is also the name of the permission it needs."""

    STILL = "still"
    VIDEO = "video"
    SELFIE = "selfie"


@dataclass(frozen=True, slots=True)
class DetectorScore:
    """One attack detector's opinion: the higher, the more surely an attack, 0 to 1; reason: what speaks most for it."""

    detector: str
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """How a picture is to be looked at."""

    multi_oriented: bool = False
    """Where no face is found, also try the picture turned by 90, 180 and 270 degrees."""
    landmark_spread: bool = False
    """Measure `Quality.landmark_spread` too, which no decision needs."""
    genuineness: bool = False
    """Ask the detectors of attacks too, which judge captures, not references."""
    pose: bool = False
    """Measure how the head is turned."""
    metadata: bool = False
    """Read what the file says of the camera."""
    show_several: bool = False
    """Hand a picture of several faces back, as JPEG."""


AS_SELFIE = ImageRequest(genuineness=True, pose=True, metadata=True, show_several=True)
"""How the calls that capture a person by selfies want them to be looked at."""


@dataclass(frozen=True, slots=True)
class ClipRequest:
    """How a clip is to be looked at."""

    any_duration: bool = False
    """Take clips of any duration, for measuring on those that others recorded; calls take 0.5 to 8 s."""
    digits: str | None = None
    """The digits asked for, of a clip in which they are read aloud: 3 to 6 s, with sound."""


AS_CALLED = ClipRequest()
"""How the calls want clips to be looked at."""


@dataclass(frozen=True, slots=True, eq=False)
class ImageObservation:
    """One picture as seen by the engine.

    width_px, height_px: of the upload after its EXIF orientation was applied.
    turned_deg: 0, or the clockwise turn (90, 180, 270) after which a face was found.
    faces: boxes in pixels of the upright upload, the largest first.
    template, quality: of the largest face; None without a face.
    chroma: mean distance of the pixels from grey in the a-b plane of CIELAB, in its units (about 0 for a black and
    white picture).
    genuineness: one score per detector for the largest face; empty unless asked for, and without one.
    pose: of the largest face; None unless asked for, and without one.
    metadata: what the file says of the camera; None unless asked for.
    several_picture: JPEG of the picture, perhaps reduced; None unless asked for, and without several faces.
    """

    width_px: int
    height_px: int
    turned_deg: int
    faces: tuple[Box, ...]
    template: Template | None
    quality: Quality | None
    chroma: float
    genuineness: tuple[DetectorScore, ...] = ()
    pose: Pose | None = None
    metadata: Metadata | None = None
    several_picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class FrameObservation:
    """One sampled frame of a clip.

    time_s: since the first frame. faces: boxes in pixels of the clip's picture, the largest first.
    quality, similarity, genuineness: of the largest face; empty without one.
    similarity: cosine between this frame's template and the best frame's (its own is 1). Not the fused one: where a
    face is swapped half-way that is a mix, near to both.
    """

    time_s: float
    faces: tuple[Box, ...]
    quality: Quality | None
    similarity: float | None
    genuineness: tuple[DetectorScore, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ClipObservation:
    """One clip as seen by the engine.

    template: fused from the good frames; None when no frame has a face.
    best_frame: JPEG of the frame that will be compared, None when no frame has a face.
    several_frame: JPEG of a frame with several faces, None when there is none.
    genuineness: one score per detector for the whole clip.
    spoken: of a clip in which digits are read aloud; None of others, and where no frame has a face.
    """

    duration_s: float
    width_px: int
    height_px: int
    frames: tuple[FrameObservation, ...]
    template: Template | None
    quality: Quality | None
    best_frame: bytes | None
    several_frame: bytes | None
    genuineness: tuple[DetectorScore, ...]
    spoken: Spoken | None = None


@dataclass(frozen=True, slots=True)
class Challenge:
    """What `token_random_number` stands for: the digits that are to be read aloud."""

    digits: str


@dataclass(frozen=True, slots=True)
class SpokenAnswer:
    """What a clip made of a challenge showed; asked: its digits."""

    asked: str
    spoken: Spoken


@dataclass(frozen=True, slots=True, eq=False)
class FrontFace:
    """What `token_front_face` stands for.

    several_picture: JPEG of the selfie where it shows several faces. taken_in_at: when the call came, UTC.
    """

    template: Template
    quality: Quality
    pose: Pose
    metadata: Metadata
    several_picture: bytes | None
    genuineness: tuple[DetectorScore, ...]
    model_digests: dict[str, str]
    taken_in_at: datetime


@dataclass(frozen=True, slots=True)
class SelfiePair:
    """What a front and a side selfie showed together.

    similarity: cosine of their templates. differences: what their files tell differently, see `metadata.differences`.
    front, side: how the head was turned. side_quality: of the face in the side selfie.
    side_genuineness: what the detectors of attacks said of it, for the record: they are made for faces seen from the
        front.
    """

    similarity: float
    differences: tuple[str, ...]
    front: Pose
    side: Pose
    side_quality: Quality
    side_genuineness: tuple[DetectorScore, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Capture:
    """What a token for `verify` stands for: all that it needs, so that the work is never done twice, and no more.

    template, quality, genuineness: of the clip, or of the front selfie.
    several_frame: JPEG of a frame with several faces, which `verify` answers; None when there is none.
    similarities: of a clip's sampled frames to its reference frame, in order of time; none of selfies.
    strict: whether the caller asked for the stricter genuineness threshold when capturing.
    answer: of procedure `video`. pair: of procedure `selfie`.
    """

    procedure: Procedure
    template: Template
    quality: Quality
    several_frame: bytes | None
    similarities: tuple[float, ...]
    genuineness: tuple[DetectorScore, ...]
    model_digests: dict[str, str]
    strict: bool = False
    answer: SpokenAnswer | None = None
    pair: SelfiePair | None = None


Kept = Challenge | FrontFace | Capture
"""All that a token may stand for."""
