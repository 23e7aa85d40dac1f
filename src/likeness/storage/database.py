"""The tables, and the connection to them; what differs between SQLite and PostgreSQL is known here alone."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection

from likeness.domain.errors import StorageError
from likeness.storage.files import create_once

BUSY_TIMEOUT_S = 10.0
"""Longest wait for other writers: well over the longest write (a purge batch), under the 30 s clients usually wait."""
THREADS = 32
"""Threads that may use a database at once, none of them waiting for a connection: the most `asyncio.to_thread` has by
default, min(32, cores + 4). Whoever gives the event loop an executor of its own makes it this large."""
POOLED_CONNECTIONS = 8
"""Connections kept open; more are opened while needed."""
VACUUM_PAGES = 1024
"""Pages (4 KiB each) given back in one go: 4 MiB, a few tens of ms in which writers wait."""


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware datetime, kept in UTC; SQLite would drop the zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuses a naive datetime, whose zone could only be guessed."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """SQLite hands back what was UTC when it was written."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# SQLite counts up only in a column declared exactly INTEGER.
RowId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

keys = sa.Table(
    "keys",
    metadata,
    sa.Column("id", RowId, primary_key=True),
    sa.Column("api_key", sa.String(32), nullable=False, unique=True),
    sa.Column("secret_salt", sa.LargeBinary, nullable=False),
    sa.Column("secret_hash", sa.LargeBinary, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("permissions", sa.JSON, nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("calls_under_way_limit", sa.Integer),
    sa.Column("calls_limit", sa.Integer),
    sa.Column("calls_used", sa.Integer, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

captures = sa.Table(
    "captures",
    metadata,
    sa.Column("token_hash", sa.LargeBinary, primary_key=True),
    sa.Column("key_id", sa.ForeignKey("keys.id"), nullable=False),
    sa.Column("request_id", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False, index=True),
    sa.Column("expires_at", UtcDateTime, nullable=False, index=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
)

records = sa.Table(
    "records",
    metadata,
    sa.Column("id", RowId, primary_key=True),
    sa.Column("request_id", sa.Text, nullable=False, unique=True),
    sa.Column("key_id", sa.ForeignKey("keys.id")),
    sa.Column("call", sa.Text, nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("time_used_ms", sa.Integer, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("biz_no", sa.Text, index=True),
    sa.Column("uuid", sa.Text),
    sa.Column("procedure_validation", sa.Text),
    sa.Column("face_genuineness", sa.Text),
    sa.Column("attacked", sa.Boolean, nullable=False),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Column("response", sa.JSON, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False, index=True),
    sa.Index(None, "received_at", "id"),  # the order of listing
    sa.Index(None, "uuid", "key_id", "received_at"),  # was_attacked, and listing one person
)

pictures = sa.Table(
    "pictures",
    metadata,
    sa.Column("id", RowId, primary_key=True),
    sa.Column("request_id", sa.ForeignKey("records.request_id", ondelete="CASCADE"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False, index=True),
    sa.Column("expires_at", UtcDateTime, nullable=False, index=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("request_id", "name"),
)


class UnusableDatabaseError(StorageError):
    """The database is none of ours, or not one of this version; says so, for the operator."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.args = (reason,)


class Space(NamedTuple):
    """Size of the database and how much of it is unused, in bytes."""

    size_bytes: int
    unused_bytes: int


class Database:
    """Connections to one database; every error of it surfaces as StorageError, without the values that were written."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._is_sqlite = engine.dialect.name == "sqlite"
        # SQLite has one writer at a time and lets the others poll, sleeping up to 100 ms; a lock hands over at once.
        self._writer_lock = threading.Lock() if self._is_sqlite else None
        self._writer = engine.execution_options(sqlite_begin="BEGIN IMMEDIATE")
        self._plain = engine.execution_options(sqlite_begin=None)
        self._errors = (sa.exc.SQLAlchemyError, engine.dialect.loaded_dbapi.Error)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that only reads.

        Raises:
            StorageError: the database could not be read.
        """
        with self._translated(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that is on disk when the block is left, or undone when it raises.

        Raises:
            StorageError: the database could not be written, or others wrote for over BUSY_TIMEOUT_S.
        """
        with self._translated(), self._turn(), self._writer.begin() as connection:
            yield connection

    def space(self) -> Space | None:
        """How large the database is; None where it looks after its own space."""
        if not self._is_sqlite:
            return None
        with self.reading() as connection:
            names = ("page_size", "page_count", "freelist_count")
            size, count, free = (connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names)
        return Space(size * count, size * free)

    def release_space(self) -> None:
        """Give unused space back to the file system, a little at a time (PostgreSQL does so by itself).

        Raises:
            StorageError: the database could not be written.
        """
        unused_bytes = None
        while (space := self.space()) and space.unused_bytes and space.unused_bytes != unused_bytes:
            unused_bytes = space.unused_bytes  # stays the same in a file made without incremental vacuum
            # The pragma frees one page per step; of all the ways to run it only executescript steps to the end.
            self._run_script(f"PRAGMA incremental_vacuum({VACUUM_PAGES})")
        if space:
            self._run_script("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()

    def _run_script(self, script: str) -> None:
        with self._translated(), self._turn(), self._plain.connect() as connection:
            cursor = connection.connection.cursor()
            cursor.executescript(script)
            cursor.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except self._errors as error:
            if getattr(getattr(error, "orig", error), "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
                msg = f"the file {self.engine.url.database} is no database; restore it from a backup, or move it away"
                raise UnusableDatabaseError(msg) from error
            raise StorageError from error

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self._writer_lock is None:
            yield
            return
        if not self._writer_lock.acquire(timeout=BUSY_TIMEOUT_S):
            raise StorageError
        try:
            yield
        finally:
            self._writer_lock.release()


def open_database(location: Path | str) -> Database:
    """A database by the path of its SQLite file (made, mode 0600, when absent) or by its SQLAlchemy URL.

    Raises:
        StorageError: the file cannot be made.
    """
    if isinstance(location, Path):
        try:
            create_once(location, _make_sqlite_file)
        except (OSError, sqlite3.Error) as error:
            raise StorageError from error
        url = sa.URL.create("sqlite", database=str(location))
    else:
        url = sa.make_url(location)
    engine = sa.create_engine(
        url,
        hide_parameters=True,  # no personal field may reach an exception's text
        json_serializer=_to_json,
        pool_size=POOLED_CONNECTIONS,
        max_overflow=THREADS - POOLED_CONNECTIONS,
    )
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    return Database(engine)


def _make_sqlite_file(draft: Path) -> None:
    # SQLite gives its journal files the mode of the database file. Both settings stay with the file, and cannot be made
    # while others use it.
    with closing(sqlite3.connect(draft)) as connection:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")


def _to_json(value: Any) -> str:  # noqa: ANN401 - SQLAlchemy's signature
    # NaN is not JSON, and PostgreSQL refuses it; find out now.
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    if not isinstance(connection, sqlite3.Connection):
        raise TypeError("SQLite is only used through the sqlite3 module")
    connection.isolation_level = None  # transactions are begun by `_begin_sqlite`, not by the module's guesses
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}",
        "synchronous = FULL",  # a call that answered has its record on disk
        "foreign_keys = ON",
        "secure_delete = ON",  # what was purged is overwritten; FAST would leave it in pages that fall free
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # A transaction that reads before it writes could find itself unable to write; a writer says so at once.
    begin = connection.get_execution_options().get("sqlite_begin", "BEGIN")
    if begin:
        connection.exec_driver_sql(begin)
