"""`NAME.part`: what has arrived of a file so far, beside the place of the whole; nobody else's while it is open."""

import errno
import fcntl
import hashlib
import io
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from likeness.models.manifest import PackError

SUFFIX = ".part"
_POLL_S = 0.1
_PIECE_BYTES = 1 << 20
# Writing may end at a quota or a limit of the process as well as at the end of the disk.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class DownloadError(PackError):
    """A file of a model pack could not be fetched; the message says why and what to do."""


class _NoRoomError(DownloadError):
    pass


class WrongContentError(Exception):
    """What arrived is not the file that the manifest states; the message says how."""


class Partial:
    """A file as it arrives; `done` bytes of it have.

    Every method raises DownloadError where the disk refuses.
    """

    def __init__(self, file: io.FileIO, target: Path, size: int, sha256: str) -> None:
        """Take up what lies in the file already. size: bytes of the whole. sha256: its digest, in hexadecimal."""
        self._file, self._target, self._size, self._sha256 = file, target, size, sha256
        self.done, self._digest = 0, hashlib.sha256()
        with _in_words(target, size):
            if os.fstat(file.fileno()).st_size > size:
                self.restart()
            while piece := file.read(_PIECE_BYTES):
                self._digest.update(piece)
                self.done += len(piece)

    @property
    def complete(self) -> bool:
        """Whether as many bytes have arrived as the whole has."""
        return self.done == self._size

    def append(self, data: bytes) -> None:
        """Write what arrived next.

        Raises:
            WrongContentError: it is more than the file may have; nothing of it is written.
        """
        if self.done + len(data) > self._size:
            msg = f"has more than the {self._size:,} bytes that the manifest says"
            raise WrongContentError(msg)
        left = memoryview(data)
        with _in_words(self._target, self._size):
            while left:
                left = left[self._file.write(left) :]
        self._digest.update(data)
        self.done += len(data)

    def restart(self) -> None:
        """Begin at the first byte again."""
        with _in_words(self._target, self._size):
            self._file.seek(0)
            self._file.truncate()
        self.done, self._digest = 0, hashlib.sha256()

    def require_content(self) -> None:
        """Compare what arrived with what was stated.

        Raises:
            WrongContentError: it differs.
        """
        if not self.complete or self._digest.hexdigest() != self._sha256:
            raise WrongContentError("has other content than the manifest says (its SHA-256 differs)")

    def require_room(self) -> None:
        """Refuse before anything is asked for what the disk cannot take; the same as if it had been tried."""
        with _in_words(self._target, self._size):
            if shutil.disk_usage(self._target.parent).free < self._size - self.done:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def place(self) -> None:
        """Put the whole file in its place, once it is on disk.

        Raises:
            WrongContentError: it is not the file that was stated; what lay in the place still does.
        """
        self.require_content()
        with _in_words(self._target, self._size):
            os.fchmod(self._file.fileno(), 0o644)
            os.fsync(self._file.fileno())
            _beside(self._target).replace(self._target)
            _sync_folder(self._target.parent)


@contextmanager
def opened_partial(
    target: Path, size: int, sha256: str, wait_s: float, waiting: Callable[[], None]
) -> Iterator[Partial]:
    """The partial file of `target`, made or taken up; what arrived stays when this ends early, to be continued.

    Args:
        target: place of the whole file, whose folder exists.
        size: its bytes.
        sha256: its digest, in hexadecimal.
        wait_s: how long to wait for another process that is at it.
        waiting: told, once, when there is one.

    Raises:
        DownloadError: it cannot be written, the disk is full, or another process is at it for too long. A full disk
            gets its room back, as the database may lie there too.
    """
    with _locked(target, size, wait_s, waiting) as file:
        partial, full = Partial(file, target, size, sha256), False
        try:
            partial.require_room()
            yield partial
        except _NoRoomError:
            full = True
            raise
        finally:
            with _in_words(target, size):
                if (full or not partial.done) and _lies_at(file, _beside(target)):
                    _beside(target).unlink()


@contextmanager
def _in_words(target: Path, size: int) -> Iterator[None]:
    """Around what the disk may refuse, and nothing else: an OSError of the network is not one of the disk."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            msg = f"there is no room for {target}: it needs {size:,} bytes; make room and pull again"
            raise _NoRoomError(msg) from error
        msg = f"{_beside(target)} cannot be written: {error.strerror}"
        raise DownloadError(msg) from error


def _locked(target: Path, size: int, wait_s: float, waiting: Callable[[], None]) -> io.FileIO:
    """The partial file, opened and locked; a process that ends, however it does, leaves it unlocked."""
    path, end_s, told = _beside(target), time.monotonic() + wait_s, False
    while True:
        with _in_words(target, size):
            if (file := _locked_now(path)) is not None:
                return file
        # Another's still, or moved to its place by now.
        if time.monotonic() > end_s:
            msg = f"another pull has been at {path} for {wait_s:.0f} s; wait for it, or end it"
            raise DownloadError(msg)
        if not told:
            waiting()
            told = True
        time.sleep(_POLL_S)


def _locked_now(path: Path) -> io.FileIO | None:
    with ExitStack() as closed:
        # Never through a link that somebody laid there.
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        file = closed.enter_context(io.FileIO(handle, "r+"))
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            msg = f"{path} is not a file; remove it"
            raise DownloadError(msg)
        if _lock(file) and _lies_at(file, path):
            closed.pop_all()
            return file
    return None


def _lock(file: io.FileIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lies_at(file: io.FileIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.lstat())
    except FileNotFoundError:
        return False


def _beside(target: Path) -> Path:
    return target.with_name(target.name + SUFFIX)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
