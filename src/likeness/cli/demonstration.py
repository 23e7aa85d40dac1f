"""What `likeness demo` does: one person captured, compared with herself and with somebody else, over HTTP."""

import json
import shlex
from contextlib import ExitStack
from typing import Any

import httpx
import typer
from rich.console import Console

from likeness import samples
from likeness.child_server import child_server
from likeness.cli.printing import fail
from likeness.cli.progress import model_progress
from likeness.folders import make_private
from likeness.models import packs
from likeness.settings import Settings

CALL_LIMIT_S = 60.0

WHAT_COMES = (
    "A server of the demo's own is sent a clip and pictures made from one portrait (astronaut Eileen Collins, by NASA, "
    "public domain, installed with scikit-image): she is captured, compared with herself, then with somebody else."
)

console = Console(highlight=False, soft_wrap=True)
errors = Console(stderr=True)


def run(settings: Settings, *, as_json: bool) -> None:
    """Show a capture and two comparisons, over HTTP.

    Raises:
        OSError, PackError, MasterKeyError, StorageError: what is kept, or the models, cannot be used or made.
        ServerStartError: the server did not start.
    """
    _require_portrait()
    if not as_json:
        console.print(WHAT_COMES)
    make_private(settings.data_dir)
    with model_progress() as progress:
        packs.prepare(packs.load(settings.pack, settings.models_path), settings.models_path, progress)
    own = settings.model_copy(update={"data_dir": settings.data_dir / "demo", "models_dir": settings.models_path})
    with ExitStack() as stack:
        with errors.status("starting the server"):  # shown on a terminal only
            server = stack.enter_context(child_server(own))
        client = stack.enter_context(httpx.Client(base_url=server.url, timeout=CALL_LIMIT_S, trust_env=False))
        try:
            answers = _show(client, server.credentials, quiet=as_json)
        except httpx.TransportError:
            fail(f"The server stopped answering; its log is {server.log_path}.")
    if as_json:
        print(json.dumps(answers, indent=2))
    else:
        shown = answers["same_person"]["request_id"]
        line = shlex.join(["likeness", "records", "show", shown, "--data-dir", str(own.data_dir.resolve())])
        console.print("\nEvery call left a record. This one says why the first comparison was decided so:")
        console.print(f"  {line}", markup=False)


def _require_portrait() -> None:
    try:
        samples.portrait()
    except ImportError:
        fail("The demo's portrait comes with scikit-image, which is not installed; run: pip install 'likeness[demo]'")


def _show(client: httpx.Client, credentials: dict[str, str], *, quiet: bool) -> dict[str, Any]:
    say = (lambda *_: None) if quiet else _say
    captured = _call(client, "validate_still", credentials, {"video": samples.pan_clip()})
    title = "1. validate_still: a 2-second clip panning over the portrait"
    say(title, captured, "A face was captured; the token stands for it.")
    fields = {**credentials, "token": captured["token_still"], "comparison_type": "0", "uuid": "demo-user"}
    same = _call(client, "verify", fields, {"image_ref1": samples.reference()})
    say("2. verify: against another picture of the same person", same, _reading(same))
    other = _call(client, "verify", fields, {"image_ref1": samples.stranger()})
    title = "3. verify: against somebody else (no second free portrait can be installed: a strongly warped copy serves)"
    say(title, other, _reading(other))
    return {"capture": captured, "same_person": same, "somebody_else": other}


def _call(client: httpx.Client, name: str, fields: dict[str, str], files: dict[str, bytes]) -> dict[str, Any]:
    answer: dict[str, Any] = client.post(name, data=fields, files=files).json()
    if "error_message" in answer:
        console.print_json(json.dumps(answer))
        raise typer.Exit(1)
    return answer


def _say(title: str, answer: dict[str, Any], reading: str) -> None:
    console.print(f"\n{title}", style="bold", markup=False)
    console.print_json(json.dumps(answer))
    console.print(f"=> {reading}", markup=False)


def _reading(answer: dict[str, Any]) -> str:
    """One line on what a verification says."""
    liveness, result = answer["liveness"], answer.get("result_ref1")
    if result is None:
        return f"The clip is not one person throughout ({liveness['procedure_validation']}); nothing was compared."
    passed = [rate for rate, limit in sorted(result["thresholds"].items()) if result["confidence"] >= limit]
    match = (
        f"confidence {result['confidence']} is over the threshold for {passed[-1]}: the same person, "
        f"with at most one false match in {round(1 / float(passed[-1])):,}"
        if passed
        else f"confidence {result['confidence']} is under every threshold: not the same person"
    )
    return f"{match}.\n=> {_genuineness(liveness['face_genuineness'])}"


def _genuineness(verdict: str) -> str:
    """What the genuineness verdict on a panned photograph is worth."""
    if verdict == "PASSED":
        return (
            "face_genuineness is PASSED although, strictly, a panned photograph is nobody live: what is looked for are "
            "traces of screens, paper and generators, and this file never was on any of them."
        )
    return f"face_genuineness is {verdict}: strictly, a panned photograph is nobody live, so this is no false alarm."
