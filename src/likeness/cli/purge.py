"""`likeness purge`: remove what was kept long enough."""

from dataclasses import asdict
from typing import Annotated

import typer

from likeness.cli.opening import stores_in
from likeness.cli.options import AsJson, DataDir
from likeness.cli.printing import print_json
from likeness.storage.clock import utc_now


def purge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what is due; remove nothing.")] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Remove captures, pictures and records that were kept long enough, and give their space back.

    A running server does this by itself; how long things are kept is a setting (LIKENESS_KEEP_PICTURES_DAYS, ...).

    Example: LIKENESS_KEEP_PICTURES_DAYS=1 likeness purge --dry-run
    """
    with stores_in(data_dir) as stores:
        now = utc_now()
        purged = stores.retention.due(now) if dry_run else stores.retention.purge(now)
    if as_json:
        print_json({"dry_run": dry_run, **asdict(purged)})
        return
    verb = "Due" if dry_run else "Removed"
    typer.echo(f"{verb}: {purged.captures} captures, {purged.pictures} pictures, {purged.records} records.")
