"""What was to be expected is one sentence and status 1, whatever the command."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from likeness.cli import app
from likeness.compose import open_stores_of
from likeness.settings import Settings

COMMANDS = [["serve", "--port", "0"], ["demo"], ["models", "prepare"], ["keys", "list"], ["records", "list"], ["purge"]]


def said(*args: str, before: str = "pass") -> str:
    """What a failing command says on standard error; a process of its own, as `serve` sets signals and the log."""
    code = f"import sys; {before}; from likeness.cli import main; sys.argv = ['likeness', *{args}]; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    assert done.returncode == 1, done.stderr
    assert done.stdout == "" or args[0] == "demo"
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.fixture
def environment(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Prepared models and an empty data folder."""
    monkeypatch.setenv("LIKENESS_MODELS_DIR", str(settings.models_path))
    monkeypatch.setenv("LIKENESS_WORKERS", "1")
    monkeypatch.setenv("LIKENESS_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def spoil_master_key(folder: Path) -> str:
    folder.mkdir(parents=True)
    (folder / "master.key").write_bytes(b"short")
    (folder / "master.key").chmod(0o600)
    return "master.key does not hold 32 bytes"


def spoil_database(folder: Path) -> str:
    folder.mkdir(parents=True)
    (folder / "likeness.db").write_bytes(b"no database at all" * 1000)
    return "no database"


def spoil_version(folder: Path) -> str:
    """A database that some later version has written."""
    folder.mkdir(parents=True)
    open_stores_of(Settings(data_dir=folder)).close()
    with closing(sqlite3.connect(folder / "likeness.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    return "newer version"


@pytest.mark.parametrize("spoil", [spoil_master_key, spoil_database, spoil_version])
@pytest.mark.parametrize("command", [it for it in COMMANDS if it[0] != "models"], ids=" ".join)
def test_what_is_kept_is_damaged(command: list[str], spoil: Callable[[Path], str], environment: Path) -> None:
    reason = spoil(environment / "demo" if command == ["demo"] else environment)
    told = said(*command)
    assert reason in told
    assert str(environment) in told


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_data_folder_cannot_be_made(command: list[str], environment: Path) -> None:
    environment.write_bytes(b"a file")
    assert said(*command).endswith(f"{environment} cannot be used: File exists.\n")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_wrong_setting_is_named_without_its_value(
    command: list[str], environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIKENESS_PORT", "hunter2")
    monkeypatch.setenv("LIKENESS_WORKERS", "0")
    told = said(*command)
    assert "LIKENESS_PORT is wrong: Input should be a valid integer" in told
    assert "LIKENESS_WORKERS is wrong" in told
    assert "hunter2" not in told
    assert not environment.exists()


@pytest.mark.parametrize("command", COMMANDS[:3], ids=" ".join)
@pytest.mark.usefixtures("environment")
def test_the_pack_is_unknown(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIKENESS_PACK", "nosuch")
    assert "There is no model pack 'nosuch'; known: default" in said(*command)


@pytest.mark.parametrize("command", COMMANDS[:3], ids=" ".join)
@pytest.mark.usefixtures("environment")
def test_the_models_cannot_be_written(command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("LIKENESS_MODELS_DIR", str(tmp_path / "file" / "models"))
    detector = tmp_path / "file" / "models" / "default" / "detector.onnx"
    assert f"{detector} cannot be written: Not a directory." in said(*command)


@pytest.mark.parametrize(
    "first", [["keys", "list"], ["models", "prepare"], ["records", "list"], ["purge"]], ids=" ".join
)
def test_whatever_runs_first_makes_a_private_folder(
    first: list[str], environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LIKENESS_MODELS_DIR")  # the models lie in the data folder, then
    assert CliRunner().invoke(app, first).exit_code == 0
    assert environment.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("command", ["keys", "records", "purge", "models", "evaluate"])
def test_commands_that_look_things_up_bring_no_engine_along(command: str) -> None:
    code = f"""
import sys
from likeness.cli import main
sys.argv = ['likeness', '{command}', '--help']
try:
    main()
finally:
    print(sorted({{'cv2', 'av', 'onnxruntime', 'starlette', 'httpx'}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)  # noqa: S603
    assert done.stdout.endswith("[]\n")


@pytest.mark.usefixtures("environment")
def test_the_workers_do_not_start() -> None:
    told = said("serve", "--port", "0", before="from likeness.engines import process; process._START_DEADLINE_S = 0.01")
    assert told.splitlines()[-1] == "A worker process ended before it was ready (signal SIGKILL)."
