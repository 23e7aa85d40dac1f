"""Weak evidence of a screen in how a clip's brightness goes with time: flicker and bands of rows.

A screen's light pulses, and a camera that reads its rows one after another sees that as bands that roll through the
picture or as a flicker of all of it. Lamps do the same more faintly, and a hand that trembles looks alike, so what is
said here is bounded and never decides alone.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import FloatArray
from likeness.domain.series import LumaSeries
from likeness.models.onnx import Session

FLICKER_HZ = 3.0
"""Breathing, gestures and automatic exposure are slower."""
EVIDENCE_MAX = 0.25
"""Log-odds that each kind of evidence adds or takes at most: a factor of 1.3 in the odds, 1.6 both together.

Small, as a live clip held by hand looks more like a screen than one held still, and the screens of a simulator that it
was not fitted on are not told at all (training/genuineness/flicker_report.json).
"""
WAVES_MAX = 12
"""Bands counted in the picture at most: a shutter of 1/30 s sees 8 of a lamp's 120 Hz x 2, finer ones are texture."""

_DARK = 8.0  # grey levels added before the logarithm, so that noise in black cells does not count as flicker
_LEAST = 1e-3  # relative amplitude, a quarter of a grey level of 255: below it there is noise and compression only


def describe(series: LumaSeries) -> dict[str, FloatArray]:
    """The features of a series, by kind of evidence; each array is (n,), float32.

    All are of relative changes of brightness over FLICKER_HZ, without a linear trend and with a single jump cut down.
    Flicker: logarithms of the amplitude of the whole picture, of its strongest frequency's share, and of the slower
    changes. Banding, along that side of the picture where it is stronger: logarithms of the amplitude of what whole
    rows change beyond the picture, of the strongest wave's share, of how much stronger it is than along the other
    side, and of what single cells change beyond both, as things do that move.
    """
    change = _changes(series)
    whole = _middle(change.reshape(len(change), -1))
    lines = [_middle(turned) - whole[:, None] for turned in (change, change.transpose(0, 2, 1))]
    rest = change - whole[:, None, None] - lines[0][:, :, None] - lines[1][:, None, :]
    power, fast = _spectrum(whole[:, None], series)
    bands = sorted((_waves(line, series) for line in lines), key=lambda it: it[0])
    cells, _ = _spectrum(rest.reshape(len(rest), -1), series)
    flicker = [_log(power[fast].sum()), _share(power[fast]), _log(power[~fast].sum())]
    banding = [bands[1][0], bands[1][1], bands[1][0] - bands[0][0], _log(np.median(cells[fast].sum(axis=0)))]
    return {"flicker": np.array(flicker, np.float32), "banding": np.array(banding, np.float32)}


def _changes(series: LumaSeries) -> FloatArray:
    """(n, rows, columns): logarithms of brightness over the mean of each cell, at even steps of time."""
    logs = np.log(series.luma + np.float32(_DARK))
    times = series.times_s
    even = np.linspace(times[0], times[-1], len(times), dtype=np.float32)
    after = np.clip(np.searchsorted(times, even), 1, len(times) - 1)
    part = ((even - times[after - 1]) / (times[after] - times[after - 1]))[:, None, None]
    evened = (1 - part) * logs[after - 1] + part * logs[after]
    return np.asarray(evened - evened.mean(axis=0), np.float32)


def _middle(values: FloatArray) -> FloatArray:
    """Mean of the middle half along the last axis: what moves in a minor part of it does not count.

    A median would stick to whole grey levels.
    """
    quarter = values.shape[-1] // 4
    ordered = np.partition(values, (quarter, values.shape[-1] - quarter - 1), axis=-1)
    return np.asarray(ordered[..., quarter : values.shape[-1] - quarter].mean(axis=-1), np.float32)


def _spectrum(values: FloatArray, series: LumaSeries) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Power (frequencies, k) of the columns of (n, k), which sums up to their variance, and which are over FLICKER_HZ.

    No step counts for more than the second largest: of a single jump, a cut or a lamp switched on, nothing is left
    that stands out, while a flicker has several steps of a size.
    """
    frames = len(values)
    steps = np.diff(values, axis=0)
    second = np.partition(np.abs(steps), -2, axis=0)[-2]
    joined = np.concatenate([np.zeros_like(values[:1]), np.cumsum(np.clip(steps, -second, second), axis=0)])
    place = np.linspace(-1, 1, frames)[:, None]
    level = joined - joined.mean(axis=0)
    flat = level - place * (place * level).sum(axis=0) / np.square(place).sum()
    window = np.hanning(frames + 2)[1:-1, None]
    power = np.square(np.abs(np.fft.rfft(flat * window, axis=0))) * 2 / (frames * np.square(window).sum())
    span_s = float(series.times_s[-1] - series.times_s[0]) * frames / (frames - 1)
    return np.asarray(power, np.float32), np.fft.rfftfreq(frames, span_s / frames) >= FLICKER_HZ


def _waves(lines: FloatArray, series: LumaSeries) -> tuple[float, float]:
    """Logarithms of the amplitude of waves along (n, lines), and of the share of the strongest."""
    size = lines.shape[1]
    along = np.fft.fft((lines - lines.mean(axis=1, keepdims=True)) * np.hanning(size + 2)[1:-1], axis=1)[:, 1:]
    coarse = along[:, :WAVES_MAX] / size
    parts = np.concatenate([coarse.real, coarse.imag], axis=1).astype(np.float32)
    power, fast = _spectrum(parts, series)
    waves = power[fast][:, :WAVES_MAX] + power[fast][:, WAVES_MAX:]
    return _log(waves.sum()), _share(waves.ravel())


def _log(power: float) -> float:
    """Logarithm of an amplitude, from its square."""
    return float(np.log(np.sqrt(power) + _LEAST))


def _share(power: FloatArray) -> float:
    """Logarithm of the strongest one's share; that of equal ones where nothing is to be seen."""
    least = _LEAST**2
    return float(np.log((power.max() + least / power.size) / (power.sum() + least)))


class FlickerRegression:
    """Tells a clip of a screen by flicker and banding; made by training/genuineness/flicker.py.

    The network maps `features` (n,) float32 to (2,): the log-odds that flicker and banding add.
    """

    def __init__(self, path: Path) -> None:
        self._session = Session(path)

    def evidence(self, series: LumaSeries | None) -> dict[str, float]:
        """Log-odds of a screen that `flicker` and `banding` add, each within EVIDENCE_MAX of 0; 0 without a series."""
        if series is None:
            return {"flicker": 0.0, "banding": 0.0}
        groups = describe(series)
        result = self._session.run(features=np.concatenate(list(groups.values())))
        bounded = np.clip(result, -EVIDENCE_MAX, EVIDENCE_MAX)
        return {name: float(value) for name, value in zip(groups, bounded, strict=True)}
