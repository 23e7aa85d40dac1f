"""How commands reach what is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from likeness.cli.options import settings_for
from likeness.compose import open_stores_of
from likeness.folders import make_private
from likeness.storage.stores import Stores


@contextmanager
def stores_in(data_dir: Path | None) -> Iterator[Stores]:
    """The stores of a data folder, which is made if need be."""
    settings = settings_for(data_dir)
    make_private(settings.data_dir)
    stores = open_stores_of(settings)
    try:
        yield stores
    finally:
        stores.close()
