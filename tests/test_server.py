"""A real server process on a real socket."""

import asyncio
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import httpx
import pytest
import pytest_asyncio

from likeness.child_server import ChildServer, child_server
from likeness.compose import open_stores_of
from likeness.settings import Settings
from likeness.storage.records import RecordFilter
from tests import material

LIMIT_S = 60


@pytest.fixture(scope="module")
def own_settings(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("server")
    return settings.model_copy(update={"data_dir": folder, "workers": 1, "upload_timeout_s": 3.0})


@pytest.fixture(scope="module")
def server(own_settings: Settings) -> Iterator[ChildServer]:
    with child_server(own_settings) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def http(server: ChildServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, timeout=LIMIT_S, trust_env=False) as client:
        yield client


async def capture(http: httpx.AsyncClient, server: ChildServer, **fields: str) -> httpx.Response:
    return await http.post("validate_still", data={**server.credentials, **fields}, files={"video": material.clip()})


async def test_an_early_413_reaches_a_client_that_is_still_sending(
    http: httpx.AsyncClient, server: ChildServer
) -> None:
    answer = await http.post("validate_still", data=server.credentials, files={"video": bytes(40 * 1024 * 1024)})
    assert answer.status_code == 413
    assert (await capture(http, server)).status_code == 200


async def test_a_stalled_upload_ends_and_others_go_on(http: httpx.AsyncClient, server: ChildServer) -> None:
    head = b"POST /faceid/lite/raw/verify HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    stalled = socket.create_connection(("127.0.0.1", server.port), timeout=LIMIT_S)
    stalled.sendall(head + b"Content-Length: 5000\r\n\r\n--b\r\n")
    assert (await capture(http, server)).status_code == 200
    start = time.monotonic()
    answer = await asyncio.to_thread(_answer_on, stalled)
    stalled.close()
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"BAD_ARGUMENTS:body" in answer
    assert time.monotonic() - start < 10


def _answer_on(connection: socket.socket) -> bytes:
    answer = b""
    while not answer.endswith(b"}") and (chunk := connection.recv(65536)):
        answer += chunk
    return answer


async def test_a_client_that_goes_away_leaves_a_record(
    http: httpx.AsyncClient, server: ChildServer, own_settings: Settings
) -> None:
    head = b"POST /faceid/lite/raw/verify HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=LIMIT_S) as gone:
        gone.sendall(head + b"Content-Length: 5000\r\n\r\n--b\r\n")
    assert (await capture(http, server)).status_code == 200
    stores = open_stores_of(own_settings)
    try:
        limit = time.monotonic() + LIMIT_S
        while not stores.records.list(RecordFilter(outcome="CLIENT_DISCONNECTED"), limit=1):
            assert time.monotonic() < limit
            await asyncio.sleep(0.05)
    finally:
        stores.close()


async def test_logs_hold_nothing_personal(http: httpx.AsyncClient, server: ChildServer) -> None:
    told = {"uuid": "personal-uuid-77", "biz_no": "personal-biz-88"}
    token = (await capture(http, server, biz_no=told["biz_no"])).json()["token_still"]
    fields = {**server.credentials, **told, "token": token, "comparison_type": "0"}
    good = await http.post("verify", data=fields, files={"image_ref1": ("personal-name.jpg", material.reference())})
    bad = await http.post("verify", data=fields, files={"image_ref1": b"personal-junk-99"})
    assert (good.status_code, bad.status_code) == (200, 400)
    lines = server.log_path.read_text()
    assert good.json()["request_id"] in lines
    assert bad.json()["request_id"] in lines
    for line in lines.splitlines():
        assert {"timestamp", "level", "event"} <= set(json.loads(line))
    for hidden in (*server.credentials.values(), *told.values(), token, "personal", str(good.json()["result_ref1"])):
        assert hidden not in lines


async def test_what_is_kept_is_not_readable_on_disk(
    http: httpx.AsyncClient, server: ChildServer, own_settings: Settings
) -> None:
    token = (await capture(http, server)).json()["token_still"]
    fields = {**server.credentials, "token": token, "comparison_type": "0", "uuid": "u"}
    assert (await http.post("verify", data=fields, files={"image_ref1": material.reference()})).status_code == 200
    kept = b"".join(path.read_bytes() for path in own_settings.data_dir.glob("likeness.db*"))
    assert len(kept) > len(material.reference())
    for clear in (
        material.reference()[2000:2100],
        material.reference()[:20],
        token.encode(),
        server.credentials["api_secret"].encode(),
    ):
        assert clear not in kept
    assert (own_settings.master_key_path.stat().st_mode & 0o777) == 0o600


def test_every_answered_call_survives_kill_9(own_settings: Settings, tmp_path: Path) -> None:
    settings = own_settings.model_copy(update={"data_dir": tmp_path})
    with child_server(settings) as running:
        answered = asyncio.run(_until_killed(running))
    assert len(answered) > 5
    stores = open_stores_of(settings)
    try:
        for request_id in answered:
            record = stores.records.get(request_id)
            assert record is not None
            assert record.status == 200
            assert set(stores.records.pictures(request_id)) == {"image_ref1"}
    finally:
        stores.close()
    with sqlite3.connect(settings.database_path) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


async def _until_killed(running: ChildServer) -> list[str]:
    """Verify from four clients at once, kill the server in the middle; the ids of what was answered."""
    answered: list[str] = []
    async with httpx.AsyncClient(base_url=running.url, timeout=LIMIT_S, trust_env=False) as http:
        token = (await capture(http, running)).json()["token_still"]
        fields = {**running.credentials, "token": token, "comparison_type": "0", "uuid": "u"}

        async def one_after_another() -> None:
            while True:
                answer = await http.post("verify", data=fields, files={"image_ref1": material.reference()})
                answered.append(answer.json()["request_id"])
                if len(answered) == 10:
                    running.process.send_signal(signal.SIGKILL)

        outcomes = await asyncio.wait_for(
            asyncio.gather(*(one_after_another() for _ in range(4)), return_exceptions=True), LIMIT_S
        )
    assert all(isinstance(outcome, httpx.TransportError) for outcome in outcomes)
    return answered


def test_the_first_start_shows_a_key_once_and_a_line_that_works(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "it's a folder"
    with serving(settings, folder) as first:
        line = next(it for it in first if it.strip().startswith("curl "))
        answer = subprocess.run(line, shell=True, capture_output=True, check=True, timeout=LIMIT_S)  # noqa: S602
        assert re.search(rb'"token_still": "[0-9a-f]{32}"', answer.stdout)
    with serving(settings, folder) as second:
        assert len(second) == 1
    assert any(re.search(r"api_secret +(\w{32})", it) for it in first)
    assert {path.stat().st_mode & 0o777 for path in (folder, folder / "samples")} == {0o700}


def test_the_line_to_try_names_the_loopback_of_a_server_on_all_addresses(settings: Settings, tmp_path: Path) -> None:
    with serving(settings, tmp_path, "--host", "0.0.0.0") as told:  # noqa: S104
        port = re.match(r"Serving on http://0\.0\.0\.0:(\d+) ", told[-1])
        assert port
        assert f" http://127.0.0.1:{port[1]}/faceid" in "".join(told)


NO_PORTRAIT = ["-c", "import sys; sys.modules['skimage'] = None; from likeness.cli import main; main()"]


@pytest.mark.parametrize("python", [NO_PORTRAIT, ["-m", "likeness"]], ids=["no portrait", "no folder"])
def test_without_samples_the_first_key_is_shown_all_the_same(
    settings: Settings, tmp_path: Path, python: list[str]
) -> None:
    if python != NO_PORTRAIT:
        (tmp_path / "samples").write_bytes(b"a file stands here")
    with serving(settings, tmp_path, python=python) as told:
        shown = "".join(told)
        found = re.search(r"api_key=(\w{32}) -F api_secret=(\w{32}) -F video=@YOUR_CLIP.mp4 (http://\S+)", shown)
        assert found
        fields = {"api_key": found[1], "api_secret": found[2]}
        answer = httpx.post(found[3], data=fields, files={"video": material.clip()}, timeout=LIMIT_S, trust_env=False)
        assert answer.status_code == 200


def test_a_port_in_use_is_said_before_anything_is_made(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "likeness", "serve", "--data-dir", str(folder), "--port", str(port)],
            env=environment(settings),
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == f"Port {port} on 127.0.0.1 is in use; choose another with --port.\n"
    assert not folder.exists()


def environment(settings: Settings) -> dict[str, str]:
    return {**os.environ, "LIKENESS_MODELS_DIR": str(settings.models_path), "LIKENESS_WORKERS": "1"}


@contextmanager
def serving(
    settings: Settings, folder: Path, *options: str, python: Sequence[str] = ("-m", "likeness")
) -> Iterator[list[str]]:
    """Runs `likeness serve` as a person would; the lines it prints up to the one that says where it serves."""
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, *python, "serve", "--data-dir", folder.name, "--port", "0", *options],
        cwd=folder.parent,
        env=environment(settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    watchdog = Timer(LIMIT_S, process.kill)
    watchdog.start()
    with process:
        try:
            assert process.stdout
            lines = []
            for line in process.stdout:
                lines.append(line)
                if line.startswith("Serving on "):
                    break
            watchdog.cancel()
            yield lines
        finally:
            watchdog.cancel()
            process.terminate()
            assert process.wait(LIMIT_S) == 0
