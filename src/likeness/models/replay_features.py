"""What a screen leaves in a face: its frequency spectrum, moire peaks and colours, as plain numbers.

A screen photographed anew loses fine detail, beats against the sensor's grid and shifts the colours of skin.
"""

import cv2
import numpy as np

from likeness.domain.face import FloatArray, ImageArray
from likeness.models.attack_network import TEXTURE_PX

RINGS = 24
"""Radial bins of the spectrum, up to half a cycle per pixel; the corners beyond make one more."""
MOIRE_EDGES = (0.06, 0.12, 0.2, 0.3, 0.42)
"""Cycles per pixel that part the bands in which peaks are looked for."""
SECTORS = 4
"""Directions, horizontal to vertical, in which a band's mean is taken."""
PEAKS = 4
"""Spectral bins averaged as the peak of a band: a pixel grid makes few, sharp ones."""

BURNT_VALUE, BLACK_VALUE = 0.97, 0.06
"""HSV values that count as clipped: 8 grey levels from white, 15 from black."""

_fy, _fx = np.meshgrid(np.fft.fftfreq(TEXTURE_PX), np.fft.rfftfreq(TEXTURE_PX), indexing="ij")
_RADIUS = np.hypot(_fx, _fy)
_RING = np.minimum((_RADIUS / 0.5 * RINGS).astype(np.int64), RINGS)
_RING_SIZE = np.bincount(_RING.ravel(), minlength=RINGS + 1)
_SECTOR = np.minimum((np.arctan2(np.abs(_fy), _fx) / (np.pi / 2) * SECTORS).astype(np.int64), SECTORS - 1)
_BAND = np.digitize(_RADIUS, MOIRE_EDGES)
_BANDS = [band == _BAND for band in range(1, len(MOIRE_EDGES))]
_PARTS = [band & (sector == _SECTOR) for band in _BANDS for sector in range(SECTORS)]
_WINDOW = np.outer(np.hanning(TEXTURE_PX), np.hanning(TEXTURE_PX)).astype(np.float32)
_FLAT = 1e-3
"""Keeps a logarithm or a quotient finite in a picture of one colour."""


def describe(face: ImageArray) -> dict[str, FloatArray]:
    """The features of a face, `Views.texture`, by group; each array is (n,), float32."""
    luma = np.asarray(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY), np.float32)
    # Dividing by the contrast (plus 4 grey levels of noise) makes dim and bright faces alike.
    luma = (luma - luma.mean()) / (luma.std() + 4.0)
    log_power = np.log(np.square(np.abs(np.fft.rfft2(luma * _WINDOW))) + _FLAT)
    rings = np.bincount(_RING.ravel(), log_power.ravel(), minlength=RINGS + 1) / _RING_SIZE
    groups = {
        "spectrum": rings[1:],
        "moire": _moire(log_power - rings[_RING]),
        "colour": _colour(face),
    }
    return {name: np.asarray(values, np.float32) for name, values in groups.items()}


def _moire(excess: FloatArray) -> list[float]:
    """Peaks over their ring, per band, and how far each direction stands out."""
    features: list[float] = []
    for band in _BANDS:
        values = excess[band]
        strongest = np.partition(values, -PEAKS)[-PEAKS:]
        features += [float(strongest.mean()), *_moments(values)[1:]]
    return [*features, *(float(excess[part].mean()) for part in _PARTS)]


def _colour(face: ImageArray) -> list[float]:
    """Moments of CIELAB, saturation and value; clipped shares; fine chroma noise; how the channels go together."""
    unit = face.astype(np.float32) / 255.0
    lab = np.asarray(cv2.cvtColor(unit, cv2.COLOR_RGB2LAB), np.float32)
    hsv = np.asarray(cv2.cvtColor(unit, cv2.COLOR_RGB2HSV), np.float32)
    light, a, b = np.ascontiguousarray(lab.transpose(2, 0, 1))
    _, saturation, value = np.ascontiguousarray(hsv.transpose(2, 0, 1))
    features = [moment for channel in (light, a, b, saturation, value) for moment in _moments(channel)]
    features += [float(np.mean(value > BURNT_VALUE)), float(np.mean(value < BLACK_VALUE))]
    features += [float(np.abs(channel - cv2.blur(channel, (5, 5))).mean()) for channel in (a, b)]
    return [*features, _correlation(a, b), _correlation(light, a), _correlation(light, b)]


def _moments(values: FloatArray) -> tuple[float, float, float]:
    """Mean, standard deviation and skewness."""
    mean = float(values.mean())
    centred = values - mean
    deviation = float(np.sqrt(np.mean(centred * centred))) + _FLAT
    return mean, deviation, float(np.mean(centred * centred * centred)) / deviation**3


def _correlation(first: FloatArray, second: FloatArray) -> float:
    """Pearson's r; about 0 when either is constant."""
    first, second = first - first.mean(), second - second.mean()
    scale = float(np.sqrt(np.mean(first * first) * np.mean(second * second)))
    return float(np.mean(first * second)) / (scale + _FLAT)
