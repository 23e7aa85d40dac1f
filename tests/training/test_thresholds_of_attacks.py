"""How raw evidence becomes log-odds, thresholds, error rates and networks."""

import numpy as np
import pytest

from likeness.domain.face import FloatArray
from likeness.models.attack_network import SURROUNDINGS_PX, TEXTURE_PX
from likeness.models.onnx import Session
from training.genuineness import export
from training.genuineness.calibrating import BUDGETS, calibrate, threshold_at
from training.genuineness.measure import auc, believed, share

STRIDES = (2, 1)


@pytest.mark.parametrize(("faces", "budget", "refused"), [(100, 0.05, 5), (100, 0.059, 5), (30, 0.01, 0), (1, 0.5, 0)])
def test_a_threshold_refuses_as_many_as_the_budget_allows_and_no_more(faces: int, budget: float, refused: int) -> None:
    scores = np.linspace(0.1, 0.9, faces)
    limit = threshold_at(scores, budget)
    assert np.sum(scores >= limit) == refused
    assert limit == round(limit, 5)


def test_a_threshold_stays_over_faces_of_one_score() -> None:
    scores = np.array([0.1, 0.5, 0.5, 0.5, 0.9])
    assert np.sum(scores >= threshold_at(scores, 0.4)) == 1  # two may be refused, but four would be


def test_stricter_levels_have_larger_budgets_that_add_up_as_said() -> None:
    sums = [sum(of.values()) for of in BUDGETS.values()]
    assert sums == pytest.approx([0.01, 0.05, 0.1, 0.2])
    for name in BUDGETS["normal"]:
        each = [of[name] for of in BUDGETS.values()]
        assert each == sorted(each)


def test_calibration_finds_the_scale_and_leaves_out_what_speaks_the_wrong_way() -> None:
    chance = np.random.default_rng(1)
    attack = np.arange(20_000) % 2 == 0
    # Two normal distributions of unit deviation, two apart: log-odds are twice the value, 0 in the middle.
    good = chance.normal(0, 1, len(attack)) + np.where(attack, 1.0, -1.0)
    wrong = chance.normal(0, 1, len(attack)) - np.where(attack, 0.5, 0.0)
    scale = calibrate(np.column_stack([good, wrong]), attack, np.ones(len(attack)))
    assert scale.factors[0] == pytest.approx(2, rel=0.1)
    assert scale.factors[1] == 0
    assert scale.offset == pytest.approx(0, abs=0.1)
    with pytest.raises(ValueError, match="no evidence"):
        calibrate(wrong[:, None], attack, np.ones(len(attack)))


def test_people_count_alike_and_a_clean_record_has_its_doubt() -> None:
    people = np.array(["a"] * 9 + ["b"])
    found = share(np.arange(10) == 9, people)
    assert found["rate"] == 0.5
    assert found["units"] == 2
    assert share(np.zeros(30, bool), np.arange(30).astype(str))["interval"] == [0.0, 0.1]
    assert share(np.ones(30, bool), np.arange(30).astype(str))["interval"] == [0.9, 1.0]


def test_any_is_one_of_the_projects_own_detectors() -> None:
    scores = {"screen": np.array([0.1, 0.9]), "print": np.array([0.1, 0.1]), "minifasnet": np.array([0.9, 0.9])}
    found = believed(scores, {name: {"normal": 0.5} for name in scores}, "normal")
    assert found["any"].tolist() == [False, True]
    assert found["minifasnet"].tolist() == [True, True]
    assert auc(np.array([0.4, 0.8]), np.array([0.1, 0.5])) == 0.75


def test_the_exported_network_is_the_convolutions_it_was_made_of() -> None:
    chance = np.random.default_rng(7)

    def layers() -> export.Layers:
        shapes = ((4, 3, 5, 5), (5, 4, 3, 3), (1, 5))
        return [
            (
                # As many digits as are kept.
                chance.normal(0, 0.2, shape).astype(np.float16).astype(np.float32),
                chance.normal(0, 0.2, shape[0]).astype(np.float32),
            )
            for shape in shapes
        ]

    texture, surroundings = layers(), layers()
    session = Session(export.network(texture, surroundings, STRIDES))
    views = [chance.integers(0, 256, (1, side, side, 3), dtype=np.uint8) for side in (TEXTURE_PX, SURROUNDINGS_PX)]
    told = session.run(texture=views[0], surroundings=views[1])
    assert told == pytest.approx([_through(views[0], texture), _through(views[1], surroundings)], abs=1e-4)


def _through(view: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]", layers: export.Layers) -> float:
    """The same by plain numpy."""
    seen: FloatArray = np.asarray(view[0].transpose(2, 0, 1) / 255 - 0.5, np.float32)
    for (weight, bias), stride in zip(layers[:-1], STRIDES, strict=True):
        reach = weight.shape[2] // 2
        padded = np.pad(seen, ((0, 0), (reach, reach), (reach, reach)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], axis=(1, 2))[:, ::stride, ::stride]
        summed = np.einsum("cyxij,ocij->oyx", windows, weight) + bias[:, None, None]
        seen = np.asarray(np.maximum(summed, 0), np.float32)
    weight, bias = layers[-1]
    return float((weight @ seen.mean(axis=(1, 2)) + bias)[0])
