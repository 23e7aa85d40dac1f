"""How heads are turned: the network on real faces in both packs, and the geometry that it was taught by."""

from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from likeness import samples
from likeness.domain.face import Box, Face, ImageArray, Pose
from likeness.models import packs, shared
from likeness.models.pose import PoseEstimator
from likeness.pipeline.face import FaceReader
from likeness.pipeline.stages import load_reader
from tests.models.faces import read
from training.pictures import clip_frames
from training.selfie import geometry
from training.selfie.material import fitted


@pytest.fixture(scope="module")
def estimator() -> PoseEstimator:
    return PoseEstimator(shared.path(shared.POSE))


@pytest.fixture(scope="module")
def default(models_path: Path) -> FaceReader:
    return load_reader(packs.prepare(packs.load("default"), models_path))


@pytest.fixture(scope="module")
def both(all_models_path: Path) -> list[FaceReader]:
    return [load_reader(packs.prepare(packs.load(name), all_models_path)) for name in ("default", "mobile")]


def largest(reader: FaceReader, pixels: ImageArray) -> Face:
    return reader.find(pixels)[0]


def pose(estimator: PoseEstimator, reader: FaceReader, pixels: ImageArray) -> Pose:
    return estimator.look(pixels, largest(reader, pixels).box)


def test_the_sample_portrait_looks_ahead(estimator: PoseEstimator, default: FaceReader) -> None:
    seen = pose(estimator, default, samples.portrait())
    assert abs(seen.yaw_deg) < 12
    assert abs(seen.pitch_deg) < 12
    assert abs(seen.roll_deg) < 8


def test_a_mirror_image_is_turned_to_the_other_side(estimator: PoseEstimator, default: FaceReader) -> None:
    portrait = samples.portrait()
    box, width_px = largest(default, portrait).box, portrait.shape[1]
    seen = estimator.look(portrait, box)
    back = Box(width_px - box.right, box.top, width_px - box.left, box.bottom)
    mirrored = estimator.look(np.ascontiguousarray(portrait[:, ::-1]), back)
    assert mirrored.yaw_deg == pytest.approx(-seen.yaw_deg, abs=1.5)
    assert mirrored.roll_deg == pytest.approx(-seen.roll_deg, abs=1.5)
    assert mirrored.pitch_deg == pytest.approx(seen.pitch_deg, abs=1.5)


@pytest.mark.parametrize("turn_deg", [-20, -10, 10, 20])
def test_roll_follows_a_picture_that_is_turned(estimator: PoseEstimator, default: FaceReader, turn_deg: int) -> None:
    portrait = samples.portrait()
    matrix = cv2.getRotationMatrix2D(samples.FACE_CENTRE_PX, -turn_deg, 1)
    turned = np.asarray(cv2.warpAffine(portrait, matrix, (512, 512), borderMode=cv2.BORDER_REPLICATE), np.uint8)
    before, after = (pose(estimator, default, pixels) for pixels in (portrait, turned))
    assert after.roll_deg - before.roll_deg == pytest.approx(turn_deg, abs=6)
    assert after.yaw_deg == pytest.approx(before.yaw_deg, abs=8)


def test_front_is_told_from_side_in_both_packs(estimator: PoseEstimator, both: list[FaceReader], data: Path) -> None:
    people = [folder for folder in sorted((data / "cfp").iterdir()) if not fitted(folder.name)][:20]
    for reader in both:
        yaws = {
            kind: [abs(pose(estimator, reader, read(path)).yaw_deg) for path in one if reader.find(read(path))]
            for kind, one in {
                kind: [min((person / kind).iterdir()) for person in people] for kind in ("frontal", "profile")
            }.items()
        }
        assert len(yaws["frontal"]) == 20
        assert len(yaws["profile"]) >= 18
        assert sum(yaw < 20 for yaw in yaws["frontal"]) >= 19
        assert sum(yaw > 20 for yaw in yaws["profile"]) >= len(yaws["profile"]) - 1
        assert np.median(yaws["profile"]) > 45


def test_a_head_that_turns_is_followed_steadily(estimator: PoseEstimator, default: FaceReader, data: Path) -> None:
    frames = list(clip_frames(data / "clips" / "live_t.mp4", 5.0))
    yaws = np.array([pose(estimator, default, frame).yaw_deg for frame in frames if default.find(frame)])
    assert len(yaws) >= 0.95 * len(frames)
    assert yaws.max() > 40
    assert yaws.min() < -20
    assert np.median(np.abs(np.diff(yaws))) < 4
    assert (np.abs(yaws) < 15).mean() > 0.4


HEAD = np.array([(-0.5, 0, 0), (0.5, 0, 0), (0, 0.6, 0.46), (-0.4, 1, 0), (0.4, 1, 0)])
"""Eyes, nose and corners of the mouth: to the right, down and towards the camera."""


def seen_at(yaw_deg: float, pitch_deg: float, roll_deg: float) -> NDArray[np.float32]:
    """HEAD from afar, turned by rotation matrices, which `geometry` does without: (5, 2)."""
    (a, b, c), cos, sin = np.radians((yaw_deg, pitch_deg, roll_deg)), np.cos, np.sin
    yaw = np.array([(cos(a), 0, sin(a)), (0, 1, 0), (-sin(a), 0, cos(a))])
    pitch = np.array([(1, 0, 0), (0, cos(b), -sin(b)), (0, sin(b), cos(b))])
    roll = np.array([(cos(c), -sin(c), 0), (sin(c), cos(c), 0), (0, 0, 1)])
    turned = HEAD @ (roll @ pitch @ yaw).T
    return np.asarray(100 + 40 * turned[:, :2], np.float32)


def test_proportions_are_found_without_knowing_how_any_head_is_turned() -> None:
    chance = np.random.default_rng(1)
    points = np.stack([seen_at(*chance.uniform((-70, -1, -20), (70, 1, 20))) for _ in range(200)])
    heads = geometry.proportions(points, np.stack([seen_at(0, 0, 0)]))
    assert heads.eyes == pytest.approx(1, abs=0.02)
    assert heads.nose == pytest.approx(0.46, abs=0.02)
    assert heads.below == pytest.approx(0.6, abs=0.01)


@pytest.mark.parametrize(
    "angles", [(0, 0, 0), (30, 0, 0), (-55, 0, 10), (20, 12, -15), (-25, -12, 0), (80, 0, 0)], ids=str
)
def test_points_tell_yaw_pitch_and_roll(angles: tuple[float, float, float]) -> None:
    heads = geometry.Proportions(eyes=1, nose=0.46, below=0.6, below_turned=0)
    (seen,) = geometry.poses(seen_at(*angles)[None], heads)
    assert seen == pytest.approx(angles, abs=0.1)


def test_points_of_a_mirror_image_come_back_to_their_places() -> None:
    points = np.stack([seen_at(35, 5, 10)])
    mirrored = points[:, [1, 0, 2, 4, 3]] * (-1, 1) + (199, 0)
    back = geometry.mirrored(mirrored.astype(np.float32), np.array([200]))
    assert back == pytest.approx(points, abs=1e-4)
    other = partial(geometry.poses, heads=geometry.Proportions(1, 0.46, 0.6, 0))
    assert other(mirrored.astype(np.float32))[0] == pytest.approx((-35, 5, -10), abs=0.1)
