"""What a use case is handed: the services of this installation and the call it serves."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from likeness.domain.confidence import Calibration
from likeness.domain.genuineness import GenuinenessThresholds, Level
from likeness.domain.records import Key
from likeness.domain.selfie import CrossPose, SelfieThresholds
from likeness.domain.spoken import SpokenThresholds
from likeness.domain.thresholds import Thresholds
from likeness.usecases.ports import Captures, Engine, Keys, Limits, Records


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the calls are made of; built by `compose` alone.

    model_digests: sha256 of all that judges, by file name and for what the manifest says to do; kept in each record.
    """

    engine: Engine
    keys: Keys
    captures: Captures
    records: Records
    limits: Limits
    pack: str
    calibration: Calibration
    thresholds: Thresholds
    genuineness_thresholds: GenuinenessThresholds
    genuineness_level: Level
    selfie_thresholds: SelfieThresholds
    cross_pose: CrossPose
    spoken_thresholds: SpokenThresholds
    model_digests: dict[str, str]
    clock: Callable[[], datetime]


@dataclass(slots=True)
class Evidence:
    """What is learned on the way; kept in the call's record whatever becomes of the call.

    details: scores, thresholds and reasons, as JSON. pictures: encoded pictures by name, kept encrypted.
    """

    uuid: str | None = None
    procedure_validation: str | None = None
    face_genuineness: str | None = None
    attacked: bool = False
    details: dict[str, Any] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)

    def explain(self, services: Services) -> None:
        """Note what decisions of this moment rest on: the thresholds, the pack and the models."""
        self.details["thresholds"] = asdict(services.thresholds)
        self.details["pack"] = services.pack
        self.details["model_digests"] = services.model_digests


@dataclass(frozen=True, slots=True)
class Call:
    """One authenticated call under way."""

    services: Services
    key: Key
    request_id: str
    received_at: datetime
    evidence: Evidence
