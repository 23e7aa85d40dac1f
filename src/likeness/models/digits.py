"""Which digits are said in a sound, and how surely those that were asked for."""

import json
from importlib import resources
from typing import Any, Protocol

import numpy as np

from likeness.domain.digits import DigitThresholds
from likeness.domain.sound import Sound
from likeness.domain.spoken import Heard
from likeness.models.digits_ctc import likeliest, log_likelihoods, log_odds
from likeness.models.digits_features import features
from likeness.models.onnx import Session

NOTHING_SCORE = -1e3
"""The score of a sound in which nothing can be heard; lower than that of any other."""

_FOLDER = "spoken"
_FILE = "digits.json"


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
        seen = features(sound.samples)
        if not seen.size:
            return Heard("", NOTHING_SCORE)
        log_probabilities = self._network.run(features=seen[np.newaxis])[0]
        likelihood = log_likelihoods(log_probabilities, [asked])[0]
        return Heard(likeliest(log_probabilities), max(log_odds(likelihood), NOTHING_SCORE))


def _languages() -> dict[str, Any]:
    file = resources.files("likeness") / _FOLDER / _FILE
    entries: dict[str, Any] = json.loads(file.read_text("utf-8"))["languages"]
    return entries


def _entry(language: str) -> dict[str, Any]:
    entries = _languages()
    if language not in entries:
        raise ValueError(f"spoken digits are not known in language {language!r}, but in: {', '.join(sorted(entries))}")
    entry: dict[str, Any] = entries[language]
    return entry


def languages() -> tuple[str, ...]:
    """Those in which digits can be heard, as ISO 639-1 codes."""
    return tuple(sorted(_languages()))


def load_recogniser(language: str) -> DigitRecogniser:
    """The recogniser of a language; to be loaded once a process.

    Raises:
        ValueError: there is none for it.
    """
    file = resources.files("likeness") / _FOLDER / _entry(language)["network"]
    return NetworkDigitRecogniser(Session(file.read_bytes()))


def load_thresholds(language: str) -> DigitThresholds:
    """From which scores on digits count as said.

    Raises:
        ValueError: the language is not known.
    """
    return DigitThresholds.from_dict(_entry(language))
