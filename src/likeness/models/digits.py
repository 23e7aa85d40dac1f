"""Which digits are said in a sound, and how surely those that were asked for."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import FloatArray
from likeness.domain.sound import RATE_HZ, Sound
from likeness.domain.spoken import Heard
from likeness.models import shared
from likeness.models.whisper import BLANK, END, Whisper

NOTHING_SCORE = -1e3
"""The score of a sound in which nothing can be heard; lower than that of any other."""

READ_BEFORE = "3815269470"
"""Digits that are told the model as read before: it then expects words for digits, one by one, and each digit alike."""
HEARD_MAX = 10
"""Digits after which it no longer matters what else is said."""

_LEVEL = 0.3
_LOUD = 0.995  # quantile of the samples' size that is brought to _LEVEL: a click is louder than speech
_SILENT = 1e-7  # under a tenth of the least step of 16-bit sound
_LEAD_S = 0.5  # silence before the sound, so that a word at its very beginning is not missed
_LEAST = 1e-12  # probabilities below it are taken for it: float32 tells no more


class DigitRecogniser:
    """Hears digits by Whisper, which may choose among the words for digits and an end, and nothing else.

    The score is the natural logarithm of the odds that exactly the digits asked for were said, in their order, against
    all else taken together: silence, fewer, more or other digits.

    Args:
        folder: of the model, which is loaded with the first sound: calls without digits need none of it.
        words: for 0 to 9, each a token of its own.
    """

    def __init__(self, folder: Path, words: Sequence[str]) -> None:
        self._folder = folder
        self._words = words

    @cached_property
    def _model(self) -> Whisper:
        return Whisper(self._folder)

    @cached_property
    def _digits(self) -> list[int]:
        return [self._model.token(BLANK + word) for word in self._words]

    def hear(self, sound: Sound, asked: str) -> Heard:
        """Hear digits.

        Args:
            sound: of any length, silent or not.
            asked: one digit or more.
        """
        digits, (score,) = self.listen(sound, [asked])
        return Heard(digits, score)

    def listen(self, sound: Sound, asked: Sequence[str]) -> tuple[str, list[float]]:
        """The digits most likely said, and the scores of several strings, for one hearing of the sound."""
        levelled = _levelled(sound.samples)
        if not levelled.size:
            return "", [NOTHING_SCORE] * len(asked)
        listening = _Listening(self._model, self._digits, levelled)
        return listening.likeliest(), [listening.score(each) for each in asked]


class _Listening:
    """One sound: the logarithms of how likely each digit, or the end, follows digits that were said."""

    def __init__(self, model: Whisper, digits: list[int], samples: FloatArray) -> None:
        self._model = model
        self._digits = digits
        self._before = [digits[int(digit)] for digit in READ_BEFORE]
        self._ends = [model.token(END), model.token(".")]
        self._encoded = model.encode(samples)
        self._known: dict[str, NDArray[np.float64]] = {}

    def after(self, said: str) -> NDArray[np.float64]:
        """(11,) natural logarithms: of the digits 0 to 9 as the next, and of the end."""
        if said not in self._known:
            tokens = [self._digits[int(digit)] for digit in said]
            for length, logits in enumerate(self._model.following(self._encoded, self._before, tokens)):
                weights = np.exp(logits.astype(np.float64) - logits.max())
                chosen = np.array([*weights[self._digits], weights[self._ends].sum()]) + _LEAST
                self._known[said[:length]] = np.log(chosen / chosen.sum())
        return self._known[said]

    def likeliest(self) -> str:
        """The digits that are heard, each the likeliest after those before."""
        said = ""
        while len(said) < HEARD_MAX and (digit := int(self.after(said).argmax())) < len(self._digits):
            said += str(digit)
        return said

    def score(self, asked: str) -> float:
        """See `DigitRecogniser`."""
        self.after(asked)
        steps = [self.after(asked[:place])[int(digit)] for place, digit in enumerate(asked)]
        likelihood = float(sum(steps) + self.after(asked)[-1])
        odds = likelihood - np.log(max(-np.expm1(min(likelihood, 0.0)), _LEAST))
        return max(float(odds), NOTHING_SCORE)


def _levelled(samples: FloatArray) -> FloatArray:
    """The sound at one loudness after a little silence; nothing where it is silent."""
    level = float(np.quantile(np.abs(samples), _LOUD)) if samples.size else 0.0
    if level < _SILENT:
        return np.zeros(0, np.float32)
    lead = np.zeros(round(_LEAD_S * RATE_HZ), np.float32)
    return np.concatenate([lead, np.clip(samples / level * _LEVEL, -1, 1).astype(np.float32)])


def load_recogniser(language: str) -> DigitRecogniser:
    """The recogniser of a language; to be made once a process.

    Raises:
        ValueError: there is none for it, or the package of its model is not installed.
    """
    entry = shared.spoken_language(language)
    return DigitRecogniser(shared.model_folder(language), entry["words"])
