"""What every command says of an error that was to be expected: one sentence on standard error, and status 1."""

import errno
from typing import Any

import typer
from pydantic import ValidationError
from typer.core import TyperGroup

from likeness.child_server import ServerStartError
from likeness.cli.listening import ListenError
from likeness.cli.options import DATA_DIR, settings_for
from likeness.cli.printing import fail
from likeness.domain.errors import StorageError
from likeness.engines.process import WorkerStartError
from likeness.evaluation.dataset import DatasetError
from likeness.models.packs import PackError
from likeness.settings import Settings
from likeness.storage.crypto import MasterKeyError, SealError
from likeness.storage.database import UnusableDatabaseError

SAID_PLAINLY = (
    DatasetError,
    ListenError,
    MasterKeyError,
    PackError,
    SealError,
    ServerStartError,
    UnusableDatabaseError,
    WorkerStartError,
)
"""Errors whose message says what is wrong and what to do."""


class Guarded(TyperGroup):
    """The group of all commands; what they raise and what was to be expected is said here, and nowhere else."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]  # noqa: ANN401 - typer's signature
        """Run the command."""
        try:
            return super().invoke(ctx)
        except SAID_PLAINLY as error:
            fail(_sentence(str(error)))
        except StorageError as error:
            path = settings_for(ctx.meta.get(DATA_DIR)).database_path
            fail(
                f"The database {path} cannot be used: {_reason(error)}. The folder must be writable and the disk not "
                "full; a damaged file has to be restored from a backup."
            )
        except ValidationError as error:
            if error.title != Settings.__name__:
                raise
            fail("\n".join(_setting(str(it["loc"][0]), it["msg"]) for it in error.errors(include_input=False)))
        except OSError as error:
            if error.filename is None or error.errno == errno.EPIPE:
                raise
            fail(f"{error.filename} cannot be used: {error.strerror}.")


def _sentence(text: str) -> str:
    # A name that a message begins with stays as it is: files are told apart by case.
    begun = text[:1].upper() + text[1:] if text.partition(" ")[0].isalpha() else text
    return begun + ("" if text.endswith(".") else ".")


def _setting(name: str, reason: str) -> str:
    # Never the value: a variable set by mistake may hold anything.
    return f"The setting LIKENESS_{name.upper()} is wrong: {_sentence(reason)}"


def _reason(error: StorageError) -> object:
    # The driver's own words, without SQLAlchemy's frame around them.
    cause = error.__cause__
    if isinstance(cause, OSError):
        return cause.strerror
    return getattr(cause, "orig", None) or cause or "it is busy"
