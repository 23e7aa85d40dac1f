"""Rolling bands speak for a screen a little; nothing speaks against one, and nothing passes the bound."""

from pathlib import Path

import cv2
import numpy as np
import pytest

import likeness
from likeness.domain.face import FloatArray
from likeness.domain.series import LumaSeries
from likeness.models.banding import EVIDENCE_MAX, BandingRegression, describe
from likeness.models.onnx import Session
from training.genuineness.banding import FEATURES, NETWORK, evidence
from training.genuineness.export import regression
from training.genuineness.regression import Regression

FRAMES, RATE, GRID = 30, 30, 48
TIMES_S: FloatArray = np.arange(FRAMES, dtype=np.float32) / np.float32(RATE)


@pytest.fixture(scope="module")
def shipped() -> BandingRegression:
    return BandingRegression(Path(likeness.__file__).parent / "genuineness" / "banding.onnx")


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


def test_rolling_bands_speak_for_a_screen_however_it_is_held(shipped: BandingRegression) -> None:
    banded = film(bands=rolling(8, 0.1))
    assert shipped.evidence(banded)["banding"] > 0.2
    assert shipped.evidence(turned(banded)) == pytest.approx(shipped.evidence(banded), abs=1e-4)


def test_without_bands_nothing_is_said(shipped: BandingRegression) -> None:
    for series in (film(), film(whole=wave(8, 0.08)), film(whole=wave(1, 0.1)), film(bands=rolling(1, 0.1))):
        assert shipped.evidence(series) == {"banding": 0.0}


@pytest.mark.parametrize("seed", range(4))
def test_nothing_passes_the_bound(seed: int, shipped: BandingRegression) -> None:
    wild = np.random.default_rng(seed).uniform(0, 255, (FRAMES, GRID, GRID)).astype(np.float32)
    shaking = film(tremor_cells=1.5, seed=seed)
    black = LumaSeries(TIMES_S, np.zeros((FRAMES, GRID, GRID), np.float32))
    blinking = film(whole=np.asarray(np.arange(FRAMES) % 2, np.float32), bands=rolling(9, 0.9))
    for series in (LumaSeries(TIMES_S, wild), shaking, black, blinking):
        (found,) = shipped.evidence(series).values()
        assert 0 <= found <= EVIDENCE_MAX


def test_without_a_series_there_is_no_evidence(shipped: BandingRegression) -> None:
    assert shipped.evidence(None) == {"banding": 0.0}


def test_flicker_and_jumps_of_the_whole_picture_are_no_bands() -> None:
    steady = describe(film())["banding"][0]
    banded = describe(film(bands=rolling(8, 0.1)))["banding"][0]
    for whole in (wave(8, 0.1), np.where(TIMES_S < 0.5, 1, 1.2).astype(np.float32)):
        assert describe(film(whole=whole))["banding"][0] - steady < 0.2 * (banded - steady)


def test_a_single_jump_of_some_rows_is_no_band() -> None:
    top = np.arange(GRID) < GRID / 4
    jump = np.where(top & (TIMES_S[:, None] > 0.5), 1.2, 1).astype(np.float32)
    blinks = np.where(top & (np.arange(FRAMES)[:, None] % 4 < 2), 1.2, 1).astype(np.float32)
    steady, once, often = (describe(film(bands=it))["banding"][0] for it in (1.0, jump, blinks))
    assert once - steady < 0.3 * (often - steady)


def test_slow_waves_are_no_bands() -> None:
    steady, slow, fast = (describe(film(bands=it))["banding"][0] for it in (1.0, rolling(1, 0.1), rolling(8, 0.1)))
    assert slow - steady < 0.5 * (fast - steady)


def test_trembling_is_told_from_bands_by_what_single_cells_do() -> None:
    banded, shaking = describe(film(bands=rolling(8, 0.1)))["banding"], describe(film(tremor_cells=0.3))["banding"]
    assert shaking[3] > banded[3] + 0.5
    assert banded[2] > shaking[2] + 0.5


def test_uneven_times_are_evened() -> None:
    late = (TIMES_S + np.random.default_rng(2).uniform(-0.012, 0.012, FRAMES)).astype(np.float32)
    slopes = 1.5 * np.cos(6 * np.pi * np.arange(GRID) / GRID)[None, :, None]
    # Less the 8 grey levels that `describe` adds, so that the logarithms are straight lines.
    ramps = np.broadcast_to(45 * np.exp(late[:, None, None] * slopes) - 8, (FRAMES, GRID, GRID)).astype(np.float32)
    evened, taken_as_even = (describe(LumaSeries(times, ramps))["banding"][0] for times in (late, TIMES_S))
    assert evened < taken_as_even - 1


def test_the_network_equals_the_formula(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    size = len(FEATURES)
    model = Regression(rng.normal(size=size), rng.uniform(0.5, 2, size), rng.normal(0, 0.3, size), 0.2)
    features = rng.normal(0, 4, (20, size)).astype(np.float32)
    path = tmp_path / "banding.onnx"
    path.write_bytes(regression(model, {"banding": size}))
    session = Session(path)
    results = np.concatenate([session.run(features=it) for it in features])
    assert np.allclose(results, model.log_odds(features), atol=1e-4)
    assert np.allclose(np.clip(results, 0, EVIDENCE_MAX), evidence(model, features), atol=1e-4)


def test_the_shipped_network_takes_what_is_described() -> None:
    assert describe(film())["banding"].shape == (len(FEATURES),)
    assert Session(NETWORK).input_shapes == {"features": (len(FEATURES),)}
