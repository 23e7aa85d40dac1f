"""Removing what was kept long enough."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from likeness.storage.database import Database, captures, pictures, records

BATCH_ROWS = 100
"""Rows removed in one transaction: pictures of 2 MB at most, so 200 MB are touched at the very worst."""
PAUSE_S = 0.005
"""Between batches, so that waiting writers get their turn."""


@dataclass(frozen=True, slots=True)
class Keep:
    """How long things are kept; nothing is kept for a time of zero."""

    captures: timedelta
    pictures: timedelta
    records: timedelta


@dataclass(frozen=True, slots=True)
class Purged:
    """How many of each were removed, or are due to be."""

    captures: int
    pictures: int
    records: int


class Retention:
    """Keeps time: things go when their time has come, or when the settings now keep things for less long."""

    def __init__(self, database: Database, keep: Keep) -> None:
        self._database = database
        self._keep = keep

    def due(self, now: datetime) -> Purged:
        """How much `purge` would remove.

        Raises:
            StorageError: the database could not be read.
        """
        counts = []
        with self._database.reading() as connection:
            for table, condition in self._expired(now):
                query = sa.select(sa.func.count()).select_from(table).where(condition)
                counts.append(connection.execute(query).scalar_one())
        return Purged(*counts)

    def purge(self, now: datetime) -> Purged:
        """Remove what is due, in small batches, and give the space back.

        Raises:
            StorageError: the database could not be written.
        """
        purged = Purged(*(self._delete(table, condition) for table, condition in self._expired(now)))
        if purged != Purged(0, 0, 0):
            self._database.release_space()
        return purged

    def _expired(self, now: datetime) -> list[tuple[sa.Table, sa.ColumnElement[bool]]]:
        # In the order of `Purged`; pictures before the records that would take them along uncounted.
        keep_pictures = min(self._keep.pictures, self._keep.records)
        return [
            (captures, _over(captures, captures.c.created_at, now, self._keep.captures)),
            (pictures, _over(pictures, pictures.c.created_at, now, keep_pictures)),
            (records, _over(records, records.c.received_at, now, self._keep.records)),
        ]

    def _delete(self, table: sa.Table, condition: sa.ColumnElement[bool]) -> int:
        key = table.primary_key.columns[0]
        batch = sa.delete(table).where(key.in_(sa.select(key).where(condition).limit(BATCH_ROWS)))
        total = 0
        while True:
            with self._database.writing() as connection:
                removed = connection.execute(batch).rowcount
            total += removed
            if removed < BATCH_ROWS:
                return total
            time.sleep(PAUSE_S)


def _over(table: sa.Table, since: sa.ColumnElement[datetime], now: datetime, keep: timedelta) -> sa.ColumnElement[bool]:
    return sa.or_(table.c.expires_at <= now, since <= now - keep)
