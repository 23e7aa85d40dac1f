"""`likeness records`: what calls came in, and what came of them."""

import json
import os
import re
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from likeness.cli.opening import stores_in
from likeness.cli.options import AsJson, DataDir
from likeness.cli.printing import fail, local_time, print_fields, print_json, print_table
from likeness.domain.records import Record
from likeness.folders import make_private
from likeness.storage.records import RecordFilter
from likeness.storage.stores import Stores

records_app = typer.Typer(help="Look up the record that each call left.", no_args_is_help=True)

_MAGIC = {
    b"\xff\xd8\xff": ".jpg",
    b"\x89PNG": ".png",
    b"GIF8": ".gif",
    b"BM": ".bmp",
    b"II*\0": ".tif",
    b"MM\0*": ".tif",
}
"""First bytes of the formats that uploads come in, from their specifications; WebP is told apart in `_suffix`."""


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)  # a time without a zone is one of this machine's
    except (ValueError, OverflowError) as error:
        msg = f"{text!r} is not an ISO 8601 time such as 2026-03-01 or 2026-03-01T09:30+01:00"
        raise typer.BadParameter(msg) from error


OfKey = Annotated[str | None, typer.Option("--key", metavar="API_KEY", help="Only calls of this key.")]
OfCall = Annotated[str | None, typer.Option("--call", help="Only this call, such as verify.")]
OfOutcome = Annotated[str | None, typer.Option("--outcome", help="OK, or the error string answered.")]
OfBizNo = Annotated[str | None, typer.Option("--biz-no", help="Only this biz_no.")]
OfUuid = Annotated[str | None, typer.Option("--uuid", help="Only this user.")]
OfProcedure = Annotated[
    str | None, typer.Option("--procedure-validation", help="Such as PASSED or VIDEO_FACE_INCONSISTENT.")
]
OfGenuineness = Annotated[str | None, typer.Option("--face-genuineness", help="Such as PASSED, MASK or SCREEN_REPLAY.")]
OfAttacked = Annotated[
    bool | None, typer.Option("--attacked/--not-attacked", help="Only calls that were, or were not, attacks.")
]
Since = Annotated[
    datetime | None,
    typer.Option(
        "--since", parser=_time, metavar="TIME", help="Received then or later; ISO 8601, local without a zone."
    ),
]
Until = Annotated[datetime | None, typer.Option("--until", parser=_time, metavar="TIME", help="Received before.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="How many at most.")]
Before = Annotated[
    str | None,
    typer.Option("--before", metavar="REQUEST_ID", help="Go on after this record, the last of the previous page."),
]


@records_app.command()
def show(
    request_id: Annotated[str, typer.Argument(metavar="REQUEST_ID", help="As the call's answer gave it.")],
    pictures: Annotated[
        Path | None,
        typer.Option("--pictures", metavar="DIR", help="Also write the pictures still kept, decrypted, into DIR."),
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show all that is known of one call.

    Example: likeness records show 1490012180,eca42fde-ef75-4fb3-8a98-6299e5bf8c4b --pictures evidence
    """
    with stores_in(data_dir) as stores:
        record = stores.records.get(request_id)
        if record is None:
            fail(f"There is no record of {request_id}; it was never made, or was kept long enough and removed.")
        api_key = _api_keys(stores).get(record.key_id)
        kept = stores.records.pictures(request_id)
    files = {} if pictures is None else _write(kept, pictures)
    if as_json:
        held = [{"name": name, "size_bytes": len(data), "file": files.get(name)} for name, data in kept.items()]
        print_json(_as_json(record, api_key) | {"pictures": held})
        return
    held_text = [f"{name} ({len(data):,} bytes) {files.get(name, '')}".rstrip() for name, data in kept.items()]
    fields = _as_json(record, api_key) | {
        "received_at": local_time(record.received_at),
        "details": json.dumps(record.details, indent=2, ensure_ascii=False),
        "response": json.dumps(record.response, indent=2, ensure_ascii=False),
        "pictures": "\n".join(held_text) or "none kept",
    }
    print_fields(fields.items())


@records_app.command("list")
def list_records(  # noqa: PLR0913, PLR0917 - one parameter per option
    key: OfKey = None,
    call: OfCall = None,
    outcome: OfOutcome = None,
    biz_no: OfBizNo = None,
    uuid: OfUuid = None,
    procedure_validation: OfProcedure = None,
    face_genuineness: OfGenuineness = None,
    attacked: OfAttacked = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    before: Before = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """List records, the newest first.

    Example: likeness records list --call verify --face-genuineness SCREEN_REPLAY --since 2026-03-01
    """
    wanted = RecordFilter(
        key, call, outcome, biz_no, uuid, procedure_validation, face_genuineness, attacked, since, until
    )
    with stores_in(data_dir) as stores:
        if before is not None and stores.records.get(before) is None:
            fail(f"There is no record of {before} to go on from.")
        found = stores.records.list(wanted, limit=limit, before=before)
        api_keys = _api_keys(stores)
    if as_json:
        print_json([_as_json(record, api_keys.get(record.key_id)) for record in found])
        return
    if not found:
        typer.echo("No call left such a record.")
        return
    _print(found)
    if len(found) == limit:
        typer.echo(f"For more: --before {found[-1].request_id}")


def _print(found: list[Record]) -> None:
    columns = ("received", "request_id", "call", "outcome", "procedure", "genuineness", "uuid", "biz_no", "took")
    rows = [
        (
            local_time(record.received_at),
            record.request_id,
            record.call,
            record.outcome,
            record.procedure_validation,
            record.face_genuineness,
            record.uuid,
            record.biz_no,
            f"{record.time_used_ms} ms",
        )
        for record in found
    ]
    print_table(columns, rows)


def _api_keys(stores: Stores) -> dict[int | None, str]:
    return {key.id: key.api_key for key in stores.keys.list()}


def _as_json(record: Record, api_key: str | None) -> dict[str, Any]:
    fields = asdict(record) | {"received_at": record.received_at.isoformat()}
    del fields["key_id"]  # means nothing outside the database
    return {"request_id": fields.pop("request_id"), "api_key": api_key, **fields}


def _write(pictures: dict[str, bytes], folder: Path) -> dict[str, str]:
    make_private(folder)
    files = {}
    for name, data in pictures.items():
        path = folder / (re.sub(r"\W", "_", name, flags=re.ASCII) + _suffix(data))
        # A new file, mode 0600, then given the name: what stood there, a link perhaps, is replaced and not followed.
        descriptor, draft = tempfile.mkstemp(dir=folder)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(draft).replace(path)
        files[name] = str(path)
    return files


def _suffix(data: bytes) -> str:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return ".webp"
    return next((suffix for magic, suffix in _MAGIC.items() if data.startswith(magic)), ".bin")
