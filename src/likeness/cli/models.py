"""`likeness models`: list, prepare and verify the model packs."""

from typing import Any

import typer

from likeness.cli.options import AsJson, DataDir, settings_for
from likeness.cli.printing import fail, print_json, print_table
from likeness.cli.progress import model_progress
from likeness.folders import make_private
from likeness.models import packs

models_app = typer.Typer(help="The models that judge faces: list, prepare, verify.", no_args_is_help=True)


@models_app.command("list")
def list_packs(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List the model packs and their files."""
    settings = settings_for(data_dir)
    rows = [_described(name, settings.pack) for name in packs.names()]
    if as_json:
        print_json(rows)
        return
    print_table(
        ("pack", "stage", "file", "of pack", "MB", "licence", "made from"),
        [
            (row["pack"], it["stage"], it["name"], it["pack"], f"{it['size'] / 1e6:.1f}", it["licence"], _origin(it))
            for row in rows
            for it in row["files"]
        ],
    )
    for row in rows:
        calibrated = "calibrated" if row["calibrated"] else "not calibrated: cannot be served"
        chosen = ", in use" if row["in_use"] else ""
        typer.echo(f"{row['pack']} {row['version']}: {row['description']} ({calibrated}{chosen})")


@models_app.command()
def verify(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Compare every model file of the pack in use with its manifest; status 1 when one is missing or damaged."""
    settings = settings_for(data_dir)
    states = [(settings.pack, state) for state in packs.verify(packs.load(settings.pack), settings.models_path)]
    if as_json:
        print_json(
            [
                {"pack": name, "file": it.name, "state": it.state, "path": str(it.path), "sha256": it.sha256}
                for name, it in states
            ]
        )
    else:
        print_table(("pack", "file", "state", "path"), [(name, it.name, it.state, it.path) for name, it in states])
    if any(state.state != "ok" for _, state in states):
        fail("some models are missing or damaged; `likeness models prepare` makes them again, or says what to do")


@models_app.command()
def prepare(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Convert the models that are missing or damaged; costs a few seconds, once."""
    settings = settings_for(data_dir)
    pack = packs.load(settings.pack)
    make_private(settings.data_dir)
    with model_progress() as progress:
        packs.prepare(pack, settings.models_path, progress)
    folder = settings.models_path / pack.name
    if as_json:
        print_json({"pack": pack.name, "folder": str(folder), "digests": pack.digests})
    else:
        typer.echo(f"The models of pack {pack.name} are ready in {folder}")


def _described(name: str, chosen: str) -> dict[str, Any]:
    pack = packs.load(name)
    return {
        "pack": name,
        "in_use": name == chosen,
        "calibrated": pack.calibrated,
        **pack.manifest.model_dump(include={"version", "description"}),
        "files": [
            {"stage": used.stage, "kind": used.kind, "pack": used.owner, **used.file.model_dump()}
            for used in packs.files(pack)
        ],
    }


def _origin(file: dict[str, Any]) -> str:
    origin = file["origin"]
    if "urls" in origin:
        return f"{origin['repository']} at {origin['commit'][:8]}"
    if "package" not in origin:
        return f"shipped with likeness: {origin['path']}"
    return f"{origin['package']} {origin['version']}: {origin['path']}"
