"""The attacks that detectors are tested on: where the face ends up, and what each leaves in the picture."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from likeness.domain.face import Box, FloatArray, ImageArray
from likeness.models.detector import Detector
from likeness.models.landmarks import Landmarks
from training.genuineness.independent.cutout import cutout
from training.genuineness.independent.generated import generated
from training.genuineness.independent.paper import paper
from training.genuineness.independent.screen import screen
from training.genuineness.scene import Points, Scene
from training.pictures import clip_frames, read

Attack = Callable[[Scene, np.random.Generator], Scene]
ATTACKS = [screen, paper, cutout, generated]
Made = dict[Attack, list[tuple[Scene, Scene]]]
CORNER_PX = 12


@pytest.fixture(scope="module")
def finder(models_path: Path) -> Callable[[list[ImageArray]], Scene]:
    pack = models_path / "default"
    detector, landmarks = Detector(pack / "detector.onnx"), Landmarks(pack / "landmarks.onnx")

    def find(frames: list[ImageArray]) -> Scene:
        boxes = [detector.detect(it)[0].box for it in frames]
        places = [_points(landmarks.locate(it, box)) for it, box in zip(frames, boxes, strict=True)]
        return Scene(tuple(frames), tuple(boxes), tuple(places))

    return find


@pytest.fixture(scope="module")
def portraits(finder: Callable[[list[ImageArray]], Scene], data: Path) -> list[Scene]:
    chosen = [min(data.glob(it)) for it in ("london/*/neutral.jpg", "lfw/*/*.jpg", "cfp/*/frontal/01.jpg")]
    return [finder([read(path)]) for path in chosen]


@pytest.fixture(scope="module")
def attacked(portraits: list[Scene]) -> Made:
    """What each attack makes of the portraits, each time by another chance, beside what it was made of."""
    return {
        attack: [(portraits[it % 3], attack(portraits[it % 3], np.random.default_rng(it))) for it in range(5)]
        for attack in ATTACKS
    }


@pytest.fixture(scope="module")
def talking(finder: Callable[[list[ImageArray]], Scene], data: Path) -> Scene:
    return finder(list(clip_frames(min(data.glob("grid/s1/*.mpg")), 25))[20:48:9])


def _points(seen: FloatArray) -> Points:
    right, left, nose = seen[:2].mean(axis=0), seen[2:4].mean(axis=0), seen[4]
    below = (left + right) / 2 + 1.6 * (nose - (left + right) / 2)
    return np.asarray([left, right, nose, below - 0.4 * (right - left), below + 0.4 * (right - left)], np.float32)


def _marked() -> Scene:
    """Grey, with a white disc at each point."""
    points = np.array([(160, 170), (240, 170), (200, 215), (165, 255), (235, 255)], np.float32)
    frame = np.full((400, 400, 3), 70, np.uint8)
    for x, y in points:
        cv2.circle(frame, (round(x), round(y)), 12, (255, 255, 255), -1)
    return Scene((frame,), (Box(100, 110, 300, 310),), (points,))


def _cut(frame: ImageArray, box: Box, side_px: int = 48) -> NDArray[np.float64]:
    """A box's grey values at (side_px, side_px), mean 0, deviation 1."""
    scale = side_px / box.width_px
    matrix = np.array([[scale, 0, -box.left * scale], [0, scale, -box.top * scale]])
    soft = cv2.GaussianBlur(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), (0, 0), max(0.5, 0.5 / scale))
    grey = cv2.warpAffine(soft, matrix, (side_px, side_px), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray((grey - grey.mean()) / grey.std(), np.float64)


def _moved(box: Box, share: float) -> Box:
    step = share * box.width_px
    return Box(box.left + step, box.top + step, box.right + step, box.bottom + step)


@pytest.fixture(scope="module")
def attacked_clips(talking: Scene) -> dict[Attack, Scene]:
    return {attack: attack(talking, np.random.default_rng(0)) for attack in ATTACKS}


@pytest.fixture(scope="module")
def masked(talking: Scene) -> list[Scene]:
    return [cutout(talking, np.random.default_rng(it)) for it in range(4)]


@pytest.mark.parametrize("attack", ATTACKS)
def test_equal_chance_gives_equal_frames_and_other_chance_others(attack: Attack, attacked: Made) -> None:
    (scene, first), (_, other) = attacked[attack][1], attacked[attack][4]
    again = attack(scene, np.random.default_rng(1))
    assert np.array_equal(first.frames[0], again.frames[0])
    assert first.boxes == again.boxes
    assert np.array_equal(first.points[0], again.points[0])
    assert first.frames[0].shape != other.frames[0].shape or not np.array_equal(first.frames[0], other.frames[0])


@pytest.mark.parametrize("attack", ATTACKS)
def test_frames_are_of_one_size_with_the_face_in_view(
    attack: Attack, attacked: Made, talking: Scene, attacked_clips: dict[Attack, Scene]
) -> None:
    for scene, made in [*attacked[attack], (talking, attacked_clips[attack])]:
        assert len(made.frames) == len(made.boxes) == len(made.points) == len(scene.frames)
        assert {it.shape for it in made.frames} == {made.frames[0].shape}
        assert made.frames_per_s == scene.frames_per_s
        height_px, width_px, channels = made.frames[0].shape
        assert max(height_px, width_px) <= 1280
        assert channels == 3
        for frame, box, points in zip(made.frames, made.boxes, made.points, strict=True):
            assert frame.dtype == np.uint8
            assert points.shape == (5, 2)
            assert points.dtype == np.float32
            assert box.width_px >= 60
            assert 0 <= (box.left + box.right) / 2 < width_px
            assert 0 <= (box.top + box.bottom) / 2 < height_px
            assert ((points > 0) & (points < (width_px, height_px))).all()


def test_a_frame_larger_than_any_camera_sends_is_shrunk(portraits: list[Scene]) -> None:
    large = cv2.resize(portraits[1].frames[0], (1500, 1500))
    scale = 1500 / portraits[1].frames[0].shape[0]
    scene = Scene((np.asarray(large, np.uint8),), (portraits[1].boxes[0].scaled(scale),), portraits[1].points)
    made = generated(scene, np.random.default_rng(1))
    assert made.frames[0].shape == (1280, 1280, 3)


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_face_is_where_the_box_says(attack: Attack, attacked: Made) -> None:
    right, wrong = [], []
    for scene, made in attacked[attack]:
        face = _cut(scene.frames[0], scene.boxes[0])
        right.append((face * _cut(made.frames[0], made.boxes[0])).mean())
        wrong.append((face * _cut(made.frames[0], _moved(made.boxes[0], 0.15))).mean())
    assert np.median(right) > 0.75
    assert (np.array(right) > wrong).mean() > 0.85


@pytest.mark.parametrize("attack", [screen, paper])
def test_points_are_where_what_they_mark_is(attack: Attack) -> None:
    errors = []
    for seed in range(2):
        made = attack(_marked(), np.random.default_rng(seed))
        unit_px = made.boxes[0].width_px
        grey = cv2.cvtColor(made.frames[0], cv2.COLOR_RGB2GRAY).astype(np.float32)
        for x, y in made.points[0]:
            reach = round(0.1 * unit_px)
            part = cv2.getRectSubPix(grey, (2 * reach + 1, 2 * reach + 1), (float(x) - 0.5, float(y) - 0.5))
            weight = np.clip(part - (part.max() + part.min()) / 2, 0, None)
            rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
            middle = (weight * rows).sum() / weight.sum(), (weight * columns).sum() / weight.sum()
            errors.append(np.hypot(*middle) / unit_px)
    assert np.median(errors) < 0.01
    assert np.percentile(errors, 75) < 0.02


def _peak(frame: ImageArray, box: Box) -> float:
    """How far the highest line of the face's spectrum stands above the others of its frequency, deviations of the log.

    Below an eighth of a cycle a pixel faces have lines of their own.
    """
    x, y = round((box.left + box.right) / 2), round((box.top + box.bottom) / 2)
    half = round(min(box.width_px / 2, x, y, frame.shape[1] - x, frame.shape[0] - y))
    part = cv2.cvtColor(frame[y - half : y + half, x - half : x + half], cv2.COLOR_RGB2GRAY).astype(np.float64)
    window = np.hanning(2 * half)
    level = np.log(np.abs(np.fft.fft2((part - part.mean()) * np.outer(window, window))) + 1e-3)
    frequency = np.hypot(np.fft.fftfreq(2 * half)[:, None], np.fft.fftfreq(2 * half)[None])
    # A picture's borders and JPEG's grid stand on the axes.
    off_axes = np.minimum(np.abs(np.fft.fftfreq(2 * half)[:, None]), np.abs(np.fft.fftfreq(2 * half)[None])) > 0.03
    rings = np.digitize(frequency, np.arange(0.125, 0.5, 0.05))
    heights = []
    for ring in range(1, rings.max()):
        values = level[(rings == ring) & off_axes]
        heights.append((values.max() - np.median(values)) / values.std())
    return float(max(heights))


def test_screens_and_prints_have_lines_in_their_spectrum_that_photographs_have_not(
    portraits: list[Scene], attacked: Made
) -> None:
    bona_fide = max(_peak(it.frames[0], it.boxes[0]) for it in portraits)
    for attack in (screen, paper):
        peaks = np.array([_peak(made.frames[0], made.boxes[0]) for _, made in attacked[attack]])
        assert (peaks > bona_fide + 0.5).any()


def test_a_display_flickers_over_the_frames_of_a_clip_and_paper_does_not(portraits: list[Scene]) -> None:
    still = portraits[1]
    clip = Scene(still.frames * 3, still.boxes * 3, still.points * 3)
    swing = []
    for attack in (screen, paper):
        made = attack(clip, np.random.default_rng(1))
        rows = np.array([_rows(*it) for it in zip(made.frames, made.boxes, strict=True)])
        swing.append(float((rows.std(axis=0) / rows.mean(axis=0)).mean()))
    assert swing[0] > 0.05
    assert swing[1] < 0.01


def _rows(frame: ImageArray, box: Box) -> NDArray[np.float64]:
    """(24,): mean brightness of the face from top to bottom."""
    part = frame[max(0, round(box.top)) : round(box.bottom), max(0, round(box.left)) : round(box.right)]
    narrow = np.asarray(cv2.resize(part, (1, 24), interpolation=cv2.INTER_AREA), np.float64)
    return np.asarray(narrow.mean(axis=(1, 2)), np.float64)


def _change_of_mouth(scene: Scene) -> float:
    """How much the mouth changes over the frames, each brought back to the first by its points."""
    cuts = []
    for frame, points in zip(scene.frames, scene.points, strict=True):
        back, _ = cv2.estimateAffine2D(points, scene.points[0], method=cv2.LMEDS)
        size = (scene.frames[0].shape[1], scene.frames[0].shape[0])
        aligned = np.asarray(cv2.warpAffine(frame, back, size, flags=cv2.INTER_LINEAR), np.uint8)
        left, right = scene.points[0][3], scene.points[0][4]
        width_px = float(right[0] - left[0])
        middle = (left + right) / 2
        mouth = Box(*(float(it) for it in (*(middle - 0.6 * width_px), *(middle + 0.6 * width_px))))
        cuts.append(_cut(aligned, mouth, 16))  # finer, and noise changes too
    return float(np.std(cuts, axis=0).mean())


def test_a_printed_mouth_does_not_talk(
    talking: Scene, masked: list[Scene], attacked_clips: dict[Attack, Scene]
) -> None:
    live = _change_of_mouth(talking)
    masks = np.median([_change_of_mouth(it) for it in masked])
    assert masks < 0.75 * live
    assert _change_of_mouth(attacked_clips[paper]) < 0.85 * live
    assert _change_of_mouth(attacked_clips[screen]) > 0.85 * live


def test_a_mask_moves_otherwise_than_the_head_below(talking: Scene, masked: list[Scene]) -> None:
    slips = []
    for made in masked:
        offsets = [it.mean(axis=0) for it in np.subtract(made.points, talking.points)]
        slips.append(float(np.std(offsets, axis=0).max()) / talking.boxes[0].width_px)
    assert min(slips) > 0.001
    assert max(slips) < 0.1


@pytest.mark.parametrize("draw", [0, 3])
def test_a_mask_covers_the_face_and_nothing_far_from_it(draw: int, attacked: Made) -> None:
    scene, made = attacked[cutout][draw]
    changed = np.abs(made.frames[0].astype(int) - scene.frames[0]).max(axis=-1) > 3
    box = made.boxes[0]
    inner = changed[round(box.top + 0.3 * box.height_px) : round(box.bottom), round(box.left) : round(box.right)]
    assert inner.mean() > 0.4
    assert not changed[:CORNER_PX, :CORNER_PX].any()
    assert not changed[-CORNER_PX:, -CORNER_PX:].any()


def test_generated_faces_look_the_same_but_are_not(attacked: Made) -> None:
    untouched = 0
    for scene, made in attacked[generated]:
        assert (_cut(made.frames[0], made.boxes[0]) * _cut(scene.frames[0], scene.boxes[0])).mean() > 0.97
        assert not np.array_equal(made.frames[0], scene.frames[0])
        untouched += np.array_equal(made.frames[0][:CORNER_PX], scene.frames[0][:CORNER_PX])
    assert 0 < untouched < len(attacked[generated])  # some are faces put into the frame, some whole pictures
