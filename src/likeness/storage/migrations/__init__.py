"""Changes of the tables, in order; each file of `versions` is one, and describes the tables as they were then."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from likeness.storage.database import Database


def migrate(database: Database) -> None:
    """Bring the tables up to date; harmless when they are, and when two processes start at once.

    Raises:
        StorageError: the database could not be read or written.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    with database.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
