"""Which digits are said in a sound, and how surely those that were asked for."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from likeness.domain.face import FloatArray
from likeness.domain.sound import Sound
from likeness.domain.spoken import Heard
from likeness.models import shared
from likeness.models.digits_ctc import SYMBOLS, likeliest, log_likelihoods, log_odds
from likeness.models.digits_features import features
from likeness.models.onnx import Session

NOTHING_SCORE = -1e3
"""The score of a sound in which nothing can be heard; lower than that of any other."""


class DigitRecogniser(Protocol):
    """Hears digits."""

    def hear(self, sound: Sound, asked: str) -> Heard:
        """What is said in a sound, and the evidence that it is just the digits asked for; never raises."""


class NetworkDigitRecogniser:
    """Hears digits by a network over log mel energies.

    The score is the natural logarithm of the odds that exactly the digits asked for were said, in their order, against
    all else taken together: silence, fewer, more or other digits.
    """

    def __init__(self, network: Session) -> None:
        self._network = network

    def hear(self, sound: Sound, asked: str) -> Heard:
        """Hear digits.

        Args:
            sound: of any length, silent or not.
            asked: one digit or more.
        """
        log_probabilities = self._listened(sound)
        return Heard(likeliest(log_probabilities), self._scores(log_probabilities, [asked])[0])

    def scores(self, sound: Sound, asked: Sequence[str]) -> list[float]:
        """The scores of several strings of one length, for one hearing of the sound."""
        return self._scores(self._listened(sound), asked)

    def _listened(self, sound: Sound) -> FloatArray:
        seen = features(sound.samples)
        # Without a frame there is nothing to run: no times, at which no digit can be heard.
        return self._network.run(features=seen[np.newaxis])[0] if seen.size else np.zeros((0, SYMBOLS), np.float32)

    def _scores(self, log_probabilities: FloatArray, asked: Sequence[str]) -> list[float]:
        return [max(log_odds(each), NOTHING_SCORE) for each in log_likelihoods(log_probabilities, asked)]


def load_recogniser(language: str) -> NetworkDigitRecogniser:
    """The recogniser of a language; to be loaded once a process.

    Raises:
        ValueError: there is none for it.
    """
    return NetworkDigitRecogniser(Session(shared.digit_network(language)))
