"""Whisper, as CTranslate2 runs it: how likely which words follow which in a sound.

A. Radford et al.: Robust speech recognition via large-scale weak supervision, ICML 2023. The weights are OpenAI's
tiny.en (MIT), as a package brings them.
"""

import logging
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import ctranslate2
import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import FloatArray
from likeness.domain.sound import RATE_HZ

# All of this is how Whisper was taught.
WINDOW_S = 30
BANDS = 80
HOP, SPECTRUM = 160, 400
_RANGE = 8.0  # powers of ten below the loudest at which energies end
_FLOOR = 1e-10
_LINEAR_HZ, _LINEAR_BANDS, _LOG_STEP = 1000.0, 15.0, np.log(6.4) / 27  # Slaney's mel scale
START, PLAIN, BEFORE, END = "<|startoftranscript|>", "<|notimestamps|>", "<|startofprev|>", "<|endoftext|>"
BLANK = "\u0120"
"""How the vocabulary writes the blank that a word begins with."""


def _mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    above = _LINEAR_BANDS + np.log(np.maximum(hz, _LINEAR_HZ) / _LINEAR_HZ) / _LOG_STEP
    return np.where(hz < _LINEAR_HZ, hz * _LINEAR_BANDS / _LINEAR_HZ, above)


def _hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    above = _LINEAR_HZ * np.exp((np.maximum(mel, _LINEAR_BANDS) - _LINEAR_BANDS) * _LOG_STEP)
    return np.where(mel < _LINEAR_BANDS, mel * _LINEAR_HZ / _LINEAR_BANDS, above)


@cache
def _filters() -> FloatArray:
    """(SPECTRUM / 2 + 1, BANDS) triangles of equal area (M. Slaney, Auditory Toolbox, 1998)."""
    places = np.fft.rfftfreq(SPECTRUM, 1 / RATE_HZ)[:, np.newaxis]
    edges = _hz(np.linspace(_mel(np.zeros(1))[0], _mel(np.array([RATE_HZ / 2]))[0], BANDS + 2))
    rising = (places - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - places) / (edges[2:] - edges[1:-1])
    triangles = np.maximum(0, np.minimum(rising, falling)) * 2 / (edges[2:] - edges[:-2])
    return np.asarray(triangles, np.float32)


def log_mel(samples: FloatArray) -> FloatArray:
    """(1, BANDS, 3000), float32: what Whisper is shown of a sound, filled up with silence to WINDOW_S.

    Args:
        samples: (n,), RATE_HZ a second, -1 to 1, without NaN; at most WINDOW_S of it is looked at.
    """
    heard = np.zeros(WINDOW_S * RATE_HZ + SPECTRUM, np.float32)
    kept = samples[: WINDOW_S * RATE_HZ]
    heard[SPECTRUM // 2 : SPECTRUM // 2 + kept.size] = kept
    frames = np.lib.stride_tricks.sliding_window_view(heard, SPECTRUM)[::HOP][:-1]
    spectrum = np.fft.rfft(frames * np.hanning(SPECTRUM + 1)[:-1].astype(np.float32))
    energies = np.asarray(spectrum.real**2 + spectrum.imag**2, np.float32) @ _filters()
    levels = np.log10(np.maximum(energies, _FLOOR))
    return np.asarray((np.maximum(levels, levels.max() - _RANGE) + 4) / 4, np.float32).T[np.newaxis]


class Whisper:
    """The model; to be loaded once a process, on one thread.

    Args:
        folder: of `model.bin`, `config.json` and `vocabulary.txt`. Files are checked before, see `shared.digests`.
    """

    def __init__(self, folder: Path) -> None:
        ctranslate2.set_log_level(logging.CRITICAL)  # what it logs may tell what was heard
        self._model = ctranslate2.models.Whisper(str(folder), compute_type="int8", inter_threads=1, intra_threads=1)
        words = (folder / "vocabulary.txt").read_text("utf-8").split("\n")
        self._tokens = {word: place for place, word in enumerate(words)}

    def token(self, word: str) -> int:
        """The number of a token.

        Raises:
            KeyError: it has none of its own.
        """
        return self._tokens[word]

    def encode(self, samples: FloatArray) -> "ctranslate2.StorageView":
        """What the model makes of a sound, for `following`."""
        return self._model.encode(ctranslate2.StorageView.from_array(np.ascontiguousarray(log_mel(samples))))

    def following(
        self, encoded: "ctranslate2.StorageView", before: Sequence[int], said: Sequence[int]
    ) -> list[FloatArray]:
        """The logits, (vocabulary,), of the token after each beginning of `said`: none of it, its first, ..., all.

        Args:
            encoded: from `encode`.
            before: tokens that were said before the sound, which tell what kind of words is expected.
            said: tokens that are taken for said in the sound.
        """
        prompt = [self.token(BEFORE), *before, self.token(START), self.token(PLAIN), *said]
        (result,) = self._model.generate(
            encoded,
            [prompt],
            beam_size=1,
            max_length=len(prompt) + 3,  # one more than is said, and two that it counts for itself
            return_logits_vocab=True,
            suppress_blank=False,
            suppress_tokens=[],
        )
        return [np.asarray(logits, np.float32).reshape(-1) for logits in result.logits[0][: len(said) + 1]]
