"""The record each call leaves, and its pictures, encrypted."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from likeness.domain.records import Record
from likeness.storage.clock import Clock, utc_now
from likeness.storage.crypto import MasterKey
from likeness.storage.database import Database, keys, pictures, records

_FIELDS = tuple(field.name for field in fields(Record))


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which records are wanted; None for any. `since` is inclusive, `until` exclusive, both aware."""

    api_key: str | None = None
    call: str | None = None
    outcome: str | None = None
    biz_no: str | None = None
    uuid: str | None = None
    procedure_validation: str | None = None
    face_genuineness: str | None = None
    attacked: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


class RecordStore:
    """Records and pictures in the database; a picture never outlives its record."""

    def __init__(
        self,
        database: Database,
        master_key: MasterKey,
        *,
        keep_records: timedelta,
        keep_pictures: timedelta,
        clock: Clock = utc_now,
    ) -> None:
        self._database = database
        self._master_key = master_key
        self._keep_records = keep_records
        self._keep_pictures = min(keep_pictures, keep_records)
        self._clock = clock

    def add(self, record: Record, pictures: dict[str, bytes]) -> None:
        """Write the record and the named pictures in one transaction; on disk when this returns.

        Where records are not kept nothing is written, and where pictures are not kept only the record is.

        Raises:
            StorageError: the database could not be written, or the request_id is taken.
        """
        if not self._keep_records:
            return
        # Field by field: `asdict` would copy the details, however deep.
        row = {name: getattr(record, name) for name in _FIELDS}
        row["expires_at"] = record.received_at + self._keep_records
        picture_rows = list(self._sealed(record, pictures)) if self._keep_pictures else []
        with self._database.writing() as connection:
            connection.execute(_INSERT_RECORD, row)
            if picture_rows:
                connection.execute(_INSERT_PICTURE, picture_rows)

    def get(self, request_id: str) -> Record | None:
        """The record of one call; None when there is none, or no longer.

        Raises:
            StorageError: the database could not be read.
        """
        with self._database.reading() as connection:
            row = connection.execute(sa.select(records).where(records.c.request_id == request_id)).one_or_none()
        return None if row is None else _record(row)

    def list(self, wanted: RecordFilter, *, limit: int, before: str | None = None) -> list[Record]:
        """The wanted records, the newest first, at most `limit`.

        Args:
            wanted: what they have in common.
            limit: how many at most.
            before: request_id of the last record of the previous page, to go on from there.

        Raises:
            StorageError: the database could not be read.
        """
        order = sa.tuple_(records.c.received_at, records.c.id)
        query = sa.select(records).where(*_conditions(wanted))
        if before is not None:
            last = records.alias("last")
            place = sa.select(last.c.received_at, last.c.id).where(last.c.request_id == before)
            query = query.where(order < place.scalar_subquery())
        query = query.order_by(records.c.received_at.desc(), records.c.id.desc()).limit(limit)
        with self._database.reading() as connection:
            return [_record(row) for row in connection.execute(query)]

    def pictures(self, request_id: str) -> dict[str, bytes]:
        """The pictures still kept of one call, decrypted, by name.

        Raises:
            StorageError: the database could not be read, or what is there does not open.
        """
        query = (
            sa.select(pictures.c.name, pictures.c.sealed)
            .where(pictures.c.request_id == request_id, pictures.c.expires_at > self._clock())
            .order_by(pictures.c.id)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        return {row.name: self._master_key.open(row.sealed, "pictures", request_id, row.name) for row in rows}

    def was_attacked(self, key_id: int, uuid: str, before: datetime) -> bool:
        """Whether a call of this uuid under this key, received before that time and still on record, was an attack.

        Raises:
            StorageError: the database could not be read.
        """
        wanted = {"uuid": uuid, "key_id": key_id, "before": before}
        with self._database.reading() as connection:
            return connection.execute(_ATTACKED, wanted).first() is not None

    def _sealed(self, record: Record, named: dict[str, bytes]) -> Iterator[dict[str, Any]]:
        for name, picture in named.items():
            yield {
                "request_id": record.request_id,
                "name": name,
                "created_at": record.received_at,
                "expires_at": record.received_at + self._keep_pictures,
                "sealed": self._master_key.seal(picture, "pictures", record.request_id, name),
            }


# Made once: making and compiling a statement takes longer than running it.
_INSERT_RECORD = sa.insert(records)
_INSERT_PICTURE = sa.insert(pictures)
_ATTACKED = (
    sa.select(records.c.id)
    .where(
        records.c.uuid == sa.bindparam("uuid"),
        records.c.key_id == sa.bindparam("key_id"),
        records.c.received_at < sa.bindparam("before"),
        records.c.attacked,
    )
    .limit(1)
)


def _conditions(wanted: RecordFilter) -> Iterator[sa.ColumnElement[bool]]:
    for name in ("call", "outcome", "biz_no", "uuid", "procedure_validation", "face_genuineness", "attacked"):
        value = getattr(wanted, name)
        if value is not None:
            yield records.c[name] == value
    if wanted.api_key is not None:
        yield records.c.key_id == sa.select(keys.c.id).where(keys.c.api_key == wanted.api_key).scalar_subquery()
    if wanted.since is not None:
        yield records.c.received_at >= wanted.since
    if wanted.until is not None:
        yield records.c.received_at < wanted.until


def _record(row: sa.Row[Any]) -> Record:
    return Record(**{name: getattr(row, name) for name in _FIELDS})
