"""How far a face can be trusted, measured on its aligned chip."""

import cv2
import numpy as np

from likeness.domain.face import FloatArray, Quality
from likeness.models.views import View


def measure(view: View, face_width_px: float, mirror_similarity: float) -> Quality:
    """Measure a face; width and similarity are handed on."""
    luma = cv2.cvtColor(view.chip, cv2.COLOR_RGB2GRAY)
    edges = cv2.Laplacian(luma, cv2.CV_32F)
    sharpness, brightness, contrast = float(edges.var()), float(luma.mean()), float(luma.std())
    return Quality(face_width_px, sharpness, brightness, contrast, frontalness(view.eyes, view.nose), mirror_similarity)


def frontalness(eyes: FloatArray, nose: FloatArray) -> float:
    """1 for a face seen straight on, down to 0 for a profile.

    Args:
        eyes: shape (2, 2), the centres of both.
        nose: shape (2,), its base or its tip; the tip moves more as the head turns, so compare within one pack only.

    The nose is projected on the line through the eyes; seen straight on it falls half-way between them.
    """
    one, other = eyes
    between = other - one
    span = float(between @ between)
    if span == 0:
        return 0.0
    along = float((nose - one) @ between) / span
    return float(np.clip(1 - 2 * abs(along - 0.5), 0, 1))
