"""Vectors whose scores can be worked out by hand, and people made up of random ones."""

import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import FloatArray


def at_angles(*degrees: float) -> FloatArray:
    """(n, 2): the score of two of them is the cosine of the angle between them."""
    angle = np.deg2rad(degrees)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


def random_people(sizes: list[int], seed: int = 1) -> tuple[FloatArray, NDArray[np.str_]]:
    """Vectors (n, 6) and persons (n,); pictures of one person lie together, but overlap with others."""
    random = np.random.default_rng(seed)
    person = np.repeat(np.arange(len(sizes)), sizes)
    vector = random.normal(size=(len(sizes), 6))[person] + 0.7 * random.normal(size=(len(person), 6))
    shuffled = random.permutation(len(person))
    vector = (vector / np.linalg.norm(vector, axis=1, keepdims=True))[shuffled].astype(np.float32)
    return vector, np.array([f"person {it:02d}" for it in person[shuffled]])
