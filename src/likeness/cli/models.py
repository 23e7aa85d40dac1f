"""`likeness models`: list, pull, prepare and verify the model packs."""

from pathlib import Path
from typing import Annotated, Any

import typer

from likeness.cli.options import AsJson, DataDir, settings_for
from likeness.cli.printing import fail, print_json, print_table
from likeness.cli.progress import download_progress, model_progress
from likeness.cli.pulling import require_licences
from likeness.folders import make_private
from likeness.models import packs
from likeness.models.manifest import Downloaded
from likeness.settings import Settings

models_app = typer.Typer(help="The models that judge faces: list, pull, prepare, verify.", no_args_is_help=True)

PackName = Annotated[str, typer.Argument(metavar="NAME", help="A pack of `likeness models list`.")]
Mirror = Annotated[
    str | None,
    typer.Option(
        metavar="DIR|URL",
        show_default="the addresses that its authors publish it at",
        help="Take the files, under their names, from this folder, or from below this http(s) address.",
    ),
]
AcceptLicence = Annotated[
    bool, typer.Option("--accept-licence", help="Accept the licences of its files, which are shown, unasked.")
]


@models_app.command("list")
def list_packs(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List the model packs and their files; a pack is supported once it was run and measured, so has a calibration."""
    settings = settings_for(data_dir)
    rows = [_described(name, settings) for name in packs.names()]
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
        supported = "supported" if row["supported"] else "not supported: never measured, so it cannot be served"
        chosen = ", in use" if row["in_use"] else ""
        typer.echo(f"{row['pack']} {row['version']}: {row['description']} ({supported}; {row['state']}{chosen})")


@models_app.command()
def pull(
    name: PackName,
    mirror: Mirror = None,
    accept_licence: AcceptLicence = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Download a model pack and what it borrows from others, and make it ready to serve.

    Files that are there and sound are left alone; every other is checked against the size and SHA-256 of its manifest
    before it is put in its place. What a cut or killed download left is continued.

    Without network: fetch the files elsewhere, and give their folder with `--mirror`. Proxies are taken from
    HTTPS_PROXY and NO_PROXY, a certificate authority of your own from SSL_CERT_FILE.

    Then set `LIKENESS_PACK` to its name, and serve.
    """
    # Imported where it is needed: the other commands look things up at once.
    from likeness.models import download  # noqa: PLC0415

    settings = settings_for(data_dir)
    pack, models_path = packs.load(name), settings.models_path
    files = download.wanting(pack, models_path)
    orders = [download.wanted(used, models_path, mirror) for used in files]
    require_licences(files, accept_licence)
    make_private(settings.data_dir)
    for order in orders:
        with download_progress(order.target.name, order.size) as told:
            download.fetch(order, told=told)
    with model_progress() as progress:
        packs.prepare(pack, models_path, progress)
    _say_ready(pack, models_path, as_json, pulled=[order.target.name for order in orders])


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
    _say_ready(pack, settings.models_path, as_json)


def _say_ready(pack: packs.Pack, models_path: Path, as_json: bool, **more: list[str]) -> None:
    # Not a folder of the pack's name: a pack may run borrowed files alone, which lie in folders of their own packs.
    if as_json:
        print_json({"pack": pack.name, "folder": str(models_path), **more, "digests": pack.digests})
    else:
        typer.echo(f"The models of pack {pack.name} are ready in {models_path}")


def _described(name: str, settings: Settings) -> dict[str, Any]:
    pack = packs.load(name, settings.models_path)
    return {
        "pack": name,
        "in_use": name == settings.pack,
        "supported": pack.calibrated,
        "state": _state(pack, settings.models_path),
        **pack.manifest.model_dump(include={"version", "description"}),
        "files": [
            {"stage": used.stage, "kind": used.kind, "pack": used.owner, **used.file.model_dump()}
            for used in packs.files(pack)
        ],
    }


def _state(pack: packs.Pack, models_path: Path) -> str:
    """`ready`, or what is to be done first."""
    states = zip(packs.files(pack), packs.verify(pack, models_path), strict=True)
    wanting = [used.file.origin for used, it in states if it.state != "ok"]
    if any(isinstance(origin, Downloaded) for origin in wanting):
        return "not pulled"
    return "not prepared" if wanting else "ready"


def _origin(file: dict[str, Any]) -> str:
    origin = file["origin"]
    if "urls" in origin:
        return f"{origin['repository']} at {origin['commit'][:8]}"
    if "package" not in origin:
        return f"shipped with likeness: {origin['path']}"
    return f"{origin['package']} {origin['version']}: {origin['path']}"
