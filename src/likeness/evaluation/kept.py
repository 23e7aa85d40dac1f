"""The file in which an evaluation remembers what it has read, so that one that was cut short can go on."""

import base64
import fcntl
import json
import os
import shutil
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import numpy as np

from likeness.domain.face import FloatArray
from likeness.evaluation.dataset import DatasetError
from likeness.folders import make_private
from likeness.storage.crypto import MasterKey, SealError

FILE_NAME = "observations.jsonl"
_VECTOR = np.dtype("<f4")
_TABLE = "kept observations"

Row = TypeVar("Row")
"""What was read in one file."""


class KeptFileError(DatasetError):
    """What is remembered is in use or cannot be written; the message says what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What was read in one picture; see `observations.Observations` for its fields."""

    outcome: str
    vector: FloatArray | None = None
    quality: tuple[float, ...] = ()
    faces: int = 0
    width_px: int = 0
    height_px: int = 0
    centred: bool = False


class KeptRows(ABC, Generic[Row]):
    """Rows by place of the picture or clip, a line of JSON each, in a folder of mode 0700 and a file of mode 0600.

    A row is encrypted and bound to its folder's name, which stands for the pictures, and to its place among them. A
    line is written at once, so that a process that is killed loses no more than the picture it was at. A line that
    does not open - cut short, altered, moved, or of another master key - counts as never written; whatever follows the
    last one that does is dropped when the file is opened again. While it is open nobody else can open or remove it.

    Args:
        folder: from `observations.work_folder`.
        key: the installation's master key.
        fresh: drop what an earlier run has left.

    Raises:
        KeptFileError: another process has it open.
        OSError: it cannot be read or written.
    """

    def __init__(self, folder: Path, key: MasterKey, *, fresh: bool = False) -> None:
        make_private(folder.parent)
        self._key, self._digest = key, folder.name
        self._path = folder / FILE_NAME
        self._file = self._locked(folder)
        try:
            if fresh:
                os.truncate(self._file, 0)
            self.rows: dict[int, Row] = self._read(self._path)
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        os.close(self._file)

    @abstractmethod
    def take_apart(self, row: Row) -> list[Any]:
        """A row as JSON can hold it."""

    @abstractmethod
    def put_together(self, parts: list[Any]) -> Row:
        """A row from what `take_apart` made of it."""

    def add(self, place: int, row: Row) -> None:
        """Remember a row; raises KeptFileError where it cannot be written."""
        line = self._sealed(place, row)
        try:
            written = os.write(self._file, line)
        except OSError as error:
            msg = f"{self._path} cannot be written ({error.strerror}); name another folder with --work"
            raise KeptFileError(msg) from error
        if written != len(line):
            msg = f"{self._path} cannot be written (the disk is full); name another folder with --work"
            raise KeptFileError(msg)

    def forget(self) -> None:
        """Remove the folder while it is locked: templates are biometric data."""
        shutil.rmtree(self._path.parent, ignore_errors=True)

    def _locked(self, folder: Path) -> int:
        """The file, opened and locked; opened anew where it was removed before it could be locked."""
        while True:
            make_private(folder)
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if os.fstat(file).st_nlink:
                    return file
            except BlockingIOError as error:
                os.close(file)
                msg = f"another evaluation of the same pictures is at work in {folder}; wait until it has ended"
                raise KeptFileError(msg) from error
            except BaseException:
                os.close(file)
                raise
            os.close(file)

    def _read(self, path: Path) -> dict[int, Row]:
        rows: dict[int, Row] = {}
        read_bytes = sound_bytes = 0
        with path.open("rb") as file:
            for line in file:
                read_bytes += len(line)
                row = self._opened(line)
                if row is not None:
                    rows[row[0]] = row[1]
                    sound_bytes = read_bytes
        os.truncate(self._file, sound_bytes)
        return rows

    def _sealed(self, place: int, row: Row) -> bytes:
        clear = json.dumps(self.take_apart(row), separators=(",", ":")).encode()
        sealed = self._key.seal(clear, _TABLE, self._digest, str(place))
        return (json.dumps([place, base64.b64encode(sealed).decode()], separators=(",", ":")) + "\n").encode()

    def _opened(self, line: bytes) -> tuple[int, Row] | None:
        """Place and row of a line; None when it is not a whole one of this file."""
        try:
            place, text = json.loads(line)
            sealed = base64.b64decode(text, validate=True)
            clear = self._key.open(sealed, _TABLE, self._digest, str(int(place)))
        except (ValueError, TypeError, OverflowError, RecursionError, SealError):
            return None
        return (int(place), self.put_together(json.loads(clear))) if line.endswith(b"\n") else None


class KeptFile(KeptRows[Seen]):
    """What an evaluation of faces remembers; see `KeptRows`."""

    def take_apart(self, row: Seen) -> list[Any]:
        """The template as base64 of little-endian float32."""
        vector = None if row.vector is None else base64.b64encode(row.vector.astype(_VECTOR).tobytes()).decode()
        return [row.outcome, vector, row.quality, row.faces, row.width_px, row.height_px, row.centred]

    def put_together(self, parts: list[Any]) -> Seen:
        """See `KeptRows`."""
        outcome, text, quality, faces, width_px, height_px, centred = parts
        vector = None if text is None else np.frombuffer(base64.b64decode(text), _VECTOR)
        return Seen(outcome, vector, tuple(quality), faces, width_px, height_px, centred)
