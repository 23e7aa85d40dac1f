"""How commands reach what is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from likeness.cli.options import settings_for
from likeness.cli.printing import fail
from likeness.compose import open_stores_of
from likeness.domain.errors import StorageError
from likeness.storage.crypto import MasterKeyError, SealError
from likeness.storage.stores import Stores


@contextmanager
def stores_in(data_dir: Path | None) -> Iterator[Stores]:
    """The stores of a data folder; what goes wrong with them is said plainly and ends the command with status 1."""
    settings = settings_for(data_dir)
    try:
        stores = open_stores_of(settings)
        try:
            yield stores
        finally:
            stores.close()
    except (MasterKeyError, SealError) as error:
        fail(str(error))
    except StorageError as error:
        fail(f"The database {settings.database_path} cannot be used: {_reason(error)}")


def _reason(error: StorageError) -> object:
    # The driver's own words, without SQLAlchemy's frame around them.
    cause = error.__cause__
    return getattr(cause, "orig", None) or cause or "it is busy"
