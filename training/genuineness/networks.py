"""All networks of the recipe, trained side by side: one per attack, three more of screens that lack some sources."""

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch

from training.genuineness.material import Material
from training.genuineness.network import Network, Recipe, train
from training.genuineness.orders import ATTACKS, Faces, fitting

STEPS = 800
FOLDS = 3
"""Parts of the replay sources, each left out of one network, so that real screens can be judged by one that never saw
their source."""


def sources_of(faces: Faces, fold: int) -> list[str]:
    """The replay sources of a fold."""
    return sorted({face.picture.data_set for face in faces.crops})[fold::FOLDS]


def names() -> list[str]:
    """Of the networks: `screen`, ... and `screen-0`, ... without a fold's sources."""
    return [*ATTACKS, *(f"screen-{fold}" for fold in range(FOLDS))]


def material_of(faces: Faces, name: str, work: Path) -> Material:
    """What a network is fitted to."""
    label, _, fold = name.partition("-")
    material = fitting(faces, label, work)
    return material.at(~np.isin(material.source, sources_of(faces, int(fold)))) if fold else material


def train_all(faces: Faces, work: Path) -> dict[str, Network]:
    """Every network by name, as many at a time as there are cores; finished ones are taken from `work`."""
    for name in names():
        material_of(faces, name, work)  # made on all cores, before each trains on one
    context = get_context("spawn")  # threads of torch do not survive a fork
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context) as pool:
        list(pool.map(_trained, *zip(*((faces, name, work) for name in names()), strict=True)))
    return {name: _trained(faces, name, work) for name in names()}


def _trained(faces: Faces, name: str, work: Path) -> Network:
    torch.set_num_threads(1)
    return train(Recipe(name, STEPS), material_of(faces, name, work), work)
