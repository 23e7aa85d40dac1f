"""`likeness demo`, as a newcomer runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from likeness.settings import Settings

LIMIT_S = 180


def attempt(
    settings: Settings, folder: Path, *arguments: str, data: Path | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LIKENESS_MODELS_DIR": str(settings.models_path), "LIKENESS_WORKERS": "1"}
    environment |= {"LIKENESS_TEST_DATA": str(data)} if data else {}
    command = [sys.executable, "-m", "likeness", *arguments, "--data-dir", str(folder)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT_S, check=False)  # noqa: S603


def run(settings: Settings, folder: Path, *arguments: str, data: Path | None = None) -> str:
    done = attempt(settings, folder, *arguments, data=data)
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


def test_the_demo_of_selfies_shows_a_pair_and_somebody_elses_side(
    settings: Settings, tmp_path: Path, data: Path
) -> None:
    answers = json.loads(run(settings, tmp_path, "demo", "--procedure", "selfie", "--json", data=data))
    assert answers["same_person"]["liveness"]["procedure_validation"] == "PASSED"
    assert answers["somebody_elses_side"]["liveness"]["procedure_validation"] == "SELFIE_INCONSISTENT"


def test_the_demo_of_digits_shows_right_ones_wrong_ones_and_late_sound(
    settings: Settings, tmp_path: Path, data: Path
) -> None:
    told = run(settings, tmp_path, "demo", "--procedure", "video", data=data)
    for step in ("1. get_random_number", "2. validate_video", "9. verify"):
        assert step in told
    # What a fresh number comes to is chance: only that wrong digits are refused is sure enough for a test.
    assert "VIDEO_SR_ERROR: the digits heard are not those asked for" in told.split("\n6. verify")[1].split("\n7. ")[0]


@pytest.mark.parametrize("procedure", ["selfie", "video"])
def test_the_demo_says_what_it_needs(settings: Settings, tmp_path: Path, procedure: str) -> None:
    done = attempt(settings, tmp_path, "demo", "--procedure", procedure, data=tmp_path)
    assert done.returncode == 1
    assert "LIKENESS_TEST_DATA" in done.stderr
