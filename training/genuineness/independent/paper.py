"""A face printed on paper and filmed again.

The sheet is printed as a raster of dots, four inks each with a screen of its own, and that raster is what the camera
sees: at a coarse pitch as dots, at a fine one as a false colour, grain or moire.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import Box, FloatArray, ImageArray
from training.genuineness.independent import camera, surroundings
from training.genuineness.independent.camera import Look, Matrix, log_uniform
from training.genuineness.scene import Scene

RASTER_SIDE_PX = 2200
"""Long side of the printed raster at most: a bound on time, and on how fine a screen can be."""
ANGLES_DEG = (15, 75, 0, 45)
"""Of the screens of cyan, magenta, yellow and black, as offset printers set them."""
INKS_RGB = ((0.02, 0.40, 0.78), (0.76, 0.03, 0.24), (0.93, 0.82, 0.03), (0.02, 0.02, 0.02))
"""Linear reflectance of solid cyan, magenta, yellow and black, about those of offset inks on white paper."""
CELL_LEAST_PX = 2.6
"""Raster pixels per screen cell at least: below, the raster itself would alias; a screen too fine is made coarser."""
SEPARATION_TURNS = 5
"""Rounds in which the inks are found; what is left after them is under the steps of a byte."""
TILE_PX = 128
"""Side of the repeating threshold matrix of dots without a screen."""


@dataclass(frozen=True, slots=True, eq=False)
class Press:
    """How a sheet is printed.

    cells: screen cells across the face's box. kind: "dots" or "lines" on a screen, "ordered" or "scattered" dithering,
    "tone" for photographs without dots. gain: share that middle tones grow by, beyond what the separation allows for.
    black: share of the darkness common to all channels that black ink makes. ink: (4,), strength of each, 1 full. mono:
    black ink only. misplaced: (4, 2), shift of each ink in cells. streaks: how much the density varies from row to row.
    """

    cells: float
    kind: str
    gain: float
    black: float
    ink: Matrix
    mono: bool
    misplaced: Matrix
    streaks: float


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A printed sheet; rectangles in pixels of the scene's frame.

    light: (height, width, 3), linear reflectance of `area`. edges: of the paper, `area` or more. paper: (3,),
    reflectance. bend: (axis x, axis y, waves across the sheet, phase, depth), how it curls. gloss: how much it mirrors.
    """

    light: FloatArray
    area: Box
    edges: Box
    paper: FloatArray
    bend: tuple[float, float, float, float, float]
    gloss: float


def paper(scene: Scene, chance: np.random.Generator) -> Scene:
    """The scene's first frame printed, held before a camera and moved a little.

    Args:
        scene: whose first frame is printed.
        chance: draws press, sheet, place, light, camera; equal states give equal frames.

    Returns:
        A scene of as many frames, of another size (sides at most 1280); the printed face does not move of itself, so
        boxes and points are the first frame's wherever the sheet is.
    """
    scene = camera.limited(scene)
    count = len(scene.frames)
    printed = Scene(scene.frames[:1] * count, scene.boxes[:1] * count, scene.points[:1] * count, scene.frames_per_s)
    shot, look = camera.aim(printed, chance), camera.choose_look(chance)
    sheet = _choose_sheet(printed, chance)
    room = surroundings.furnish(shot.sensor_size, chance)
    lamp = surroundings.unevenness(shot.sensor_size, chance.uniform(0.02, 0.25), chance)
    lamp = lamp * np.exp(chance.normal(0, 0.05, 3)).astype(np.float32) * np.float32(chance.uniform(0.5, 1.2))
    palm, fingers = surroundings.grip(sheet.edges, printed.boxes[0], chance)
    brightness, gain = 1.4 * float(lamp.mean()), 0.0
    frames = []
    for index in range(count):
        view = shot.on_sensor(index)
        behind = room.seen(surroundings.sway_on_sensor(shot, index))
        behind = surroundings.hold(behind, palm, view, brightness)
        light = _sheet_light(sheet, view, behind, lamp, look)
        light = surroundings.hold(light, fingers, view, brightness)
        gain = gain or camera.metered(light, look)
        frames.append(camera.develop(light, gain, shot, look, chance))
    return printed.mapped(tuple(frames), list(shot.views))


def choose_press(chance: np.random.Generator) -> Press:
    """Any press from a coarse newspaper's to a fine laser's, an inkjet or a photograph's paper."""
    kind = str(chance.choice(["dots", "dots", "lines", "ordered", "scattered", "scattered", "tone", "tone"]))
    coarse = kind in {"dots", "lines"}
    return Press(
        cells=log_uniform(chance, 50, 420) if coarse else log_uniform(chance, 250, 1100),
        kind=kind,
        gain=float(chance.uniform(-0.05, 0.2)),
        black=float(chance.uniform(0.2, 0.9)),
        ink=np.clip(chance.uniform(0.75, 1) * chance.normal(1, 0.05, 4), 0, 1),
        mono=bool(chance.random() < 0.12),  # noqa: PLR2004 - share of prints in black only
        misplaced=chance.normal(0, 0.12, (4, 2)),
        streaks=float(chance.choice([0, 0.02, 0.06])),
    )


def choose_stock(chance: np.random.Generator) -> FloatArray:
    """(3,): linear reflectance of paper, from a newspaper's grey and yellowish to a brightened white."""
    white = chance.uniform(0.55, 0.92)
    warm = chance.uniform(-0.04, 0.14)
    return np.asarray([white, white * (1 - warm / 3), white * (1 - warm)], np.float32)


def print_raster(picture: ImageArray, face_px: float, press: Press, stock: FloatArray, seed: int) -> FloatArray:
    """Print a picture.

    Args:
        picture: (height, width, 3), uint8, RGB.
        face_px: width of the face's box in it.
        press: how it is printed.
        stock: (3,), linear reflectance of the paper.
        seed: of the paper's grain and of scattered dots.

    Returns:
        (height, width, 3), linear reflectance, of another size but the same proportions.
    """
    chance = np.random.default_rng(seed)
    height_px, width_px = picture.shape[:2]
    dot_px = 1 if press.kind in {"ordered", "scattered"} else 4  # raster pixels per cell
    factor = press.cells * dot_px / face_px
    factor = min(max(factor, 1.0), RASTER_SIDE_PX / max(height_px, width_px))
    size = (round(width_px * factor), round(height_px * factor))
    way = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
    cell_px = max(face_px * factor / press.cells, CELL_LEAST_PX if dot_px > 1 else 1.0)
    layers = [cv2.resize(layer, size, interpolation=way) for layer in _separated(camera.linear(picture), press)]
    streaks = 1 + press.streaks * chance.standard_normal((size[1], 1), np.float32)
    scattered = _scattered_thresholds(chance)
    sheet = np.tile(stock, (size[1], size[0], 1))
    for number in (3,) if press.mono else range(4):
        tone = np.clip(layers[number] * streaks, 0, 1)
        tone = tone + 4 * press.gain * tone * (1 - tone) * 0.5
        covered = tone if press.kind == "tone" else _dots(tone, number, cell_px, press, scattered)
        absorbed = np.float32(press.ink[number]) * (1 - np.array(INKS_RGB[number], np.float32))
        sheet *= 1 - covered[..., None] * absorbed
    grain = surroundings.clouds(size, max(1.5, face_px * factor / chance.uniform(40, 150)), chance)
    sheet *= 1 + np.float32(chance.uniform(0.003, 0.025)) * grain[..., None]
    bleed_px = cell_px * chance.uniform(0.08, 0.3)  # ink and light spread in the paper
    return np.asarray(cv2.GaussianBlur(sheet, (0, 0), bleed_px), np.float32)


def _separated(light: FloatArray, press: Press) -> list[FloatArray]:
    """How much of the paper cyan, magenta, yellow and black cover where the print is to have this light, (h, w, 3).

    Dots of different inks lie over each other by chance (Demichel), so what they reflect is the product of what each
    leaves; each ink is found in turn from the channel it absorbs most, given the others.
    """
    inks = np.array(INKS_RGB, np.float32)
    if press.mono:
        black = (1 - light @ np.array((0.2126, 0.7152, 0.0722), np.float32)) / (1 - inks[3, 0])
        return [np.clip(black, 0, 1)] * 4
    black = np.float32(press.black) * (1 - light.max(axis=-1))
    wanted = light / (1 - black * (1 - inks[3, 0]))[..., None]
    cover = np.zeros_like(light)
    for _ in range(SEPARATION_TURNS):
        for ink in range(3):
            others = [1 - cover[..., it] * (1 - inks[it, ink]) for it in range(3) if it != ink]
            left = wanted[..., ink] / (others[0] * others[1])
            cover[..., ink] = np.clip((1 - left) / (1 - inks[ink, ink]), 0, 1)
    return [*np.moveaxis(cover, -1, 0), black]


def _dots(tone: FloatArray, number: int, cell_px: float, press: Press, scattered: FloatArray) -> FloatArray:
    """Where ink lies, 0 to 1, so that on average it covers `tone` of the paper."""
    height_px, width_px = tone.shape
    if press.kind in {"dots", "lines"}:
        threshold = _screen_thresholds((width_px, height_px), np.radians(ANGLES_DEG[number]), cell_px, press, number)
        return np.asarray(np.clip((tone - threshold) * np.float32(cell_px * 0.6) + np.float32(0.5), 0, 1), np.float32)
    tile = scattered if press.kind == "scattered" else _ordered_thresholds()
    tile = np.roll(tile, (31 * number, 57 * number), axis=(0, 1))
    repeats = (height_px // len(tile) + 1, width_px // len(tile) + 1)
    return np.asarray(tone > np.tile(tile, repeats)[:height_px, :width_px], np.float32)


def _screen_thresholds(size: tuple[int, int], angle: float, cell_px: float, press: Press, number: int) -> FloatArray:
    """(height, width): thresholds of a turned screen, spread evenly over 0 to 1."""
    x, y = np.meshgrid(np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32), sparse=True)
    turn = np.float32(2 * np.pi / cell_px)
    shift = 2 * np.pi * press.misplaced[number].astype(np.float32)
    along = turn * (np.float32(np.cos(angle)) * x + np.float32(np.sin(angle)) * y) + shift[0]
    if press.kind == "lines":
        return np.asarray(np.abs(((along / np.float32(np.pi)) % 2) - 1), np.float32)
    across = turn * (np.float32(np.cos(angle)) * y - np.float32(np.sin(angle)) * x) + shift[1]
    spot = (np.cos(along) + np.cos(across)) / 2
    once = np.cos((np.arange(128) + 0.5) * np.pi / 128) / 2
    shares = np.linspace(0, 1, 129)  # how much of a cell lies below a height of its hill
    heights = np.quantile(np.add.outer(once, once), shares)
    return np.asarray(np.interp(spot, heights, shares), np.float32)


def _ordered_thresholds() -> FloatArray:
    """(8, 8): Bayer's matrix, by doubling."""
    matrix = np.zeros((1, 1))
    for _ in range(3):
        matrix = np.block([[4 * matrix, 4 * matrix + 2], [4 * matrix + 3, 4 * matrix + 1]])
    return np.asarray((matrix + 0.5) / matrix.size, np.float32)


def _scattered_thresholds(chance: np.random.Generator) -> FloatArray:
    """(TILE_PX, TILE_PX): thresholds without low frequencies, as error diffusion leaves them: ranked noise."""
    frequency = np.hypot(np.fft.fftfreq(TILE_PX)[:, None], np.fft.fftfreq(TILE_PX)[None])
    field = chance.standard_normal((TILE_PX, TILE_PX))
    for _ in range(4):
        field = np.fft.ifft2(np.fft.fft2(field) * np.minimum(frequency / 0.35, 1) ** 2).real
        field = np.argsort(np.argsort(field.ravel())).reshape(field.shape) / field.size
    return np.asarray(field, np.float32)


def _choose_sheet(scene: Scene, chance: np.random.Generator) -> Sheet:
    """Print the whole picture, or what is around the face, with or without a border."""
    frame, face = scene.frames[0], scene.boxes[0]
    height_px, width_px = frame.shape[:2]
    reach = face.width_px * chance.uniform(0.35, 2)
    left, top = max(0, round(face.left - reach)), max(0, round(face.top - reach))
    right, bottom = min(width_px, round(face.right + reach)), min(height_px, round(face.bottom + reach))
    area = Box(left, top, right, bottom)
    stock = choose_stock(chance)
    cut = np.ascontiguousarray(frame[top:bottom, left:right])
    light = print_raster(cut, face.width_px, choose_press(chance), stock, int(chance.integers(2**31)))
    border = np.array([0.0, 0.0]) if chance.random() < 0.4 else chance.uniform(0.02, 0.5, 2) * face.width_px  # noqa: PLR2004 - share of sheets without a border
    edges = Box(left - border[0], top - border[1], right + border[0], bottom + border[1])
    angle = chance.uniform(0, 2 * np.pi)
    depth = log_uniform(chance, 0.005, 0.25)
    bend = (np.cos(angle), np.sin(angle), chance.uniform(0.2, 1), chance.uniform(0, 2 * np.pi), depth)
    return Sheet(light, area, edges, stock, bend, log_uniform(chance, 0.003, 0.3))


def _sheet_light(sheet: Sheet, view: Matrix, room: FloatArray, lamp: FloatArray, look: Look) -> FloatArray:
    """What falls on the sensor: the sheet, bent and lit, and its shadow on what is behind."""
    size = (room.shape[1], room.shape[0])
    edges, area = sheet.edges, sheet.area
    middle = np.array([edges.left + edges.right, edges.top + edges.bottom]) / 2
    step = float(np.sqrt(abs(np.linalg.det(camera.jacobian(view, middle)))))
    at = camera.surface_coordinates(view, size)
    at, slope = _bent(sheet, at, middle)
    raster_px = sheet.light.shape[1] / area.width_px  # raster pixels per pixel of the scene
    on_raster = (at - np.array([area.left, area.top], np.float32)) * np.float32(raster_px)
    image = camera.sampled(sheet.light, on_raster, step * raster_px * look.aperture)
    printed = camera.inside(at, area, 0, step)
    cover = camera.inside(at, edges, 0, step)
    mirrored = np.float32(sheet.gloss) * np.exp(-((slope - slope.max() * np.float32(0.6)) ** 2) / np.float32(0.02))
    sheet_light = (image * printed + sheet.paper * (1 - printed)) * (1 - slope) * lamp + mirrored * lamp
    shadow_px = 0.03 * edges.width_px / step
    fallen = cv2.GaussianBlur(cover, (0, 0), shadow_px)
    moved = np.array([[1, 0, shadow_px], [0, 1, shadow_px]], np.float64)
    fallen = cv2.warpAffine(fallen, moved, size)[..., None]
    light = room * (1 - np.float32(0.6) * fallen) * (1 - cover) + sheet_light * cover
    return np.asarray(cv2.GaussianBlur(light, (0, 0), look.lens_px), np.float32)


def _bent(sheet: Sheet, at: FloatArray, middle: NDArray[np.float64]) -> tuple[FloatArray, FloatArray]:
    """Where the bent sheet is seen instead of the flat one, and how much its slope, (height, width, 1), darkens it."""
    axis_x, axis_y, waves, phase, depth = sheet.bend
    span = np.float32(max(sheet.edges.width_px, sheet.edges.height_px))
    along = ((at - middle.astype(np.float32)) / span) @ np.array([axis_x, axis_y], np.float32)
    angle = np.float32(2 * np.pi * waves) * along + np.float32(phase)
    # A slope shortens what is seen by its cosine and turns the paper from the light; both are small.
    pull = np.float32(depth**2 / 4) * np.sin(2 * angle) * span / np.float32(2 * np.pi * waves)
    moved = at + pull[..., None] * np.array([axis_x, axis_y], np.float32)
    return np.asarray(moved, np.float32), np.asarray(np.float32(depth) * np.cos(angle)[..., None], np.float32)
