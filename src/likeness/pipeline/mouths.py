"""The mouth of a clip's face in every frame, held in one place, so that what moves is the mouth alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import Box, Face, FloatArray, ImageArray
from likeness.domain.series import MouthSeries
from likeness.models.views import Aligner
from likeness.pipeline.frames import ClipFrame

EYES_PX = 40.0
"""Distance of the eyes in the upright face that mouths are cut from; that of a face 100 pixels wide."""
FACE_PX = (96, 112)
"""Width and height of that face."""
EYES_AT_PX = (48.0, 24.0)
"""Where the middle between the eyes lies in it."""
MOUTH_ROWS, MOUTH_COLUMNS = slice(50, 98), slice(16, 80)
"""Of that face: from the base of the nose to the chin, and cheek to cheek."""

_SMOOTHED_S = 0.12  # half a syllable: heads move more slowly than mouths
_UPPER_ROWS = slice(4, 52)  # brows to the base of the nose: what does not move when one speaks
_SHIFT_MAX_PX = 16.0  # a sixth of the width; a larger one is a mismatch
_LOOKS = 3  # at the reference: the first is one frame, the others the mean of all that were held by it


@dataclass(frozen=True, slots=True, eq=False)
class _Track:
    """Where the eyes are: middle (n, 2), and span (n, 2), from the eye on the left of the picture to the other."""

    middle: NDArray[np.float64]
    span: NDArray[np.float64]


def mouths(frames: Sequence[ClipFrame], found: Sequence[tuple[float, Face]], aligner: Aligner) -> MouthSeries | None:
    """Cut the mouth out of every frame; None without a face or without frames.

    The eyes are followed from one found face to the next, by landmarks of each frame where the pack has a model of
    them; the rest of the head's movement is taken out by holding the upper face in its place.

    Args:
        frames: of one size, in order of time, 10 to 30 a second.
        found: the person's face in some of these or of other frames of the clip, at rising times, in pixels of
            `frames`.
        aligner: of the pack whose detector found the faces.
    """
    kept = [frame for index, frame in enumerate(frames) if not index or frame.time_s > frames[index - 1].time_s]
    if not kept or not found:
        return None
    times = np.array([frame.time_s for frame in kept], np.float64)
    track = _smooth(_follow(kept, times, found, aligner), times)
    shifts = np.zeros((len(kept), 2))
    faces = [_cut(frame.pixels, track, index, shifts[index]) for index, frame in enumerate(kept)]
    for look in range(_LOOKS):
        held = np.mean(faces, axis=0) if look else faces[len(faces) // 2]
        shifts = _limited(shifts + np.array([_shift(face, held) for face in faces]))
        faces = [_cut(frame.pixels, track, index, shifts[index]) for index, frame in enumerate(kept)]
    crops = np.stack(faces)[:, MOUTH_ROWS, MOUTH_COLUMNS]
    return MouthSeries(times.astype(np.float32), np.ascontiguousarray(crops))


def _follow(
    frames: Sequence[ClipFrame], times: NDArray[np.float64], found: Sequence[tuple[float, Face]], aligner: Aligner
) -> _Track:
    """The eyes in every frame, between found faces by the straight way."""
    moments = np.array([time_s for time_s, _ in found], np.float64)
    if aligner.by_detector:
        # The points are the detector's: nothing can be looked up where it did not look. They need no pixels.
        eyes = np.array([_eyes(frames[0].pixels, face, aligner) for _, face in found])
        eyes = np.stack([np.interp(times, moments, row) for row in eyes.reshape(len(found), 4).T], axis=1)
    else:
        sides = np.array([(it.box.left, it.box.top, it.box.right, it.box.bottom) for _, it in found])
        boxes = np.stack([np.interp(times, moments, side) for side in sides.T], axis=1)
        face = found[0][1]
        eyes = np.array(
            [
                _eyes(frame.pixels, replace(face, box=Box(*box.tolist())), aligner)
                for frame, box in zip(frames, boxes, strict=True)
            ]
        )
    left, right = eyes.reshape(-1, 2, 2).transpose(1, 0, 2)
    return _Track((left + right) / 2, right - left)


def _eyes(pixels: ImageArray, face: Face, aligner: Aligner) -> FloatArray:
    """(2, 2): x and y of the eye on the left of the picture, then of the other."""
    eyes = aligner.view(pixels, face).eyes
    return eyes[np.argsort(eyes[:, 0])]


def _smooth(track: _Track, times: NDArray[np.float64]) -> _Track:
    """Weighted means over _SMOOTHED_S; the span, which only a turning head changes, over four times that."""
    return _Track(_blurred(track.middle, times, _SMOOTHED_S), _blurred(track.span, times, 4 * _SMOOTHED_S))


def _blurred(values: NDArray[np.float64], times: NDArray[np.float64], width_s: float) -> NDArray[np.float64]:
    weight = np.exp(-np.square((times[:, None] - times[None]) / width_s) / 2)
    blurred: NDArray[np.float64] = weight @ values / weight.sum(axis=1, keepdims=True)
    return blurred


def _cut(pixels: ImageArray, track: _Track, index: int, shift: NDArray[np.float64]) -> ImageArray:
    """The upright face, grey; `shift`: in its pixels, by how much it lay beside its place."""
    across, down = track.span[index]
    length = max(float(np.hypot(across, down)), 1.0)
    scale, turn = length / EYES_PX, np.array([[across, -down], [down, across]]) / length
    matrix = np.column_stack([turn * scale, track.middle[index] - turn @ (np.array(EYES_AT_PX) - shift) * scale])
    left, top = (max(0, int(it)) for it in np.floor(_corners(matrix).min(axis=0)) - 2)
    right, bottom = (max(0, int(it)) for it in np.ceil(_corners(matrix).max(axis=0)) + 3)
    region = pixels[top:bottom, left:right]
    if region.size == 0:  # the face lies beyond the picture
        return np.zeros(FACE_PX[::-1], np.uint8)
    grey = cv2.cvtColor(region, cv2.COLOR_RGB2GRAY)
    matrix[:, 2] -= left, top
    if scale > 1:  # so that no pixel is passed over
        smaller = (max(1, round(grey.shape[1] / scale)), max(1, round(grey.shape[0] / scale)))
        factors = np.array(smaller) / grey.shape[1::-1]
        grey = cv2.resize(grey, smaller, interpolation=cv2.INTER_AREA)
        matrix[:, 2] += 0.5
        matrix *= factors[:, None]
        matrix[:, 2] -= 0.5
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(grey, matrix, FACE_PX, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _corners(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    width, height = FACE_PX
    corners = np.array([(0, 0, 1), (width, 0, 1), (0, height, 1), (width, height, 1)], np.float64)
    placed: NDArray[np.float64] = corners @ matrix.T
    return placed


def _shift(face: ImageArray, held: NDArray[np.generic]) -> NDArray[np.float64]:
    """By how many pixels (x, y) the upper face lies beside that of another."""
    upper, other = (np.asarray(it[_UPPER_ROWS], np.float32) for it in (face, held))
    window = cv2.createHanningWindow(upper.shape[::-1], cv2.CV_32F)
    (right, down), _ = cv2.phaseCorrelate(other - other.mean(), upper - upper.mean(), window)
    return np.array([right, down])


def _limited(shifts: NDArray[np.float64]) -> NDArray[np.float64]:
    """None where one is too large to be believed."""
    return np.where(np.abs(shifts).max(axis=1, keepdims=True) <= _SHIFT_MAX_PX, shifts, 0.0)
