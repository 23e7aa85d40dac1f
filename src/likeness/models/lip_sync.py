"""Tells whether mouth and sound of a clip go together: the sound that the mouth lets expect, against the sound heard.

Loudness, of all and of a few bands of pitch, is foretold from what the mouth does around a moment by linear weights
that training/lip_sync fits. Foretold and heard are correlated at every delay: where they belong together, they agree
near none and nowhere else as much.

As an equation, c being the correlation at a delay and f that of what is faster than SLOW_S:
score = c(allowed) + fast * f(near it) - elsewhere * c(forbidden), each the highest there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from likeness.domain.series import MouthSeries
from likeness.domain.sound import Sound
from likeness.domain.spoken import LipSync
from likeness.models import shared
from likeness.models.lip_sync_features import (
    BANDS,
    MOUTH_FEATURES,
    STEPS_HZ,
    Values,
    mouth_features,
    smooth,
    sound_features,
)

EARLY_S, LATE_S = 0.15, 0.25
"""How much earlier and later than the mouth a sound may be.

ITU-R BT.1359-1 holds 90 ms early to 185 ms late for acceptable to viewers; telephones and browsers that record are
granted some 60 ms more.
"""
ELSEWHERE_EARLY_S, ELSEWHERE_LATE_S = 0.3, 0.38
"""From here on an agreement speaks against the clip; 0.4 s is to be told from 0."""
DELAY_MAX_S = 0.9
"""Delays looked at: of digits read one by one, farther ones meet the next digit."""
AROUND = np.arange(-8, 9, 2)
"""Steps around a moment by which its sound is foretold: 0.16 s, as lips round before the vowel that they round for."""
SLOW_S = 0.5
"""What changes more slowly is when something is said at all; what is faster, syllables, tells what is said."""
NOTHING = LipSync(-1.0, 0.0)
"""Of clips without a mouth, without sound, or too short or slow to tell: mouth and sound that contradict each other."""

_ROUNDING = 1e-9  # of sums of values about 1
_NEAR = 3  # steps; 0.06 s: syllables of digits come at least twice as far apart
_LEAST_FRAMES = 20
_LEAST_S = 2 * DELAY_MAX_S
_LEAST_HZ = 9.0  # frames a second: syllables come by at 4 to 5 a second, of which each needs two frames
_GAP_MAX_S = 3 / _LEAST_HZ  # 0.33 s, two frames lost in a row: in a longer gap a short digit could be said unseen


@dataclass(frozen=True, slots=True, eq=False)
class LipSyncParameters:
    """What training fits.

    weights: (features of the mouth x AROUND, those of the sound). fast: how much agreement in what is faster than
    SLOW_S counts. elsewhere: how much the best agreement at forbidden delays counts against.
    """

    weights: Values
    fast: float
    elsewhere: float

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> Self:
        """Read what stands under `parameters`.

        Raises:
            ValueError: weights of another shape, or something else than numbers.
        """
        weights = np.array(entries["weights"], np.float64)
        if weights.shape != (MOUTH_FEATURES * len(AROUND), 1 + BANDS) or not np.isfinite(weights).all():
            raise ValueError("the weights are not for these features")
        return cls(weights, float(entries["fast"]), float(entries["elsewhere"]))


class LipSyncJudge:
    """Tells whether mouth and sound go together; reads `spoken/lip_sync.json` once."""

    def __init__(self, parameters: LipSyncParameters | None = None) -> None:
        self._parameters = parameters or LipSyncParameters.from_dict(shared.lip_sync()["parameters"])

    def judge(self, mouths: MouthSeries | None, sound: Sound) -> LipSync:
        """How well they agree, in correlations; NOTHING where that cannot be told."""
        if mouths is None or not _is_enough(mouths):
            return NOTHING
        mouth = mouth_features(mouths)
        return compared(surrounded(mouth), sound_features(sound, len(mouth)), self._parameters)


def compared(mouth: Values, heard: Values, parameters: LipSyncParameters) -> LipSync:
    """The score of features: of the mouth as `surrounded` gives them, (n, k), and of the sound, (n, 1 + BANDS)."""
    foretold, delays = mouth @ parameters.weights, delays_s()
    all_of_it = agreements(foretold, heard)
    fast = agreements(_fast(foretold), _fast(heard))
    allowed = (delays >= -EARLY_S) & (delays <= LATE_S)
    forbidden = (delays <= -ELSEWHERE_EARLY_S) | (delays >= ELSEWHERE_LATE_S)
    best = int(np.flatnonzero(allowed)[all_of_it[allowed].argmax()])
    near = fast[best - _NEAR : best + _NEAR + 1].max()
    against = all_of_it[forbidden].max()
    score = all_of_it[best] + parameters.fast * near - parameters.elsewhere * against
    return LipSync(float(score), float(delays[all_of_it.argmax()]))


def load_lip_sync() -> LipSyncJudge:
    """The judge that comes with the package."""
    return LipSyncJudge()


def surrounded(features: Values) -> Values:
    """(n, features x AROUND): each moment with those around it; beyond the ends as at them."""
    places = np.clip(np.arange(len(features))[:, None] + AROUND, 0, len(features) - 1)
    around: Values = features[places].reshape(len(features), -1)
    return around


def delays_s() -> Values:
    """(k,): the delays looked at, in seconds, positive where the sound is later than the mouth."""
    steps = round(DELAY_MAX_S * STEPS_HZ)
    return np.arange(-steps, steps + 1) / STEPS_HZ


def agreements(foretold: Values, heard: Values) -> Values:
    """(k,): correlation of both, each (n, bands), all bands at once, at each of `delays_s`; 0 where nothing changes.

    Of what overlaps at a delay; its sums come from running sums, those of products from a Fourier transform.
    """
    count, steps = len(foretold), np.rint(delays_s() * STEPS_HZ).astype(np.int64)
    size = 2 * count
    spectrum = np.conj(np.fft.rfft(foretold, size, axis=0)) * np.fft.rfft(heard, size, axis=0)
    products = np.fft.irfft(spectrum.sum(axis=1), size)[steps]
    overlap = count - np.abs(steps)
    one, one_squared = _overlapping(foretold, np.maximum(0, -steps), overlap)
    other, other_squared = _overlapping(heard, np.maximum(0, steps), overlap)
    together = products - (one * other).sum(axis=1) / overlap
    spreads = [
        np.maximum(squared - np.square(total).sum(axis=1) / overlap, 0)
        for total, squared in ((one, one_squared), (other, other_squared))
    ]
    size_of_both = np.sqrt(spreads[0] * spreads[1])
    changes = size_of_both > _ROUNDING * overlap
    agreement: Values = np.where(changes, together / np.where(changes, size_of_both, 1.0), 0.0)
    return agreement


def _overlapping(values: Values, first: NDArray[np.int64], count: NDArray[np.int64]) -> tuple[Values, Values]:
    """Sums (k, bands) of so many rows from each first one on, and (k,) of their squares."""
    none = np.zeros((1, values.shape[1]))
    sums = np.concatenate([none, np.cumsum(values, axis=0)])
    squares = np.concatenate([none, np.cumsum(np.square(values), axis=0)]).sum(axis=1)
    return sums[first + count] - sums[first], squares[first + count] - squares[first]


def _fast(values: Values) -> Values:
    return values - smooth(values, round(SLOW_S * STEPS_HZ))


def _is_enough(mouths: MouthSeries) -> bool:
    """Whether there are frames enough, for long enough, and none too far from the next."""
    times = mouths.times_s
    if len(times) < _LEAST_FRAMES or np.any(np.diff(times) <= 0) or np.diff(times).max() > _GAP_MAX_S:
        return False
    span_s = float(times[-1] - times[0])
    return span_s >= _LEAST_S and (len(times) - 1) / span_s >= _LEAST_HZ
