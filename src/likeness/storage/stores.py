"""Everything that is kept, opened in one go."""

from dataclasses import dataclass
from pathlib import Path

from likeness.storage.captures import CaptureStore
from likeness.storage.clock import Clock, utc_now
from likeness.storage.crypto import MasterKey
from likeness.storage.database import Database, open_database
from likeness.storage.keys import KeyStore
from likeness.storage.migrations import migrate
from likeness.storage.records import RecordStore
from likeness.storage.retention import Keep, Retention


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores of one database; `close` it in the end."""

    keys: KeyStore
    captures: CaptureStore
    records: RecordStore
    retention: Retention
    database: Database

    def close(self) -> None:
        """Close the connections."""
        self.database.close()


def open_stores(database: Path | str, master_key_path: Path, keep: Keep, clock: Clock = utc_now) -> Stores:
    """Open, and where needed make, the database and the master key, and bring the tables up to date.

    Args:
        database: path of the SQLite file, or an SQLAlchemy URL.
        master_key_path: file of the key that pictures and captures are encrypted with.
        keep: how long things are kept.
        clock: the present time.

    Raises:
        MasterKeyError: the master key cannot be read or made.
        UnusableDatabaseError: the database is none, or was made by a newer version.
        StorageError: the database cannot be opened or made.
    """
    master_key = MasterKey.load_or_create(master_key_path)
    opened = open_database(database)
    try:
        migrate(opened)
    except BaseException:
        opened.close()
        raise
    return Stores(
        keys=KeyStore(opened, clock),
        captures=CaptureStore(opened, master_key, keep.captures, clock),
        records=RecordStore(opened, master_key, keep_records=keep.records, keep_pictures=keep.pictures, clock=clock),
        retention=Retention(opened, keep),
        database=opened,
    )
