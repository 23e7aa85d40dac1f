"""A printed face, cut out and worn over a live one: the live head moves below, the paper is rigid."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import Box, FloatArray, ImageArray
from training.genuineness.independent import camera, paper, surroundings
from training.genuineness.independent.camera import Matrix, log_uniform
from training.genuineness.scene import Points, Scene, apply

FINE = 3
"""Pixels of the mask's drawing per pixel of the frame, for edges thinner than a pixel."""
DRAWN_MOST_PX = 2400
"""Long side of the drawing at most: a bound on memory for faces that fill large frames."""
EYES_BY_BOX = 0.36
"""Distance of a frontal face's eyes by the width of its box; a turned face's is not taken for less than that."""


@dataclass(frozen=True, slots=True, eq=False)
class Mask:
    """A cut-out print; rectangles and shapes in pixels of the frame it was printed from.

    light: (height, width, 3), linear reflectance of `area`, holes and outside included. cover: (height, width, 1),
    where paper is, 0 to 1. edge: the same, where its cut edge shows. area: what the arrays span.
    """

    light: FloatArray
    cover: FloatArray
    edge: FloatArray
    area: Box

    @property
    def fine(self) -> float:
        """Pixels of the arrays per pixel of the frame."""
        return float(self.light.shape[1] / self.area.width_px)


@dataclass(frozen=True, slots=True, eq=False)
class Light:
    """gain: (3,), light on the paper. shadow: how dark the paper's shadow is; offset: (x, y), where it falls, pixels.

    edge: how much of the light its cut edge returns. noise: deviation of the camera's noise in sRGB values of 0 to 1,
    for the print to be no cleaner than the rest.
    """

    gain: FloatArray
    shadow: float
    offset: tuple[float, float]
    edge: float
    noise: float


def cutout(scene: Scene, chance: np.random.Generator) -> Scene:
    """The scene's person wearing a print of their own face, recoloured, of slightly wrong size and place.

    Args:
        scene: the live person; the print is made from its first frame.
        chance: draws cut, holes, print, light and slipping; equal states give equal frames.

    Returns:
        A scene of as many frames and the same size (shrunk where over 1280), with boxes and points of the printed face.
    """
    scene = camera.limited(scene)
    mask = _make_mask(scene, chance)
    places = _worn(scene, chance)
    light = _choose_light(scene, mask, chance)
    frames = [_composed(frame, mask, place, light, chance) for frame, place in zip(scene.frames, places, strict=True)]
    count = len(frames)
    printed = Scene(tuple(frames), scene.boxes[:1] * count, scene.points[:1] * count, scene.frames_per_s)
    return printed.mapped(tuple(frames), places)


def _make_mask(scene: Scene, chance: np.random.Generator) -> Mask:
    frame, box, points = scene.frames[0], scene.boxes[0], scene.points[0]
    axes = _axes(points, box)
    outline = _outline(axes, chance)
    low, high = outline.min(axis=0) - 2, outline.max(axis=0) + 2
    area = Box(*np.floor(low).tolist(), *np.ceil(high).tolist())
    fine = min(FINE, DRAWN_MOST_PX / max(area.width_px, area.height_px))
    size = (round(area.width_px * fine), round(area.height_px * fine))
    drawn = np.diag([size[0] / area.width_px, size[1] / area.height_px, 1.0]) @ _shift(-area.left, -area.top)
    cut = cv2.warpPerspective(frame, _shift(-area.left, -area.top), _whole(area), borderMode=cv2.BORDER_REPLICATE)
    stock = paper.choose_stock(chance)
    raster = paper.print_raster(
        np.asarray(cut, np.uint8), box.width_px, paper.choose_press(chance), stock, int(chance.integers(2**31))
    )
    light = np.asarray(cv2.resize(raster, size, interpolation=cv2.INTER_AREA), np.float32)
    cover = _filled(size, [apply(drawn, outline)])
    if chance.random() < 0.5:  # noqa: PLR2004 - share of people who cut along the print's border, not inside it
        inner = outline.mean(axis=0) + (outline - outline.mean(axis=0)) * np.float32(chance.uniform(0.92, 0.99))
        printed = _filled(size, [apply(drawn, inner)])
        light = light * printed + stock * (1 - printed)
    cover = cover * (1 - _filled(size, [apply(drawn, it) for it in _holes(axes, points, chance)]))
    width_px = fine * box.width_px * log_uniform(chance, 0.003, 0.015)  # paper is 0.1 to 0.3 mm thick, and frays
    edge = cover * (1 - np.clip((cv2.GaussianBlur(cover, (0, 0), width_px)[..., None] - 0.5) * 3, 0, 1))
    return Mask(light * _shading(size, chance), cover, edge * stock, area)


def _axes(points: Points, box: Box) -> FloatArray:
    """(3, 2): the middle of the eyes, and rightwards and downwards of the face by the distance of its eyes."""
    right = points[1] - points[0]
    distance = max(float(np.linalg.norm(right)), EYES_BY_BOX * box.width_px)
    right = right / max(float(np.linalg.norm(right)), 1e-6) * distance
    return np.asarray([(points[0] + points[1]) / 2, right, (-right[1], right[0])], np.float32)


def _placed(axes: FloatArray, shape: NDArray[np.float64]) -> Points:
    """Points of the face in its axes as pixels of the frame."""
    return np.asarray(axes[0] + shape @ axes[1:], np.float32)


def _outline(axes: FloatArray, chance: np.random.Generator) -> Points:
    """(n, 2): straight cuts around a face: a rounded shape from brow or hair to chin, as scissors leave it."""
    angle = np.linspace(0, 2 * np.pi, int(chance.integers(14, 60)), endpoint=False)
    # Eyes are 63 mm apart, a face 135 mm wide; from the eyes 75 mm to the hair, 115 mm to the chin.
    half_width, above, below = chance.uniform(0.95, 1.35), chance.uniform(0.75, 1.7), chance.uniform(1.55, 2.05)
    middle = 0.35
    power = 2 / chance.choice([2, 2, 2.4, 3.5])  # an ellipse up to nearly a rectangle
    across = np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** power
    down = np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** power
    height = np.where(down < 0, above + middle, below - middle)
    taper = 1 - chance.uniform(0, 0.22) * np.maximum(down, 0) ** 2
    shape = np.column_stack([half_width * across * taper, middle + height * down])
    return _placed(axes, shape * chance.normal(1, chance.uniform(0.003, 0.02), (len(angle), 1)))


def _holes(axes: FloatArray, points: Points, chance: np.random.Generator) -> list[Points]:
    """What is cut out of the print: both eyes, the mouth, the nose, or some of these."""
    holes = []
    eyes, mouth, nose = chance.random(3) < (0.7, 0.4, 0.2)
    angle = np.linspace(0, 2 * np.pi, int(chance.integers(9, 30)), endpoint=False)
    ring = np.column_stack([np.cos(angle), np.sin(angle)])

    def cut(centre: FloatArray, half: NDArray[np.float64]) -> None:
        jagged = ring * half * chance.normal(1, 0.05, (len(ring), 1))
        holes.append(np.asarray(centre + jagged @ axes[1:], np.float32))

    if eyes:
        half = chance.uniform((0.22, 0.11), (0.36, 0.24))
        cut(points[0], half)
        cut(points[1], half)
    if mouth:
        cut(points[3:].mean(axis=0), chance.uniform((0.32, 0.1), (0.5, 0.24)))
    if nose:
        cut(points[2], chance.uniform((0.16, 0.12), (0.25, 0.28)))
    return holes


def _filled(size: tuple[int, int], shapes: list[Points]) -> FloatArray:
    """(height, width, 1): 1 inside of the shapes, with smooth edges."""
    drawn = np.zeros((size[1], size[0]), np.uint8)
    for shape in shapes:
        cv2.fillPoly(drawn, [np.round(shape * 16).astype(np.int32)], 255, cv2.LINE_AA, shift=4)
    return np.asarray(drawn[..., None] / np.float32(255), np.float32)


def _shading(size: tuple[int, int], chance: np.random.Generator) -> FloatArray:
    """(height, width, 1): paper bent around a head, lit from a side, sometimes folded along the nose."""
    x = np.linspace(-1, 1, size[0], dtype=np.float32)[None, :, None]
    lit = 1 - np.float32(chance.uniform(0, 0.35)) * x**2 + np.float32(chance.normal(0, 0.12)) * x
    if chance.random() < 0.3:  # noqa: PLR2004 - share of folded masks
        lit = lit + np.float32(chance.normal(0, 0.1)) * np.sign(x - np.float32(chance.normal(0, 0.05)))
    return np.asarray(lit * surroundings.unevenness(size, 0.05, chance), np.float32)


def _worn(scene: Scene, chance: np.random.Generator) -> list[Matrix]:
    """For each frame, from pixels of the printed frame to where the mask is worn: it lags behind the head and slips."""
    first, count = scene.points[0], len(scene.frames)
    unit_px = scene.boxes[0].width_px
    centre = first.mean(axis=0).astype(np.float64)
    wrong = np.diag([chance.uniform(0.97, 1.18) * chance.normal(1, 0.03), chance.uniform(0.97, 1.18), 1.0])
    turn, offset = chance.normal(0, 0.04), chance.normal(0, 0.03, 2) * unit_px
    slip = log_uniform(chance, 0.003, 0.02)
    drift = slip * np.stack([camera.wander(count, scene.frames_per_s, chance) for _ in range(3)], axis=1)
    lag = chance.uniform(0, 0.7)
    head = np.zeros(4)
    places = []
    for index, points in enumerate(scene.points):
        now = _similarity(first, points)
        head = now if index == 0 else lag * head + (1 - lag) * now
        moved = np.array([[head[0], -head[1], head[2]], [head[1], head[0], head[3]], [0, 0, 1]])
        slipped = offset + (drift[index, :2] - drift[0, :2]) * unit_px
        own = _shift(*(centre + slipped)) @ _rotation(turn + drift[index, 2] - drift[0, 2]) @ wrong @ _shift(*-centre)
        places.append(np.asarray(moved @ own, np.float64))
    return places


def _similarity(start: Points, end: Points) -> NDArray[np.float64]:
    """(4,): a, b, x, y of the turn, scale and shift [[a, -b, x], [b, a, y]] nearest to taking start to end."""
    x, y = start.astype(np.float64).T
    one, none = np.ones(len(x)), np.zeros(len(x))
    rows = np.concatenate([np.column_stack([x, -y, one, none]), np.column_stack([y, x, none, one])])
    return np.asarray(np.linalg.lstsq(rows, end.T.ravel().astype(np.float64), rcond=None)[0], np.float64)


def _choose_light(scene: Scene, mask: Mask, chance: np.random.Generator) -> Light:
    """Light under which the paper is about as bright as the face below it."""
    frame, box = scene.frames[0], scene.boxes[0]
    part = frame[max(0, round(box.top)) : round(box.bottom), max(0, round(box.left)) : round(box.right)]
    live = camera.linear(part).mean(axis=(0, 1))
    print_mean = (mask.light * mask.cover).sum(axis=(0, 1)) / mask.cover.sum()
    gain = float(live.mean() / print_mean.mean()) * np.exp(chance.normal(0, 0.2) + chance.normal(0, 0.05, 3))
    angle, length = chance.uniform(0, 2 * np.pi), box.width_px * log_uniform(chance, 0.008, 0.06)
    offset = (float(np.cos(angle) * length), float(abs(np.sin(angle)) * length))  # lamps hang above
    shadow, edge, noise = (float(it) for it in chance.uniform((0.15, 0.1, 0.002), (0.65, 0.8, 0.012)))
    return Light(gain.astype(np.float32), shadow, offset, edge, noise)


def _composed(frame: ImageArray, mask: Mask, place: Matrix, light: Light, chance: np.random.Generator) -> ImageArray:
    """The frame with the mask worn over the face."""
    size = (frame.shape[1], frame.shape[0])
    at = camera.surface_coordinates(place, size)
    on_mask = (at - np.array([mask.area.left, mask.area.top], np.float32)) * np.float32(mask.fine)
    within = camera.inside(at, mask.area, 0, 1.0)
    step = mask.fine * float(np.sqrt(abs(np.linalg.det(np.linalg.inv(place)[:2, :2]))))
    layers = np.concatenate([mask.light * mask.cover, mask.edge, mask.cover], axis=-1)
    seen = np.concatenate([camera.sampled(np.ascontiguousarray(it), on_mask, step) for it in _pairs(layers)], axis=-1)
    seen = seen * within
    cover = np.clip(seen[..., 6:7], 0, 1)
    edge = np.clip(seen[..., 3:6].mean(axis=-1, keepdims=True), 0, 1)
    sheet = seen[..., :3] * (1 - light.edge * edge) + light.edge * seen[..., 3:6]
    spread_px = max(0.7, float(np.hypot(*light.offset)) / 2)
    moved = np.array([[1, 0, light.offset[0]], [0, 1, light.offset[1]]], np.float64)
    shade = cv2.warpAffine(cv2.GaussianBlur(cover, (0, 0), spread_px), moved, size)[..., None]
    live = camera.linear(frame) * (1 - light.shadow * shade)
    value = camera.encoded(np.asarray(live * (1 - cover) + sheet * light.gain, np.float32))
    value = value + cover * light.noise * chance.standard_normal(value.shape, np.float32)
    untouched = (cover + shade) == 0
    result = np.clip(np.round(value * 255), 0, 255)
    return np.asarray(np.where(untouched, frame, result), np.uint8)


def _pairs(layers: FloatArray) -> list[FloatArray]:
    """The layers in parts of at most four channels, as OpenCV reads them."""
    return [layers[..., :3], layers[..., 3:6], np.repeat(layers[..., 6:], 3, axis=-1)]


def _shift(x: float, y: float) -> Matrix:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64)


def _rotation(angle: float) -> Matrix:
    return np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]], np.float64)


def _whole(area: Box) -> tuple[int, int]:
    return round(area.width_px), round(area.height_px)
