import multiprocessing
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from likeness.domain.errors import StorageError
from likeness.domain.records import Key, Record
from likeness.storage.database import THREADS, Database, UnusableDatabaseError, keys, metadata, open_database
from likeness.storage.migrations import migrate
from likeness.storage.stores import Stores

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
KEY_ROW = {
    "api_key": "k" * 32,
    "secret_salt": b"salt",
    "secret_hash": b"hash",
    "name": "a very personal name",
    "permissions": [],
    "enabled": True,
    "calls_used": 0,
    "created_at": NOON,
}


def _start(path: Path, barrier: Barrier) -> None:
    database = open_database(path)
    barrier.wait(timeout=30)
    migrate(database)
    database.close()


@pytest.fixture
def database(stores: Stores) -> Database:
    return stores.database


def test_migrations_lead_from_nothing_to_the_tables(location: Path | str) -> None:
    database = open_database(location)
    migrate(database)
    migrate(database)
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == "0001"
    database.close()


def test_migrations_make_what_the_tables_say_to_the_letter(tmp_path: Path) -> None:
    # Autogenerate does not compare primary keys and clauses such as ON DELETE; SQLite keeps the statements.
    def statements(database: Database) -> set[str]:
        with database.reading() as connection:
            rows = connection.exec_driver_sql(
                "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name != 'alembic_version'"
            )
            return {"".join(sorted(row.sql)) for row in rows}

    migrated, made = open_database(tmp_path / "migrated.db"), open_database(tmp_path / "made.db")
    migrate(migrated)
    with made.writing() as connection:
        metadata.create_all(connection)
    assert statements(migrated) == statements(made)
    migrated.close()
    made.close()


def test_processes_may_migrate_at_once(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(4)
    processes = [spawn.Process(target=_start, args=(tmp_path / "likeness.db", barrier)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)
        assert process.exitcode == 0


def test_times_come_back_in_utc(database: Database) -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    with database.writing() as connection:
        connection.execute(sa.insert(keys).values(KEY_ROW | {"created_at": elsewhere}))
    with database.reading() as connection:
        read = connection.execute(sa.select(keys.c.created_at)).scalar_one()
    assert read == NOON
    assert read.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StorageError), database.writing() as connection:
        connection.execute(sa.insert(keys).values(KEY_ROW | {"created_at": NOON.replace(tzinfo=None)}))


def test_sqlite_is_set_to_keep_what_it_confirmed(tmp_path: Path) -> None:
    database = open_database(tmp_path / "data" / "likeness.db")
    migrate(database)
    names = ("journal_mode", "synchronous", "foreign_keys", "auto_vacuum", "busy_timeout", "secure_delete")
    with database.reading() as connection:
        pragmas = [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names]
    assert pragmas == ["wal", 2, 1, 2, 10_000, 1]
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "data").iterdir()} == {0o600}
    database.close()


def test_as_many_threads_as_stated_use_it_at_once(database: Database) -> None:
    together = threading.Barrier(THREADS)

    def read(_: int) -> int:
        with database.reading() as connection:
            together.wait(timeout=10)  # all hold a connection now
            return int(connection.execute(sa.select(sa.literal(1))).scalar_one())

    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(read, range(THREADS))) == [1] * THREADS


def test_a_block_that_raises_is_undone(database: Database) -> None:
    def write_and_fail() -> None:
        with database.writing() as connection:
            connection.execute(sa.insert(keys).values(KEY_ROW))
            raise LookupError

    with pytest.raises(LookupError):
        write_and_fail()
    with database.reading() as connection:
        assert connection.execute(sa.select(keys)).all() == []


def test_a_violated_constraint_is_a_storage_error_that_names_no_values(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(sa.insert(keys).values(KEY_ROW))
    with pytest.raises(StorageError) as caught, database.writing() as connection:
        connection.execute(sa.insert(keys).values(KEY_ROW))
    assert isinstance(caught.value.__cause__, sa.exc.IntegrityError)
    assert str(KEY_ROW["name"]) not in str(caught.value.__cause__)


def test_a_read_only_database_is_a_storage_error(tmp_path: Path) -> None:
    database = open_database(tmp_path / "likeness.db")
    migrate(database)
    database.close()
    read_only = open_database(f"sqlite:///file:{tmp_path}/likeness.db?mode=ro&uri=true")
    with read_only.reading() as connection:
        assert connection.execute(sa.select(keys)).all() == []
    with pytest.raises(StorageError) as caught, read_only.writing() as connection:
        connection.execute(sa.insert(keys).values(KEY_ROW))
    assert "readonly" in str(caught.value.__cause__)
    read_only.close()


def test_a_full_disk_is_a_storage_error_and_loses_nothing(tmp_path: Path, stores: Stores, key: Key) -> None:
    del tmp_path

    def no_more_room(connection: sqlite3.Connection, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 30}")

    record = Record("1,first", key.id, "verify", NOON, 1, 200, "OK")
    stores.records.add(record, {})
    stores.database.close()  # new connections from here on
    sa.event.listen(stores.database.engine, "connect", no_more_room)
    with pytest.raises(StorageError) as caught:
        stores.records.add(Record("2,second", key.id, "verify", NOON, 1, 200, "OK"), {"image_best": bytes(1_000_000)})
    assert "full" in str(caught.value.__cause__)
    assert stores.records.get("1,first") == record
    assert stores.records.get("2,second") is None
    stores.records.add(Record("3,third", key.id, "verify", NOON, 1, 200, "OK"), {})
    assert stores.records.get("3,third") is not None


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "likeness.db").write_bytes(b"no database at all" * 1000)
    database = open_database(tmp_path / "likeness.db")
    for _ in range(2):
        with pytest.raises(UnusableDatabaseError, match=r"likeness\.db is no database"):
            migrate(database)
    database.close()


def test_a_database_of_a_newer_version_is_told_and_left_alone(location: Path | str) -> None:
    database = open_database(location)
    migrate(database)
    with database.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(sa.insert(keys).values(KEY_ROW))
    with pytest.raises(UnusableDatabaseError, match="made by a newer version"):
        migrate(database)
    with database.reading() as connection:
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"
        assert connection.execute(sa.select(keys.c.name)).scalar_one() == KEY_ROW["name"]
    database.close()


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError):
        open_database(tmp_path / "file" / "likeness.db")
