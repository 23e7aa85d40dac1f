"""A camera that films a flat thing again: where it stands, how its lens and sensor see, how it develops the picture.

Light is linear, float32, (height, width, 3), RGB, about 0 to 1; "sensor pixels" are those the lens projects on, from
which the output frame is shrunk.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import Box, FloatArray, ImageArray
from training.genuineness.scene import Scene

Matrix = NDArray[np.float64]

LONG_SIDE_PX = 1280
FACE_LEAST_PX = 64
"""Width of the narrowest face filmed, where the light allows; detectors want about 60."""
SENSOR_MOST_PX = 1_200_000
CLIP_SENSOR_MOST_PX = 600_000
"""Sensor pixels simulated at most: a bound on time, and cameras that film skip pixels that photographs keep."""
ASPECTS = (3 / 4, 9 / 16, 4 / 3, 1.0, 16 / 9)
"""Width by height of selfie cameras and of webcams."""
LINEAR_UP_TO = 0.0031308
"""Light up to which sRGB is proportional to it."""
UNION_SHARE_MOST = 0.86
"""Share of the short side that the face's whole way through a clip takes at most, so that it stays in view."""


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """Where a camera stands.

    size: width and height of the output frames. sensor_scale: sensor pixels per output pixel, at least 1. views: for
    each frame the (3, 3) homography from pixels of the scene's frames to output pixels. sway: (frames, 2), how far the
    view's centre has moved, in output pixels.
    """

    size: tuple[int, int]
    sensor_scale: float
    views: tuple[Matrix, ...]
    sway: NDArray[np.float64]

    @property
    def sensor_size(self) -> tuple[int, int]:
        """Width and height in sensor pixels."""
        return round(self.size[0] * self.sensor_scale), round(self.size[1] * self.sensor_scale)

    def on_sensor(self, index: int) -> Matrix:
        """The homography from pixels of the scene's frame to sensor pixels."""
        scale = (self.sensor_size[0] / self.size[0], self.sensor_size[1] / self.size[1], 1.0)
        return np.asarray(np.diag(scale) @ self.views[index], np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """How a camera renders light: drawn once for a scene.

    lens_px: standard deviation of the lens' blur in sensor pixels. aperture: share of its side that a sensor pixel
    gathers light from: 1, or less where a camera reads every second or third row and column only. white_balance: (3,),
    gains. exposure: mean light of the developed picture. contrast: strength of the S-shaped tone curve. shot_noise,
    read_noise: of light 1. sharpening: amount of the unsharp mask. demosaic: OpenCV's code, None for a sensor of three
    layers. shrink: OpenCV's interpolation from sensor to output; all but the area mean alias, as cheap binning does.
    """

    lens_px: float
    aperture: float
    white_balance: FloatArray
    exposure: float
    contrast: float
    shot_noise: float
    read_noise: float
    sharpening: float
    demosaic: int | None
    shrink: int


def log_uniform(chance: np.random.Generator, low: float, high: float) -> float:
    """A number whose logarithm is uniform."""
    return float(np.exp(chance.uniform(np.log(low), np.log(high))))


def limited(scene: Scene) -> Scene:
    """The scene, shrunk where a side is over LONG_SIDE_PX."""
    height_px, width_px = scene.frames[0].shape[:2]
    factor = LONG_SIDE_PX / max(height_px, width_px)
    if factor >= 1:
        return scene
    size = (round(width_px * factor), round(height_px * factor))
    frames = [np.asarray(cv2.resize(it, size, interpolation=cv2.INTER_AREA), np.uint8) for it in scene.frames]
    matrix = np.diag([size[0] / width_px, size[1] / height_px, 1.0])
    return scene.mapped(tuple(frames), [matrix] * len(frames))


def wander(frames: int, frames_per_s: float, chance: np.random.Generator) -> NDArray[np.float64]:
    """(frames,): how a hand-held thing drifts and trembles, about -1 to 1; slow movements are the largest."""
    frequencies_hz = np.exp(chance.uniform(np.log(0.15), np.log(6), 6))
    phases = chance.uniform(0, 2 * np.pi, 6)
    seconds = np.arange(frames) / frames_per_s
    waves = np.sin(2 * np.pi * frequencies_hz[:, None] * seconds + phases[:, None]) / frequencies_hz[:, None]
    return np.asarray(waves.sum(axis=0) / np.linalg.norm(1 / frequencies_hz), np.float64)


def union(boxes: tuple[Box, ...]) -> Box:
    """The rectangle around all boxes."""
    edges = np.array([(it.left, it.top, it.right, it.bottom) for it in boxes])
    left, top = (float(it) for it in edges[:, :2].min(axis=0))
    right, bottom = (float(it) for it in edges[:, 2:].max(axis=0))
    return Box(left, top, right, bottom)


def aim(scene: Scene, chance: np.random.Generator) -> Shot:
    """Stand somewhere before the flat thing that shows the scene, so that its face is well in view."""
    aspect = ASPECTS[chance.integers(len(ASPECTS))]
    long_px = log_uniform(chance, 480, LONG_SIDE_PX)
    size = (round(long_px * min(1, aspect)), round(long_px * min(1, 1 / aspect)))
    seen = union(scene.boxes)
    box_px = float(np.mean([it.width_px for it in scene.boxes]))
    room = UNION_SHARE_MOST * min(size) * box_px / max(seen.width_px, seen.height_px)
    face_px = min(max(chance.uniform(0.2, 0.6) * min(size), FACE_LEAST_PX * 1.1), room)
    frames = len(scene.frames)
    most_px = SENSOR_MOST_PX if frames == 1 else CLIP_SENSOR_MOST_PX
    sensor_scale = min(chance.uniform(1, 3.5), math.sqrt(most_px / (size[0] * size[1])))
    steadiness = log_uniform(chance, 0.03, 1)  # from a stand to a trembling hand

    def moves() -> NDArray[np.float64]:
        return steadiness * wander(frames, scene.frames_per_s, chance)

    spare = np.clip((np.array(size) - face_px * max(seen.width_px, seen.height_px) / box_px) / 2, 0, None)
    centre = np.array(size) / 2 + chance.uniform(-0.5, 0.5, 2) * spare
    sway = np.stack([moves(), moves()], axis=1) * np.minimum(0.05 * face_px, spare / 3)
    yaw, pitch, roll = (np.radians(chance.normal(0, deg) + deg / 5 * moves()) for deg in (12, 9, 4))
    distance = log_uniform(chance, 2.5, 9) * (1 + 0.02 * moves())  # in widths of the face
    origin = np.array([(seen.left + seen.right) / 2, (seen.top + seen.bottom) / 2])
    views = tuple(
        _view(np.array([yaw[it], pitch[it], roll[it]]), float(distance[it]), face_px, centre + sway[it])
        @ np.array([[1 / box_px, 0, -origin[0] / box_px], [0, 1 / box_px, -origin[1] / box_px], [0, 0, 1]])
        for it in range(frames)
    )
    return Shot(size, max(1.0, sensor_scale), views, sway)


def _view(angles: Matrix, distance: float, face_px: float, centre: Matrix) -> Matrix:
    """Homography from a plane, in widths of the face around its centre, to output pixels: a pinhole camera."""
    yaw, pitch, roll = np.clip(angles, -0.5, 0.5)  # rad; beyond, no one would present it so
    turn_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    turn_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    turn_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    pose = turn_z @ turn_x @ turn_y
    placed = np.column_stack([pose[:, 0], pose[:, 1], (0, 0, distance)])
    focal_px = face_px * distance
    return np.asarray(np.array([[focal_px, 0, centre[0]], [0, focal_px, centre[1]], [0, 0, 1]]) @ placed, np.float64)


def surface_coordinates(view: Matrix, size: tuple[int, int]) -> FloatArray:
    """(height, width, 2): which point (x, y) of the flat thing each pixel's centre sees, by the inverse of its view."""
    inverse = np.linalg.inv(view)
    x, y = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5, sparse=True)
    rows = [row[0] * x + row[1] * y + row[2] for row in inverse]
    return np.stack([rows[0] / rows[2], rows[1] / rows[2]], axis=-1).astype(np.float32)


def jacobian(view: Matrix, point: Matrix) -> Matrix:
    """(2, 2): surface units per pixel around a surface point, [d surface x, y] by [d pixel x, y]."""
    x, y, scale = view @ np.array([point[0], point[1], 1.0])
    forward = (view[:2, :2] - np.outer((x / scale, y / scale), view[2, :2])) / scale
    return np.asarray(np.linalg.inv(forward), np.float64)


def sampled(picture: FloatArray, coordinates: FloatArray, step_px: float) -> FloatArray:
    """A picture at coordinates whose neighbours are `step_px` of its pixels apart; the mean over each, no aliasing."""
    # A box of the step's width has a standard deviation of 0.29 of it; bilinear reading blurs by 0.4 pixels already.
    blur_px = math.sqrt(max(0.0, (0.29 * step_px) ** 2 - 0.16))
    if blur_px > 0:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), blur_px), np.float32)
    at = coordinates - np.float32(0.5)
    return np.asarray(
        cv2.remap(picture, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32
    )


def inside(coordinates: FloatArray, rectangle: Box, radius: float, step: float) -> FloatArray:
    """(height, width, 1): how much of each pixel lies in a rectangle with rounded corners; `step`: a pixel's width."""
    half_x, half_y = rectangle.width_px / 2 - radius, rectangle.height_px / 2 - radius
    beyond_x = np.abs(coordinates[..., 0] - np.float32((rectangle.left + rectangle.right) / 2)) - np.float32(half_x)
    beyond_y = np.abs(coordinates[..., 1] - np.float32((rectangle.top + rectangle.bottom) / 2)) - np.float32(half_y)
    distance = np.maximum(beyond_x, beyond_y)
    if radius > 0:
        round_a_corner = np.sqrt(np.maximum(beyond_x, 0) ** 2 + np.maximum(beyond_y, 0) ** 2)
        distance = np.minimum(distance, 0) + round_a_corner - np.float32(radius)
    return np.asarray(np.clip(np.float32(0.5) - distance / np.float32(step), 0, 1)[..., None], np.float32)


def choose_look(chance: np.random.Generator) -> Look:
    """A camera of any usual kind."""
    codes = (cv2.COLOR_BayerRGGB2RGB, cv2.COLOR_BayerRGGB2RGB_EA, None)
    shrinks = (cv2.INTER_AREA, cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_NEAREST)
    noise = log_uniform(chance, 0.004, 0.03)
    aperture = 1 / float(chance.choice([1, 2, 3]))
    return Look(
        lens_px=log_uniform(chance, 0.3, 1.0) * aperture,
        aperture=aperture,
        white_balance=np.exp(chance.normal(0, 0.07, 3)).astype(np.float32),
        exposure=log_uniform(chance, 0.14, 0.32),
        contrast=float(chance.uniform(-0.05, 0.3)),
        shot_noise=noise,
        read_noise=noise * float(chance.uniform(0.1, 0.4)),
        sharpening=float(chance.uniform(0, 0.9)),
        demosaic=codes[chance.choice(3, p=(0.4, 0.4, 0.2))],
        shrink=shrinks[chance.integers(len(shrinks))],
    )


def metered(light: FloatArray, look: Look) -> float:
    """The gain that brings the middle of the picture to the look's exposure: the camera measures once a scene."""
    height_px, width_px = light.shape[:2]
    middle = light[height_px // 5 : height_px * 4 // 5, width_px // 5 : width_px * 4 // 5]
    return look.exposure / max(float(middle.mean()), 1e-3)


def develop(light: FloatArray, gain: float, shot: Shot, look: Look, chance: np.random.Generator) -> ImageArray:
    """The output frame of what fell on the sensor: exposed, noisy, demosaiced, shrunk, sharpened, in sRGB."""
    raw = light * (gain * look.white_balance)
    deviation = np.sqrt(look.shot_noise**2 * np.maximum(raw, 0) + look.read_noise**2)
    raw = np.clip(raw + deviation * chance.standard_normal(raw.shape, np.float32), 0, 1)
    if look.demosaic is not None:
        raw = _demosaiced(raw, look.demosaic)
    small = cv2.resize(raw, shot.size, interpolation=look.shrink)
    encoded = _tone(np.asarray(small, np.float32), look.contrast)
    soft = cv2.GaussianBlur(encoded, (0, 0), 1.0)
    sharp = encoded + look.sharpening * (encoded - soft)
    return np.asarray(np.clip(np.round(sharp * 255), 0, 255), np.uint8)


def linear(picture: ImageArray) -> FloatArray:
    """Light of an sRGB picture, by its transfer function (IEC 61966-2-1)."""
    steps = np.arange(256) / 255
    light = np.where(steps <= LINEAR_UP_TO * 12.92, steps / 12.92, ((steps + 0.055) / 1.055) ** 2.4)
    return np.asarray(light.astype(np.float32)[picture], np.float32)


def encoded(light: FloatArray) -> FloatArray:
    """The sRGB value, 0 to 1, of light; inverse of `linear`."""
    light = np.clip(light, 0, 1)
    return np.asarray(np.where(light <= LINEAR_UP_TO, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055), np.float32)


def _demosaiced(raw: FloatArray, code: int) -> FloatArray:
    """One colour a pixel, as a Bayer sensor has it, then interpolated."""
    mosaic = np.empty(raw.shape[:2], np.uint16)
    scaled = np.round(raw * 65535)
    for row, column, channel in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        mosaic[row::2, column::2] = scaled[row::2, column::2, channel]
    return np.asarray(cv2.cvtColor(mosaic, code).astype(np.float32) / 65535, np.float32)


def _tone(light: FloatArray, contrast: float) -> FloatArray:
    value = encoded(light)
    return np.asarray(value + contrast * (value * value * (3 - 2 * value) - value), np.float32)
