"""What `likeness models pull` says and asks before it fetches anything."""

import sys
from collections.abc import Sequence

import typer

from likeness.cli.printing import fail
from likeness.models.manifest import Downloaded
from likeness.models.packs import UsedFile


def require_licences(files: Sequence[UsedFile], accepted: bool) -> None:
    """Show the licence of every file on standard error; ends the command unless they are accepted.

    Args:
        files: those that are about to be fetched.
        accepted: whether that was said on the command line; else it is asked, where there is a terminal.
    """
    if not files:
        return
    typer.echo("To be downloaded, each under its author's licence:", err=True)
    for used in files:
        file = used.file
        typer.echo(f"  {file.name}, {file.size:,} bytes: {file.licence}", err=True)
        if isinstance(file.origin, Downloaded):
            typer.echo(f"    by {file.origin.repository}; licence: {file.origin.licence_url}", err=True)
    if accepted:
        return
    # A stream is None when its descriptor was closed before the command began.
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr)):
        fail("Nothing was downloaded: read the licences above, then run this again with --accept-licence.")
    if not typer.confirm("Do you accept them?", err=True):
        fail("Nothing was downloaded, as the licences were not accepted.")
