"""A scene replayed on a display and filmed anew."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.genuineness.scene import Scene
from training.genuineness.simulate.optics import (
    Light,
    Matrix,
    blurred,
    coordinates,
    held,
    margins,
    rectangle,
    room,
    smooth_noise,
    through,
    to_light,
    to_pixels,
)

FILLED = 0.5
"""Share of attacks in which the display fills the camera's view, so that no edge of it shows."""
HARMONICS = (1, 2, 3)
"""Of the display's grid; a pixel of the camera blurs finer ones away."""
ADJUSTED_LEVEL = 0.2
"""Mean linear light a camera's automatic exposure aims at: middle grey, 18 %, rounded."""


@dataclass(frozen=True, slots=True)
class _Device:
    """pitch_px: display pixels' width in the camera's. focus_px: blur of the lens. duty: lit part of a pixel's height.

    stripes: whether each pixel is three upright stripes; else green has all, red and blue half of the columns.
    haze: ambient light on the glass. gains: (3,), colour cast. knee: exponent of the display's contrast.
    band: depth, bars in view and bars that roll by in a second of the backlight's refresh.
    """

    pitch_px: float
    focus_px: float
    duty: float
    stripes: bool
    haze: NDArray[np.float32]
    gains: NDArray[np.float32]
    knee: float
    exposure: float
    band: tuple[float, float, float, float]

    @classmethod
    def drawn(cls, chance: np.random.Generator) -> "_Device":
        return cls(
            pitch_px=float(np.exp(chance.uniform(np.log(0.6), np.log(3.2)))),
            focus_px=float(np.exp(chance.uniform(np.log(0.2), np.log(2.5)))),
            duty=chance.uniform(0.6, 0.95),
            stripes=chance.random() < 0.7,
            haze=(chance.beta(1, 4) * 0.35 * chance.uniform(0.7, 1.3, 3)).astype(np.float32),
            gains=np.exp(chance.normal([-0.03, 0, 0.06], 0.14)).astype(np.float32),
            knee=chance.uniform(0.75, 1.35),
            exposure=float(np.exp(chance.normal(0.1, 0.35))),
            band=(
                chance.beta(1, 3) * 0.25,
                chance.uniform(0.5, 6),
                chance.uniform(-12, 12),
                chance.uniform(0, 2 * np.pi),
            ),
        )


def screen(scene: Scene, chance: np.random.Generator) -> Scene:
    """The scene on a screen: its grid, contrast and cast, haze and glare, an edge at times, and rolling bars."""
    device = _Device.drawn(chance)
    filled = chance.random() < FILLED
    zoom = chance.uniform(1.0, 1.25) if filled else chance.uniform(0.55, 1.0)
    matrices = held(scene, zoom, chance)
    edges, behind = (None, None) if filled else (margins(scene, chance), room(scene, chance))
    bezel = (chance.uniform(0.02, 0.12) * scene.boxes[0].width_px, np.float32(chance.beta(1, 4) * 0.8))
    shape = scene.frames[0].shape[0], scene.frames[0].shape[1]
    glare = _glare(shape, chance)
    level = None
    frames = []
    for index, (frame, matrix) in enumerate(zip(scene.frames, matrices, strict=True)):
        light = through(to_light(frame) ** np.float32(device.knee), matrix)
        light = _emitted(light, matrix, zoom, device) * device.gains
        light = light * _banding(shape[0], index / scene.frames_per_s, device) + device.haze + glare
        if edges is not None and behind is not None:
            lit = rectangle(shape, matrix, edges)
            body = rectangle(shape, matrix, edges, bezel[0])
            light = lit * light + (body - lit) * bezel[1] + (1 - body) * behind
        level = level or device.exposure * ADJUSTED_LEVEL / max(float(light.mean()), 0.01)
        frames.append(to_pixels(blurred(light * np.float32(min(level, 4.0)), device.focus_px)))
    return scene.mapped(tuple(frames), matrices)


def _emitted(light: Light, matrix: Matrix, zoom: float, device: _Device) -> Light:
    """The picture through the display's grid, sampled by the camera.

    Each harmonic of the grid is taken at the camera's pixels, weakened by the lens and by the pixel's own width; the
    ones over half a cycle per pixel come out as moire, as they do in a camera.
    """
    across, down = coordinates((light.shape[0], light.shape[1]), matrix)
    scale = zoom / device.pitch_px
    out = np.empty_like(light)
    rows = np.ones(light.shape[:2], np.float32)
    for order in HARMONICS:
        strength = 2 * np.sinc(order * device.duty) * _passed(order / device.pitch_px, device.focus_px)
        if abs(strength) > 1e-3:  # a quarter of a grey level
            rows += np.float32(strength) * np.cos(np.float32(2 * np.pi * order * scale) * down)
    for channel, phase in enumerate((0.0, 1 / 3, 2 / 3)):
        coarse = 1.0 if device.stripes or channel == 1 else 0.5
        columns = np.ones(light.shape[:2], np.float32)
        for order in HARMONICS:
            strength = 2 * np.sinc(order / 3) * _passed(order * coarse / device.pitch_px, device.focus_px)
            if abs(strength) > 1e-3:
                turn = np.float32(2 * np.pi * order) * (np.float32(scale * coarse) * across - np.float32(phase))
                columns += np.float32(strength) * np.cos(turn)
        out[..., channel] = light[..., channel] * columns * rows
    return np.maximum(out, 0)


def _passed(cycles_per_px: float, focus_px: float) -> float:
    """Share of a grating that a lens of Gaussian blur and a square pixel let through."""
    lens = np.exp(-2 * (np.pi * focus_px * cycles_per_px) ** 2)
    return float(lens * abs(np.sinc(cycles_per_px)))


def _banding(height_px: int, time_s: float, device: _Device) -> NDArray[np.float32]:
    """(height, 1, 1): brightness of the rows at a time, as a rolling shutter sees a backlight that flickers."""
    depth, bars, rolling, phase = device.band
    turns = 2 * np.pi * (bars * np.arange(height_px) / height_px + rolling * time_s) + phase
    return np.asarray(1 + depth * np.sin(turns), np.float32)[:, None, None]


def _glare(shape: tuple[int, int], chance: np.random.Generator) -> NDArray[np.float32]:
    """(height, width, 1): reflections of lamps and windows, in a third of the scenes."""
    if chance.random() > 1 / 3:
        return np.zeros((*shape, 1), np.float32)
    spots = np.maximum(smooth_noise(shape, chance.uniform(2, 6), chance) - chance.uniform(0.8, 2), 0)
    return np.asarray(spots * chance.uniform(0.1, 0.8), np.float32)[..., None]
