"""Keys and the record each call leaves."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Permission(StrEnum):
    """What a key may call."""

    STILL = "still"
    VIDEO = "video"
    SELFIE = "selfie"
    COMPARE = "compare"


@dataclass(frozen=True, slots=True)
class Key:
    """A caller. A limit of None is no limit; `calls_used` counts since `calls_limit` was set."""

    id: int
    api_key: str
    name: str
    permissions: frozenset[Permission]
    enabled: bool
    calls_under_way_limit: int | None
    calls_limit: int | None
    calls_used: int
    created_at: datetime

    @property
    def is_used_up(self) -> bool:
        """Whether the key has no call left."""
        return self.calls_limit is not None and self.calls_used >= self.calls_limit


@dataclass(frozen=True, slots=True)
class Record:
    """What one call was, what came of it and why; times are UTC.

    outcome: "OK", or the error string answered. details: scores, thresholds, reasons and model digests, as JSON.
    response: the body that was answered, without pictures.
    """

    request_id: str
    key_id: int | None
    call: str
    received_at: datetime
    time_used_ms: int
    status: int
    outcome: str
    biz_no: str | None = None
    uuid: str | None = None
    procedure_validation: str | None = None
    face_genuineness: str | None = None
    attacked: bool = False
    details: dict[str, Any] = field(default_factory=dict)
    response: dict[str, Any] = field(default_factory=dict)
