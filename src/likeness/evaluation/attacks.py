"""Which pictures and clips an evaluation of genuineness looks at: `DIR/{live,replay,print,mask,generated}/**`."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NoReturn

from likeness.domain.verdict import FaceGenuineness
from likeness.evaluation.dataset import SUFFIXES, DatasetError, spelt

_CLIP_ENDINGS = "3gp asf avi flv ivf m2ts m4v mkv mov mp4 mpeg mpg mts ogg ogv ts webm wmv"
CLIP_SUFFIXES = frozenset(f".{ending}" for ending in _CLIP_ENDINGS.split())
"""Of the containers the engine reads; files named neither so nor like a picture are not looked at."""
ITSELF = "."
"""The source of files that lie directly in a kind's folder."""


class Kind(StrEnum):
    """What is shown to the camera; each is also the name of a folder. All but the first are attacks."""

    LIVE = "live"
    REPLAY = "replay"
    PRINT = "print"
    MASK = "mask"
    GENERATED = "generated"


ATTACKS = tuple(kind for kind in Kind if kind is not Kind.LIVE)
EXPECTED = {
    Kind.REPLAY: FaceGenuineness.SCREEN_REPLAY,
    Kind.PRINT: FaceGenuineness.MASK,
    Kind.MASK: FaceGenuineness.MASK,
    Kind.GENERATED: FaceGenuineness.FACEGEN,
}
"""The verdict that names each kind of attack rightly; any but PASSED detects it."""
OWN_KIND = {
    "print": Kind.PRINT,
    "cutout": Kind.MASK,
    "screen": Kind.REPLAY,
    "minifasnet": Kind.REPLAY,
    "generated": Kind.GENERATED,
}
"""The kind of attack that each detector is made for."""


class Unit(StrEnum):
    """What is judged as one: a clip by the whole pipeline, a picture as a single frame."""

    CLIP = "clip"
    PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class Presentation:
    """A file, what it shows, and where it comes from: the folder directly below the kind's, or ITSELF.

    source: as `dataset.spelt` writes it; path is the file's own.
    """

    path: Path
    kind: Kind
    source: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class Found:
    """What lies in a folder.

    presentations: sorted by kind, source and path. ignored: files of other names, counted by suffix.
    passed_over: folders in it that are no kind's. Suffixes and folders are as `dataset.spelt` writes them.
    """

    folder: Path
    presentations: tuple[Presentation, ...]
    ignored: dict[str, int]
    passed_over: tuple[str, ...]


def attacks_in(folder: Path) -> Found:
    """The pictures and clips of a folder that has a folder for each kind.

    Hidden files and folders are passed over. Links to folders are followed, but no folder is looked at twice for one
    kind: one that lies in the kind's folder itself counts there, another where the first link to it is.

    Raises:
        DatasetError: there is no such folder, it or one below it cannot be read, or it holds no picture or clip where
            one is looked for.
    """
    if not folder.is_dir():
        msg = f"there is no folder {folder}; name one that holds some of the folders {_expected()}"
        raise DatasetError(msg)
    presentations, ignored = [], Counter[str]()
    for kind in Kind:
        for path in _files(folder / kind) if (folder / kind).is_dir() else ():
            unit = _unit(path)
            if unit is None:
                ignored[spelt(path.suffix.lower()) or "without a suffix"] += 1
                continue
            below = path.relative_to(folder / kind).parts
            presentations.append(Presentation(path, kind, spelt(below[0]) if len(below) > 1 else ITSELF, unit))
    passed_over = _others(folder)
    if not presentations:
        seen = f"; other folders are there: {', '.join(passed_over)}" if passed_over else ""
        msg = (
            f"no pictures or clips in {folder}: they must lie in it as KIND/SOURCE/..., KIND being {_expected()}{seen}"
        )
        raise DatasetError(msg)
    presentations.sort(key=lambda it: (list(Kind).index(it.kind), it.source, it.path))
    return Found(folder, tuple(presentations), dict(sorted(ignored.items())), passed_over)


def passed_over_words(found: Found) -> list[str]:
    """What was not looked at, a sentence each, for people to read."""
    words = []
    if found.passed_over:
        words.append(
            f"Folders that are passed over: {', '.join(found.passed_over)}; those looked at are {_expected()}."
        )
    if found.ignored:
        told = ", ".join(f"{count:,} {suffix}" for suffix, count in found.ignored.items())
        words.append(f"Files not named like a picture or a clip are passed over: {told}.")
    return words


def _expected() -> str:
    return ", ".join(Kind)


def _unit(path: Path) -> Unit | None:
    suffix = path.suffix.lower()
    if suffix in CLIP_SUFFIXES:
        return Unit.CLIP
    return Unit.PICTURE if suffix in SUFFIXES else None


def _others(folder: Path) -> tuple[str, ...]:
    names = [it.name for it in folder.iterdir() if it.is_dir()]
    return tuple(sorted(spelt(name) for name in names if name not in list(Kind) and not name.startswith(".")))


def _files(folder: Path) -> Iterator[Path]:
    """Every file below; first those in the folder itself, then, link by link, those in others not yet looked at."""
    looked_at: set[Path] = set()
    starts = [folder]
    for start in starts:  # which grows by the links that are found
        for top, folders, files in os.walk(start, onerror=_refuse):
            here = Path(top)
            if here.resolve() in looked_at:
                folders.clear()
                continue
            looked_at.add(here.resolve())
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            starts += [here / name for name in folders if (here / name).is_symlink()]
            yield from (here / name for name in files if not name.startswith(".") and (here / name).is_file())


def _refuse(error: OSError) -> NoReturn:
    msg = f"{spelt(str(error.filename))} cannot be read ({error.strerror}); make it readable, or move it elsewhere"
    raise DatasetError(msg) from error
