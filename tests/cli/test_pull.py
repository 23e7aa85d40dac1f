"""`likeness models pull`, on a pack whose detector is a file of a mirror and whose other stages are borrowed."""

import hashlib
import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from likeness.cli import app
from tests.models.mirror import Mirror, serving

FILE = "small.onnx"
CONTENT = b"what a downloader need not understand " * 1000
DOWNLOADED = {
    "repository": "https://models.example/small",
    "commit": "a" * 40,
    "licence_url": "https://models.example/small/LICENSE",
}


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving({FILE: CONTENT, f"public/{FILE}": CONTENT}) as made:
        yield made


@pytest.fixture
def package(mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package's files with one more pack, `small`, that the mirror publishes."""
    folder = tmp_path / "likeness"
    for name in ("packs", "genuineness"):
        shutil.copytree(str(resources.files("likeness") / name), folder / name)
    file = {
        "name": FILE,
        "sha256": hashlib.sha256(CONTENT).hexdigest(),
        "size": len(CONTENT),
        "licence": "MIT",
        "input": "",
        "output": "",
        "origin": DOWNLOADED | {"urls": [f"{mirror.url}/gone/{FILE}", f"{mirror.url}/public/{FILE}"]},
    }
    borrowed = {"pack": "default"}
    stages = {
        "detector": {"kind": "small", "files": [file]},
        "landmarks": borrowed,
        "embedder": borrowed,
        "genuineness": borrowed,
    }
    manifest = {"name": "small", "version": "1", "description": "of tests", "stages": stages, "calibration": "c.json"}
    (folder / "packs" / "small").mkdir()
    (folder / "packs" / "small" / "manifest.json").write_text(json.dumps(manifest))
    # Of this package only: others, like the one with httpx's certificates, look for their files once and for all.
    files = resources.files
    monkeypatch.setattr(resources, "files", lambda name: folder if name == "likeness" else files(name))
    return folder


@pytest.fixture
def models(package: Path, models_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models, of which one that is converted and every one that is pulled is missing."""
    assert package.is_dir()
    shutil.copytree(models_path / "default", tmp_path / "models" / "default")
    (tmp_path / "models" / "default" / "detector.onnx").unlink()
    (tmp_path / "models" / "default" / "embedder.onnx").unlink()
    monkeypatch.setenv("LIKENESS_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("LIKENESS_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "models"


def run(*args: str, status: int = 0) -> Result:
    result = CliRunner().invoke(app, ["models", *args])
    assert result.exit_code == status, result.output
    return result


def listed() -> dict[str, dict[str, Any]]:
    return {row["pack"]: row for row in json.loads(run("list", "--json").stdout)}


def test_a_pack_is_pulled_with_what_it_borrows(mirror: Mirror, models: Path) -> None:
    assert listed()["small"]["state"] == "not pulled"
    done = run("pull", "small", "--accept-licence")
    assert (models / "small" / FILE).read_bytes() == CONTENT
    assert (models / "default" / "embedder.onnx").is_file()
    assert not (models / "default" / "detector.onnx").exists()  # not borrowed
    assert [path for path, _ in mirror.asked] == [f"/gone/{FILE}", f"/public/{FILE}"]
    assert done.stdout == f"The models of pack small are ready in {models}\n"
    for said in (f"{FILE}, 38,000 bytes: MIT", DOWNLOADED["repository"], DOWNLOADED["licence_url"]):
        assert said in done.stderr
    assert done.stderr.count(f"{FILE}: 38,000 bytes in ") == 1
    assert listed()["small"]["state"] == "ready"


def test_what_is_there_is_not_fetched_again(mirror: Mirror, models: Path) -> None:
    assert json.loads(run("pull", "small", "--accept-licence", "--json").stdout)["pulled"] == [FILE]
    asked = len(mirror.asked)
    done = run("pull", "small", "--json")  # no licence to accept
    answer = json.loads(done.stdout)
    assert (answer["pack"], answer["folder"], answer["pulled"]) == ("small", str(models), [])
    assert answer["digests"][FILE] == hashlib.sha256(CONTENT).hexdigest()
    (models / "small" / FILE).write_bytes(b"damaged")
    assert listed()["small"]["state"] == "not pulled"
    run("pull", "small", "--accept-licence")
    assert (models / "small" / FILE).read_bytes() == CONTENT
    assert len(mirror.asked) == asked + 2


def test_a_mirror_stands_for_the_public_addresses(mirror: Mirror, models: Path, tmp_path: Path) -> None:
    run("pull", "small", "--accept-licence", "--mirror", f"{mirror.url}/public/")
    assert [path for path, _ in mirror.asked] == [f"/public/{FILE}"]
    (models / "small" / FILE).unlink()
    (tmp_path / "folder").mkdir()
    said = run("pull", "small", "--accept-licence", "--mirror", str(tmp_path / "folder"), status=1).stderr
    assert f"{tmp_path / 'folder' / FILE} cannot be read: No such file" in said
    (tmp_path / "folder" / FILE).write_bytes(CONTENT)
    run("pull", "small", "--accept-licence", "--mirror", str(tmp_path / "folder"))
    assert (models / "small" / FILE).read_bytes() == CONTENT
    assert len(mirror.asked) == 1


@pytest.mark.parametrize("mirror_", ["/no/such/folder", "ftp://user:hunter2@models.example/small"])
@pytest.mark.usefixtures("models")
def test_a_mirror_is_a_folder_or_an_address(mirror_: str) -> None:
    said = run("pull", "small", "--accept-licence", "--mirror", mirror_, status=1).stderr
    assert "is neither a folder nor an http(s) address" in said
    assert "hunter2" not in said


def test_licences_are_shown_and_have_to_be_accepted(mirror: Mirror, models: Path) -> None:
    said = run("pull", "small", status=1).stderr
    assert f"{FILE}, 38,000 bytes: MIT" in said
    assert said.endswith(
        "Nothing was downloaded: read the licences above, then run this again with --accept-licence.\n"
    )
    assert mirror.asked == []
    assert not (models / "small").exists()


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("n", 1)])
def test_a_terminal_is_asked_and_shown_a_bar(answer: str, status: int, package: Path, models: Path) -> None:
    code = f"""
import sys
from importlib import resources
from pathlib import Path
resources.files = lambda _: Path({str(package)!r})
from likeness.cli import main
sys.argv = ['likeness', 'models', 'pull', 'small']
main()
"""
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "160"}
    process = subprocess.Popen([sys.executable, "-c", code], stdin=theirs, stderr=theirs, env=environment)  # noqa: S603
    os.close(theirs)
    os.write(ours, f"{answer}\n".encode())
    shown = b""
    try:
        while piece := os.read(ours, 1 << 16):
            shown += piece
    except OSError:
        pass  # the other end is closed
    os.close(ours)
    assert process.wait(timeout=60) == status
    assert b"Do you accept them? [y/N]" in shown
    assert (models / "small" / FILE).exists() == (status == 0)
    assert (b"38.0/38.0 kB" in shown) == (status == 0)
    assert (b"as the licences were not accepted" in shown) == (status == 1)


def test_a_closed_input_is_no_terminal(tmp_path: Path) -> None:
    command = ["sh", "-c", 'exec "$0" -m likeness models pull mobile <&-', sys.executable]
    environment = {name: value for name, value in os.environ.items() if name != "LIKENESS_MODELS_DIR"}
    environment |= {"LIKENESS_DATA_DIR": str(tmp_path / "data")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 1
    assert "run this again with --accept-licence" in done.stderr
    assert "Traceback" not in done.stderr


def test_failures_are_a_sentence(mirror: Mirror, models: Path, tmp_path: Path) -> None:
    assert "There is no model pack 'nosuch'; known: default" in run("pull", "nosuch", status=1).stderr
    mirror.files.clear()
    said = run("pull", "small", "--accept-licence", status=1).stderr.splitlines()[-1]
    assert said.startswith(f"The file {FILE} could not be fetched: {mirror.url}/gone/{FILE} answered 404")
    (models / "small").rmdir()
    (tmp_path / "models" / "small").write_bytes(b"a file")
    assert "cannot be written" in run("pull", "small", "--accept-licence", status=1).stderr


def test_only_a_measured_pack_is_listed_as_supported(package: Path, models: Path) -> None:
    assert (listed()["default"]["supported"], listed()["small"]["supported"]) == (True, False)
    assert listed()["default"]["state"] == "not prepared"
    shutil.copy(package / "packs" / "default" / "calibration.json", package / "packs" / "small" / "c.json")
    assert listed()["small"]["supported"]
    run("prepare")
    assert (models / "default" / "detector.onnx").is_file()
    assert listed()["default"]["state"] == "ready"
    table = run("list").stdout
    assert "(supported; ready, in use)" in table
    assert "(supported; not pulled)" in table
    (package / "packs" / "small" / "c.json").unlink()
    assert "(not supported: never measured, so it cannot be served; not pulled)" in run("list").stdout
    (models / "small").mkdir()
    shutil.copy(package / "packs" / "default" / "calibration.json", models / "small" / "calibration.json")
    assert "(supported; not pulled)" in run("list").stdout  # by an operator's own calibration
