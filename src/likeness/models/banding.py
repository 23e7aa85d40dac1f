"""Weak evidence of a screen in how a clip's brightness goes with time: bands of rows that roll through the picture.

A screen's light pulses, and a camera that reads its rows one after another sees that as rolling bands. Lamps do the
same more faintly, and a hand that trembles looks alike, so what is said here is bounded and never decides alone.
Flicker of the whole picture is left out: on real clips it spoke against a replay and for a screen where a person was.
"""

from pathlib import Path

import numpy as np

from likeness.domain.face import FloatArray
from likeness.domain.series import LumaSeries
from likeness.models.onnx import Session

BAND_HZ = 3.0
"""What rolls by more slowly is not told from breathing, gestures and automatic exposure."""
EVIDENCE_MAX = 0.25
"""Log-odds of a screen that bands add at most: a factor of 1.3 in the odds.

Small, as live clips held by hand or lit by a lamp look more like a screen than others, and the screens of a simulator
that it was not fitted on are not told at all (training/genuineness/banding_report.json).
"""
WAVES_MAX = 12
"""Bands counted in the picture at most: a shutter of 1/30 s sees 8 of a lamp's 120 Hz x 2, finer ones are texture."""

_DARK = 8.0  # grey levels added before the logarithm, so that noise in black cells does not count as bands
_LEAST = 1e-3  # relative amplitude, a quarter of a grey level of 255: below it there is noise and compression only


def describe(series: LumaSeries) -> dict[str, FloatArray]:
    """The features of a series, `banding`: (4,), float32.

    All are of relative changes of brightness over BAND_HZ, without a linear trend and with a single jump cut down,
    along that side of the picture where bands are stronger: logarithms of the amplitude of what whole rows change
    beyond the picture, of the strongest wave's share, of how much stronger it is than along the other side, and of
    what single cells change beyond both, as things do that move.
    """
    change = _changes(series)
    whole = _middle(change.reshape(len(change), -1))
    lines = [_middle(turned) - whole[:, None] for turned in (change, change.transpose(0, 2, 1))]
    rest = change - whole[:, None, None] - lines[0][:, :, None] - lines[1][:, None, :]
    weaker, stronger = sorted((_waves(line, series) for line in lines), key=lambda it: it[0])
    cells = _spectrum(rest.reshape(len(rest), -1), series).sum(axis=0)
    banding = [stronger[0], stronger[1], stronger[0] - weaker[0], _log(np.median(cells))]
    return {"banding": np.array(banding, np.float32)}


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


def _spectrum(values: FloatArray, series: LumaSeries) -> FloatArray:
    """Power (frequencies, k) over BAND_HZ of the columns of (n, k); that of all frequencies sums up to their variance.

    No step counts for more than the second largest: of a single jump, a cut or a lamp switched on, nothing is left
    that stands out, while bands that roll by have several steps of a size.
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
    return np.asarray(power[np.fft.rfftfreq(frames, span_s / frames) >= BAND_HZ], np.float32)


def _waves(lines: FloatArray, series: LumaSeries) -> tuple[float, float]:
    """Logarithms of the amplitude of waves along (n, lines), and of the share of the strongest."""
    size = lines.shape[1]
    along = np.fft.fft((lines - lines.mean(axis=1, keepdims=True)) * np.hanning(size + 2)[1:-1], axis=1)[:, 1:]
    coarse = along[:, :WAVES_MAX] / size
    power = _spectrum(np.concatenate([coarse.real, coarse.imag], axis=1).astype(np.float32), series)
    waves = power[:, :WAVES_MAX] + power[:, WAVES_MAX:]
    return _log(waves.sum()), _share(waves.ravel())


def _log(power: float) -> float:
    """Logarithm of an amplitude, from its square."""
    return float(np.log(np.sqrt(power) + _LEAST))


def _share(power: FloatArray) -> float:
    """Logarithm of the strongest one's share; that of equal ones where nothing is to be seen."""
    least = _LEAST**2
    return float(np.log((power.max() + least / power.size) / (power.sum() + least)))


class BandingRegression:
    """Tells a clip of a screen by rolling bands; made by training/genuineness/banding.py.

    The network maps `features` (4,) float32, those of `describe`, to (1,): log-odds of a screen.
    """

    def __init__(self, path: Path) -> None:
        self._session = Session(path)

    def evidence(self, series: LumaSeries | None) -> dict[str, float]:
        """Log-odds of a screen that `banding` adds, 0 to EVIDENCE_MAX; 0 without a series."""
        if series is None:
            return {"banding": 0.0}
        (log_odds,) = self._session.run(features=describe(series)["banding"])
        # Never against a screen: nearly every clip, most replays too, is without bands, so that their absence
        # is no evidence of a live person.
        return {"banding": float(np.clip(log_odds, 0.0, EVIDENCE_MAX))}
