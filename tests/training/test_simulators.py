"""The attacks that detectors are trained on, and the camera that films all alike."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from likeness.domain.face import Box, ImageArray
from training.genuineness import camera
from training.genuineness.material import Material
from training.genuineness.orders import SIMULATED
from training.genuineness.scene import Scene
from training.genuineness.simulate.cloth import cloth
from training.genuineness.simulate.cutout import cutout
from training.genuineness.simulate.display import screen
from training.genuineness.simulate.paper import paper
from training.genuineness.weighting import weights

Attack = Callable[[Scene, np.random.Generator], Scene]
ALL = [*SIMULATED.values(), cloth, camera.film]
DRAWS = 8


def face(frames: int = 1) -> Scene:
    """Blurred noise with a white disc for each eye, nose and corner of the mouth."""
    points = np.array([(160, 170), (240, 170), (200, 215), (165, 255), (235, 255)], np.float32)
    grain = np.random.default_rng(3).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    frame = np.asarray(cv2.GaussianBlur(grain, (0, 0), 8) // 2 + 40, np.uint8)
    for x, y in points:
        cv2.circle(frame, (round(x), round(y)), 12, (255, 255, 255), -1)
    return Scene((frame,) * frames, (Box(100, 110, 300, 310),) * frames, (points,) * frames)


def grey(frame: ImageArray) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    return np.asarray(frame.mean(axis=2), np.float32)


@pytest.mark.parametrize("attack", ALL)
def test_equal_chance_gives_equal_frames_and_other_chance_others(attack: Attack) -> None:
    one, same, other = (attack(face(2), np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(one.frames, same.frames, strict=True))
    assert one.frames[0].shape != other.frames[0].shape or not np.array_equal(one.frames[0], other.frames[0])


@pytest.mark.parametrize("attack", ALL)
def test_frames_are_pictures_with_the_face_in_view(attack: Attack) -> None:
    for seed in range(DRAWS):
        seen = attack(face(), np.random.default_rng(seed))
        (frame,), (box,) = seen.frames, seen.boxes
        height_px, width_px = frame.shape[:2]
        assert frame.dtype == np.uint8
        assert 0 < (box.left + box.right) / 2 < width_px
        assert 0 < (box.top + box.bottom) / 2 < height_px


@pytest.mark.parametrize("attack", [screen, paper, camera.film])
def test_points_are_where_what_they_mark_is(attack: Attack) -> None:
    """The discs stay the brightest places near them, on average over draws of glare, dots and noise."""
    nearer = []
    for seed in range(DRAWS):
        seen = attack(face(), np.random.default_rng(seed))
        luma = cv2.GaussianBlur(grey(seen.frames[0]), (0, 0), seen.boxes[0].width_px * 0.02)
        away = seen.boxes[0].width_px * 0.12
        for x, y in seen.points[0]:
            here = luma[int(np.clip(y, 0, luma.shape[0] - 1)), int(np.clip(x, 0, luma.shape[1] - 1))]
            around = [
                luma[
                    int(np.clip(y + away * np.sin(turn), 0, luma.shape[0] - 1)),
                    int(np.clip(x + away * np.cos(turn), 0, luma.shape[1] - 1)),
                ]
                for turn in np.linspace(0, 6, 8)
            ]
            nearer.append(here > np.mean(around))
    assert np.mean(nearer) > 0.9


def test_bars_roll_over_a_display_and_not_over_paper() -> None:
    """Rows change together from frame to frame."""

    def rolling(attack: Attack) -> float:
        changes = []
        for seed in range(DRAWS):
            frames = [grey(frame) for frame in attack(face(6), np.random.default_rng(seed)).frames]
            rows = np.stack([frame.mean(axis=1) / frame.mean() for frame in frames])
            changes.append(float(np.abs(np.diff(rows, axis=0)).mean()))
        return float(np.median(changes))

    assert rolling(screen) > 2 * rolling(paper)


def test_a_print_has_dots() -> None:
    """Fine structure in what was smooth."""

    def fine(frame: ImageArray) -> float:
        luma = grey(frame)
        return float(np.abs(luma - cv2.GaussianBlur(luma, (0, 0), 2)).mean())

    printed = [fine(paper(face(), np.random.default_rng(seed)).frames[0]) for seed in range(DRAWS)]
    assert np.median(printed) > 2 * fine(face().frames[0])


def test_a_cutout_covers_the_face_and_nothing_else() -> None:
    for seed in range(DRAWS):
        change = np.abs(grey(cutout(face(), np.random.default_rng(seed)).frames[0]) - grey(face().frames[0]))
        assert change[180:230, 160:240].mean() > 4  # the middle of the face
        assert change[:20].mean() < 3


def test_a_cutout_follows_the_head_as_one_piece() -> None:
    still, moved = face(2), face(2)
    shifted = np.roll(moved.frames[1], 40, axis=1)
    walking = Scene(
        (moved.frames[0], shifted), moved.boxes, (moved.points[0], moved.points[1] + np.array([40, 0], np.float32))
    )
    chance = np.random.default_rng(4)
    first, second = (grey(frame) for frame in cutout(walking, chance).frames)
    back = np.roll(second, -40, axis=1)
    middle = np.s_[190:230, 170:230]
    stays = grey(cutout(still, np.random.default_rng(4)).frames[0])[middle]
    assert np.abs(first[middle] - stays).mean() < 1
    assert np.abs(back[middle] - first[middle]).mean() < np.abs(second[middle] - first[middle]).mean()


def test_cloth_covers_the_mouth_and_leaves_the_eyes() -> None:
    for seed in range(DRAWS):
        change = np.abs(grey(cloth(face(), np.random.default_rng(seed)).frames[0]) - grey(face().frames[0]))
        assert change[245:265, 155:245].mean() > 10
        assert change[160:176, 150:250].mean() < 1


def test_weights_let_no_large_source_decide() -> None:
    labels = np.array(["live"] * 90 + ["live"] * 10 + ["screen"] * 40 + ["screen"] * 10)
    sources = np.array(["LFW"] * 90 + ["crops"] * 10 + ["LFW"] * 40 + ["crops"] * 10)
    people = np.array([f"{source}{place}" if source == "LFW" else source for place, source in enumerate(sources)])
    real = np.arange(150) >= 140
    views = np.zeros((150, 1, 1, 3), np.uint8)
    drawn = weights(Material(views, views, labels, sources, people, real, np.full(150, "fit")))
    assert drawn.sum() == pytest.approx(1)
    assert drawn[labels == "screen"].sum() == pytest.approx(0.5)
    assert drawn[real].sum() == pytest.approx(0.25)
    assert drawn[(labels == "live") & (sources == "crops")].sum() == pytest.approx(0.25)
