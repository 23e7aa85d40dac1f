"""Reading every picture of an evaluation, in the server's own workers, and remembering what was read as it goes."""

import asyncio
import hashlib
import os
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import likeness
from likeness.domain.capture import ImageObservation, ImageRequest
from likeness.domain.errors import EngineError, ImageFormatError, ImageSizeError
from likeness.domain.face import Box, FloatArray, Quality
from likeness.engines.local import LocalEngine
from likeness.evaluation.dataset import Picture
from likeness.evaluation.kept import KeptFile, Seen
from likeness.evaluation.looking import Progress, look_at_all

READ = "ok"
"""The outcome of a picture in which a face was read."""
NO_FACE, UNREADABLE, ENGINE, NOT_CENTRED = "NO_FACE", "UNREADABLE", "ENGINE", "NOT_CENTRED"
REFUSALS = {ImageFormatError: "IMAGE_FORMAT", ImageSizeError: "IMAGE_SIZE", EngineError: ENGINE}
"""Outcomes of the engine's errors; ENGINE is a worker that failed through no fault of the picture."""
_PASSING = (UNREADABLE, ENGINE)
_CODE = ("domain", "evaluation", "models", "pipeline")  # what an observation depends on


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """What was read in n pictures.

    path: (n,). person: (n,), empty where not known. outcome: (n,), READ or why no template was made.
    vector: (n, d), float32, unit length, NaN without a face.
    quality: (n, k), NaN without a face and where it was not measured; its columns are the fields of `Quality`, named in
        `quality_names`.
    faces: (n,), faces found. size: (n, 2), width and height in pixels, 0 where it could not be decoded.
    centred: (n,), whether the face read, the largest, is also the one nearest to the picture's centre.
    """

    path: NDArray[np.str_]
    person: NDArray[np.str_]
    outcome: NDArray[np.str_]
    vector: FloatArray
    quality: FloatArray
    quality_names: tuple[str, ...]
    faces: NDArray[np.int64]
    size: NDArray[np.int64]
    centred: NDArray[np.bool_]

    @property
    def read(self) -> NDArray[np.bool_]:
        """(n,): whether there is a template."""
        return np.asarray(self.outcome == READ)

    def chosen(self, which: NDArray[np.bool_]) -> "Observations":
        """Some of the pictures."""
        names = [field.name for field in fields(self) if field.name != "quality_names"]
        columns = {name: getattr(self, name)[which] for name in names}
        return Observations(quality_names=self.quality_names, **columns)


def work_folder(
    root: Path, pack: str, digests: dict[str, str], pictures: Sequence[Picture], *, landmark_spread: bool
) -> Path:
    """Where what is read in these pictures is remembered.

    It is another folder if the pack, the code, a picture or what is asked for changes.
    """
    asked = f"{likeness.__name__} {pack} {sorted(digests.items())} {landmark_spread=}"
    digest = hashlib.sha256(asked.encode())
    package = Path(str(likeness.__file__)).parent
    for source in sorted(path for name in _CODE for path in (package / name).rglob("*.py")):
        digest.update(hashlib.sha256(source.read_bytes()).digest())
    for picture in pictures:
        try:
            state = picture.path.stat()
            known = (state.st_size, state.st_mtime_ns)
        except OSError:
            known = (-1, -1)
        digest.update(os.fsencode(picture.path.absolute()) + f"\0{picture.person!a}\0{known}\0".encode())
    return root / digest.hexdigest()[:24]


def observe(  # noqa: PLR0913 - each is a choice of its own
    pictures: Sequence[Picture],
    engine: LocalEngine,
    kept: KeptFile,
    *,
    at_once: int,
    landmark_spread: bool,
    progress: Progress | None = None,
) -> Observations:
    """Read the largest face of every picture, except where an earlier run has done so.

    Args:
        pictures: see `dataset`.
        engine: not started; it is started and closed here.
        kept: in the folder from `work_folder`.
        at_once: pictures handed to the engine at once, some more than it has workers.
        landmark_spread: whether to measure that quality, too; it costs five alignments a picture.
        progress: told after each picture.

    Raises:
        WorkerStartError: the engine does not start.
        KeptFileError: what was read cannot be written.
    """
    request = ImageRequest(landmark_spread=landmark_spread)

    async def look(place: int) -> tuple[Seen, bool]:
        row = await _look(pictures[place].path, engine, request)
        return row, row.outcome not in _PASSING

    return _as_columns(pictures, look_at_all(len(pictures), look, engine, kept, at_once=at_once, progress=progress))


async def _look(path: Path, engine: LocalEngine, request: ImageRequest) -> Seen:
    try:
        data = await asyncio.to_thread(path.read_bytes)
    except OSError:
        return Seen(UNREADABLE)
    try:
        return _seen(await engine.observe_image(data, request))
    except tuple(REFUSALS) as error:
        return Seen(REFUSALS[type(error)])


def _seen(observation: ImageObservation) -> Seen:
    width_px, height_px = observation.width_px, observation.height_px
    if observation.template is None or observation.quality is None:
        return Seen(NO_FACE, width_px=width_px, height_px=height_px)
    return Seen(
        READ,
        observation.template.vector,
        tuple(float("nan") if value is None else float(value) for value in astuple(observation.quality)),
        len(observation.faces),
        width_px,
        height_px,
        _is_centred(observation.faces, width_px, height_px),
    )


def _is_centred(faces: tuple[Box, ...], width_px: int, height_px: int) -> bool:
    """Whether the first box is the one nearest to the centre."""
    away = [np.hypot((it.left + it.right - width_px) / 2, (it.top + it.bottom - height_px) / 2) for it in faces]
    return bool(np.argmin(away) == 0)


def _as_columns(pictures: Sequence[Picture], rows: list[Seen]) -> Observations:
    names = tuple(field.name for field in fields(Quality))
    dimensions = max((len(row.vector) for row in rows if row.vector is not None), default=0)
    vector = np.full((len(rows), dimensions), np.nan, np.float32)
    quality = np.full((len(rows), len(names)), np.nan, np.float32)
    for place, row in enumerate(rows):
        if row.vector is not None:
            vector[place], quality[place] = row.vector, row.quality
    return Observations(
        path=np.array([str(picture.path) for picture in pictures]),
        person=np.array([picture.person for picture in pictures]),
        outcome=np.array([row.outcome for row in rows]),
        vector=vector,
        quality=quality,
        quality_names=names,
        faces=np.array([row.faces for row in rows], np.int64),
        size=np.array([(row.width_px, row.height_px) for row in rows], np.int64).reshape(-1, 2),
        centred=np.array([row.centred for row in rows], np.bool_),
    )
