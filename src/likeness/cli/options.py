"""Options that every command shares."""

from pathlib import Path
from typing import Annotated

import typer

from likeness.settings import Settings

DATA_DIR = "likeness.data_dir"
"""Under this name typer's context knows the folder that the command was given."""


def _noted(context: typer.Context, data_dir: Path | None) -> Path | None:
    context.meta[DATA_DIR] = data_dir
    return data_dir


DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        envvar="LIKENESS_DATA_DIR",
        metavar="DIR",
        callback=_noted,
        show_default="likeness in the user's data folder",
        help="Folder of everything that is kept: database, master key, converted models.",
    ),
]
"""Use as `data_dir: DataDir = None`, then `settings_for(data_dir)`."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of a table for people.")]
"""Use as `as_json: AsJson = False`."""


def settings_for(data_dir: Path | None) -> Settings:
    """The settings of the environment, with `--data-dir` over them where it was given."""
    return Settings() if data_dir is None else Settings(data_dir=data_dir)
