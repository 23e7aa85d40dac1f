"""Clips of GRID as the server sees them: genuine ones, silent faces, photos, and all that with poor cameras."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import av
import numpy as np
from rich.progress import track

from likeness import spoken_clips
from likeness.domain.series import MouthSeries
from likeness.domain.sound import Sound
from likeness.pipeline import mouths
from likeness.pipeline.film import FILM_SIDE_PX
from likeness.pipeline.frames import ClipFrame
from likeness.spoken_clips import Footage
from training.lip_sync import cameras
from training.lip_sync.cameras import DEGRADATIONS, PACKS, PHOTOS, Camera, Filmed, MouthFinder, filmed

FOLDS = 3
"""GRID's part has each digit three times: each fold has every digit once, and no sentence is in two."""
SPLICES = 30
"""Of each fold."""
DEGRADED = 4
"""Spliced clips and whole ones of each fold that are seen by poorer cameras, too; and those that photos are made of."""
SEED = 20

_SILENT_EACH = 3  # one silent face of so many sentences
_LIVE_S = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """What the server makes of a clip.

    name: unique. kind: what it is. fold: of its sentences; -1 for other people. sources: the sentences it is made of.
    mouths: by pack; a pack that finds no face has none. sound: as decoded; of silent faces that of the room.
    """

    name: str
    kind: str
    fold: int
    sources: tuple[str, ...]
    mouths: dict[str, MouthSeries]
    sound: Sound


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Something to be filmed; the other fields are as those of `Clip`."""

    name: str
    kind: str
    fold: int
    sources: tuple[str, ...]
    show: Callable[[], Footage]


Order = tuple[Scene, Filmed]


def collect(data: Path, models: Path, work: Path) -> list[Clip]:
    """Every clip, made anew or, where it was made by the same code, read again."""
    state = hashlib.sha256(Path(__file__).read_bytes())
    for module in (spoken_clips, mouths, cameras):
        state.update(Path(str(module.__file__)).read_bytes())
    folder = work / state.hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    finder = MouthFinder(models)
    orders = [*_spoken(_folds(data, work)), *_live(data)]
    return [_kept(*order, folder, finder) for order in track(orders, description="clips   ")]


def _kept(scene: Scene, film: Filmed, folder: Path, finder: MouthFinder) -> Clip:
    path = folder / f"{scene.name}.npz"
    if not path.exists():
        frames, sound = film()
        arrays = {"sound": sound.samples, "start_s": np.array(sound.start_s)}
        for name, found in finder.find(frames).items():
            arrays |= {f"{name} times": found.times_s, f"{name} crops": found.crops}
        unfinished = path.with_suffix(".part")
        with unfinished.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        unfinished.rename(path)
    with np.load(path) as kept:
        there = [name for name in PACKS if f"{name} times" in kept]
        series = {name: MouthSeries(kept[f"{name} times"], kept[f"{name} crops"]) for name in there}
        heard = Sound(kept["sound"], float(kept["start_s"]))
    return Clip(scene.name, scene.kind, scene.fold, scene.sources, series, heard)


def _folds(data: Path, work: Path) -> list[Path]:
    """Folders of links to GRID's sentences, the nth of each digit in the nth."""
    folders = [work / "folds" / str(fold) for fold in range(FOLDS)]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    counts: dict[str, int] = {}
    for path in sorted((data / "grid" / "s1").glob("*.mpg")):
        fold = counts.get(path.stem[4], 0)
        counts[path.stem[4]] = fold + 1
        for file in (path, path.with_suffix(".align")):
            link = folders[fold] / file.name
            if not link.exists():
                link.symlink_to(file.resolve())
    return folders


def _spoken(folds: Sequence[Path]) -> Iterator[Order]:
    """All that is made of GRID."""
    for fold, folder in enumerate(folds):
        stems = sorted(path.stem for path in folder.glob("*.mpg"))
        wholes = [Scene(f"whole-{it}", "whole", fold, (it,), _reading(folder / f"{it}.mpg")) for it in stems]
        silent = [
            Scene(f"silent-{stem}", "silent", fold, (stem,), _resting(folder, variant))
            for variant, stem in enumerate(stems)
        ]
        splices = _splices(fold, folder, stems)
        yield from ((scene, filmed(scene.show)) for scene in [*wholes, *splices, *silent[::_SILENT_EACH]])
        yield from _otherwise(splices[:DEGRADED], PHOTOS)
        yield from _otherwise([*splices[:DEGRADED], *wholes[:DEGRADED]], DEGRADATIONS)


def _splices(fold: int, folder: Path, stems: Sequence[str]) -> list[Scene]:
    """Four digits each, none twice in a clip."""
    draw = np.random.default_rng([SEED, fold])
    of_digit = {stem[4].replace("z", "0"): stem for stem in stems}
    scenes = []
    for variant in range(SPLICES):
        digits = "".join(str(digit) for digit in draw.permutation(10)[:4])
        sources = tuple(of_digit[digit] for digit in digits)
        show = _splicing(folder, digits, variant)
        scenes.append(Scene(f"spliced-{fold}-{variant}", "spliced", fold, sources, show))
    return scenes


def _otherwise(scenes: Sequence[Scene], ways: Mapping[str, Camera]) -> Iterator[Order]:
    """The scenes filmed in other ways, of which they bear the name."""
    for scene in scenes:
        for name, camera in ways.items():
            kind = f"{scene.kind}, {name}"
            yield replace(scene, name=f"{scene.name}-{name.replace(' ', '-')}", kind=kind), camera(scene.show)


def _reading(path: Path) -> Callable[[], Footage]:
    return lambda: spoken_clips.read(path)


def _splicing(folder: Path, digits: str, variant: int) -> Callable[[], Footage]:
    return lambda: spoken_clips.spliced(folder, digits, variant=variant)


def _resting(folder: Path, variant: int) -> Callable[[], Footage]:
    return lambda: spoken_clips.resting(folder, variant=variant)


def _live(data: Path) -> Iterator[Order]:
    """Other people, who turn and hardly speak, in pieces."""
    for path in sorted((data / "clips").glob("live_[kt].*")):
        frames = _small_frames(path)
        for piece in range(int(frames[-1].time_s / _LIVE_S)):
            part = [it for it in frames if piece * _LIVE_S <= it.time_s < (piece + 1) * _LIVE_S]
            shown = tuple(replace(it, time_s=it.time_s - part[0].time_s) for it in part)
            scene = Scene(f"{path.stem}-{piece}", "other people", -1, (path.stem,), _nothing)
            yield scene, _given(shown)


def _nothing() -> Footage:
    return Footage((), np.zeros(0, np.float32))


def _given(frames: Sequence[ClipFrame]) -> Filmed:
    return lambda: (frames, Sound(np.zeros(0, np.float32), 0.0))


def _small_frames(path: Path) -> list[ClipFrame]:
    """All frames of a trusted clip of any length, as small as those of a film."""
    small = []
    with av.open(str(path), "r") as container:
        for frame in container.decode(video=0):
            shrink = min(1.0, FILM_SIDE_PX / max(frame.width, frame.height))
            size = {"width": round(frame.width * shrink), "height": round(frame.height * shrink)}
            pixels = frame.reformat(**size, format="rgb24").to_ndarray()
            small.append(ClipFrame(float(frame.time or 0.0), np.asarray(pixels, np.uint8)))
    return small
