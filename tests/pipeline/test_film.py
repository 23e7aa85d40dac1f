"""All of a clip's frames, small, for reading lips."""

from fractions import Fraction

import numpy as np
import pytest

from likeness.domain.errors import VideoDurationError
from likeness.domain.face import ImageArray
from likeness.pipeline.clip import decode_clip
from likeness.pipeline.film import FILM_SIDE_PX, FRAMES_MAX, film_times
from tests.pipeline.clips import make_clip


def scene(width_px: int, height_px: int) -> ImageArray:
    return np.full((height_px, width_px, 3), 120, np.uint8)


@pytest.mark.parametrize(("rate", "expected"), [(15, 60), (25, 100), (30, 120), (60, 120), (120, 120)])
def test_every_frame_is_kept_up_to_30_a_second(rate: int, expected: int) -> None:
    film = decode_clip(make_clip([scene(64, 48)] * (4 * rate), rate=rate), spoken=True).film
    assert len(film) == expected
    steps = np.diff([frame.time_s for frame in film])
    assert steps.min() > 0
    assert steps.max() == pytest.approx(steps.min(), abs=0.002)


def times_of(rate_hz: float, jitter: float = 0.0) -> list[int]:
    """Of the frames of 5 s in milliseconds, each moved by up to that share of the step between two."""
    moved = np.random.default_rng(2).uniform(-jitter, jitter, round(5 * rate_hz))
    return sorted({round(place * 1000 / rate_hz) for place in (np.arange(moved.size) + moved).tolist()})


def test_frames_in_pairs_are_kept_too() -> None:
    """31 frames a second, every other one 5 ms after the one before."""
    times = [pair * 1000 // 31 * 2 + late for pair in range(62) for late in (0, 5)]
    assert len(film_times(times, Fraction(1, 1000))) >= 4 * 28


@pytest.mark.parametrize("jitter", [0.0, 0.3])
@pytest.mark.parametrize("rate_hz", [24.0, 25.0, 29.97, 30.0, 30.2, 31.0, 33.0, 40.0, 48.0, 50.0, 59.94, 90.0, 240.0])
def test_no_rate_leaves_fewer_than_24_frames_a_second(rate_hz: float, jitter: float) -> None:
    kept = np.array(film_times(times_of(rate_hz, jitter), Fraction(1, 1000)))
    assert set(kept.tolist()) <= set(times_of(rate_hz, jitter))
    assert np.diff(kept).min() > 0
    assert len(kept) <= 30 * 5 + 1
    in_each_second = [np.sum((kept >= start_ms) & (kept < start_ms + 1000)) for start_ms in range(0, 3900, 50)]
    assert min(in_each_second) >= 24 - (jitter > 0)  # jitter takes a frame across the end of a second


def test_frames_are_small() -> None:
    film = decode_clip(make_clip([scene(1280, 720)] * 45, options={"preset": "ultrafast"}), spoken=True).film
    assert {max(frame.pixels.shape) for frame in film} == {FILM_SIDE_PX}


def test_other_clips_have_no_film() -> None:
    assert decode_clip(make_clip([scene(64, 48)] * 45)).film == ()


@pytest.mark.parametrize("count", [42, 95])
def test_digits_take_3_to_6_seconds(count: int) -> None:
    clip = make_clip([scene(64, 48)] * count)
    decode_clip(clip)
    with pytest.raises(VideoDurationError):
        decode_clip(clip, spoken=True)


def test_no_rate_makes_a_film_longer_than_memory_allows() -> None:
    times = list(range(8000))
    assert len(film_times(times, Fraction(1, 1000))) <= FRAMES_MAX
    assert film_times([5], Fraction(1, 25)) == [5]
