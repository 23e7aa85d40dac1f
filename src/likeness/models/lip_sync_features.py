"""What a mouth does and what is heard, at even steps of time and without what differs from one person to another.

Everything is relative to the same clip: brightness, contrast, loudness and how far a mouth opens cancel out.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from likeness.domain.series import MouthSeries
from likeness.domain.sound import RATE_HZ, Sound

Values = NDArray[np.float64]

STEPS_HZ = 50
"""Steps a second: two to a frame of a usual camera, so that delays are told more finely than by frames."""
BANDS = 8
"""Of pitch, beside the whole sound."""
CELLS = (4, 2)
"""Rows of the mouth, and columns of one half of it, of which brightness is followed."""
MOUTH_FEATURES = 7 + CELLS[0] * CELLS[1]

_MOUTH = (slice(6, 44), slice(8, 56))  # of a crop: without the nose above and the background beside
_LIPS = (slice(6, 30), slice(12, 36))  # of that: where the mouth opens
_BLUR_PX = 1.0  # takes out what compression adds
_BLUR_REACH = 4.0  # deviations; what lies farther away weighs next to nothing
_FLAT = 4.0  # grey levels added to the contrast, so that noise in an even crop stays small
_WINDOW = 512  # samples: 32 ms, usual for speech
_LOW_HZ, _HIGH_HZ = 100.0, 7000.0
_LOUD_QUANTILE, _BELOW_LOUD = 0.95, 10**-2.5  # what is 25 dB below a clip's loud parts counts as silence
_NOISE_QUANTILE, _ABOVE_NOISE = 0.1, 4.0  # a tenth of a clip is without words; 6 dB above it noise is hardly heard
_LEAST_CHANGE = 0.3  # of such logarithms: bands in which noise alone changes count less
_SILENCE = 1e-6  # power of a window's spectrum: digital silence, and rounding
_LEAST = 1e-6  # what changes by less than that is rounding
_SMOOTHED = 5  # steps; 0.1 s, about what a syllable's onset lasts


def mouth_features(series: MouthSeries) -> Values:
    """(n, MOUTH_FEATURES), of mean 0, at STEPS_HZ from time 0 to the last frame's.

    How much darker than usual the mouth's dark parts are; how far the picture is from the usual one; mean, spread,
    darkest place and edges of the place between the lips; how much changes from frame to frame, each of deviation 1.
    Then how much brighter than usual each of CELLS is, of deviation 1 all together.

    Args:
        series: of at least two frames.
    """
    mouth = _mouths(series)
    times, even = series.times_s.astype(np.float64), even_times(series)
    steps_s = np.diff(times)
    change = np.sqrt(np.square(np.diff(mouth, axis=0)).mean(axis=(1, 2))) / steps_s
    shape = [np.interp(even, times, row) for row in _shape(mouth).T]
    shape.append(np.interp(even, times[1:] - steps_s / 2, change))
    cells = np.stack([np.interp(even, times, row) for row in _cells(mouth).T], axis=1)
    cells -= cells.mean(axis=0)
    spread = float(np.sqrt(np.square(cells).mean()))
    return np.column_stack([standardised(np.stack(shape, axis=1)), cells / spread if spread > _LEAST else 0 * cells])


def _mouths(series: MouthSeries) -> Values:
    """(frames, rows, columns): the mouth in each frame, of mean 0 and, in the usual frame, deviation 1."""
    rows, columns = series.crops.shape[1:]
    down, across = _blur(rows)[_MOUTH[0]], _blur(columns)[_MOUTH[1]]
    mouth = down @ series.crops.astype(np.float64) @ across.T
    mouth -= mouth.mean(axis=(1, 2), keepdims=True)
    scaled: Values = mouth / (np.median(mouth.std(axis=(1, 2))) + _FLAT)
    return scaled


def _shape(mouth: Values) -> Values:
    """(frames, 6): what is seen in each frame by itself."""
    lips = mouth[:, *_LIPS]
    return np.stack(
        [
            -np.minimum(mouth - mouth.mean(axis=0), 0).mean(axis=(1, 2)),
            np.sqrt(np.square(mouth - np.median(mouth, axis=0)).mean(axis=(1, 2))),
            -lips.mean(axis=(1, 2)),
            lips.std(axis=(1, 2)),
            -lips.min(axis=(1, 2)),
            np.abs(np.diff(lips, axis=1)).mean(axis=(1, 2)),
        ],
        axis=1,
    )


def _cells(mouth: Values) -> Values:
    """(frames, cells): brightness beyond the usual one, by cells of the mouth folded in its middle."""
    rows, columns = CELLS
    width = mouth.shape[2] // 2
    folded = (mouth[:, :, :width] + mouth[:, :, : -width - 1 : -1]) / 2
    moved = folded - np.median(folded, axis=0)
    cells = _means(rows, moved.shape[1]) @ moved @ _means(columns, width).T
    return np.asarray(cells.reshape(len(cells), -1), np.float64)


def _blur(size: int) -> Values:
    """(size, size): weights of a Gaussian of _BLUR_PX around each pixel."""
    apart = (np.arange(size)[:, None] - np.arange(size)) / _BLUR_PX
    weights = np.exp(-np.square(apart) / 2) * (np.abs(apart) <= _BLUR_REACH)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float64)


def _means(parts: int, size: int) -> Values:
    """(parts, size): weights of pixels in the means of as many equal parts; a pixel may lie in two of them."""
    begins = np.arange(parts)[:, None] * size / parts
    inside = np.minimum(begins + size / parts, np.arange(size) + 1) - np.maximum(begins, np.arange(size))
    return np.asarray(np.maximum(inside, 0) * parts / size, np.float64)


def even_times(series: MouthSeries) -> Values:
    """(n,): the times that features stand at."""
    return np.arange(0.0, float(series.times_s[-1]), 1 / STEPS_HZ)


def sound_features(sound: Sound, steps: int) -> Values:
    """(steps, 1 + BANDS), of mean 0 and deviation 1: loudness of all and of each band; silence where there is no sound.

    Bands are even on O'Shaughnessy's mel scale, 2595 log10(1 + f / 700 Hz).
    """
    step = RATE_HZ // STEPS_HZ
    samples = np.zeros(steps * step + _WINDOW, np.float64)
    at = round(sound.start_s * RATE_HZ) + _WINDOW // 2  # windows are centred on their times
    first, last = max(0, -at), min(len(sound.samples), len(samples) - at)
    if first < last:
        samples[at + first : at + last] = sound.samples[first:last]
    windows = sliding_window_view(samples, _WINDOW)[::step][:steps] * np.hanning(_WINDOW)
    power = np.square(np.abs(np.fft.rfft(windows))) @ _mel().T
    power = np.column_stack([power.sum(axis=1), power])
    loud, noise = np.quantile(power, (_LOUD_QUANTILE, _NOISE_QUANTILE), axis=0)
    silence = loud * _BELOW_LOUD + noise * _ABOVE_NOISE + _SILENCE
    return standardised(smooth(np.log1p(power / silence), _SMOOTHED), _LEAST_CHANGE)


def standardised(values: Values, least: float = 0.0) -> Values:
    """Columns of mean 0 and deviation 1, less where it was under `least`; zeros where a column does not change."""
    deviation = np.maximum(values.std(axis=0), least)
    changes = deviation > np.abs(values).max(axis=0, initial=0) * _LEAST
    result: Values = (values - values.mean(axis=0)) * changes / np.where(changes, deviation, 1.0)
    return result


def _mel() -> Values:
    """(BANDS, frequencies): triangles, each from the middle of one band to that of the next but one."""
    frequencies = np.fft.rfftfreq(_WINDOW, 1 / RATE_HZ)
    ends = np.linspace(_pitch(np.array(_LOW_HZ)), _pitch(np.array(_HIGH_HZ)), BANDS + 2)
    places = np.interp(_pitch(np.asarray(frequencies, np.float64)), ends, np.arange(BANDS + 2))
    inside = (frequencies >= _LOW_HZ) & (frequencies <= _HIGH_HZ)
    return np.stack([np.maximum(0, 1 - np.abs(places - band)) * inside for band in range(1, BANDS + 1)])


def _pitch(frequency: Values) -> Values:
    return np.asarray(2595 * np.log10(1 + frequency / 700), np.float64)


def smooth(values: Values, width: int) -> Values:
    """Weighted means of columns over an odd number of steps; beyond the ends as mirrored in them."""
    window = np.hanning(width + 2)[1:-1]
    padded = np.pad(values, ((width // 2, width // 2), (0, 0)), mode="reflect")
    return np.asarray(sliding_window_view(padded, width, axis=0) @ (window / window.sum()), np.float64)
