"""Fits the weights by which a mouth foretells sound: ridge regression over genuine clips, each seen in several ways."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from likeness.domain.series import MouthSeries
from likeness.models.lip_sync import LipSyncParameters, surrounded
from likeness.models.lip_sync_features import Values, mouth_features, sound_features
from training.lip_sync.cameras import PACKS
from training.lip_sync.material import FOLDS, Clip

RIDGE = 0.3
"""Added to the variance of every feature, 1 or less: keeps 1,215 weights from learning one speaker's words by heart."""
FAST, ELSEWHERE = 0.6, 0.7
"""Rounded from a logistic regression of clips against dubbed and shifted ones, of which all folds agreed in signs."""
VIEWS = ((0, 1.0, 1.0), (-3, 1.0, 1.0), (3, 1.0, 1.0), (0, 0.85, 0.85), (0, 1.15, 1.15), (0, 1.15, 0.9))
"""Pixels down, and widths and heights that a mouth is also seen in, of 48 rows: other faces' mouths lie elsewhere."""
GENUINE = ("spliced", "whole")
"""Kinds of clips that are fitted to."""

SHAPE = 7
"""Features of the mouth before those of its cells; the first tells how dark it is, the last how much it changes."""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Features of a genuine clip by one pack: mouth (n, k) as `surrounded` gives them, and sound (n, bands)."""

    fold: int
    mouth: Values
    heard: Values


def pairs(clips: Sequence[Clip]) -> list[Pair]:
    """Every genuine clip by every pack and in all VIEWS."""
    result = []
    for clip in clips:
        if clip.kind not in GENUINE:
            continue
        for pack in PACKS:
            if pack in clip.mouths:
                for view in VIEWS:
                    mouth = mouth_features(_seen(clip.mouths[pack], *view))
                    result.append(Pair(clip.fold, surrounded(mouth), sound_features(clip.sound, len(mouth))))
    return result


def fit(chosen: Sequence[Pair], *, shape_alone: bool = False) -> Values:
    """(k, bands): the weights with the least squared error and RIDGE, all steps of all clips alike.

    Args:
        chosen: what is fitted to.
        shape_alone: leave the mouth's cells out: their weights are 0.
    """
    steps = sum(len(pair.mouth) for pair in chosen)
    square = sum((pair.mouth.T @ pair.mouth for pair in chosen), np.zeros((1, 1))) / steps
    product = sum((pair.mouth.T @ pair.heard for pair in chosen), np.zeros((1, 1))) / steps
    kept = _features(len(square)) < SHAPE if shape_alone else np.full(len(square), fill_value=True)
    weights = np.zeros_like(product)
    ridge = RIDGE * np.eye(int(kept.sum()))
    weights[kept] = np.linalg.solve(square[np.ix_(kept, kept)] + ridge, product[kept])
    return weights


def by_fold(fitted_to: Sequence[Pair], *, shape_alone: bool = False) -> list[Values]:
    """Weights for each fold, of the other folds."""
    return [fit([pair for pair in fitted_to if pair.fold != fold], shape_alone=shape_alone) for fold in range(FOLDS)]


def single(feature: int, like: Values) -> Values:
    """Weights by which one feature of the moment itself foretells all of the sound: nothing is fitted."""
    weights = np.zeros_like(like)
    places = np.flatnonzero(_features(len(like)) == feature)
    weights[places[len(places) // 2], 0] = 1.0
    return weights


def parameters(weights: Values) -> LipSyncParameters:
    """With how much the rest counts."""
    return LipSyncParameters(weights, FAST, ELSEWHERE)


def _features(rows: int) -> NDArray[np.int64]:
    """(rows,): which feature of the mouth each row of the weights is of."""
    around = len(surrounded(np.zeros((1, 1)))[0])
    return np.arange(rows) % (rows // around)


def _seen(series: MouthSeries, down_px: float, wide: float, high: float) -> MouthSeries:
    """The crops enlarged about their middle and moved."""
    if (down_px, wide, high) == VIEWS[0]:
        return series
    rows, columns = series.crops.shape[1:]
    matrix = np.array([[wide, 0, columns / 2 * (1 - wide)], [0, high, rows / 2 * (1 - high) + down_px]])
    crops = [cv2.warpAffine(crop, matrix, (columns, rows), borderMode=cv2.BORDER_REPLICATE) for crop in series.crops]
    return replace(series, crops=np.asarray(crops, np.uint8))
