"""The embedders of several packs side by side."""

from collections.abc import Sequence

import numpy as np

from likeness.domain.face import FloatArray
from likeness.models.views import Embedder, View


class ConcatenatedEmbedder:
    """Vectors whose cosine is the weighted mean of the parts' cosines.

    Args:
        parts: weight, over 0, and embedder of each.
    """

    def __init__(self, parts: Sequence[tuple[float, Embedder]]) -> None:
        total = sum(weight for weight, _ in parts)
        self._parts = [(weight / total, embedder) for weight, embedder in parts]

    def embed(self, view: View) -> FloatArray:
        """The parts' unit vectors, each times the root of its share of the weights: (n,), float32, unit length."""
        return np.concatenate([np.float32(np.sqrt(share)) * part.embed(view) for share, part in self._parts])

    def mirror_similarity(self, view: View) -> float:
        """The weighted mean of the parts'."""
        return sum(share * part.mirror_similarity(view) for share, part in self._parts)
