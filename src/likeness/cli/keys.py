"""`likeness keys`: who may call."""

from pathlib import Path
from typing import Annotated, Any

import typer

from likeness.cli.opening import stores_in
from likeness.cli.options import AsJson, DataDir
from likeness.cli.printing import fail, local_time, print_fields, print_json, print_table
from likeness.domain.records import Key, Permission
from likeness.storage.keys import UnknownKeyError

keys_app = typer.Typer(help="Make and manage the keys that may call.", no_args_is_help=True)

UNLIMITED = "unlimited"

ApiKey = Annotated[str, typer.Argument(metavar="API_KEY", help="The api_key, as `likeness keys list` shows it.")]
UnderWay = Annotated[
    str | None,
    typer.Option("--calls-under-way", metavar="N", help=f"Calls the key may have under way at once, or '{UNLIMITED}'."),
]
Total = Annotated[
    str | None,
    typer.Option("--total-calls", metavar="N", help=f"Calls the key may make from now on, or '{UNLIMITED}'."),
]


@keys_app.command()
def create(  # noqa: PLR0913, PLR0917 - one parameter per option
    name: Annotated[str, typer.Option("--name", help="Whose key it is, for people to read.")],
    permission: Annotated[
        list[Permission] | None,
        typer.Option("--permission", help="What the key may call; repeat for several. Default: everything."),
    ] = None,
    calls_under_way: UnderWay = None,
    total_calls: Total = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and show its secret, once.

    Example: likeness keys create --name shop --permission still --permission compare --total-calls 1000
    """
    under_way, total = _limit(calls_under_way), _limit(total_calls)
    with stores_in(data_dir) as stores:
        new = stores.keys.create(
            name, permission or tuple(Permission), calls_under_way_limit=under_way, calls_limit=total
        )
    if as_json:
        print_json(_as_json(new.key) | {"api_secret": new.api_secret})
        return
    print_fields([("api_key", new.key.api_key), ("api_secret", new.api_secret)])
    typer.echo("Keep the secret now: only a hash of it is stored, so it cannot be shown again.")


@keys_app.command("list")
def list_keys(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List the keys, the oldest first.

    Example: likeness keys list --json
    """
    with stores_in(data_dir) as stores:
        keys = stores.keys.list()
    if not keys and not as_json:
        typer.echo("There are no keys yet; `likeness keys create --name NAME` makes one.")
        return
    _print(keys, as_json=as_json)


@keys_app.command()
def disable(api_key: ApiKey, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Refuse every further call of a key (AUTHORIZATION_ERROR:Denied).

    Example: likeness keys disable 1QbPi7v7bdV2mBxAmXOIacGur7wU8Xeg
    """
    _set_enabled(api_key, data_dir, enabled=False, as_json=as_json)


@keys_app.command()
def enable(api_key: ApiKey, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Let a disabled key call again.

    Example: likeness keys enable 1QbPi7v7bdV2mBxAmXOIacGur7wU8Xeg
    """
    _set_enabled(api_key, data_dir, enabled=True, as_json=as_json)


@keys_app.command()
def limit(
    api_key: ApiKey,
    calls_under_way: UnderWay = None,
    total_calls: Total = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Change a key's limits; a new total counts from zero.

    Example: likeness keys limit 1QbPi7v7bdV2mBxAmXOIacGur7wU8Xeg --calls-under-way 4 --total-calls unlimited
    """
    if calls_under_way is None and total_calls is None:
        raise typer.BadParameter("give --calls-under-way, --total-calls or both")
    under_way, total = _limit(calls_under_way), _limit(total_calls)
    with stores_in(data_dir) as stores:
        try:
            if calls_under_way is not None:
                key = stores.keys.limit_calls_under_way(api_key, under_way)
            if total_calls is not None:
                key = stores.keys.limit_calls(api_key, total)
        except UnknownKeyError:
            fail(f"There is no key {api_key}.")
    _print([key], as_json=as_json)


def _set_enabled(api_key: str, data_dir: Path | None, *, enabled: bool, as_json: bool) -> None:
    with stores_in(data_dir) as stores:
        try:
            key = stores.keys.set_enabled(api_key, enabled=enabled)
        except UnknownKeyError:
            fail(f"There is no key {api_key}.")
    _print([key], as_json=as_json)


def _limit(text: str | None) -> int | None:
    if text is None or text == UNLIMITED:
        return None
    # Four bytes hold it in every database.
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:11]) < 2**31:
        msg = f"a limit is a whole number from 1 on, or '{UNLIMITED}'; to stop a key, disable it"
        raise typer.BadParameter(msg)
    return int(text)


def _print(keys: list[Key], *, as_json: bool) -> None:
    if as_json:
        print_json([_as_json(key) for key in keys])
        return
    rows = [
        (
            key.api_key,
            key.name,
            " ".join(sorted(key.permissions)),
            "enabled" if key.enabled else "disabled",
            UNLIMITED if key.calls_under_way_limit is None else key.calls_under_way_limit,
            UNLIMITED if key.calls_limit is None else f"{key.calls_used} of {key.calls_limit}",
            local_time(key.created_at),
        )
        for key in keys
    ]
    print_table(("api_key", "name", "permissions", "state", "under way", "calls", "made"), rows)


def _as_json(key: Key) -> dict[str, Any]:
    return {
        "api_key": key.api_key,
        "name": key.name,
        "permissions": sorted(key.permissions),
        "enabled": key.enabled,
        "calls_under_way_limit": key.calls_under_way_limit,
        "calls_limit": key.calls_limit,
        "calls_used": key.calls_used,
        "created_at": key.created_at.isoformat(),
    }
