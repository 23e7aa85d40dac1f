"""What the detectors of attacks say of every picture and clip, read in the server's own workers."""

import asyncio
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

from likeness.domain.capture import (
    ClipObservation,
    ClipRequest,
    DetectorScore,
    ImageObservation,
    ImageRequest,
)
from likeness.domain.decision import is_one_person, judge_clip
from likeness.domain.errors import (
    EngineError,
    ImageFormatError,
    ImageSizeError,
    LikenessError,
    VideoError,
    VideoFaceNotFoundError,
    VideoFormatError,
    VideoLowFaceQualityError,
    VideoMultipleFacesError,
)
from likeness.domain.thresholds import Thresholds
from likeness.engines.local import LocalEngine
from likeness.evaluation.attacks import Presentation, Unit
from likeness.evaluation.dataset import Picture
from likeness.evaluation.kept import KeptRows
from likeness.evaluation.looking import Progress, look_at_all
from likeness.evaluation.observations import work_folder
from likeness.wire.fields import VIDEO_LIMIT_BYTES

JUDGED = "ok"
"""The outcome of what the detectors judged."""
NO_FACE, ENGINE, UNREADABLE, TOO_LARGE = "NO_FACE", "ENGINE", "UNREADABLE", "TOO_LARGE"
REFUSED_CLIPS: dict[type[LikenessError], str] = {
    VideoFaceNotFoundError: "FACE_IN_FEW_FRAMES",
    VideoMultipleFacesError: "SEVERAL_PEOPLE",
    VideoLowFaceQualityError: "LOW_FACE_QUALITY",
}
FACE_INCONSISTENT = "FACE_INCONSISTENT"
"""The outcome of clips that `verify` calls VIDEO_FACE_INCONSISTENT, whatever the detectors say."""
REFUSED = frozenset({NO_FACE, *REFUSED_CLIPS.values(), FACE_INCONSISTENT})
"""Outcomes of what is refused before genuineness is judged."""
DAMAGED: dict[type[LikenessError], str] = {
    ImageFormatError: "IMAGE_FORMAT",
    ImageSizeError: "IMAGE_SIZE",
    VideoFormatError: "VIDEO_FORMAT",
    EngineError: ENGINE,
}
"""Outcomes of files that are no presentation at all; with UNREADABLE and TOO_LARGE the rest of them."""
_PASSING = frozenset({ENGINE, UNREADABLE})


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of one file: scores of the whole, and of a clip those of each of its frames with a face."""

    outcome: str
    scores: tuple[DetectorScore, ...] = ()
    frames: tuple[tuple[DetectorScore, ...], ...] = ()


class KeptLooks(KeptRows[Looked]):
    """What an evaluation of genuineness remembers: scores, neither pictures nor templates."""

    def take_apart(self, row: Looked) -> list[Any]:
        """See `KeptRows`."""
        return [row.outcome, _plain(row.scores), [_plain(scores) for scores in row.frames]]

    def put_together(self, parts: list[Any]) -> Looked:
        """See `KeptRows`."""
        outcome, scores, frames = parts
        return Looked(outcome, _scores(scores), tuple(_scores(it) for it in frames))


def looks_folder(
    root: Path, pack: str, digests: dict[str, str], presentations: Sequence[Presentation], thresholds: Thresholds
) -> Path:
    """Where what is read in these files is remembered; see `observations.work_folder`.

    It is another one, too, where clips are refused by other thresholds.
    """
    files = [Picture(it.path, f"{it.kind}/{it.source}") for it in presentations]
    asked = f"genuineness by {pack} and {thresholds}"
    return work_folder(root, asked, digests, files, landmark_spread=False)


def look_at(  # noqa: PLR0913 - each is a choice of its own
    presentations: Sequence[Presentation],
    engine: LocalEngine,
    kept: KeptLooks,
    thresholds: Thresholds,
    *,
    at_once: int,
    progress: Progress | None = None,
) -> list[Looked]:
    """Have every picture and clip judged, except where an earlier run has done so.

    Args:
        presentations: see `attacks`.
        engine: not started; it is started and closed here.
        kept: in the folder from `looks_folder`.
        thresholds: of the engine's pack (`Thresholds.for_pack`), by which a clip is refused before its genuineness is
            judged.
        at_once: files handed to the engine at once.
        progress: told after each.

    Raises:
        WorkerStartError: the engine does not start.
        KeptFileError: what was read cannot be written.
    """

    async def look(place: int) -> tuple[Looked, bool]:
        row = await _look(presentations[place], engine, thresholds)
        return row, row.outcome not in _PASSING

    return look_at_all(len(presentations), look, engine, kept, at_once=at_once, progress=progress)


async def _look(presentation: Presentation, engine: LocalEngine, thresholds: Thresholds) -> Looked:
    try:
        data = await asyncio.to_thread(_read, presentation.path)
    except OSError:
        return Looked(UNREADABLE)
    if len(data) > VIDEO_LIMIT_BYTES:
        return Looked(TOO_LARGE)
    try:
        if presentation.unit is Unit.CLIP:
            return _of_clip(await engine.observe_clip(data, ClipRequest(any_duration=True)), thresholds)
        return _of_picture(await engine.observe_image(data, ImageRequest(genuineness=True)))
    except tuple(DAMAGED) as error:
        return Looked(DAMAGED[type(error)])


def _read(path: Path) -> bytes:
    """The file, but no more of it than tells that it is larger than any upload may be."""
    with path.open("rb") as file:
        return file.read(VIDEO_LIMIT_BYTES + 1)


def _of_picture(seen: ImageObservation) -> Looked:
    return Looked(JUDGED, seen.genuineness) if seen.faces else Looked(NO_FACE)


def _of_clip(seen: ClipObservation, thresholds: Thresholds) -> Looked:
    try:
        judge_clip(seen, thresholds)
    except VideoError as error:
        return Looked(REFUSED_CLIPS[type(error)])
    similarities = tuple(it.similarity for it in seen.frames if it.similarity is not None)
    if not is_one_person(similarities, thresholds):
        return Looked(FACE_INCONSISTENT)
    return Looked(JUDGED, seen.genuineness, tuple(it.genuineness for it in seen.frames if it.genuineness))


def _plain(scores: tuple[DetectorScore, ...]) -> list[list[object]]:
    return [list(astuple(it)) for it in scores]


def _scores(plain: list[list[Any]]) -> tuple[DetectorScore, ...]:
    return tuple(DetectorScore(*it) for it in plain)
