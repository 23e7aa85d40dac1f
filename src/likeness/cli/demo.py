"""`likeness demo`: one person captured, compared with herself and with somebody else, over HTTP."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import typer
from rich.console import Console

from likeness import samples
from likeness.cli.options import AsJson, DataDir, settings_for
from likeness.cli.progress import model_progress
from likeness.compose import open_stores_of
from likeness.models import packs
from likeness.settings import Settings

START_LIMIT_S = 120.0
STOP_LIMIT_S = 40.0
CALL_LIMIT_S = 60.0
PREFIX = "/faceid/lite/raw"

console = Console(highlight=False, soft_wrap=True)


def demo(data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Watch a real face be captured, compared and recorded.

    Starts a server of its own on a free port of 127.0.0.1, sends it a 2-second clip and two reference pictures made
    from a public-domain portrait, and prints what it answers. Everything it keeps lies in `demo` in the data folder.
    """
    settings = settings_for(data_dir)
    with model_progress() as progress:
        packs.prepare(packs.load(settings.pack), settings.models_path, progress)
    own = settings.model_copy(update={"data_dir": settings.data_dir / "demo", "models_dir": settings.models_path})
    stores = open_stores_of(own)
    try:
        made = stores.keys.create("demo")
    finally:
        stores.close()
    credentials = {"api_key": made.key.api_key, "api_secret": made.api_secret}
    with _server(own) as address, httpx.Client(base_url=address + PREFIX, timeout=CALL_LIMIT_S) as client:
        answers = _run(client, credentials, quiet=as_json)
    if as_json:
        print(json.dumps(answers, indent=2))
    else:
        shown = answers["same_person"]["request_id"]
        console.print("\nEvery call left a record. This one says why the first comparison was decided so:")
        console.print(f"  likeness records show '{shown}' --data-dir '{own.data_dir}'", markup=False)


def _run(client: httpx.Client, credentials: dict[str, str], *, quiet: bool) -> dict[str, Any]:
    say = (lambda *_: None) if quiet else _say
    captured = _call(client, "validate_still", credentials, {"video": samples.pan_clip()})
    say("1. validate_still: a 2-second clip panning over the portrait", captured, "A face was captured; the token stands for it.")
    fields = {**credentials, "token": captured["token_still"], "comparison_type": "0", "uuid": "demo-user"}
    same = _call(client, "verify", fields, {"image_ref1": samples.reference()})
    say("2. verify: against another picture of the same person", same, _reading(same))
    other = _call(client, "verify", fields, {"image_ref1": samples.stranger()})
    say(
        "3. verify: against somebody else (no second free portrait can be installed, so this is a strongly warped copy)",
        other,
        _reading(other),
    )
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
    return f"{match}. face_genuineness is {liveness['face_genuineness']}: strictly, a panned photograph is nobody live; {_genuineness(liveness)}"


def _genuineness(liveness: dict[str, str]) -> str:
    if liveness["face_genuineness"] == "PASSED":
        return "only screens are detected so far, and this file was never filmed from one."
    return "so a refusal is right, though the detector was made for faces filmed from a screen."


@contextmanager
def _server(settings: Settings) -> Iterator[str]:
    """A server process on a free port; its address while it lives."""
    port = _free_port()
    log_path = settings.data_dir / "server.log"
    with log_path.open("wb") as log_file:
        process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            [sys.executable, "-m", "likeness", "serve", "--data-dir", str(settings.data_dir), "--port", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=log_file,
            env=_environment(settings),
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _await_ready(address, process, log_path)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _environment(settings: Settings) -> dict[str, str]:
    import os  # noqa: PLC0415

    return {**os.environ, "LIKENESS_MODELS_DIR": str(settings.models_path), "LIKENESS_LOG_FORMAT": "json"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_ready(address: str, process: subprocess.Popen[bytes], log_path: Path) -> None:
    limit = time.monotonic() + START_LIMIT_S
    while time.monotonic() < limit and process.poll() is None:
        try:
            if httpx.get(f"{address}/openapi.json", timeout=1).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    console.print(f"The demo's server did not start; its log is {log_path}", style="red")
    raise typer.Exit(1)
