"""All settings, each from `LIKENESS_<NAME>` or a command-line option; read only by the command line and `compose`."""

import os
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

DAYS_MAX = 36_500
"""A hundred years, for times that things are kept; dates end at the year 9999, and so must any time added to now."""
DAY_S = 86_400
"""Longest wait that can be set; the system's timers end far beyond."""


class Settings(BaseSettings):
    """Frozen settings of one installation."""

    model_config = SettingsConfigDict(env_prefix="LIKENESS_", frozen=True, extra="ignore")

    data_dir: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("likeness", appauthor=False),
        description="folder of everything that is kept: database, master key, converted models",
    )
    models_dir: Path | None = Field(
        default=None, description="folder of the models; default: `models` in the data folder"
    )
    pack: str = Field(default="default", description="the model pack that judges faces")
    genuineness_level: Literal["relaxed", "normal", "strict"] = Field(
        default="normal",
        description="how readily an attack is believed; stricter levels pass fewer attacks and refuse more live people",
    )
    language: str = Field(
        default="en", description="language in which digits are read aloud, of those in docs/digits.md"
    )
    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8000, ge=0, le=65535, description="port to listen on; 0 picks a free one")
    log_format: Literal["auto", "json", "console"] = Field(
        default="auto", description="how log lines are written; auto: console on a terminal, JSON elsewhere"
    )

    workers: int = Field(
        default_factory=lambda: os.cpu_count() or 1, ge=1, description="worker processes; default one per core"
    )
    queue_limit: int = Field(
        default=32,
        ge=2,
        description="jobs that may wait for a worker, at least 2 (a verify may bring three pictures); "
        "beyond it CONCURRENCY_LIMIT_EXCEEDED",
    )
    job_deadline_s: float = Field(
        default=20.0,
        gt=0,
        le=DAY_S,
        allow_inf_nan=False,
        description="seconds one picture or clip may take in a worker",
    )
    worker_memory_mb: int = Field(
        default=2048, ge=512, description="address space of one worker, in MiB beyond what it holds when ready"
    )
    calls_under_way_limit: int = Field(default=64, ge=1, description="calls under way on the whole server")
    upload_timeout_s: float = Field(
        default=60.0,
        gt=0,
        le=DAY_S,
        allow_inf_nan=False,
        description="seconds a request's body may take to arrive",
    )

    keep_captures_hours: float = Field(
        default=24.0,
        ge=0,
        le=24,
        allow_inf_nan=False,
        description="hours a token and what it stands for are kept; 0 keeps nothing",
    )
    keep_pictures_days: float = Field(
        default=7.0,
        ge=0,
        le=DAYS_MAX,
        allow_inf_nan=False,
        description="days best frames, selfies and reference pictures are kept; 0 keeps nothing",
    )
    keep_records_days: float = Field(
        default=90.0, ge=0, le=DAYS_MAX, allow_inf_nan=False, description="days records are kept; 0 keeps nothing"
    )
    purge_interval_s: float = Field(
        default=300.0, gt=0, le=DAY_S, allow_inf_nan=False, description="seconds between the server's own purges"
    )

    @property
    def models_path(self) -> Path:
        """Where model packs are kept."""
        return self.models_dir or self.data_dir / "models"

    @property
    def database_path(self) -> Path:
        """The SQLite file."""
        return self.data_dir / "likeness.db"

    @property
    def master_key_path(self) -> Path:
        """The AES-256 key that pictures and captures are encrypted with."""
        return self.data_dir / "master.key"
