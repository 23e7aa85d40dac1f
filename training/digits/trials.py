"""What the recogniser is tested with: voices that read digits, in quiet and in noise, and what was asked instead."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from likeness.domain.face import FloatArray
from likeness.domain.sound import RATE_HZ
from training.digits.sounds import CODECS, NOISES, Condition, compressed, noise, with_noise
from training.digits.utterances import drawn_digits, four, one_changed, one_less, one_more, swapped, uttered
from training.digits.voices import STRING_DIGITS, Voice, seeded

RATIOS_DB = (30.0, 20.0, 10.0)
CLEAN_DB = np.inf
PERSON_STRINGS, PROGRAM_STRINGS = 30, 2
"""Strings of four digits that each voice reads; half as many have a digit less, and half as many one more."""
CHANGED_ASKED = 5
"""Strings with one other digit that every sound is compared with, of 36."""
OTHERS_ASKED = 2
SPOKEN_KINDS = frozenset({"one changed", "two swapped", "other number", "one missing", "one too many"})
"""Of wrong digits, in sounds that have digits."""
_QUIETEST, _LOUDEST = 0.03, 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A sound, and what was asked.

    said: the digits in it. samples: (n,), float32. wrong: by kind, what was asked and not said.
    """

    voice: str
    source: str
    condition: Condition
    said: str
    samples: FloatArray
    wrong: dict[str, list[str]]


def conditions(rng: np.random.Generator) -> list[Condition]:
    """Without noise, and with some of each strength; each loud or soft, and by any codec."""

    def of(kind: str, ratio_db: float) -> Condition:
        peak = float(np.exp(rng.uniform(np.log(_QUIETEST), np.log(_LOUDEST))))
        return Condition(kind, ratio_db, str(rng.choice(["none", *CODECS])), peak)

    return [of("none", CLEAN_DB), *(of(str(rng.choice(NOISES)), ratio_db) for ratio_db in RATIOS_DB)]


def under(samples: FloatArray, condition: Condition, others: Sequence[Voice], rng: np.random.Generator) -> FloatArray:
    """The sound as it is heard under a condition; `others` babble."""
    if condition.noise != "none":
        samples = with_noise(samples, noise(condition.noise, samples.size, others, rng), condition.ratio_db)
    peak = float(np.abs(samples).max(initial=0)) or 1.0
    samples = np.asarray(samples / peak * condition.peak, dtype=np.float32)
    return samples if condition.codec == "none" else compressed(samples, condition.codec)


def asked_instead(said: str, rng: np.random.Generator) -> dict[str, list[str]]:
    """Four digits other than those said, by what is wrong."""
    if len(said) < STRING_DIGITS:
        return {"one missing": [one_more(said, rng) for _ in range(OTHERS_ASKED)]}
    if len(said) > STRING_DIGITS:
        return {"one too many": [one_less(said, rng) for _ in range(OTHERS_ASKED)]}
    others = [drawn_digits(STRING_DIGITS, rng) for _ in range(OTHERS_ASKED)]
    return {
        "one changed": [one_changed(said, rng) for _ in range(CHANGED_ASKED)],
        "two swapped": [swapped(said, rng) for _ in range(OTHERS_ASKED)],
        "other number": [other for other in others if other != said],
    }


def voice_trials(voice: Voice, others: Sequence[Voice]) -> Iterator[Trial]:
    """All that a voice says, under each of several conditions."""
    rng = seeded(f"trials {voice.name}")
    count = PROGRAM_STRINGS if voice.strings else PERSON_STRINGS
    lengths = [STRING_DIGITS] * count + [STRING_DIGITS - 1] * (count // 2) + [STRING_DIGITS + 1] * (count // 2)
    for length in lengths:
        right = length == STRING_DIGITS
        utterance = four(voice, rng) if right else uttered(drawn_digits(length, rng), voice, rng)
        for condition in conditions(rng):
            samples = under(utterance.samples, condition, others, rng)
            wrong = asked_instead(utterance.digits, rng)
            yield Trial(voice.name, voice.source, condition, utterance.digits, samples, wrong)


def wordless(voices: Sequence[Voice], count: int) -> Iterator[Trial]:
    """Sounds without digits: silence, noise of every kind, and other words."""
    rng = seeded("wordless")
    talkers = [voice for voice in voices if voice.others]
    for _ in range(count):
        size = int(rng.uniform(3, 6) * RATE_HZ)
        talker = talkers[rng.integers(len(talkers))]
        sounds = {f"only {kind}": noise(kind, size, voices, rng) for kind in NOISES}
        sounds["silence"] = np.zeros(size, np.float32)
        sounds["other words"] = uttered("", talker, rng, others=int(rng.integers(3, 7))).samples
        for name, samples in sounds.items():
            condition = Condition("none", CLEAN_DB, "none", rng.uniform(_QUIETEST, _LOUDEST))
            wrong = {name: [drawn_digits(STRING_DIGITS, rng) for _ in range(OTHERS_ASKED)]}
            source = talker.source if name == "other words" else name
            yield Trial(talker.name, source, condition, "", under(samples, condition, voices, rng), wrong)
