"""Stores on every database there is: SQLite, and PostgreSQL where LIKENESS_TEST_POSTGRES_URL names one."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from likeness.domain.capture import Capture, DetectorScore, Procedure
from likeness.domain.face import Quality, Template
from likeness.domain.records import Key, Record
from likeness.storage.database import metadata, open_database
from likeness.storage.retention import Keep
from likeness.storage.stores import Stores, open_stores

POSTGRES_URL = os.environ.get("LIKENESS_TEST_POSTGRES_URL")
START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
KEEP = Keep(captures=timedelta(hours=24), pictures=timedelta(days=7), records=timedelta(days=90))


@dataclass
class SetClock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(params=["sqlite", *(["postgresql"] if POSTGRES_URL else [])])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """An empty database."""
    if request.param == "sqlite" or POSTGRES_URL is None:
        return tmp_path / "likeness.db"
    database = open_database(POSTGRES_URL)
    with database.writing() as connection:
        metadata.drop_all(connection)
        connection.execute(sa.text("DROP TABLE IF EXISTS alembic_version"))
    database.close()
    return POSTGRES_URL


@pytest.fixture
def open_again(location: Path | str, tmp_path: Path, clock: SetClock) -> Iterator[Callable[[Keep], Stores]]:
    """Opens the same database, with other keeping times."""
    opened = []

    def opener(keep: Keep) -> Stores:
        opened.append(open_stores(location, tmp_path / "master.key", keep, clock))
        return opened[-1]

    yield opener
    for stores in opened:
        stores.close()


@pytest.fixture
def stores(open_again: Callable[[Keep], Stores]) -> Stores:
    return open_again(KEEP)


@pytest.fixture
def key(stores: Stores) -> Key:
    return stores.keys.create("shop").key


@pytest.fixture
def capture() -> Capture:
    vector = np.linspace(-1, 1, 128, dtype=np.float32)
    return Capture(
        procedure=Procedure.STILL,
        template=Template("default", vector / np.float32(np.linalg.norm(vector))),
        quality=Quality(
            face_width_px=211.5,
            sharpness=120.25,
            brightness=130.0,
            contrast=40.5,
            frontalness=0.8,
            mirror_similarity=0.97,
        ),
        several_frame=b"\xff\xd8\xffseveral faces\xff\xd9" * 50,
        similarities=(0.91, 0.95),
        genuineness=(DetectorScore("replay", 0.25, "moiré"),),
        model_digests={"embedder": "ab12"},
        strict=True,
    )


def make_record(key: Key | None, number: int = 0, **changes: object) -> Record:
    """A record whose request_id and time follow from its number."""
    values: dict[str, object] = {
        "request_id": f"{1772366400 + number},{number:032x}",
        "key_id": key.id if key else None,
        "call": "verify",
        "received_at": START + timedelta(seconds=number),
        "time_used_ms": 42,
        "status": 200,
        "outcome": "OK",
    }
    return Record(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture
def record_of() -> Callable[..., Record]:
    return make_record


def all_bytes(folder: Path) -> bytes:
    """Everything in a folder's files but the master key: the database with its journals."""
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.name != "master.key")


@pytest.fixture
def database_bytes(tmp_path: Path) -> Callable[[], bytes]:
    return lambda: all_bytes(tmp_path)
