"""The embedders of several packs side by side."""

from collections.abc import Sequence

import numpy as np

from likeness.models.views import Embedded, Embedder, View


class ConcatenatedEmbedder:
    """Vectors whose cosine is the weighted mean of the parts' cosines.

    Args:
        parts: weight, over 0, and embedder of each.
    """

    def __init__(self, parts: Sequence[tuple[float, Embedder]]) -> None:
        total = sum(weight for weight, _ in parts)
        self._parts = [(weight / total, embedder) for weight, embedder in parts]

    def embed(self, view: View) -> Embedded:
        """The parts' vectors, each times the root of its share of the weights, and the mean of their similarities."""
        seen = [(share, part.embed(view)) for share, part in self._parts]
        return Embedded(
            np.concatenate([np.float32(np.sqrt(share)) * one.vector for share, one in seen]),
            sum(share * one.mirror_similarity for share, one in seen),
        )
