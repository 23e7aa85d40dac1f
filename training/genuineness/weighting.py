"""How much each face counts in training, so that no large source decides alone."""

import numpy as np
from numpy.typing import NDArray

from training.genuineness.material import Material

ALIKE = 8
"""Pictures of one replay source that count as one person: its frames are near copies of each other."""
PORTRAITS = ("LFW", "CFP", "London")
SYNTHETIC = ("gan", "camera")


def weights(material: Material) -> NDArray[np.float64]:
    """Weight of each face, (n,), of sum 1.

    Bona fide faces and attacks count alike; among attacks, real ones as much as simulated ones; among bona fide faces,
    those that come with real attacks as much as all others: they differ from these in nothing but being live. Within
    these parts, a source under one label counts by the root of its people's number.
    """
    family = np.where(np.isin(material.source, PORTRAITS), 0, np.where(np.isin(material.source, SYNTHETIC), 1, 2))
    beside_real = np.isin(family, family[material.real])
    part = 2 * material.attack + np.where(material.attack, material.real, beside_real)
    groups = np.char.add(material.source, material.label)
    out = np.zeros(len(material))
    for one in np.unique(part):
        for name in np.unique(groups[part == one]):
            group = (groups == name) & (part == one)
            people = len(np.unique(material.person[group]))
            out[group] = np.sqrt(people if people > 1 else group.sum() / ALIKE) / group.sum()
        out[part == one] /= out[part == one].sum()
    for kind in (False, True):
        out[material.attack == kind] /= 2 * out[material.attack == kind].sum()
    return out
