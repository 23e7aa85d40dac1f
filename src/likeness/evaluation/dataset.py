"""Which pictures an evaluation looks at: a folder of people, or a list of pairs."""

import csv
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import NoReturn

ALL_PICTURES = "**/*"
SUFFIXES = frozenset({".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
"""Of the formats the engine reads; files of other names are not looked at."""
CSV_COLUMNS = ("first", "second", "same")

_SAME = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
_GENUINE_WORDS, _IMPOSTOR_WORDS = 3, 4  # of a line of LFW's list: name n1 n2; name1 n1 name2 n2


class DatasetError(Exception):
    """The pictures to evaluate on are missing or badly described; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's file and the name of the person it shows; the name is empty where it is not known."""

    path: Path
    person: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures to compare, and whether they show one person."""

    first: Picture
    second: Picture
    same: bool


def spelt(name: str) -> str:
    r"""A file's name for people to read: bytes that are no UTF-8 or not printable become `\xNN`, a backslash two.

    No two names become the same, and none does anything to a terminal.
    """
    text = name.replace("\\", "\\\\").encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(it if it.isprintable() else "".join(f"\\x{byte:02x}" for byte in it.encode()) for it in text)


def faces_in(folder: Path, pictures: str = ALL_PICTURES) -> tuple[Picture, ...]:
    """The pictures of a folder that has one folder per person, sorted by person and path.

    Hidden files and folders, and files not named like a picture, are passed over.

    Args:
        folder: holds `<person>/...`.
        pictures: glob under each person's folder; by default every picture at any depth.

    Raises:
        DatasetError: there is no such folder, it or one below it cannot be read, or it has pictures of fewer than two
            people.
    """
    if not folder.is_dir():
        msg = f"there is no folder {folder}; name one that holds a folder of pictures for each person"
        raise DatasetError(msg)
    if not pictures or PurePath(pictures).is_absolute() or ".." in PurePath(pictures).parts:
        raise DatasetError("--pictures must be a pattern within each person's folder, such as 'frontal/*'")
    try:
        found = tuple(
            Picture(path, person.name) for person in _people(folder) for path in sorted(_pictures(person, pictures))
        )
    except OSError as error:
        _refuse(error)
    names = {picture.person for picture in found}
    if not names:
        msg = f"no pictures in {folder}: they must lie in it as <person>/{pictures}, one folder per person"
        raise DatasetError(msg)
    if len(names) == 1:
        msg = f"the pictures in {folder} are of one person only ({names.pop()}): false matches need others"
        raise DatasetError(msg)
    return found


def without_pictures(folder: Path, found: Iterable[Picture]) -> int:
    """How many people's folders none of the pictures that `faces_in` found lies in."""
    return len({person.name for person in _people(folder)} - {picture.person for picture in found})


def _people(folder: Path) -> list[Path]:
    return sorted(it for it in folder.iterdir() if it.is_dir() and not it.name.startswith("."))


def _pictures(person: Path, pattern: str) -> Iterator[Path]:
    _need_readable(person)
    for path in set(person.glob(pattern)):
        hidden = any(part.startswith(".") for part in path.relative_to(person).parts)
        if path.suffix.lower() in SUFFIXES and not hidden and path.is_file():
            yield path


def _need_readable(person: Path) -> None:
    """`Path.glob` passes over folders that it may not read, and the person in silence with them."""
    for _, folders, _ in os.walk(person, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]


def _refuse(error: OSError) -> NoReturn:
    msg = f"{error.filename} cannot be read ({error.strerror}); make it readable, or move it elsewhere"
    raise DatasetError(msg) from error


def pairs_in(file: Path, root: Path | None = None) -> tuple[Pair, ...]:
    """The pairs of a list: a CSV file (named `.csv`) with columns first, second, same; else LFW's `pairs.txt`.

    In LFW's format the people's names are known; in a CSV they are not.

    Args:
        file: the list, UTF-8.
        root: folder of the pictures; by default the list's own.

    Raises:
        DatasetError: the list cannot be read, a line of it is wrong, or a picture is missing; names the line.
    """
    folder = file.parent if root is None else root
    try:
        text = file.read_text("utf-8-sig")
    except OSError as error:
        msg = f"the list of pairs {file} cannot be read: {error.strerror}"
        raise DatasetError(msg) from error
    except UnicodeDecodeError as error:
        msg = f"the list of pairs {file} is not text in UTF-8"
        raise DatasetError(msg) from error
    lines = text.splitlines()
    read = _csv_pairs(lines, folder) if file.suffix.lower() == ".csv" else _lfw_pairs(lines, folder)
    pairs = []
    line = 0
    try:
        for line, pair in read:  # noqa: B007 - told below where it ends early
            _need_files(pair)
            pairs.append(pair)
    except _LineError as error:
        msg = f"line {error.line or line} of {file}: {error}"
        raise DatasetError(msg) from None
    _need_both(pairs, file)
    return tuple(pairs)


class _LineError(Exception):
    """What is wrong with a line; `line` 0 stands for the one last read."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


def _need_files(pair: Pair) -> None:
    for picture in (pair.first, pair.second):
        if not picture.path.is_file():
            msg = f"there is no picture {picture.path}; name the folder of the pictures with --pictures-dir"
            raise _LineError(msg)


def _need_both(pairs: list[Pair], file: Path) -> None:
    for same, what in ((True, "of one person"), (False, "of two people")):
        if not any(pair.same is same for pair in pairs):
            msg = f"the list {file} has no pair {what}; both kinds are needed"
            raise DatasetError(msg)


def _lfw_pairs(lines: list[str], folder: Path) -> Iterator[tuple[int, Pair]]:
    """LFW's format: a header with the folds (if several) and the pairs of each kind in a fold, then a pair a line."""
    announced = _header(lines)
    count = 0
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        words = line.split("\t") if "\t" in line else line.split()
        words = [word.strip() for word in words]
        if len(words) == _GENUINE_WORDS:
            name, *numbers = words
            names = (name, name)
        elif len(words) == _IMPOSTOR_WORDS:
            names, numbers = (words[0], words[2]), [words[1], words[3]]
        else:
            raise _LineError("a line is `name n1 n2` or `name1 n1 name2 n2`", number)
        first, second = (_lfw_picture(folder, *it, number) for it in zip(names, numbers, strict=True))
        count += 1
        yield number, Pair(first, second, same=names[0] == names[1])
    if count != announced:
        msg = f"the first line announces {announced} pairs, {count} follow"
        raise _LineError(msg, 1)


def _header(lines: list[str]) -> int:
    words = lines[0].split() if lines else []
    if len(words) not in {1, 2} or not all(word.isdecimal() for word in words):
        raise _LineError("the first line is the number of folds and of pairs of each kind (`10 300`), or the latter", 1)
    folds, each = (int(words[0]) if len(words) > 1 else 1), int(words[-1])
    return 2 * folds * each


def _lfw_picture(folder: Path, name: str, number: str, line: int) -> Picture:
    if not number.isdecimal():
        msg = f"{number!r} is not the number of a picture"
        raise _LineError(msg, line)
    if not name or name.startswith(".") or "/" in name or "\\" in name:
        msg = f"{name!r} is not the name of a person"
        raise _LineError(msg, line)
    return Picture(folder / name / f"{name}_{int(number):04d}.jpg", name)


def _csv_pairs(lines: Iterable[str], folder: Path) -> Iterator[tuple[int, Pair]]:
    reader = csv.DictReader(lines, strict=True)
    try:
        columns = [name.strip().lower() for name in reader.fieldnames or ()]
        if not set(CSV_COLUMNS) <= set(columns):
            msg = f"the first line must name the columns {', '.join(CSV_COLUMNS)}"
            raise _LineError(msg, 1)
        reader.fieldnames = columns
        for row in reader:
            yield reader.line_num, _csv_pair(row, folder, reader.line_num)
    except csv.Error as error:
        msg = f"not CSV: {error}"
        raise _LineError(msg, reader.reader.line_num) from error


def _csv_pair(row: dict[str, str | None], folder: Path, line: int) -> Pair:
    first, second, same = ((row[name] or "").strip() for name in CSV_COLUMNS)
    if not (first and second):
        raise _LineError("first and second must each name a picture", line)
    if same.lower() not in _SAME:
        msg = f"same must be one of {', '.join(_SAME)}, not {same!r}"
        raise _LineError(msg, line)
    return Pair(Picture(folder / first, ""), Picture(folder / second, ""), same=_SAME[same.lower()])
