"""Changes of the tables, in order; each file of `versions` is one, and describes the tables as they were then."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from likeness.storage.database import Database, UnusableDatabaseError


def migrate(database: Database) -> None:
    """Bring the tables up to date; harmless when they are, and when two processes start at once.

    Raises:
        UnusableDatabaseError: it is none, or was made by a newer version.
        StorageError: it could not be read or written.
    """
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    with database.writing() as connection:
        if not known.issuperset(MigrationContext.configure(connection).get_current_heads()):
            name = database.engine.url.database
            msg = f"the database {name} was made by a newer version of Likeness; use that, or restore an older backup"
            raise UnusableDatabaseError(msg)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
