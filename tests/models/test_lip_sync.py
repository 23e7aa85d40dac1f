"""Whether mouth and sound go together, on real sentences of the one speaker that the weights were fitted to."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from likeness import spoken_clips
from likeness.domain.series import MouthSeries
from likeness.domain.sound import RATE_HZ, Sound
from likeness.models import packs, shared
from likeness.models.lip_sync import NOTHING, LipSyncJudge, LipSyncParameters, load_lip_sync
from likeness.models.lip_sync_features import sound_features
from likeness.pipeline.clip import decode_clip
from likeness.pipeline.mouths import mouths
from likeness.pipeline.sound import decode_sound
from likeness.pipeline.stages import load_stages
from likeness.spoken_clips import Footage

Taken = tuple[MouthSeries, Sound]
Take = Callable[[Footage], Taken]
NORMAL = float(shared.lip_sync()["thresholds"]["normal"]["value"])
SAID, OTHERS = "3819", "6047"


@pytest.fixture(scope="module")
def judge() -> LipSyncJudge:
    return load_lip_sync()


@pytest.fixture(scope="module", params=["default", "mobile"])
def take(request: pytest.FixtureRequest) -> Take:
    """What the server makes of footage, by each pack."""
    fixture = "models_path" if request.param == "default" else "all_models_path"
    folder: Path = request.getfixturevalue(fixture)
    detector, aligner, _ = load_stages(packs.prepare(packs.load(request.param), folder))

    @cache
    def taken(footage: Footage) -> Taken:
        data = spoken_clips.encode(footage)
        clip = decode_clip(data, spoken=True)
        found = [(it.time_s, detector.detect(it.pixels)[0]) for it in clip.film[4::10]]
        series, sound = mouths(clip.film, found, aligner), decode_sound(data, clip.start_s)
        assert series is not None
        assert sound is not None
        return series, sound

    return taken


@pytest.fixture(scope="module")
def said(data: Path) -> Footage:
    return spoken_clips.spliced(data / "grid" / "s1", SAID)


@pytest.fixture(scope="module")
def others(data: Path) -> Footage:
    return spoken_clips.spliced(data / "grid" / "s1", OTHERS, variant=1)


@pytest.fixture(scope="module")
def series(judge: LipSyncJudge) -> Taken:
    """A mouth that opens and closes with a voice, drawn: for what does not depend on real ones."""
    assert judge
    times_s = np.arange(100) / 25
    opening = np.abs(np.sin(np.pi * 1.2 * times_s)) ** 3
    rows, columns = np.mgrid[0:48, 0:64]
    far = np.hypot((rows - 24) / 9, (columns - 32) / 14)
    crops = np.stack([150 - 90 * wide * np.exp(-(far**2)) + 20 * np.exp(-far) for wide in opening]).astype(np.uint8)
    moments_s = np.arange(4 * RATE_HZ) / RATE_HZ
    voice = np.sin(2 * np.pi * 180 * moments_s) * np.abs(np.sin(np.pi * 1.2 * moments_s)) ** 3
    return MouthSeries(times_s.astype(np.float32), crops), Sound(voice.astype(np.float32), 0.0)


def test_digits_read_aloud_agree_with_the_mouth_that_says_them(take: Take, judge: LipSyncJudge, said: Footage) -> None:
    seen = judge.judge(*take(said))
    assert seen.score >= NORMAL
    assert abs(seen.delay_s) <= 0.06


@pytest.mark.parametrize("delay_s", [-0.8, -0.4, 0.4, 0.8])
def test_sound_much_too_early_or_late_is_refused(
    take: Take, judge: LipSyncJudge, said: Footage, delay_s: float
) -> None:
    series, sound = take(said)
    assert judge.judge(series, replace(sound, start_s=sound.start_s + delay_s)).score < NORMAL


@pytest.mark.parametrize("delay_s", [-0.1, 0.1, 0.15])
def test_sound_a_little_off_is_accepted_and_its_delay_told(
    take: Take, judge: LipSyncJudge, said: Footage, delay_s: float
) -> None:
    series, sound = take(said)
    there, moved = judge.judge(series, sound), judge.judge(series, replace(sound, start_s=sound.start_s + delay_s))
    assert moved.score >= NORMAL
    assert moved.delay_s - there.delay_s == pytest.approx(delay_s, abs=0.021)


def test_other_digits_of_the_same_speaker_are_refused(
    take: Take, judge: LipSyncJudge, said: Footage, others: Footage
) -> None:
    assert judge.judge(take(said)[0], take(others)[1]).score < NORMAL


def test_photo_with_sound_is_refused(take: Take, judge: LipSyncJudge, said: Footage) -> None:
    assert judge.judge(*take(spoken_clips.still(said))).score < NORMAL


def test_silent_face_with_sound_of_a_speaker_is_refused(
    take: Take, judge: LipSyncJudge, said: Footage, data: Path
) -> None:
    silent = spoken_clips.resting(data / "grid" / "s1", variant=3)
    assert judge.judge(take(silent)[0], take(said)[1]).score < NORMAL


def test_light_and_loudness_do_not_matter(take: Take, judge: LipSyncJudge, said: Footage) -> None:
    series, sound = take(said)
    dim = replace(series, crops=(20 + series.crops * 0.7).astype(np.uint8))
    soft = replace(sound, samples=sound.samples * np.float32(0.3))
    assert judge.judge(dim, soft).score == pytest.approx(judge.judge(series, sound).score, abs=0.06)


def test_nothing_to_judge_is_as_bad_as_a_contradiction(judge: LipSyncJudge, series: Taken) -> None:
    mouth, sound = series
    few = MouthSeries(mouth.times_s[::8], mouth.crops[::8])
    short = MouthSeries(mouth.times_s[:30], mouth.crops[:30])
    slow = MouthSeries((mouth.times_s * 3.2).astype(np.float32), mouth.crops)
    assert {judge.judge(it, sound) for it in (None, few, short, slow)} == {NOTHING}
    assert NOTHING.score < NORMAL


def test_eight_frames_a_second_are_too_few(judge: LipSyncJudge) -> None:
    times_s = (np.arange(32) / 8).astype(np.float32)
    crops = np.random.default_rng(1).integers(0, 255, (32, 48, 64)).astype(np.uint8)
    assert judge.judge(MouthSeries(times_s, crops), Sound(np.ones(64_000, np.float32), 0.0)) == NOTHING


@pytest.mark.parametrize(("lost", "is_judged"), [(5, True), (12, False), (50, False)])
def test_no_digit_fits_into_a_gap_between_frames(
    judge: LipSyncJudge, series: Taken, lost: int, *, is_judged: bool
) -> None:
    mouth, sound = series
    kept = np.r_[0:30, 30 + lost : 100]
    seen = judge.judge(MouthSeries(mouth.times_s[kept], mouth.crops[kept]), sound)
    assert (seen != NOTHING) == is_judged


def test_even_crops_and_silence_agree_with_nothing(judge: LipSyncJudge, series: Taken) -> None:
    mouth, sound = series
    even = replace(mouth, crops=np.full_like(mouth.crops, 90))
    silent = replace(sound, samples=np.zeros_like(sound.samples))
    empty = Sound(np.zeros(0, np.float32), 0.0)
    for seen in (judge.judge(even, sound), judge.judge(mouth, silent), judge.judge(mouth, empty)):
        assert seen.score == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("start_s", [-9.0, -1.0, 1.0, 9.0])
def test_sound_that_is_not_there_all_the_time_is_silence(judge: LipSyncJudge, series: Taken, start_s: float) -> None:
    mouth, sound = series
    assert np.isfinite(judge.judge(mouth, Sound(sound.samples[: RATE_HZ // 2], start_s)).score)


def test_loudness_stands_at_its_time() -> None:
    samples = np.zeros(3 * RATE_HZ, np.float32)
    samples[RATE_HZ : RATE_HZ + 800] = np.random.default_rng(0).standard_normal(800) * 0.1
    heard = sound_features(Sound(samples, 0.5), 200)
    assert np.argmax(heard[:, 0]) / 50 == pytest.approx(1.525, abs=0.02)


def test_weights_of_another_shape_are_refused() -> None:
    wrong = {**shared.lip_sync()["parameters"], "weights": [[1.0]]}
    with pytest.raises(ValueError, match="weights"):
        LipSyncParameters.from_dict(wrong)
