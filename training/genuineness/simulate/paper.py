"""A scene printed on paper and filmed."""

import cv2
import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import ImageArray
from training.genuineness.scene import Scene
from training.genuineness.simulate.optics import (
    Light,
    blurred,
    held,
    margins,
    rectangle,
    room,
    through,
    to_light,
    to_pixels,
)

FILLED = 0.5
"""Share of prints whose edges lie beyond the view."""
ANGLES_DEG = (15.0, 75.0, 0.0, 45.0)
"""Of the screens for cyan, magenta, yellow and black in offset printing."""
COARSE, FINE = 9.0, 1.5
"""Pitch of the halftone, pixels of the camera: a newspaper held close to a laser print held away."""


def paper(scene: Scene, chance: np.random.Generator) -> Scene:
    """The scene on a sheet: halftone or fine dither, ink's narrow range, texture, curl, uneven light, perhaps edges."""
    filled = chance.random() < FILLED
    zoom = chance.uniform(1.0, 1.2) if filled else chance.uniform(0.55, 1.0)
    matrices = held(scene, zoom, chance)
    shape = scene.frames[0].shape[0], scene.frames[0].shape[1]
    print_ = printed(scene.frames[0], zoom, chance)
    shading = _shading(shape, chance)
    focus_px = float(np.exp(chance.uniform(np.log(0.2), np.log(1.6))))
    edges, behind = (None, None) if filled else (margins(scene, chance), room(scene, chance))
    white_px = chance.uniform(0, 0.25) * scene.boxes[0].width_px
    frames = []
    for matrix in matrices:
        light = through(print_, matrix) * shading
        if edges is not None and behind is not None:
            inked, sheet = rectangle(shape, matrix, edges), rectangle(shape, matrix, edges, white_px)
            light = inked * light + (sheet - inked) * 0.8 * shading + (1 - sheet) * behind
        frames.append(to_pixels(blurred(light, focus_px)))
    return scene.mapped(tuple(frames), matrices)


def printed(pixels: ImageArray, zoom: float, chance: np.random.Generator) -> Light:
    """A picture as ink on paper, (height, width, 3), under even light.

    zoom: how much larger the camera will see it; the dots' pitch is meant in its pixels.
    """
    light = to_light(pixels)
    ink = _inked(light, chance)
    way = chance.random()
    pitch_px = float(np.exp(chance.uniform(np.log(FINE), np.log(COARSE)))) / zoom
    if way < 0.65:
        ink = _halftoned(ink, pitch_px, chance)
    elif way < 0.85:
        ink = _dithered(ink, chance.uniform(0.15, 0.6), chance)
    # Cyan, magenta, yellow and black each take their part of the light; inks are not pure.
    left = 1 - ink[..., :3] * np.float32(chance.uniform(0.75, 0.95))
    black = 1 - ink[..., 3:] * np.float32(chance.uniform(0.85, 0.97))
    white = np.array([0.86, 0.84, 0.8], np.float32) * chance.uniform(0.85, 1.1, 3).astype(np.float32)
    grain = 1 + chance.uniform(0, 0.05) * _texture(light.shape[:2], chance)
    return np.asarray(left * black * white * grain[..., None], np.float32)


def _inked(light: Light, chance: np.random.Generator) -> NDArray[np.float32]:
    """Coverage by cyan, magenta, yellow and black, 0 to 1: (height, width, 4)."""
    grey = light.mean(axis=2, keepdims=True)
    colour = chance.uniform(0.55, 1.1) if chance.random() < 0.85 else 0.0  # the rest print in black
    light = np.clip(grey + np.float32(colour) * (light - grey), 0.004, 1)
    lack = 1 - light ** np.float32(1 / chance.uniform(1.4, 2.6))  # dots spread, as printers correct for more or less
    black = lack.min(axis=2, keepdims=True) * np.float32(chance.uniform(0.3, 1.0))
    return np.concatenate([np.clip((lack - black) / (1 - black + 1e-3), 0, 1), black], axis=2)


def _halftoned(ink: NDArray[np.float32], pitch_px: float, chance: np.random.Generator) -> NDArray[np.float32]:
    """Dots on one turned grid per ink, their area as large as the coverage."""
    height_px, width_px = ink.shape[:2]
    y, x = np.mgrid[0:height_px, 0:width_px].astype(np.float32)
    softness = np.float32(max(0.08, 0.5 / pitch_px))
    spin = chance.uniform(0, 90)
    dots = np.empty(ink.shape, np.float32)
    for channel, angle in enumerate(ANGLES_DEG):
        turn = np.radians(angle + spin)
        u = (np.float32(np.cos(turn)) * x + np.float32(np.sin(turn)) * y) * np.float32(2 * np.pi / pitch_px)
        v = (np.float32(np.cos(turn)) * y - np.float32(np.sin(turn)) * x) * np.float32(2 * np.pi / pitch_px)
        threshold = (2 + np.cos(u) + np.cos(v)) / 4
        dots[..., channel] = 1 / (1 + np.exp(-(ink[..., channel] - threshold) / softness * 4))
    share = np.float32(0.5 if chance.random() < 0.3 else 1.0)  # dots that have run together
    return np.asarray(share * dots + (1 - share) * ink, np.float32)


def _dithered(ink: NDArray[np.float32], strength: float, chance: np.random.Generator) -> NDArray[np.float32]:
    """An inkjet's scattered droplets: noise that is strongest where coverage is half."""
    noise = np.asarray(chance.standard_normal(ink.shape), np.float32)
    drops = ink + np.float32(strength) * noise * np.sqrt(ink * (1 - ink) + 1e-4)
    return np.asarray(np.clip(drops, 0, 1), np.float32)


def _texture(shape: tuple[int, ...], chance: np.random.Generator) -> NDArray[np.float32]:
    """Paper's fibres: noise of two grain sizes, deviation about 1."""
    fine = np.asarray(chance.standard_normal(shape), np.float32)
    return np.asarray(fine * 0.5 + cv2.GaussianBlur(fine, (0, 0), chance.uniform(0.8, 2.5)) * 3, np.float32)


def _shading(shape: tuple[int, int], chance: np.random.Generator) -> NDArray[np.float32]:
    """(height, width, 1): light over a sheet that curls about one axis and lies aslant to the lamp."""
    height_px, width_px = shape
    y, x = np.mgrid[0:height_px, 0:width_px].astype(np.float32)
    turn = chance.uniform(0, np.pi)
    along = np.cos(turn) * x / width_px + np.sin(turn) * y / height_px
    curl = chance.uniform(0, 0.3) * np.cos(2 * np.pi * chance.uniform(0.2, 0.8) * along + chance.uniform(0, 2 * np.pi))
    slope = chance.uniform(-0.3, 0.3) * (along - along.mean())
    return np.asarray(np.exp(chance.normal(0, 0.25)) * (1 + curl + slope), np.float32)[..., None]
