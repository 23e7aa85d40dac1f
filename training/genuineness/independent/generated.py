"""Imitates what a generator's upsampling leaves in a picture. It imitates artefacts, not generators.

No face is generated here: identity, pose, skin, teeth, hair, background and light remain those of the photograph, and
nothing of what else gives real generators away is shown. What is imitated is a decoder: from a small picture up, each
stage doubles the sides by an operation with random, imperfect kernels and adds the detail that a trained network would
have learned to put there. The gaps that doubling leaves in the spectrum and the beat of its kernels stay in the result,
as they do in pictures of transposed convolutions, of pixel shuffling, and of interpolation followed by convolution.
A detector that passes on these need not see any real generator's faces, diffusion models' least of all.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import Box, FloatArray, ImageArray
from training.genuineness.independent import camera
from training.genuineness.independent.camera import log_uniform
from training.genuineness.scene import Scene

SIDES_PX = (64, 96, 128, 160, 192, 256, 320, 384, 512, 768, 1024)
"""Sides that generators draw at."""
STAGES = (2, 3, 4)
COARSER = 0.4
"""Weights' error of a stage by that of the next finer one."""
BEAT = 0.5
"""Share left of the phases' errors in light, which are the chess board that is seen."""
WIDEST = 2.2
"""Side of the widest region drawn, by the face's box; a narrow one spans about 1.2."""


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """One doubling. kind: "transposed", "shuffled", "nearest" or "bilinear".

    ideal, kernels: (4, 3, 3, 3), phase, channel, rows, columns: what should make and what makes each of the four new
    pixels from the old ones around (transposed, shuffled), or one kernel over the interpolated picture, repeated.
    learned: share of the lost detail put back. noise: deviation of the fixed noise added, in values of 0 to 1. leak:
    slope of the detail's negative half.
    """

    kind: str
    ideal: FloatArray
    kernels: FloatArray
    learned: float
    noise: float
    leak: float


@dataclass(frozen=True, slots=True, eq=False)
class Decoder:
    """stages: the finest last. side_px: of the drawn square. seed: of the noise, which sticks to the picture as theirs.

    smoothing: share of an edge-keeping blur, as skin comes out. tint: (3,), gains of the channels. span: side of the
    drawn square by the face's box; whole: the whole picture is drawn, not a face put into it.
    """

    stages: tuple[Stage, ...]
    side_px: int
    seed: int
    smoothing: float
    tint: FloatArray
    span: float
    whole: bool


def generated(scene: Scene, chance: np.random.Generator) -> Scene:
    """The scene with its face, or all of each frame, put through an imitated decoder.

    Args:
        scene: the photographed person.
        chance: draws decoder and region; equal states give equal frames, and all frames share the decoder.

    Returns:
        A scene of as many frames and the same size (shrunk where over 1280), boxes and points unmoved.
    """
    scene = camera.limited(scene)
    decoder = _choose_decoder(scene, chance)
    draw = _whole_drawn if decoder.whole else _face_drawn
    frames = [draw(frame, box, decoder) for frame, box in zip(scene.frames, scene.boxes, strict=True)]
    return Scene(tuple(frames), scene.boxes, scene.points, scene.frames_per_s)


def _choose_decoder(scene: Scene, chance: np.random.Generator) -> Decoder:
    whole = bool(chance.random() < 0.5)  # noqa: PLR2004 - half of all are whole pictures, half swapped faces
    span = chance.uniform(1.2, WIDEST)
    wanted_px = max(scene.frames[0].shape[:2]) if whole else span * scene.boxes[0].width_px
    side_px = min(SIDES_PX, key=lambda it: abs(np.log(it / (wanted_px * chance.uniform(0.7, 1.4)))))
    kind = str(chance.choice(["transposed", "shuffled", "nearest", "bilinear"]))
    count, unevenness = int(chance.choice(STAGES)), log_uniform(chance, 0.003, 0.03)
    # What a coarse stage does wrong, the ones above it have learned to correct.
    stages = tuple(_choose_stage(kind, unevenness * COARSER ** (count - 1 - it), chance) for it in range(count))
    return Decoder(
        stages=stages,
        side_px=side_px,
        seed=int(chance.integers(2**31)),
        smoothing=float(chance.uniform(0, 0.6)),
        tint=np.exp(chance.normal(0, 0.02, 3)).astype(np.float32),
        span=span,
        whole=whole,
    )


def _choose_stage(kind: str, unevenness: float, chance: np.random.Generator) -> Stage:
    """unevenness: deviation of the error of each weight; training leaves hardly any of it in the mean light."""
    ideal = np.stack([_phase_kernel(kind, phase) for phase in range(4)])[:, None].repeat(3, axis=1)
    per_phase = 4 if kind in {"transposed", "shuffled"} else 1  # what follows an interpolation has one kernel for all
    wrong = chance.standard_normal((per_phase, 3, 3, 3)) * unevenness
    share = chance.uniform(0, 0.8)  # of the error that all channels have in common
    wrong = share * wrong.mean(axis=1, keepdims=True) * np.sqrt(3) + (1 - share) * wrong
    light = wrong.mean(axis=(2, 3), keepdims=True)
    wrong = wrong - light + BEAT * (light - light.mean(axis=0))
    return Stage(
        kind=kind,
        ideal=ideal.astype(np.float32),
        kernels=(ideal + wrong).astype(np.float32),
        learned=float(chance.uniform(0.6, 0.95)),
        noise=log_uniform(chance, 0.0005, 0.008),
        leak=float(chance.uniform(0.7, 1)),
    )


def _phase_kernel(kind: str, phase: int) -> NDArray[np.float64]:
    """(3, 3): an ideal kernel of the new pixel at (phase // 2, phase % 2) of each old one's two by two."""
    if kind in {"nearest", "bilinear"}:
        sides = np.array([[1.0, 2.0, 1.0]]) / 4 if kind == "nearest" else np.array([[0.0, 1.0, 0.0]])
        return np.asarray(sides.T * sides)
    near, far = (0.75, 0.25) if kind == "transposed" else (0.85, 0.15)
    low, high = np.array([far, near, 0.0]), np.array([0.0, near, far])
    rows, columns = (high if phase // 2 else low), (high if phase % 2 else low)
    return np.asarray(np.outer(rows, columns))


def _doubled(small: FloatArray, kind: str, kernels: FloatArray) -> FloatArray:
    """Twice the sides, by one kind of operation."""
    height_px, width_px = small.shape[:2]
    if kind in {"nearest", "bilinear"}:
        way = cv2.INTER_NEAREST if kind == "nearest" else cv2.INTER_LINEAR
        return _convolved(cv2.resize(small, (2 * width_px, 2 * height_px), interpolation=way), kernels[0])
    large = np.empty((2 * height_px, 2 * width_px, 3), np.float32)
    for phase in range(4):
        large[phase // 2 :: 2, phase % 2 :: 2] = _convolved(small, kernels[phase])
    return large


def _convolved(picture: NDArray[np.generic], kernels: FloatArray) -> FloatArray:
    """Each channel by its own kernel, (3, 3, 3)."""
    channels = [
        cv2.filter2D(np.ascontiguousarray(picture[..., it]), cv2.CV_32F, kernels[it], borderType=cv2.BORDER_REFLECT_101)
        for it in range(3)
    ]
    return np.asarray(np.stack(channels, axis=-1), np.float32)


def _decoded(picture: FloatArray, decoder: Decoder) -> FloatArray:
    """The picture, values 0 to 1, down to a small one and up again through the stages; its sides divide evenly."""
    chance = np.random.default_rng(decoder.seed)
    levels = [picture]
    for _ in decoder.stages:
        height_px, width_px = levels[-1].shape[:2]
        levels.append(np.asarray(cv2.resize(levels[-1], (width_px // 2, height_px // 2), interpolation=cv2.INTER_AREA)))
    drawn = levels[-1]
    for stage, level in zip(decoder.stages, reversed(levels[:-1]), strict=True):
        half = (level.shape[1] // 2, level.shape[0] // 2)
        smaller = np.asarray(cv2.resize(level, half, interpolation=cv2.INTER_AREA), np.float32)
        detail = level - _doubled(smaller, stage.kind, stage.ideal)
        detail = np.where(detail < 0, stage.leak * detail, detail)
        noise = stage.noise * chance.standard_normal((*level.shape[:2], 1), np.float32)
        drawn = _doubled(drawn, stage.kind, stage.kernels) + stage.learned * detail + noise
    smooth = cv2.bilateralFilter(np.asarray(drawn, np.float32), 7, 0.06, 3)
    return np.asarray(np.clip((drawn + decoder.smoothing * (smooth - drawn)) * decoder.tint, 0, 1), np.float32)


def _whole_drawn(frame: ImageArray, _box: Box, decoder: Decoder) -> ImageArray:
    """All of the frame drawn at the decoder's side, then scaled to where it is shown."""
    height_px, width_px = frame.shape[:2]
    factor = decoder.side_px / max(height_px, width_px)
    drawn = _decoded(_scaled(_as_values(frame), _even(width_px * factor, height_px * factor, decoder)), decoder)
    return _as_bytes(_scaled(drawn, (width_px, height_px)))


def _face_drawn(frame: ImageArray, box: Box, decoder: Decoder) -> ImageArray:
    """A square around the face drawn at the decoder's side and blended into the frame, as face swaps are."""
    height_px, width_px = frame.shape[:2]
    half = box.width_px * decoder.span / 2
    middle = ((box.left + box.right) / 2, (box.top + box.bottom) / 2)
    left, top = max(0, round(middle[0] - half)), max(0, round(middle[1] - half))
    right, bottom = min(width_px, round(middle[0] + half)), min(height_px, round(middle[1] + half))
    part = _as_values(frame[top:bottom, left:right])
    factor = decoder.side_px / (2 * half)
    size = _even((right - left) * factor, (bottom - top) * factor, decoder)
    drawn = _scaled(_decoded(_scaled(part, size), decoder), (right - left, bottom - top))
    y, x = np.mgrid[top:bottom, left:right].astype(np.float32) + 0.5
    away = np.hypot((x - middle[0]) / half, (y - middle[1]) / half)[..., None]
    blend = np.clip((1 - away) / 0.2, 0, 1)  # all of the middle, none beyond the circle in the square
    result = frame.copy()
    result[top:bottom, left:right] = _as_bytes(np.asarray(part + blend * (drawn - part), np.float32))
    return result


def _even(width: float, height: float, decoder: Decoder) -> tuple[int, int]:
    """The size in whole multiples of what the stages divide by."""
    step = 2 ** len(decoder.stages)
    return max(step, round(width / step) * step), max(step, round(height / step) * step)


def _scaled(picture: FloatArray, size: tuple[int, int]) -> FloatArray:
    way = cv2.INTER_AREA if size[0] < picture.shape[1] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=way), np.float32)


def _as_values(picture: ImageArray) -> FloatArray:
    return np.asarray(picture / np.float32(255), np.float32)


def _as_bytes(picture: FloatArray) -> ImageArray:
    return np.asarray(np.clip(np.round(picture * 255), 0, 255), np.uint8)
