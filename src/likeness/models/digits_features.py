"""What a recogniser of digits sees of a sound: the logarithm of its energy in bands of the mel scale, over time."""

from functools import cache

import numpy as np

from likeness.domain.face import FloatArray
from likeness.domain.sound import RATE_HZ

BANDS = 40
"""More tell voices apart rather than words; the usual number in speech recognition."""
LOWEST_HZ, HIGHEST_HZ = 80.0, 3800.0
"""The band of a telephone: what lies above is missing in many sounds, and English digits do not need it."""
HOP = 160
"""Samples from one frame to the next: 10 ms."""
WINDOW = 400
"""Samples of a frame: 25 ms, in which speech hardly changes."""
_SPECTRUM = 512  # the next power of two
_RANGE = 3e-4  # energy below a band's loudest that is taken for silence: 35 dB, what a noisy room leaves of speech
_MIDDLE = float(np.log(_RANGE)) / 2  # of the logarithms, so that features reach from -1 to 1


def _mel(frequency_hz: FloatArray) -> FloatArray:
    """O'Shaughnessy, Speech Communication (1987): 2595 log10(1 + f/700)."""
    return np.asarray(2595 * np.log10(1 + frequency_hz / 700), dtype=np.float32)


@cache
def _filters() -> FloatArray:
    """(_SPECTRUM / 2 + 1, BANDS) triangles, evenly spread over the mel scale, each reaching its neighbours' tops."""
    ends = _mel(np.asarray([LOWEST_HZ, HIGHEST_HZ], np.float32))
    tops = np.linspace(ends[0], ends[1], BANDS + 2)
    places = _mel(np.fft.rfftfreq(_SPECTRUM, 1 / RATE_HZ).astype(np.float32))[:, np.newaxis]
    rising = (places - tops[:-2]) / (tops[1:-1] - tops[:-2])
    falling = (tops[2:] - places) / (tops[2:] - tops[1:-1])
    return np.asarray(np.maximum(0, np.minimum(rising, falling)), dtype=np.float32)


def features(samples: FloatArray) -> FloatArray:
    """Log energies of mel bands, each next to its own loudest, so that loudness and microphone matter little.

    Args:
        samples: (n,), RATE_HZ a second, without NaN.

    Returns:
        (frames, BANDS), float32, one frame per HOP; none where the sound is shorter than WINDOW or all silent.
    """
    if samples.size < WINDOW:
        return np.zeros((0, BANDS), np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples - samples.mean(), WINDOW)[::HOP]
    spectrum = np.fft.rfft(frames * np.hanning(WINDOW).astype(np.float32), _SPECTRUM)
    energies = np.asarray((spectrum.real**2 + spectrum.imag**2) @ _filters(), dtype=np.float32)
    # Of each band by itself: a microphone that is deaf to a band leaves that band's own course over time.
    loudest = energies.max(axis=0)
    if float(loudest.max()) < np.finfo(np.float32).tiny / _RANGE**2:
        return np.zeros((0, BANDS), np.float32)
    logs = np.log(energies / np.maximum(loudest, loudest.max() * _RANGE**2) + _RANGE)
    return np.asarray(logs / -_MIDDLE + 1, dtype=np.float32)
