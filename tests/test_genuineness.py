import json
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from likeness.domain.capture import DetectorScore
from likeness.domain.face import Box, ImageArray
from likeness.domain.genuineness import Level, shipped_genuineness_thresholds
from likeness.models import crops, packs
from likeness.models.attack_network import SURROUNDINGS_PX, TEXTURE_PX, AttackNetwork, Views
from likeness.models.detector import Detector
from likeness.models.genuineness import REASONS, AttackDetectors, ReplayRegression, over_frames, to_log_odds, to_score
from likeness.models.landmarks import Landmarks
from likeness.models.replay_features import describe
from likeness.models.views import LandmarkAligner
from training.genuineness import camera, faces
from training.genuineness.calibrating import CROPS_SHARE
from training.genuineness.faces import FoundFace
from training.genuineness.material import Simulator
from training.genuineness.orders import ATTACKS, SIMULATED
from training.genuineness.regression import fit
from training.genuineness.simulate.cloth import cloth
from training.genuineness.spectra import spectra
from training.pictures import Picture, lfw, read

FOLDER = Path(str(resources.files("likeness") / "genuineness"))
FILES = tuple(FOLDER / f"{name}.onnx" for name in (*ATTACKS, "replay", "banding"))
PEOPLE = 40


@pytest.fixture(scope="module")
def detectors() -> AttackDetectors:
    return AttackDetectors(FILES)


@pytest.fixture(scope="module")
def strangers(data: Path, models_path: Path) -> list[FoundFace]:
    """LFW people that no detector was fitted to and no threshold derived on."""
    detector = Detector(models_path / "default" / "detector.onnx")
    aligner = LandmarkAligner(Landmarks(models_path / "default" / "landmarks.onnx"))
    firsts = {picture.person: picture for picture in reversed(lfw(data))}
    found = []
    for picture in firsts.values():
        if replace_part(picture) == "report" and (seen := faces.find_face(read(picture.path), detector, tight=False)):
            points = faces._points(read(picture.path), seen[1], aligner)
            found.append(FoundFace(picture, "live", 0, seen[1], tuple((x, y) for x, y in points.tolist())))
        if len(found) == PEOPLE:
            break
    return found


def replace_part(picture: Picture) -> str:
    return FoundFace(picture, "live", 0, Box(0, 0, 1, 1), ()).part


def noise(side_px: int) -> ImageArray:
    return np.random.default_rng(5).integers(0, 256, (side_px, side_px, 3), dtype=np.uint8)


def scores_of(
    found: list[FoundFace], simulate: Simulator | None, detectors: AttackDetectors
) -> dict[str, "np.ndarray[tuple[int], np.dtype[np.float64]]"]:
    """Scores by detector of each face, attacked and filmed."""
    rows = []
    for seed, face in enumerate(found):
        chance = np.random.default_rng(seed)
        seen = faces.scene(face, 150)
        seen = camera.film(simulate(seen, chance) if simulate else seen, chance)
        rows.append([score.score for score in detectors.look(seen.frames[0], seen.boxes[0])])
    return dict(zip(ATTACKS, np.array(rows).T, strict=True))


def ranked(
    attacks: "np.ndarray[tuple[int], np.dtype[np.float64]]", live: "np.ndarray[tuple[int], np.dtype[np.float64]]"
) -> float:
    return float(np.mean(attacks[:, None] > live[None, :]))


def test_the_regression_network_is_the_regression() -> None:
    constants = {item.name: numpy_helper.to_array(item) for item in onnx.load(FOLDER / "replay.onnx").graph.initializer}
    for image in (noise(TEXTURE_PX), noise(TEXTURE_PX) // 4 + 90):
        groups = describe(image)
        features = np.concatenate(list(groups.values()))
        standardised = (features - constants["mean"]) / constants["deviation"]
        contributions = np.clip(standardised, constants["low"], constants["high"]) * constants["weight"]
        sums = [part.sum() for part in np.split(contributions, np.cumsum([len(v) for v in groups.values()])[:-1])]
        found = ReplayRegression(FOLDER / "replay.onnx").evidence(image)
        assert list(found) == list(groups)
        assert list(found.values()) == pytest.approx(np.array(sums) + constants["bias"], abs=1e-4)


def test_a_score_is_the_sum_of_its_evidence_and_its_reason_the_largest(detectors: AttackDetectors) -> None:
    image, box = noise(300), Box(60, 60, 240, 240)
    views = Views.of(image, box)
    for score in detectors.look(image, box):
        network = AttackNetwork(FOLDER / f"{score.detector}.onnx")
        evidence = dict(zip(REASONS[score.detector].values(), network.evidence(views).tolist(), strict=True))
        if score.detector == "screen":
            evidence |= ReplayRegression(FOLDER / "replay.onnx").evidence(views.texture)
        assert score.score == pytest.approx(to_score(sum(evidence.values())), abs=1e-6)
        assert score.reason == max(evidence, key=lambda name: evidence[name])


@pytest.mark.parametrize(
    "box", [Box(-50, -50, 20, 20), Box(90, 90, 300, 300), Box(20, 20, 60, 60), Box(200, 200, 201, 201)]
)
def test_views_have_their_size_wherever_the_box_lies(box: Box) -> None:
    views = Views.of(noise(100), box)
    assert views.texture.shape == (TEXTURE_PX, TEXTURE_PX, 3)
    assert views.surroundings.shape == (SURROUNDINGS_PX, SURROUNDINGS_PX, 3)


def test_surroundings_are_grey_where_the_picture_ends() -> None:
    white = np.full((100, 100, 3), 255, np.uint8)
    seen = crops.around(white, Box(0, 0, 100, 100), 2.0, 80, 128)
    assert (seen[:19] == 128).all()
    assert (seen[21:59, 21:59] == 255).all()
    assert (crops.around(white, Box(0, 0, 1e6, 1e6), 2.7, 96, 128) == 128).all()


@pytest.mark.parametrize("value", [0, 127, 255])
def test_a_face_of_one_colour_has_finite_scores(value: int, detectors: AttackDetectors) -> None:
    flat = np.full((40, 40, 3), value, np.uint8)
    scores = detectors.look(flat, Box(0, 0, 40, 40))
    assert [score.detector for score in scores] == list(ATTACKS)
    assert all(0 < score.score < 1 for score in scores)


def test_a_pixel_grid_raises_the_moire_peaks() -> None:
    ramp = np.linspace(80, 160, TEXTURE_PX)[None, :].repeat(TEXTURE_PX, axis=0)
    grid = 6 * np.sin(2 * np.pi * 0.25 * np.arange(TEXTURE_PX))[:, None]
    plain, shown = (np.repeat(luma[..., None], 3, axis=2).astype(np.uint8) for luma in (ramp, ramp + grid))
    assert describe(shown)["moire"].max() > describe(plain)["moire"].max() + 1


def test_the_shipped_files_stay_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.glob("*.onnx")) < 3_000_000


@pytest.mark.parametrize("attack", list(SIMULATED))
def test_simulated_attacks_rank_over_the_same_people_live(
    attack: str, strangers: list[FoundFace], detectors: AttackDetectors
) -> None:
    live = scores_of(strangers, None, detectors)[attack]
    assert ranked(scores_of(strangers, SIMULATED[attack], detectors)[attack], live) > 0.8


def test_cloth_masks_pass_as_faces_do(strangers: list[FoundFace], detectors: AttackDetectors) -> None:
    thresholds = shipped_genuineness_thresholds().limits
    masked = scores_of(strangers, cloth, detectors)
    refused = [values >= thresholds[name][Level.NORMAL] for name, values in masked.items()]
    assert np.mean(np.any(refused, axis=0)) <= 0.15


def test_the_shipped_detector_ranks_screens_above_faces(
    data: Path, models_path: Path, detectors: AttackDetectors
) -> None:
    """It was trained on these sources: this shows that files and crops still belong together."""
    detector = Detector(models_path / "default" / "detector.onnx")
    scores: dict[str, list[float]] = {"live": [], "screen": []}
    for picture, label in faces.crops(data)[::20]:
        image = read(picture.path)
        if (found := faces.find_face(image, detector, tight=True)) is not None:
            scores[label].append(detectors.look(faces.upright(image, found[0]), found[1])[0].score)
    assert ranked(np.array(scores["screen"]), np.array(scores["live"])) > 0.9


def test_generated_faces_of_nobody_fitted_to_rank_over_the_cameras(
    data: Path, models_path: Path, detectors: AttackDetectors
) -> None:
    detector = Detector(models_path / "default" / "detector.onnx")
    scores: dict[str, list[float]] = {"live": [], "generated": []}
    for picture, label in faces.synthetic(data):
        if replace_part(picture) == "fit":
            continue
        image = read(picture.path)
        if (found := faces.find_face(image, detector, tight=False)) is not None:
            scores[label].append(detectors.look(image, found[1])[3].score)
    assert min(len(each) for each in scores.values()) > 10
    assert ranked(np.array(scores["generated"]), np.array(scores["live"])) > 0.8


def test_a_regression_tells_a_source_that_it_never_saw(data: Path, models_path: Path, tmp_path: Path) -> None:
    """Fit without each of three sources and rank its faces: better than chance for all, well so on average."""
    seen = spectra(some_crops(data, Detector(models_path / "default" / "detector.onnx")), tmp_path)
    areas = []
    for source in ("Krzysiek354", "alexcamargoweb", "tranvanluyt2203"):
        held = seen.source == source
        log_odds = fit(seen.without(source)).log_odds(seen.features[held, 0])
        areas.append(ranked(log_odds[seen.attack[held]], log_odds[~seen.attack[held]]))
    assert min(areas) > 0.6
    assert np.mean(areas) > 0.75


def some_crops(data: Path, detector: Detector) -> tuple[FoundFace, ...]:
    return tuple(
        FoundFace(picture, label, found[0], found[1], ())
        for picture, label in faces.crops(data)[::6]
        if (found := faces.find_face(read(picture.path), detector, tight=True)) is not None
    )


def test_a_clip_has_the_mean_of_its_frames_log_odds() -> None:
    frames = [
        (DetectorScore("screen", score, reason),) for score, reason in ((0.9, "moire"), (0.5, "bezel"), (0.1, "x"))
    ]
    (overall,) = over_frames(frames, {})
    assert overall.score == pytest.approx(0.5)
    assert overall.reason == "moire"
    (surer,) = over_frames([*frames, (replace(frames[0][0], score=1.0),)], {"print": {"halftone": 9.0}})
    assert to_log_odds(surer.score) == pytest.approx(12 / 4, abs=1e-6)
    assert over_frames([], {"screen": {"banding": 0.2}}) == ()


def test_a_clips_series_adds_its_word_and_is_the_reason_where_it_says_most() -> None:
    frames = [(DetectorScore("screen", 0.6, "moire"),)]
    (weak,) = over_frames(frames, {"screen": {"banding": 0.2}})
    assert to_log_odds(weak.score) == pytest.approx(to_log_odds(0.6) + 0.2)
    assert weak.reason == "moire"
    assert over_frames(frames, {"screen": {"banding": 0.5}})[0].reason == "banding"


def test_no_threshold_costs_more_than_its_budget() -> None:
    entries = json.loads((FOLDER / "thresholds.json").read_text("utf-8"))
    report = json.loads((Path(faces.__file__).parent / "report.json").read_text("utf-8"))
    assert entries["command"] == report["command"] == "python -m training.genuineness --data DIR"
    limits = shipped_genuineness_thresholds().limits
    assert limits.keys() == report["budgets"]["normal"].keys()
    for name, levels in entries["detectors"].items():
        values = [limits[name][level] for level in Level]
        assert values == sorted(values, reverse=True)
        for level in Level:
            budget = report["budgets"][level][name]
            for of, lost in levels[level]["bpcer"].items():
                assert lost <= budget * (CROPS_SHARE if of.startswith("live crops") else 1) + 1e-4


def test_the_report_is_of_the_shipped_files() -> None:
    report = json.loads((Path(faces.__file__).parent / "report.json").read_text("utf-8"))
    shipped = {path.name: packs.digest(path) for path in FOLDER.glob("*.onnx")}
    assert {name: stated["sha256"] for name, stated in report["files"].items()} == shipped
