"""The second of small frames in which flicker is looked for, from clips of every kind."""

from collections.abc import Callable
from fractions import Fraction

import cv2
import numpy as np
import pytest

from likeness.domain.face import ImageArray
from likeness.domain.series import LumaSeries
from likeness.pipeline import clip as clips
from likeness.pipeline.clip import decode_clip
from likeness.pipeline.image import upright
from likeness.pipeline.series import BURST_FRAMES_MAX, GRID, STEP_MAX_S, burst
from tests.pipeline.clips import make_clip, with_matrix

WIDTH_PX, HEIGHT_PX = 96, 64


@pytest.fixture(scope="module")
def scene() -> ImageArray:
    """Soft blobs, brighter towards the top left, so that no turn of it looks like another."""
    rng = np.random.default_rng(1)
    blobs = cv2.resize(rng.uniform(60, 140, (5, 7, 3)), (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_CUBIC)
    ramp = np.add.outer(np.linspace(40, 0, HEIGHT_PX), np.linspace(50, 0, WIDTH_PX))
    return np.asarray(blobs + ramp[..., None], np.uint8)


def flickering(scene: ImageArray, count: int, rate: int, hertz: float) -> list[ImageArray]:
    gains = 1 + 0.1 * np.sin(2 * np.pi * hertz * np.arange(count) / rate)
    return [np.asarray(np.clip(scene * gain, 0, 255), np.uint8) for gain in gains]


def grey(pictures: list[ImageArray]) -> list[float]:
    return [float(cv2.cvtColor(it, cv2.COLOR_RGB2GRAY).mean()) for it in pictures]


def taken(clip: bytes) -> LumaSeries:
    series = decode_clip(clip).series
    assert series is not None
    assert series.luma.shape == (len(series.times_s), GRID, GRID)
    assert series.luma.dtype == series.times_s.dtype == np.float32
    assert len(series.times_s) <= BURST_FRAMES_MAX
    assert series.times_s[-1] - series.times_s[0] < 1.001
    assert 0 < np.diff(series.times_s).min() <= np.diff(series.times_s).max() <= STEP_MAX_S
    return series


def test_shows_the_frames_of_the_middle_second(scene: ImageArray) -> None:
    pictures = flickering(scene, 90, 30, 8)
    series = taken(make_clip(pictures, rate=30, options={"crf": "12", "bf": "3"}))
    at = np.round(series.times_s * 30).astype(int)
    assert at.tolist() == list(range(at[0], at[0] + 30))
    assert series.times_s[0] == pytest.approx(1, abs=0.05)
    assert np.allclose(series.luma.mean(axis=(1, 2)), np.array(grey(pictures))[at], atol=2)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_is_upright(orientation: int, scene: ImageArray) -> None:
    stored = upright(scene, {6: 8, 8: 6}.get(orientation, orientation))
    series = taken(with_matrix(make_clip([stored] * 24, rate=24), orientation))
    whole = cv2.resize(cv2.cvtColor(scene, cv2.COLOR_RGB2GRAY), (GRID, GRID), interpolation=cv2.INTER_AREA)
    assert np.abs(series.luma.mean(axis=0) - whole).mean() < 3


@pytest.mark.parametrize("codec", ["libx264", "libvpx"])
def test_changes_nothing_of_the_frames_sampled(codec: str, scene: ImageArray, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"libx264": {"bf": "3"}, "libvpx": {"deadline": "good", "lag-in-frames": "8", "auto-alt-ref": "1"}}[codec]
    pictures = [np.roll(scene, 2 * index, axis=1) for index in range(60)]
    clip = make_clip(pictures, codec=codec, container="matroska", rate=30, options=options)
    with_burst = decode_clip(clip)
    monkeypatch.setattr(clips, "burst", lambda _times, _time_base: [])
    without = decode_clip(clip)
    assert with_burst.series is not None
    assert without.series is None
    assert [it.time_s for it in with_burst.frames] == [it.time_s for it in without.frames]
    for one, other in zip(with_burst.frames, without.frames, strict=True):
        assert np.array_equal(one.pixels, other.pixels)


@pytest.mark.parametrize(("rate", "frames"), [(12, 12), (15, 15), (32, 32), (50, 25), (60, 30), (240, 30)])
def test_faster_cameras_are_thinned_out_evenly(rate: int, frames: int, scene: ImageArray) -> None:
    series = taken(make_clip([scene] * (2 * rate), rate=rate, container="matroska", options={"preset": "ultrafast"}))
    assert len(series.times_s) == frames
    assert np.ptp(np.diff(series.times_s)) < 0.003


def test_takes_clips_of_key_frames_only(scene: ImageArray) -> None:
    clip = make_clip(flickering(scene, 50, 25, 6), rate=25, container="avi", codec="mjpeg", pixel_format="yuvj420p")
    assert len(taken(clip).times_s) == 25


def jittered(index: int) -> float:
    return index / 25 + (0.012 if index % 3 else 0)


def bursty(index: int) -> float:
    """Twenty frames in the first half second, then five a second."""
    return index * 0.025 if index < 20 else 0.5 + (index - 19) * 0.2


def with_a_hole(index: int) -> float:
    return index / 25 + (0.2 if index > 25 else 0)


@pytest.mark.parametrize(("time_of", "seen"), [(jittered, True), (bursty, False), (with_a_hole, False)])
def test_uneven_clocks_are_taken_where_3_hz_can_be_seen(
    time_of: Callable[[int], float], seen: bool, scene: ImageArray
) -> None:
    clip = make_clip([scene] * 50, container="matroska", time_of=time_of, rate=25)
    assert (decode_clip(clip, any_duration=True).series is not None) == seen


@pytest.mark.parametrize(("count", "rate"), [(1, 25), (2, 25), (2, 3), (11, 25), (30, 8)])
def test_too_few_frames_make_no_series(count: int, rate: int, scene: ImageArray) -> None:
    clip = decode_clip(make_clip([scene] * count, rate=rate), any_duration=True)
    assert clip.frames
    assert clip.series is None


@pytest.mark.parametrize("keep", [0.4, 0.6, 0.95])
def test_clips_cut_short_are_safe(keep: float, scene: ImageArray) -> None:
    clip = make_clip(flickering(scene, 75, 25, 6), rate=25, container="mpegts", options={"g": "10"})
    series = taken(clip[: int(keep * len(clip))])
    assert series.times_s[0] > 0


def test_a_damaged_frame_is_left_out(scene: ImageArray) -> None:
    clip = make_clip([scene] * 50, rate=25, container="avi", codec="mjpeg", pixel_format="yuvj420p")
    damaged = bytearray(clip)
    starts = [at for at in range(len(clip)) if clip.startswith(b"\xff\xd8\xff", at)]
    damaged[starts[25] : starts[26] - 8] = bytes(starts[26] - 8 - starts[25])  # all but the next one's header
    series, whole = taken(bytes(damaged)), taken(clip)
    assert set(whole.times_s.tolist()) - set(series.times_s.tolist()) == {1.0}
    assert np.abs(series.luma - whole.luma[0]).max() < 3


def test_a_burst_takes_only_frames_that_exist() -> None:
    assert burst([7], Fraction(1, 25)) == [7]
    assert burst([0, 1000], Fraction(1, 1000)) == [0]
    assert burst(list(range(0, 8000, 1)), Fraction(1, 1000)) == list(range(3500, 4500, 1))[::32]
