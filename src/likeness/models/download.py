"""Fetches the files of model packs: from the addresses of their manifests or a mirror, continued where it was cut."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from likeness.models.manifest import Downloaded, PackError
from likeness.models.packs import Pack, UsedFile, digest, files
from likeness.models.partial import DownloadError, Partial, WrongContentError, opened_partial
from likeness.models.transfer import AddressError, CutError, Deadline, RangeError, Waits, opened, shown

Told = Callable[[int, str], None]
"""Told how many bytes of a file are there, and what is being waited for, if anything."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to go on; with these, 10 MB come through a line of 25 kbit/s that is cut three times.

    connect_s, read_s: longest single wait for a connection and for bytes. file_s: longest time for one file.
    attempts: at each address. pause_s: before the second attempt; twice as long before each further one.
    """

    connect_s: float = 15.0
    read_s: float = 30.0
    file_s: float = 3600.0
    attempts: int = 4
    pause_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to fetch: addresses (URLs or files, tried in turn), its bytes, its SHA-256 and where it is put."""

    addresses: tuple[str | Path, ...]
    size: int
    sha256: str
    target: Path


def wanting(pack: Pack, models_path: Path) -> list[UsedFile]:
    """The files of a pack, and of those it borrows from, that are to be downloaded and are missing or damaged.

    Raises:
        PackError: a pack that it borrows from is unknown or damaged.
    """
    used = [it for it in files(pack) if isinstance(it.file.origin, Downloaded)]
    return [it for it in used if not _sound(it.path(models_path), it.file.sha256)]


def wanted(used: UsedFile, models_path: Path, mirror: str | None) -> Wanted:
    """Where to fetch a file from.

    Args:
        used: one whose origin is `Downloaded`.
        models_path: folder of all packs.
        mirror: a folder or an http(s) URL with files of the manifests' names; None for the manifest's own addresses.

    Raises:
        PackError: the mirror is neither, or an URL with a query or fragment, or the file is not one to download.
    """
    file, target = used.file, used.path(models_path)
    if not isinstance(file.origin, Downloaded):
        msg = f"{file.name} of model pack {used.owner!r} is not downloaded but made; run `likeness models prepare`"
        raise PackError(msg)
    addresses = file.origin.urls if mirror is None else (_mirrored(mirror, file.name),)
    return Wanted(addresses, file.size, file.sha256, target)


def fetch(file: Wanted, patience: Patience | None = None, told: Told | None = None) -> bool:
    """Fetch a file unless it is there; until it is whole and as stated, what lies in its place stays there.

    Returns:
        Whether it had to be fetched.

    Raises:
        DownloadError: no address gave it, it cannot be written, or time ran out. What arrived is kept beside its place
            and continued by the next call, unless the disk is full.
    """
    patience, told = patience or Patience(), told or (lambda *_: None)
    if _sound(file.target, file.sha256):
        return False
    try:
        file.target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"the models cannot be written: {file.target.parent}: {error.strerror}"
        raise DownloadError(msg) from error

    def waiting() -> None:
        told(0, "waiting for another pull of it")

    with opened_partial(file.target, file.size, file.sha256, patience.file_s, waiting) as partial:
        # Another pull may have placed it while this one waited.
        if _sound(file.target, file.sha256):
            partial.restart()  # an empty one does not stay
            return False
        _Fetch(file, partial, patience, Deadline(patience.file_s), told).run()
    return True


@dataclass(frozen=True, slots=True)
class _Fetch:
    file: Wanted
    partial: Partial
    patience: Patience
    deadline: Deadline
    told: Told

    def run(self) -> None:
        """Put the file in its place from the first address that gives it."""
        self.told(self.partial.done, "")
        reasons = []
        for address in self.file.addresses:
            try:
                self._from(address)
            except AddressError as error:
                reasons.append(f"{shown(address)} {error}")
            else:
                return
        msg = (
            f"the file {self.file.target.name} could not be fetched: {'; '.join(reasons)}. Pull again later, which "
            "continues what has arrived, or name another place with --mirror"
        )
        raise DownloadError(msg)

    def _from(self, address: str | Path) -> None:
        """Try one address until it gives the file or is given up.

        Raises:
            AddressError: it does not give the file. DownloadError: time ran out.
        """
        cuts, begun_anew = 0, False
        while not self._placed():
            try:
                self._receive(address)
            except CutError as error:
                cuts += 1
                if cuts >= self.patience.attempts:
                    msg = f"failed {cuts} times, the last time: {error}"
                    raise AddressError(msg) from error
                self._pause(self.patience.pause_s * 2 ** (cuts - 1), str(error))
            except RangeError as error:
                self.partial.restart()
                if begun_anew:
                    raise AddressError(str(error)) from error
                begun_anew = True

    def _placed(self) -> bool:
        """Place what is whole by now; begin anew where an earlier call, or a cut, left another file whole."""
        if not self.partial.complete:
            return False
        try:
            self.partial.place()
        except WrongContentError:
            self.partial.restart()
            return False
        return True

    def _receive(self, address: str | Path) -> None:
        """Ask once for what is missing, and take it in."""
        waits = Waits(self.patience.connect_s, self.patience.read_s)
        with opened(address, self.partial.done, self.file.size, waits, self.deadline) as arriving:
            if not arriving.offset:
                self.partial.restart()
            try:
                for piece in arriving.pieces:
                    self._require_time()
                    self.partial.append(piece)
                    self.told(self.partial.done, "")
                if not self.partial.complete:
                    msg = f"ended after {self.partial.done:,} of {self.file.size:,} bytes"
                    raise CutError(msg)
                self.partial.require_content()
            except WrongContentError as error:
                self.partial.restart()
                # Where this only continued, the fault may lie in what was there before.
                raise (RangeError if arriving.offset else AddressError)(str(error)) from error

    def _pause(self, pause_s: float, reason: str) -> None:
        self.told(self.partial.done, f"trying again: {reason}")
        time.sleep(min(pause_s, self.deadline.left_s))
        self._require_time()

    def _require_time(self) -> None:
        if not self.deadline.left_s:
            msg = (
                f"the file {self.file.target.name} did not arrive within {self.deadline.limit_s:,.0f} s; pull again to "
                f"go on from {self.partial.done:,} of {self.file.size:,} bytes, or name another place with --mirror"
            )
            raise DownloadError(msg)


def _sound(path: Path, sha256: str) -> bool:
    try:
        return digest(path) == sha256
    except OSError:
        return False


def _mirrored(mirror: str, name: str) -> str | Path:
    if not mirror:
        msg = "the mirror is empty, as of a variable that is not set; name a folder or an http(s) address, or none"
        raise PackError(msg)
    scheme, separator, _ = mirror.partition("://")
    if separator and scheme.lower() in {"http", "https"}:
        if "?" in mirror or "#" in mirror:
            msg = (
                f"the mirror {shown(mirror)} has a query or a fragment (what follows ? or #), to which no file's name "
                "can be added; name a folder's address without, or fetch the files elsewhere and name their folder"
            )
            raise PackError(msg)
        return f"{mirror.rstrip('/')}/{quote(name)}"
    if not _is_folder(mirror):
        msg = f"the mirror {shown(mirror) if separator else mirror!r} is neither a folder nor an http(s) address"
        raise PackError(msg)
    return Path(mirror) / name


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except OSError:  # a name that is too long, or a place that may not be looked at
        return False
