"""How commands print: tables for people, JSON for programs."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NoReturn

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

PIPED_WIDTH = 200
"""Columns where output is no terminal: a record's line fits."""


def print_json(value: Any) -> None:  # noqa: ANN401 - whatever JSON can hold
    """Print indented JSON."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under headings; what does not fit is folded, never cut."""
    table = Table(box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(_text(value) for value in row))
    _console().print(table)


def print_fields(fields: Iterable[tuple[str, object]]) -> None:
    """Print one thing as a list of named values."""
    table = Table(box=None, show_header=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in fields:
        table.add_row(name, _text(value))
    _console().print(table)


def local_time(moment: datetime) -> str:
    """A time in the zone of this machine, with its offset: `2026-03-01 09:30:00 +01:00`."""
    local = moment.astimezone()
    return f"{local:%Y-%m-%d %H:%M:%S} {local.isoformat(timespec='seconds')[-len('+01:00') :]}"


def fail(message: str) -> NoReturn:
    """Say what is wrong on standard error and leave with status 1."""
    typer.echo(message, err=True)
    raise typer.Exit(1)


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=PIPED_WIDTH)


def _text(value: object) -> Text:
    # Fields come from callers: neither markup nor terminal control characters in them may have an effect.
    clear = "" if value is None else str(value)
    return Text("".join(c if c.isprintable() or c == "\n" else f"\\x{ord(c):02x}" for c in clear))
