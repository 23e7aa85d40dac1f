"""Which calibration is checked, and on what: in what is printed, and in the report."""

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from likeness.cli.evaluation_tables import print_evaluation
from likeness.domain.confidence import Calibration
from likeness.evaluation.calibrated import calibrated
from likeness.evaluation.measure import compare_all, measure
from likeness.evaluation.observations import NO_FACE, NOT_CENTRED, Observations
from likeness.evaluation.report import render
from likeness.evaluation.results import Evaluation, Made
from likeness.models import packs
from likeness.models.packs import Pack
from tests.evaluation.people import seen_people

PEOPLE, EACH = 40, 2
HERE = {"people": PEOPLE - 1, "pictures": PEOPLE * EACH - 1}
"""What `likeness calibrate` would count here: one picture is left out on request, and of one person no face is read."""


@pytest.fixture
def seen() -> Observations:
    seen = seen_people(PEOPLE, seed=1, each=EACH)
    outcome = np.array([NOT_CENTRED, *[str(it) for it in seen.outcome[1:-2]], NO_FACE, NO_FACE])
    return Observations(**{name: getattr(seen, name) for name in Observations.__slots__} | {"outcome": outcome})


@pytest.fixture
def own(tmp_path: Path) -> Pack:
    """The default pack with a calibration of the operator's, in truth a copy of the shipped one."""
    contents = json.loads(packs.load("default").calibration_path.read_bytes())
    (tmp_path / "default").mkdir()
    target = tmp_path / "default" / "calibration.json"
    target.write_text(json.dumps(contents | {"data_set": "Staff", "people": 900, "pictures": 1800}))
    return packs.load("default", tmp_path)


def evaluated(pack: Pack, seen: Observations, root: Path, **changes: Any) -> Evaluation:  # noqa: ANN401 - of a file
    contents = packs.require_calibration(pack) | changes
    readable = compare_all(seen, seed=1)
    checked = calibrated(contents, pack, root, seen, readable)
    made = Made("now", "likeness", "likeness evaluate", "default", {}, "it", checked, str(root), "people", 1000, 1)
    return measure(made, seen, readable, Calibration.from_dict(contents))


def told(found: Evaluation, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What is printed, and the report, without line breaks."""
    print_evaluation(found)
    return [" ".join(text.replace("&#39;", "'").split()) for text in (capsys.readouterr().out, render(found))]


def test_the_shipped_calibration(seen: Observations, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pack = packs.load("default", tmp_path)
    found = evaluated(pack, seen, tmp_path)
    for text in told(found, capsys):
        assert "At the shipped thresholds" in text
        assert "operator's own" not in text
        assert hashlib.sha256(pack.calibration_path.read_bytes()).hexdigest() in text
        assert "Warning" not in text


def test_the_operators_own(seen: Observations, own: Pack, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = evaluated(own, seen, tmp_path)
    for text in told(found, capsys):
        assert "At the operator's own thresholds" in text
        assert "hipped" not in text
        assert "Staff, 1,800 pictures, 900 people" in text
        assert hashlib.sha256(own.calibration_path.read_bytes()).hexdigest() in text
    calibration = asdict(found)["made"]["calibration"]
    assert (calibration["own"], calibration["data_set"], calibration["people"]) == (True, "Staff", 900)


@pytest.mark.parametrize(
    ("folder", "changes", "same"),
    [
        ("faces", {}, False),
        ("staff", {}, True),
        ("faces", HERE, True),
        ("faces", HERE | {"people": PEOPLE}, False),
        ("faces", HERE | {"pictures": PEOPLE * EACH}, False),
        ("faces", {"people": None, "pictures": None}, False),
    ],
)
def test_who_evaluates_on_what_was_calibrated_on_is_warned(
    seen: Observations, own: Pack, folder: str, changes: dict[str, int], *, same: bool
) -> None:
    found = evaluated(own, seen, own.calibration_path.parent / folder, **changes)
    assert ("seem to be calibrated on these very pictures" in render(found)) is same
    assert found.made.calibration is not None
    assert found.made.calibration.same_data is same


def test_a_pack_without_calibration(seen: Observations, own: Pack, tmp_path: Path) -> None:
    found = evaluated(own, seen, tmp_path)
    bare = replace(found, made=replace(found.made, calibrated_on=None, calibration=None))
    assert "nothing: the pack has no thresholds" in render(bare)
