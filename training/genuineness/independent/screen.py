"""A face replayed by a display before the camera.

The display's light is the picture times its grid of sub-pixels. The grid is periodic, so one cell of it is rendered
finely, blurred by lens and sensor pixel in its Fourier series and then read at the point of the display that each
sensor pixel sees: what of the grid is finer than the sensor's can show folds down to moire by itself, and the sensor's
colour filters colour it.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from likeness.domain.face import Box, FloatArray, ImageArray
from training.genuineness.independent import camera, surroundings
from training.genuineness.independent.camera import Look, Matrix, log_uniform
from training.genuineness.scene import Scene

CELL = 32
"""Samples across one period of the grid."""
PIXELATED = 0.7
"""Display pixels per sensor pixel below which single display pixels are seen as squares."""
FACE_MARGIN = 1.3
"""Room that a zoomed picture leaves around the face, in sizes of its box."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Ranges of width by height, of panel pixels across and of bezel by width; corner radius by the shorter side."""

    aspect: tuple[float, float]
    panel_px: tuple[float, float]
    bezel: tuple[float, float]
    corner: float


KINDS = (
    Kind((9 / 20, 9 / 16), (640, 1440), (0.02, 0.06), 0.12),  # a phone upright
    Kind((16 / 9, 20 / 9), (1280, 3000), (0.01, 0.05), 0.05),  # a phone on its side
    Kind((3 / 4, 4 / 3), (1024, 2400), (0.03, 0.08), 0.04),  # a tablet
    Kind((16 / 10, 16 / 9), (1280, 2880), (0.01, 0.04), 0.0),  # a laptop
    Kind((16 / 9, 21 / 9), (1920, 3840), (0.01, 0.03), 0.0),  # a monitor
)


@dataclass(frozen=True, slots=True, eq=False)
class Display:
    """A device showing the scene; rectangles are in pixels of the scene's frames.

    panel: the lit area. body: panel and bezel. corner: radius of both. pitch: scene pixels per display pixel. cell:
    (CELL, CELL, 3), light of one period of the grid, mean 1. period: display pixels a period. gamma, white, black:
    light = white * (value ** gamma + black). bar: value beside the picture. frame_light: linear colour of the bezel.
    """

    panel: Box
    body: Box
    corner: float
    pitch: float
    cell: FloatArray
    period: int
    gamma: float
    white: FloatArray
    black: float
    bar: float
    frame_light: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Flicker:
    """A backlight that pulses: depth of the first harmonics, frequency, and the time the camera takes for all rows."""

    depths: tuple[float, ...]
    frequency_hz: float
    readout_s: float
    phase: float

    def rows(self, height_px: int, seconds: float) -> FloatArray:
        """(height, 1, 1): how bright the display is while each row is exposed."""
        time_s = seconds + np.arange(height_px) / height_px * self.readout_s
        cycles = 2 * np.pi * (self.frequency_hz * time_s + self.phase)
        waves = [depth * np.cos((number + 1) * cycles) for number, depth in enumerate(self.depths)]
        return np.asarray(1 + np.sum(waves, axis=0), np.float32)[:, None, None]


def screen(scene: Scene, chance: np.random.Generator) -> Scene:
    """The scene as a camera sees it on a display.

    Args:
        scene: what the display plays.
        chance: draws device, place, reflections, camera; equal states give equal frames.

    Returns:
        A scene of as many frames, of another size (sides at most 1280), with boxes and points where the display shows
        them.
    """
    scene = camera.limited(scene)
    shot, look = camera.aim(scene, chance), camera.choose_look(chance)
    display, flicker = _choose_display(scene, chance), _choose_flicker(chance)
    room = surroundings.furnish(shot.sensor_size, chance)
    glare = _glare(shot.sensor_size, chance)
    palm, fingers = surroundings.grip(display.body, camera.union(scene.boxes), chance)
    falloff = surroundings.unevenness(shot.sensor_size, 0.06, chance)
    brightness, gain = 2.5 * float(room.light.mean()), 0.0  # a hand is as well lit as the room, whose mean reflects 0.4
    frames = []
    for index, frame in enumerate(scene.frames):
        swayed = surroundings.sway_on_sensor(shot, index)
        pulse = flicker.rows(shot.sensor_size[1], index / scene.frames_per_s)
        view = shot.on_sensor(index)
        behind = surroundings.hold(room.seen(swayed), palm, view, brightness)
        light = _display_light(frame, display, view, (behind, glare.seen(-2 * swayed), falloff * pulse), look)
        light = surroundings.hold(light, fingers, view, brightness)
        gain = gain or camera.metered(light, look)
        frames.append(camera.develop(light, gain, shot, look, chance))
    return scene.mapped(tuple(frames), list(shot.views))


def _choose_display(scene: Scene, chance: np.random.Generator) -> Display:
    kind = KINDS[chance.integers(len(KINDS))]
    panel = _panel(scene, chance.uniform(kind.aspect[0], kind.aspect[1]), chance)
    bezel = panel.width_px * log_uniform(chance, *kind.bezel)
    body = Box(panel.left - bezel, panel.top - bezel, panel.right + bezel, panel.bottom + bezel)
    cell, period = _pentile(chance) if chance.random() < 0.35 else _stripes(chance)  # noqa: PLR2004 - share of phones
    if chance.random() < 0.25:  # noqa: PLR2004 - a panel built in on its side
        cell = np.ascontiguousarray(cell.transpose(1, 0, 2))
    return Display(
        panel=panel,
        body=body,
        corner=kind.corner * min(panel.width_px, panel.height_px),
        pitch=panel.width_px / log_uniform(chance, *kind.panel_px),
        cell=cell,
        period=period,
        gamma=chance.uniform(1.9, 2.5),
        white=(chance.uniform(0.35, 1.2) * np.exp(chance.normal(0, 0.06, 3)) * (0.97, 1, 1.06)).astype(np.float32),
        black=log_uniform(chance, 0.0005, 0.02),
        bar=float(chance.choice([0.0, 0.0, 0.1, 0.95])),
        frame_light=np.full(3, chance.choice([0.01, 0.02, 0.05, 0.5]), np.float32),
    )


def _panel(scene: Scene, aspect: float, chance: np.random.Generator) -> Box:
    """The lit area in pixels of the scene: the whole picture with bars beside it, or filled and perhaps zoomed."""
    height_px, width_px = scene.frames[0].shape[:2]
    face = camera.union(scene.boxes)
    middle = np.array([face.left + face.right, face.top + face.bottom]) / 2
    least = FACE_MARGIN * max(face.width_px, face.height_px * aspect)
    filled = min(width_px, height_px * aspect)
    if filled < least or chance.random() < 0.35:  # noqa: PLR2004 - share of players that show all of a picture
        width, middle = max(width_px, height_px * aspect), np.array([width_px, height_px]) / 2
    else:
        width = max(least, filled / chance.uniform(1, 1.8))
        half = np.array([width, width / aspect]) / 2
        middle = np.clip(middle, half, np.array([width_px, height_px]) - half)
    x, y = (float(it) for it in middle)
    return Box(x - width / 2, y - width / aspect / 2, x + width / 2, y + width / aspect / 2)


def _stripes(chance: np.random.Generator) -> tuple[FloatArray, int]:
    """A liquid crystal's pixel: three upright stripes with black between."""
    y, x = np.mgrid[:CELL, :CELL] / CELL
    fill, height = chance.uniform(0.6, 0.9), chance.uniform(0.75, 0.95)
    order = (0, 1, 2) if chance.random() < 0.8 else (2, 1, 0)  # noqa: PLR2004 - most panels are RGB, some BGR
    cell = np.zeros((CELL, CELL, 3))
    for place, channel in enumerate(order):
        cell[..., channel] = (np.abs(x - (place + 0.5) / 3) < fill / 6) & (np.abs(y - 0.5) < height / 2)
    return _mean_one(cell), 1


def _pentile(chance: np.random.Generator) -> tuple[FloatArray, int]:
    """An organic panel's two by two pixels: a green dot in each, red and blue dots by turns, as on a chess board."""
    y, x = np.mgrid[:CELL, :CELL] / CELL * 2
    cell = np.zeros((CELL, CELL, 3))
    radii = chance.uniform(0.3, 0.42, 3) * (1, 0.75, 1.05)
    for row in range(2):
        for column in range(2):
            channel = 0 if (row + column) % 2 else 2
            cell[..., channel] += _diamond(x, y, (column + 0.25, row + 0.25), radii[channel])
            cell[..., 1] += _diamond(x, y, (column + 0.75, row + 0.75), radii[1])
    return _mean_one(cell), 2


def _diamond(x: Matrix, y: Matrix, centre: tuple[float, float], radius: float) -> Matrix:
    away_x, away_y = (np.abs((it - at + 1) % 2 - 1) for it, at in zip((x, y), centre, strict=True))
    return np.asarray(away_x + away_y < radius, np.float64)


def _mean_one(cell: Matrix) -> FloatArray:
    return np.asarray(cell / cell.mean(axis=(0, 1)), np.float32)


def _choose_flicker(chance: np.random.Generator) -> Flicker:
    """Nearly steady up to strongly pulsed; a long exposure evens out, so depth falls with frequency times exposure."""
    frequency_hz = float(chance.choice([59.94, 60, 75, 90, 100, 120, 144, 180, 240, 480])) * chance.normal(1, 0.003)
    exposure_s = log_uniform(chance, 1 / 500, 1 / 30)
    duty = chance.uniform(0.2, 0.95)
    harmonics = np.arange(1, 4)
    pulse = 2 * np.abs(np.sinc(harmonics * duty))  # Fourier series of a square pulse of mean 1
    depths = log_uniform(chance, 0.02, 0.6) * pulse * np.abs(np.sinc(harmonics * frequency_hz * exposure_s))
    return Flicker(tuple(depths.tolist()), frequency_hz, chance.uniform(0.008, 0.03), chance.random())


def _glare(size: tuple[int, int], chance: np.random.Generator) -> surroundings.Room:
    """Light that the glass reflects: the room dimly, sometimes windows, sometimes a lamp."""
    room = surroundings.furnish(size, chance)
    light = room.light * np.float32(log_uniform(chance, 0.003, 0.08))
    height, width = light.shape[:2]
    for _ in range(int(chance.choice([0, 0, 1, 2]))):
        shape = np.zeros((height, width), np.float32)
        corners = surroundings.block((width, height), (0.08, 0.4), 15, chance)
        cv2.fillConvexPoly(shape, corners, 1.0)
        soft = cv2.GaussianBlur(shape, (0, 0), log_uniform(chance, 0.004, 0.08) * width)
        light += np.float32(log_uniform(chance, 0.02, 0.35)) * soft[..., None]
    if chance.random() < 0.3:  # noqa: PLR2004 - share of scenes with a lamp in the glass
        y, x = np.mgrid[:height, :width].astype(np.float32)
        at, spread = chance.uniform(0, 1, 2) * (width, height), log_uniform(chance, 0.01, 0.06) * width
        spot = np.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / (2 * spread**2))
        light += np.float32(log_uniform(chance, 0.3, 3)) * spot[..., None]
    return surroundings.Room(light, size)


def _display_light(
    frame: ImageArray, display: Display, view: Matrix, lights: tuple[FloatArray, FloatArray, FloatArray], look: Look
) -> FloatArray:
    """What falls on the sensor: room, body, lit panel; lights: the room, the glare, the panel's brightness."""
    room, glare, brightness = lights
    size = (room.shape[1], room.shape[0])
    middle = np.array([display.panel.left + display.panel.right, display.panel.top + display.panel.bottom]) / 2
    per_pixel = camera.jacobian(view, middle)
    step = float(np.sqrt(abs(np.linalg.det(per_pixel))))
    at = camera.surface_coordinates(view, size)
    lit = camera.inside(at, display.panel, display.corner * 0.8, step)
    body = camera.inside(at, display.body, display.corner, step)
    shown = _shown(frame, display, at, step * look.aperture) * brightness
    light = room * (1 - body) + body * (display.frame_light * np.float32(0.5 * room.mean()) + glare)
    light = np.asarray(light * (1 - lit) + lit * (shown + glare), np.float32)
    light = np.asarray(cv2.GaussianBlur(light, (0, 0), look.lens_px), np.float32)
    grid = _grid(display, at, per_pixel, look)
    share = lit * (shown / (shown + glare + np.float32(1e-6)))  # the glare lies over the grid and hides it
    return np.asarray(light * (1 + share * (grid - 1)), np.float32)


def _shown(frame: ImageArray, display: Display, at: FloatArray, step: float) -> FloatArray:
    """Light of the picture without the grid."""
    pitch = np.float32(display.pitch)
    if step < PIXELATED * display.pitch:
        at = (np.floor(at / pitch) + np.float32(0.5)) * pitch
    values = camera.sampled(np.asarray(frame / np.float32(255), np.float32), at, max(step, display.pitch))
    height_px, width_px = frame.shape[:2]
    picture = camera.inside(at, Box(0, 0, width_px, height_px), 0, step)
    values = np.clip(values * picture + display.bar * (1 - picture), 0, 1)
    return np.asarray(display.white * (values ** np.float32(display.gamma) + np.float32(display.black)), np.float32)


def _grid(display: Display, at: FloatArray, per_pixel: Matrix, look: Look) -> FloatArray:
    """(height, width, 3), mean 1: the grid of sub-pixels as lens and sensor pixels see it."""
    period = display.pitch * display.period
    cycles = np.fft.fftfreq(CELL, 1 / CELL)
    # A wave of so many cycles a period on the display has this frequency on the sensor, in cycles a pixel.
    x, y = (
        cycles[None, :, None] * row_x / period + cycles[:, None, None] * row_y / period for row_x, row_y in per_pixel.T
    )
    seen = (
        np.exp(-2 * (np.pi * look.lens_px) ** 2 * (x**2 + y**2))
        * np.sinc(x * look.aperture)
        * np.sinc(y * look.aperture)
    )
    cell = np.fft.ifft2(np.fft.fft2(display.cell, axes=(0, 1)) * seen, axes=(0, 1)).real.astype(np.float32)
    phase = np.asarray((at / np.float32(period)) % 1 * CELL, np.float32)
    return np.asarray(cv2.remap(cell, phase[..., 0], phase[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP))
