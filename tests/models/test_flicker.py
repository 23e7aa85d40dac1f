"""Flicker and bands speak for a screen a little; neither they nor anything else passes the bound."""

from pathlib import Path

import cv2
import numpy as np
import pytest

import likeness
from likeness.domain.face import FloatArray
from likeness.domain.series import LumaSeries
from likeness.models.flicker import EVIDENCE_MAX, FlickerRegression, describe
from likeness.models.onnx import Session
from training.genuineness.export import regression
from training.genuineness.flicker import GROUPS, NETWORK, evidence
from training.genuineness.regression import Regression

FRAMES, RATE, GRID = 30, 30, 48
TIMES_S: FloatArray = np.arange(FRAMES, dtype=np.float32) / np.float32(RATE)


@pytest.fixture(scope="module")
def shipped() -> FlickerRegression:
    return FlickerRegression(Path(likeness.__file__).parent / "genuineness" / "flicker.onnx")


def film(
    *, whole: FloatArray | float = 1.0, bands: FloatArray | float = 1.0, tremor_cells: float = 0.0, seed: int = 0
) -> LumaSeries:
    """A soft scene with noise; whole: (n,), bands: (n, rows), brightness of picture and rows; tremor: in cells."""
    rng = np.random.default_rng(seed)
    scene = cv2.resize(rng.uniform(40, 200, (12, 12)), (80, 80), interpolation=cv2.INTER_CUBIC)
    steps = np.clip(8 + np.cumsum(rng.normal(0, tremor_cells, (FRAMES, 2)), axis=0), 0, 31)
    seen = np.stack([cv2.getRectSubPix(scene.astype(np.float32), (GRID, GRID), tuple(it + GRID / 2)) for it in steps])
    seen = seen * np.broadcast_to(whole, (FRAMES,))[:, None, None]
    seen = seen * np.broadcast_to(bands, (FRAMES, GRID))[:, :, None]
    return LumaSeries(TIMES_S, np.round(np.clip(seen + rng.normal(0, 0.3, seen.shape), 0, 255)).astype(np.float32))


def wave(hertz: float, depth: float) -> FloatArray:
    return np.asarray(1 + depth * np.sin(2 * np.pi * hertz * TIMES_S), np.float32)


def rolling(hertz: float, depth: float) -> FloatArray:
    rows = np.arange(GRID) / GRID
    return np.asarray(1 + depth * np.sin(2 * np.pi * (hertz * TIMES_S[:, None] + 3 * rows)), np.float32)


def turned(series: LumaSeries) -> LumaSeries:
    return LumaSeries(series.times_s, np.ascontiguousarray(series.luma.transpose(0, 2, 1)))


def test_a_flicker_of_8_hz_speaks_for_a_screen(shipped: FlickerRegression) -> None:
    steady, flickering = shipped.evidence(film()), shipped.evidence(film(whole=wave(8, 0.08)))
    assert flickering["flicker"] > 0.1
    assert flickering["flicker"] > steady["flicker"] + 0.2


def test_rolling_bands_speak_for_a_screen_however_it_is_held(shipped: FlickerRegression) -> None:
    banded = film(bands=rolling(8, 0.1))
    assert shipped.evidence(banded)["banding"] > 0.2
    assert shipped.evidence(film())["banding"] < 0
    assert shipped.evidence(turned(banded)) == pytest.approx(shipped.evidence(banded), abs=1e-4)


def test_a_steady_clip_does_not_speak_for_a_screen(shipped: FlickerRegression) -> None:
    assert sum(shipped.evidence(film()).values()) < 0


@pytest.mark.parametrize("seed", range(4))
def test_nothing_passes_the_bound(seed: int, shipped: FlickerRegression) -> None:
    wild = np.random.default_rng(seed).uniform(0, 255, (FRAMES, GRID, GRID)).astype(np.float32)
    shaking = film(tremor_cells=1.5, seed=seed)
    black = LumaSeries(TIMES_S, np.zeros((FRAMES, GRID, GRID), np.float32))
    blinking = film(whole=np.asarray(np.arange(FRAMES) % 2, np.float32), bands=rolling(9, 0.9))
    for series in (LumaSeries(TIMES_S, wild), shaking, black, blinking):
        found = shipped.evidence(series)
        assert np.isfinite(list(found.values())).all()
        assert all(abs(it) <= EVIDENCE_MAX for it in found.values())
    assert EVIDENCE_MAX * len(GROUPS) <= 1


def test_without_a_series_there_is_no_evidence(shipped: FlickerRegression) -> None:
    assert shipped.evidence(None) == {"flicker": 0.0, "banding": 0.0}


def test_a_single_jump_is_no_flicker() -> None:
    steady = describe(film())["flicker"][0]
    jump = describe(film(whole=np.where(TIMES_S < 0.5, 1, 1.2).astype(np.float32)))["flicker"][0]
    flicker = describe(film(whole=wave(8, 0.1)))["flicker"][0]
    assert jump - steady < 0.2 * (flicker - steady)


def test_slow_changes_are_no_flicker() -> None:
    steady = describe(film())["flicker"]
    slow = describe(film(whole=wave(1, 0.1)))["flicker"]
    fast = describe(film(whole=wave(8, 0.1)))["flicker"]
    assert slow[0] - steady[0] < 0.5 * (fast[0] - steady[0])
    assert slow[2] > fast[2] + 1


def test_trembling_is_told_from_bands_by_what_single_cells_do() -> None:
    banded, shaking = describe(film(bands=rolling(8, 0.1)))["banding"], describe(film(tremor_cells=0.3))["banding"]
    assert shaking[3] > banded[3] + 0.5
    assert banded[2] > shaking[2] + 0.5


def test_uneven_times_are_evened() -> None:
    late = (TIMES_S + np.random.default_rng(2).uniform(-0.012, 0.012, FRAMES)).astype(np.float32)
    ramp = np.broadcast_to((80 * np.exp(late))[:, None, None], (FRAMES, GRID, GRID)).astype(np.float32)
    evened, taken_as_even = (describe(LumaSeries(times, ramp))["flicker"][0] for times in (late, TIMES_S))
    assert evened < taken_as_even - 1


def test_the_network_equals_the_formula(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    size = sum(GROUPS.values())
    model = Regression(rng.normal(size=size), rng.uniform(0.5, 2, size), rng.normal(0, 0.3, size), 0.2)
    features = rng.normal(0, 4, (20, size)).astype(np.float32)
    path = tmp_path / "flicker.onnx"
    path.write_bytes(regression(model, GROUPS))
    session = Session(path)
    results = np.stack([session.run(features=it) for it in features])
    assert np.allclose(results.sum(axis=1), model.log_odds(features), atol=1e-4)
    assert np.allclose(np.clip(results, -EVIDENCE_MAX, EVIDENCE_MAX), evidence(model, features), atol=1e-4)


def test_the_shipped_network_takes_what_is_described() -> None:
    groups = describe(film())
    assert {name: len(values) for name, values in groups.items()} == GROUPS
    assert Session(NETWORK).input_shapes == {"features": (sum(GROUPS.values()),)}
