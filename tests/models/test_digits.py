"""Digits heard by the shipped network."""

import hashlib
import itertools
import json
import time
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from likeness.domain.face import FloatArray
from likeness.domain.sound import RATE_HZ, Sound
from likeness.models.digits import DigitRecogniser, load_recogniser
from likeness.models.digits_ctc import SYMBOLS, likeliest, log_likelihoods, log_odds
from likeness.models.shared import languages, spoken_thresholds
from training.digits.trials import asked_instead
from training.digits.utterances import Utterance, drawn_digits, uttered
from training.digits.voices import Voice, fsdd, grid, seeded

STRINGS = 12
LEVELS = spoken_thresholds("en").said


@pytest.fixture(scope="module")
def recogniser() -> DigitRecogniser:
    return load_recogniser("en")


@pytest.fixture(scope="module")
def voices(data: Path) -> list[Voice]:
    return [*fsdd(data), *grid(data)]


def wrongly_passed(recogniser: DigitRecogniser, said: Utterance, rng: np.random.Generator) -> list[bool]:
    """Whether each of several wrong readings passes."""
    sound = Sound(said.samples, 0.0)
    wrong = itertools.chain.from_iterable(asked_instead(said.digits, rng).values())
    return [recogniser.hear(sound, asked).score >= LEVELS.normal for asked in wrong]


def share_passed(voices: list[Voice], recogniser: DigitRecogniser) -> float:
    """Of right digits, said clearly and in quiet by the people who taught the network."""
    passed = []
    for voice in voices:
        rng = seeded(f"tests {voice.name}")
        for _ in range(STRINGS):
            said = uttered(drawn_digits(4, rng), voice, rng)
            passed.append(recogniser.hear(Sound(said.samples, 0.0), said.digits).score >= LEVELS.normal)
    return float(np.mean(passed))


def test_most_right_digits_pass(voices: list[Voice], recogniser: DigitRecogniser) -> None:
    assert share_passed(voices, recogniser) >= 0.75


@pytest.mark.xfail(reason="the reach of right digits is not met yet: see src/likeness/spoken/digits.md")
def test_nearly_all_right_digits_pass(voices: list[Voice], recogniser: DigitRecogniser) -> None:
    assert share_passed(voices, recogniser) >= 0.9


def test_wrong_digits_do_not_pass(voices: list[Voice], recogniser: DigitRecogniser) -> None:
    wrongly = []
    for voice in voices:
        rng = seeded(f"tests of wrong digits {voice.name}")
        for _ in range(STRINGS):
            wrongly += wrongly_passed(recogniser, uttered(drawn_digits(4, rng), voice, rng), rng)
    assert np.mean(wrongly) <= 0.02


def test_a_digit_less_or_more_does_not_pass(voices: list[Voice], recogniser: DigitRecogniser) -> None:
    rng = seeded("tests of length")
    wrongly = []
    for voice, count in itertools.product(voices, (3, 5)):
        for _ in range(STRINGS // 2):
            wrongly += wrongly_passed(recogniser, uttered(drawn_digits(count, rng), voice, rng), rng)
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
    assert loud.score == pytest.approx(soft.score, abs=0.05)


def test_four_seconds_take_well_under_half_a_second(recogniser: DigitRecogniser) -> None:
    sound = Sound(noise(4 * RATE_HZ), 0.0)
    recogniser.hear(sound, "3502")
    start_s = time.process_time()
    recogniser.hear(sound, "3502")
    assert time.process_time() - start_s < 0.25


def test_an_unknown_language_is_named_with_those_known() -> None:
    assert languages() == ("en",)
    with pytest.raises(ValueError, match="'tlh', but in: en"):
        load_recogniser("tlh")


def test_the_network_is_the_one_of_the_thresholds() -> None:
    folder = resources.files("likeness") / "spoken"
    entry = json.loads((folder / "digits.json").read_text("utf-8"))["languages"]["en"]
    assert hashlib.sha256((folder / entry["network"]).read_bytes()).hexdigest() == entry["sha256"]


def test_strict_asks_for_more() -> None:
    assert LEVELS.strict > LEVELS.normal


def test_likelihoods_of_all_strings_add_up_to_one() -> None:
    scores = np.random.default_rng(2).normal(size=(3, SYMBOLS))
    logs = (scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))).astype(np.float32)
    total = sum(
        np.exp(
            log_likelihoods(logs, ["".join(string) for string in itertools.product("0123456789", repeat=length)])
        ).sum()
        for length in range(4)
    )
    assert total == pytest.approx(1, abs=1e-5)


def test_the_likeliest_path_loses_repeats_and_blanks() -> None:
    path = [0, 4, 4, 0, 4, 6, 6, 0]
    logs = np.log(np.eye(SYMBOLS, dtype=np.float32)[path] + np.float32(1e-6))
    assert likeliest(logs) == "335"
    assert log_likelihoods(logs, ["335"])[0] > log_likelihoods(logs, ["355"])[0]


def test_odds_are_finite_at_certainty() -> None:
    assert np.isfinite(log_odds(0.0))
    assert log_odds(np.log(0.5)) == pytest.approx(0)
