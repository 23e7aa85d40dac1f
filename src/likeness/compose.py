"""The one composition root: settings in, a whole installation out."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from likeness.domain.confidence import Calibration
from likeness.domain.genuineness import GenuinenessThresholds, Level, shipped_genuineness_thresholds
from likeness.domain.selfie import CrossPose, cross_pose_of, shipped_selfie_thresholds
from likeness.domain.spoken import SpokenThresholds
from likeness.domain.thresholds import shipped_thresholds
from likeness.models import packs, shared
from likeness.models.attacks import detectors
from likeness.models.packs import Progress
from likeness.settings import Settings
from likeness.storage.clock import utc_now
from likeness.storage.limits import ProcessLimits
from likeness.storage.retention import Keep
from likeness.storage.stores import Stores, open_stores
from likeness.usecases.context import Services

if TYPE_CHECKING:
    from likeness.engines.local import LocalEngine


@dataclass(frozen=True, slots=True)
class Installation:
    """A server's parts; `services` is what the calls see of them."""

    services: Services
    engine: "LocalEngine"
    stores: Stores
    upload_timeout_s: float
    purge_interval_s: float


def open_stores_of(settings: Settings) -> Stores:
    """The stores an installation keeps its data in; the command line opens them too.

    Raises:
        MasterKeyError: the master key cannot be read or made.
        StorageError: the database cannot be opened or made.
    """
    keep = Keep(
        captures=timedelta(hours=settings.keep_captures_hours),
        pictures=timedelta(days=settings.keep_pictures_days),
        records=timedelta(days=settings.keep_records_days),
    )
    return open_stores(settings.database_path, settings.master_key_path, keep)


def embedded(settings: Settings, progress: Progress | None = None) -> Installation:
    """One process with its own database and worker processes.

    Raises:
        PackError: the model pack is unknown, damaged beyond repair or not calibrated.
        MasterKeyError, StorageError: see `open_stores_of`.
    """
    # Brought along only by those who start one: the commands that open the stores alone would wait for it.
    from likeness.engines.local import LocalEngine  # noqa: PLC0415

    pack = packs.load(settings.pack, settings.models_path)
    beside = _beside(settings, pack)
    paths = packs.prepare(pack, settings.models_path, progress)
    engine = LocalEngine(
        paths,
        workers=settings.workers,
        queue_limit=settings.queue_limit,
        deadline_s=settings.job_deadline_s,
        memory_mb=settings.worker_memory_mb,
        language=settings.language,
    )
    stores = open_stores_of(settings)
    services = Services(
        engine=engine,
        keys=stores.keys,
        captures=stores.captures,
        records=stores.records,
        limits=ProcessLimits(settings.calls_under_way_limit),
        pack=pack.name,
        calibration=Calibration.from_dict(packs.require_calibration(pack)),
        thresholds=shipped_thresholds().for_pack(paths.same_person_similarity),
        genuineness_thresholds=beside.genuineness,
        genuineness_level=Level(settings.genuineness_level),
        selfie_thresholds=shipped_selfie_thresholds(),
        cross_pose=beside.cross_pose,
        spoken_thresholds=beside.spoken,
        model_digests=pack.digests | beside.digests,
        clock=utc_now,
    )
    return Installation(services, engine, stores, settings.upload_timeout_s, settings.purge_interval_s)


@dataclass(frozen=True, slots=True)
class _Beside:
    """What judges beside a pack's models: digests of what all packs share, and thresholds."""

    genuineness: GenuinenessThresholds
    digests: dict[str, str]
    spoken: SpokenThresholds
    cross_pose: CrossPose


def _beside(settings: Settings, pack: packs.Pack) -> _Beside:
    genuineness = shipped_genuineness_thresholds()
    if unknown := detectors(pack) - genuineness.limits.keys():
        msg = f"model pack {pack.name!r} has detectors without thresholds: {', '.join(sorted(unknown))}"
        raise packs.PackError(msg)
    try:
        return _Beside(
            genuineness,
            shared.digests(settings.language),
            shared.spoken_thresholds(settings.language),
            cross_pose_of(pack.folder, pack.name, pack.comparing_digests),
        )
    except ValueError as error:
        raise packs.PackError(str(error)) from error
