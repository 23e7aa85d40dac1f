"""An operator's own calibration: goes before the shipped one, and is refused where it does not belong."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from likeness.domain.confidence import Calibration
from likeness.models import packs
from likeness.models.packs import Pack, PackError

SHIFT = 0.02
"""In cosine, by which the own calibration of these tests asks more than the shipped one."""

Contents = dict[str, Any]


@pytest.fixture
def shipped() -> Contents:
    return packs.require_calibration(packs.load("default"))


def put(models: Path, contents: Contents | str) -> Pack:
    """The pack, with these contents as its own calibration."""
    path = models / "default" / "calibration.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(contents if isinstance(contents, str) else json.dumps(contents))
    return packs.load("default", models)


def stricter(shipped: Contents) -> Contents:
    first, *knots, last = shipped["knots"]
    return shipped | {"knots": [first, *([score + SHIFT, rate] for score, rate in knots), last]}


def test_it_goes_before_the_shipped_one_until_it_is_removed(shipped: Contents, tmp_path: Path) -> None:
    before = packs.paths(packs.load("default", tmp_path), tmp_path).same_person_similarity
    pack = put(tmp_path, stricter(shipped))
    assert pack.calibration_path == pack.own_calibration == tmp_path / "default" / "calibration.json"
    own, general = (Calibration.from_dict(it) for it in (packs.require_calibration(pack), shipped))
    assert own.score_at(1e-4) == pytest.approx(general.score_at(1e-4) + SHIFT, abs=1e-4)
    assert packs.paths(pack, tmp_path).same_person_similarity == pytest.approx(before + SHIFT, abs=2e-4)
    pack.calibration_path.unlink()
    assert packs.require_calibration(packs.load("default", tmp_path)) == shipped


def test_pulling_and_preparing_leave_it_alone(shipped: Contents, models_path: Path, tmp_path: Path) -> None:
    contents = stricter(shipped)
    pack = put(tmp_path, contents)
    for file in ("embedder.onnx", "landmarks.onnx"):
        (tmp_path / "default" / file).symlink_to(models_path / "default" / file)
    packs.prepare(pack, tmp_path)
    assert packs.require_calibration(pack) == contents


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda it: it | {"pack": "mobile"}, "is of model pack 'mobile', not 'default'"),
        (
            lambda it: it | {"model_digests": it["model_digests"] | {"embedder.onnx": "0" * 64}},
            r"made with other models \(embedder.onnx\); run likeness calibrate again",
        ),
        (
            lambda it: it | {"model_digests": it["model_digests"] | {"gone.onnx": "0" * 64}},
            r"made with other models \(gone.onnx\)",
        ),
        (
            lambda it: it | {"model_digests": {name: it["model_digests"][name] for name in ("embedder.onnx",)}},
            r"made with other models \(detector.onnx, landmarks.onnx\); run likeness calibrate again",
        ),
        (lambda it: {name: it[name] for name in it if name != "model_digests"}, "made with other models"),
        (lambda it: it | {"model_digests": ["embedder.onnx"]}, "is damaged"),
        (lambda it: it | {"knots": it["knots"][::-1]}, "is damaged: calibration knots must rise"),
        (lambda it: it | {"doubtful": {"measure": "age"}}, "is damaged: not a calibration"),
        (lambda it: json.dumps(it)[:-1], "cannot be read"),
        (lambda it: it | {"knots": [[-(10**400), 0.0], *it["knots"]]}, "is damaged"),
        (lambda _: "[]", "is damaged"),
        (lambda _: "[" * 200_000, "cannot be read"),
    ],
)
def test_one_that_does_not_belong_is_refused_by_name(
    spoil: Callable[[Contents], Contents | str], told: str, shipped: Contents, tmp_path: Path
) -> None:
    pack = put(tmp_path, spoil(shipped))
    with pytest.raises(PackError, match=told) as raised:
        packs.require_calibration(pack)
    assert str(tmp_path / "default" / "calibration.json") in str(raised.value)


def test_one_that_does_not_fit_leaves_preparing_and_calibrating_possible(
    shipped: Contents, models_path: Path, tmp_path: Path
) -> None:
    retrained = shipped["model_digests"] | {"embedder.onnx": "0" * 64}
    for contents in (shipped | {"model_digests": retrained}, "{"):
        pack = put(tmp_path, contents)
        for file in ("detector.onnx", "embedder.onnx", "landmarks.onnx"):
            link = tmp_path / "default" / file
            link.unlink(missing_ok=True)
            link.symlink_to(models_path / "default" / file)
        assert packs.prepare(pack, tmp_path).same_person_similarity == math.inf
        with pytest.raises(PackError):
            packs.require_calibration(pack)
