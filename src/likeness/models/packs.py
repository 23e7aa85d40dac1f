"""Model packs: what a pack consists of, and making sure that exactly that lies on disk."""

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from likeness.domain.confidence import Calibration
from likeness.domain.thresholds import SAME_PERSON_FMR
from likeness.models import calibrations, identity, manifest
from likeness.models.making import make, require_makeable
from likeness.models.manifest import (
    BorrowedStage,
    ConcatenatedEmbedder,
    Converted,
    Manifest,
    OwnStage,
    PackFile,
    Shipped,
    StageName,
)

PackError = manifest.PackError
"""Raised by everything here."""

Progress = Callable[[str, float], None]
"""Told what is being done and which part of the whole is done, 0 to 1."""


@dataclass(frozen=True, slots=True)
class StagePaths:
    """One stage as a worker loads it.

    kind: which code runs it; parameters: of the manifest. paths: its files, checked and in place, in the manifest's
    order. parts: of a concatenated embedder, the weight and the embedder of each pack.
    """

    kind: str
    paths: tuple[Path, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[tuple[float, "StagePaths"], ...] = ()


@dataclass(frozen=True, slots=True)
class ModelPaths:
    """All that a worker loads; without landmarks, faces are aligned by the detector's own five points.

    second_opinion: what judges genuineness beside the stage of that name, where the pack has such.
    same_person_similarity: cosine of two templates from which they show one person well enough to be fused; infinite
    for a pack without a calibration that fits it, whose cosines mean nothing yet.
    """

    pack: str
    detector: StagePaths
    landmarks: StagePaths | None
    embedder: StagePaths
    genuineness: StagePaths
    second_opinion: StagePaths | None
    same_person_similarity: float


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack: its manifest, where its shipped files (manifest, calibration) lie, and where an operator's own may."""

    manifest: Manifest
    folder: Path
    own_folder: Path | None = None

    @property
    def name(self) -> str:
        """The name it is chosen by."""
        return self.manifest.name

    @property
    def calibrated(self) -> bool:
        """Whether the pack has a calibration file, without which it cannot be served."""
        return self.calibration_path.is_file()

    @property
    def own_calibration(self) -> Path | None:
        """Where an operator's own calibration lies, or would; None when nobody said where models are kept."""
        return self.own_folder / calibrations.OWN_NAME if self.own_folder else None

    @property
    def calibration_path(self) -> Path:
        """The operator's own calibration where there is one, else the shipped one."""
        own = self.own_calibration
        return own if own and own.is_file() else self.folder / self.manifest.calibration

    @property
    def comparing_digests(self) -> dict[str, str]:
        """Of all that a comparison's score depends on; see `identity.digests`."""
        return identity.digests(self.name, identity.comparing(_used(self)))

    @property
    def digests(self) -> dict[str, str]:
        """Of all that judges, borrowed models too, kept in each record; see `identity.digests`."""
        return identity.digests(self.name, _used(self))


@dataclass(frozen=True, slots=True)
class UsedFile:
    """A file that a pack runs; owner: the pack in whose folder it lies. kind: of the stage."""

    owner: str
    stage: StageName
    kind: str
    file: PackFile

    def path(self, models_path: Path) -> Path:
        """Where it lies; `models_path` is the folder of all packs."""
        if isinstance(self.file.origin, Shipped):
            return _package_folder() / self.file.origin.path
        return models_path / self.owner / self.file.name


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


def load(name: str, models_path: Path | None = None) -> Pack:
    """Read a pack's manifest; in `models_path`, the folder of all packs' models, an own calibration is looked for.

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
    if manifest.name != name:
        msg = f"the manifest of model pack {name!r} names another pack: {manifest.name!r}"
        raise PackError(msg)
    return Pack(manifest, folder, models_path / name if models_path else None)


def files(pack: Pack) -> list[UsedFile]:
    """Every file that a pack runs, each once: its own, those it borrows and those of what it concatenates.

    Raises:
        PackError: a pack that a stage comes from is unknown, damaged or has no such stage of its own.
    """
    found = [
        UsedFile(owner, name, stage.kind, file)
        for name in pack.manifest.stages
        for owner, stage in _sources(pack, name)
        for file in stage.files
    ]
    return list({(used.owner, used.file.name): used for used in found}.values())


def prepare(pack: Pack, models_path: Path, progress: Progress | None = None) -> ModelPaths:
    """Make sure that every file of a pack is there and sound; make what is not and can be made.

    Args:
        pack: from `load`.
        models_path: folder of all packs; the files go to a folder in it that is named after their pack.
        progress: told when something has to be made.

    Raises:
        PackError: the weights are not installed or damaged, a shipped or downloaded model is missing or damaged, or
            the files cannot be written.
    """
    wanting = [used for used in files(pack) if _state(used, models_path).state != "ok"]
    # Nothing is made before it is known that nothing has to be fetched by hand.
    for used in wanting:
        require_makeable(used.owner, used.file)
    for done, used in enumerate(wanting):
        if progress is not None:
            progress(f"converting {used.file.name}", done / len(wanting))
        if isinstance(used.file.origin, Converted):
            make(used.kind, used.file, used.file.origin, used.path(models_path))
    if wanting and progress is not None:
        progress("models are ready", 1.0)
    return paths(pack, models_path)


def paths(pack: Pack, models_path: Path) -> ModelPaths:
    """Where a pack's files lie, whether they are there or not."""
    return ModelPaths(
        pack.name,
        _stage_paths(pack, "detector", models_path),
        _stage_paths(pack, "landmarks", models_path) if "landmarks" in pack.manifest.stages else None,
        _stage_paths(pack, "embedder", models_path),
        _stage_paths(pack, "genuineness", models_path),
        _stage_paths(pack, "second_opinion", models_path) if "second_opinion" in pack.manifest.stages else None,
        _same_person_similarity(pack),
    )


def verify(pack: Pack, models_path: Path) -> list[FileState]:
    """Hash every file that a pack runs and compare it with the manifest."""
    return [_state(used, models_path) for used in files(pack)]


def require_calibration(pack: Pack) -> dict[str, Any]:
    """The parsed calibration file of a pack.

    Raises:
        PackError: see `calibrations.read`.
    """
    return calibrations.read(pack.name, pack.calibration_path, pack.comparing_digests)


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


def _used(pack: Pack) -> identity.UsedStages:
    return {name: (stage, _sources(pack, name)) for name, stage in pack.manifest.stages.items()}


def _sources(pack: Pack, name: StageName) -> list[tuple[str, OwnStage]]:
    """The packs that a stage comes from, and the stage of each: several for a concatenated embedder alone."""
    stage = pack.manifest.stages[name]
    if isinstance(stage, OwnStage):
        return [(pack.name, stage)]
    lenders = [stage.pack] if isinstance(stage, BorrowedStage) else list(stage.parts)
    return [(lender, _lent(pack, lender, name)) for lender in lenders]


def _lent(pack: Pack, lender: str, name: StageName) -> OwnStage:
    stage = load(lender).manifest.stages.get(name)
    if not isinstance(stage, OwnStage):
        msg = f"model pack {pack.name!r} takes its {name} from pack {lender!r}, which has none of its own"
        raise PackError(msg)
    return stage


def _stage_paths(pack: Pack, name: StageName, models_path: Path) -> StagePaths:
    sources = [
        StagePaths(
            stage.kind,
            tuple(UsedFile(owner, name, stage.kind, file).path(models_path) for file in stage.files),
            stage.parameters,
        )
        for owner, stage in _sources(pack, name)
    ]
    stage = pack.manifest.stages[name]
    if isinstance(stage, ConcatenatedEmbedder):
        return StagePaths(stage.kind, (), parts=tuple(zip(stage.parts.values(), sources, strict=True)))
    return sources[0]


def _same_person_similarity(pack: Pack) -> float:
    try:
        calibration = require_calibration(pack)
    except PackError:  # it does not stand in the way of making models, nor of calibrating them again
        return math.inf
    return round(Calibration.from_dict(calibration).score_at(SAME_PERSON_FMR), 4)


def _state(used: UsedFile, models_path: Path) -> FileState:
    path, file = used.path(models_path), used.file
    try:
        found = digest(path)
    except FileNotFoundError:
        return FileState(file.name, path, "missing", None)
    except OSError:
        return FileState(file.name, path, "damaged", None)
    return FileState(file.name, path, "ok" if found == file.sha256 else "damaged", found)
