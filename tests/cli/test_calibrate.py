"""`likeness calibrate` on pictures of sixty people of LFW, as an operator runs it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from likeness.domain.confidence import PINS, Calibration
from likeness.models import packs
from likeness.models.manifest import PackError
from tests.cli.commands import Commands

PEOPLE, MOST = 155, 2


@pytest.fixture(scope="module")
def people(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """People with two pictures each."""
    folder = tmp_path_factory.mktemp("pictures") / "colleagues"
    several = [it for it in sorted((data / "lfw").iterdir()) if len(list(it.iterdir())) > 1][:PEOPLE]
    for person in several:
        (folder / person.name).mkdir(parents=True)
        for picture in sorted(person.iterdir())[:MOST]:
            shutil.copy(picture, folder / person.name)
    return folder


@pytest.fixture(scope="module")
def models(models_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The models of the default pack in a folder of the tests' own, where calibrations may be written."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "default").mkdir()
    for file in (models_path / "default").glob("*.onnx"):
        (folder / "default" / file.name).symlink_to(file)
    return folder


@pytest.fixture(scope="module")
def commands(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Commands:
    return Commands("calibrate", models, tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def printed(commands: Commands, people: Path) -> tuple[str, str]:
    """What the first calibration said, which everything below goes on from."""
    return commands.run(str(people), "--keep-observations")


@pytest.fixture
def own(models: Path, printed: tuple[str, str]) -> Path:
    """The calibration that was written."""
    assert printed
    return models / "default" / "calibration.json"


def parsed(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def test_what_sixty_people_cannot_support_is_marked(printed: tuple[str, str], own: Path, people: Path) -> None:
    """1,770 pairs of people: 1.8 false matches at 1e-3, and less than one beyond."""
    rows = {
        name: next(it for it in printed[0].splitlines() if it.split()[:2] == [name, str(PINS[name])]) for name in PINS
    }
    assert ["NOT SUPPORTED" in row for row in rows.values()] == [False, True, True, True]
    made = parsed(own)
    for name, row in rows.items():
        assert f"{made['thresholds'][name]['score']:.4f}" in row
    pictures = len(list(people.rglob("*.jpg")))
    assert (made["pack"], made["people"], made["pictures"]) == ("default", PEOPLE, pictures)
    assert f"colleagues: {pictures} pictures of {PEOPLE} people" in printed[0]
    assert f"written to {own}" in printed[0]
    assert made["model_digests"] == packs.load("default").comparing_digests
    assert made["command"] == "likeness calibrate colleagues --keep-observations"
    assert 0 < made["thresholds"]["1e-3"]["fnmr"] < 0.3
    assert [it.name for it in own.parent.iterdir() if it.suffix != ".onnx"] == ["calibration.json"]


def test_the_own_calibration_comes_before_the_shipped_one(own: Path, models: Path) -> None:
    pack = packs.load("default", models)
    assert pack.calibration_path == own
    assert packs.require_calibration(pack) == parsed(own)
    shipped = packs.require_calibration(packs.load("default"))
    assert shipped["data_set"] != "colleagues"
    limits = [Calibration.from_dict(it).score_at(1e-3) for it in (parsed(own), shipped)]
    assert limits[0] == pytest.approx(limits[1], abs=0.02)
    assert limits[0] != limits[1]
    assert (
        packs.prepare(pack, models).same_person_similarity
        != packs.paths(packs.load("default"), models).same_person_similarity
    )


def test_a_calibration_of_other_models_is_refused_until_it_is_made_again(
    own: Path, models: Path, commands: Commands, people: Path
) -> None:
    made = parsed(own)
    digests = made["model_digests"]
    other = {**made, "model_digests": {**digests, "embedder.onnx": digests["landmarks.onnx"]}}
    own.write_text(json.dumps(other))
    pack = packs.load("default", models)
    with pytest.raises(PackError, match=r"other models \(embedder\.onnx\); run likeness calibrate again"):
        packs.require_calibration(pack)
    own.write_text(json.dumps(other)[:1000])
    with pytest.raises(PackError, match="cannot be read"):
        packs.require_calibration(pack)
    commands.run(str(people), "--keep-observations")
    again = packs.require_calibration(pack)
    assert {**again, "command": ""} == {**made, "command": ""}


def test_another_file_and_json(commands: Commands, people: Path, own: Path, tmp_path: Path) -> None:
    before, target = own.read_bytes(), tmp_path / "made.json"
    found = commands.json(
        str(people), "--output", str(target), "--name", "The colleagues", "--seed", "3", "--keep-observations"
    )
    assert found == parsed(target)
    assert own.read_bytes() == before
    assert found["data_set"] == "The colleagues"
    assert str(tmp_path) not in target.read_text()
    assert found["knots"] == parsed(own)["knots"]
    assert found["tail"]["exponent_95"] != parsed(own)["tail"]["exponent_95"]  # of other resamples
    Calibration.from_dict(found)


def test_one_picture_each_tells_nothing_of_one_person(commands: Commands, people: Path, tmp_path: Path) -> None:
    target = tmp_path / "made.json"
    out, told = commands.run(str(people), "--pictures", "*_0001.jpg", "--output", str(target))
    made = parsed(target)
    assert (made["pictures"], made["genuine_pairs"]) == (PEOPLE, 0)
    assert made["thresholds"]["1e-3"]["fnmr"] is None
    assert "nan" not in out + told
    Calibration.from_dict(made)
    assert len(commands.kept()) == 1  # of the runs that asked for it; this one did not


def test_too_few_people_are_told_in_a_sentence(commands: Commands, people: Path, own: Path, tmp_path: Path) -> None:
    before = own.read_bytes()
    for person in sorted(people.iterdir())[:5]:
        shutil.copytree(person, tmp_path / "few" / person.name)
    out, told = commands.run(str(tmp_path / "few"), status=1)
    assert out == ""
    assert len(commands.kept()) == 1  # of earlier runs: what is of no use is forgotten
    assert told.splitlines()[-1] == "A calibration needs pictures of at least 150 people; a face was read of 5."
    assert own.read_bytes() == before
