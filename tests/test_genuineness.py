from importlib import resources
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from likeness.domain.face import Box, ImageArray
from likeness.models.detector import Detector
from likeness.models.genuineness import ReplayDetector
from likeness.models.replay_features import SIDE_PX, describe, face_crop
from training.genuineness.regression import fit
from training.genuineness.samples import Samples, describe_face, find_face, replay_pictures
from training.pictures import read

NETWORK = Path(str(resources.files("likeness") / "genuineness" / "replay.onnx"))
PICTURES_EACH = 12


@pytest.fixture(scope="module")
def replay_detector() -> ReplayDetector:
    return ReplayDetector(NETWORK)


def noise(side_px: int) -> ImageArray:
    return np.random.default_rng(5).integers(0, 256, (side_px, side_px, 3), dtype=np.uint8)


def test_the_network_is_the_regression(replay_detector: ReplayDetector) -> None:
    constants = {item.name: numpy_helper.to_array(item) for item in onnx.load(NETWORK).graph.initializer}
    for image in (noise(300), noise(300) // 4 + 90):
        groups = describe(image)
        features = np.concatenate(list(groups.values()))
        standardised = (features - constants["mean"]) / constants["deviation"]
        contributions = np.clip(standardised, constants["low"], constants["high"]) * constants["weight"]
        expected = 1 / (1 + np.exp(-(contributions.sum() + constants["bias"][0])))
        result = replay_detector.score(image, Box(-100, -100, 400, 400))
        assert result.score == pytest.approx(expected, abs=1e-5)
        sums = [part.sum() for part in np.split(contributions, np.cumsum([len(v) for v in groups.values()])[:-1])]
        assert result.reason == list(groups)[int(np.argmax(sums))]
        assert result.detector == "screen"


def test_crops_stay_inside_the_picture() -> None:
    image = noise(100)
    for box in (Box(-50, -50, 20, 20), Box(90, 90, 300, 300), Box(20, 20, 60, 60), Box(200, 200, 201, 201)):
        crop = face_crop(image, box)
        assert crop.shape[0] == crop.shape[1] > 0
        assert crop.shape[0] <= 100


@pytest.mark.parametrize("value", [0, 127, 255])
def test_a_face_of_one_colour_has_finite_features(value: int, replay_detector: ReplayDetector) -> None:
    flat = np.full((40, 40, 3), value, np.uint8)
    assert all(np.isfinite(values).all() for values in describe(flat).values())
    assert 0 <= replay_detector.score(flat, Box(0, 0, 40, 40)).score <= 1


def test_a_pixel_grid_raises_the_moire_peaks() -> None:
    ramp = np.linspace(80, 160, SIDE_PX)[None, :].repeat(SIDE_PX, axis=0)
    grid = 6 * np.sin(2 * np.pi * 0.25 * np.arange(SIDE_PX))[:, None]
    plain, shown = (np.repeat(luma[..., None], 3, axis=2).astype(np.uint8) for luma in (ramp, ramp + grid))
    assert describe(shown)["moire"].max() > describe(plain)["moire"].max() + 1


def test_a_source_never_seen_is_told_apart(data: Path, models_path: Path) -> None:
    """Fit without each of three sources and rank its faces: better than chance for all, well so on average."""
    samples = some_samples(data, Detector(models_path / "default" / "detector.onnx"))
    areas = []
    for source in ("Krzysiek354", "alexcamargoweb", "tranvanluyt2203"):
        held = samples.source == source
        logit = fit(samples, np.flatnonzero(~held)).logit(samples.features[held, 0])
        live, screen = logit[~samples.attack[held]], logit[samples.attack[held]]
        areas.append(float(np.mean(screen[:, None] > live[None, :])))
    assert min(areas) > 0.6
    assert np.mean(areas) > 0.75


def test_the_shipped_network_ranks_screens_above_faces(data: Path, models_path: Path) -> None:
    """It was trained on these sources: this shows that file, features and crops still belong together."""
    detector, judge = Detector(models_path / "default" / "detector.onnx"), ReplayDetector(NETWORK)
    scores: dict[bool, list[float]] = {False: [], True: []}
    for picture, attack in replay_pictures(data)[::20]:
        if (found := find_face(read(picture.path), detector, tight=True)) is not None:
            scores[attack].append(judge.score(*found).score)
    live, screen = (np.array(scores[attack]) for attack in (False, True))
    assert np.mean(screen[:, None] > live[None, :]) > 0.9


def some_samples(data: Path, detector: Detector) -> Samples:
    rows = []
    taken: dict[tuple[str, bool], int] = {}
    for seed, (picture, attack) in enumerate(replay_pictures(data)[::3]):
        key = (picture.data_set, attack)
        if taken.get(key, 0) >= PICTURES_EACH:
            continue
        if (found := find_face(read(picture.path), detector, tight=True)) is not None:
            taken[key] = taken.get(key, 0) + 1
            rows.append((describe_face(*found, seed), attack, picture.data_set))
    features, attacks, sources = zip(*rows, strict=True)
    source = np.array(sources)
    return Samples(np.stack(features), np.array(attacks), source, source, {})
