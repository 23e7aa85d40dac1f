"""`likeness demo`, as a newcomer runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

from likeness.settings import Settings

LIMIT_S = 180


def run(settings: Settings, folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "LIKENESS_MODELS_DIR": str(settings.models_path), "LIKENESS_WORKERS": "1"}
    command = [sys.executable, "-m", "likeness", *arguments, "--data-dir", str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_demo_shows_a_match_and_a_stranger_and_their_records(settings: Settings, tmp_path: Path) -> None:
    answers = json.loads(run(settings, tmp_path, "demo", "--json"))
    same, other = answers["same_person"]["result_ref1"], answers["somebody_else"]["result_ref1"]
    assert same["confidence"] > same["thresholds"]["1e-6"]
    assert other["confidence"] < other["thresholds"]["1e-3"]
    told = run(settings, tmp_path, "demo")
    assert "Eileen Collins" in told.split("\n1. ")[0]
    assert (tmp_path / "demo" / "server.log").stat().st_mode & 0o777 == 0o600
    assert tmp_path.joinpath("demo").stat().st_mode & 0o777 == 0o700
    assert "strongly warped copy" in told
    assert "nobody live" in told
    record = json.loads(
        run(settings, tmp_path / "demo", "records", "show", answers["same_person"]["request_id"], "--json")
    )
    assert record["response"]["result_ref1"] == same
