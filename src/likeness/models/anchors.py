"""What YuNet's outputs mean: each cell of three grids over the input tells of one face near it.

After "YuNet: a tiny millisecond-level face detector" (Wu, Peng, Yu; Machine Intelligence Research 20, 2023), whose
network is free of anchor boxes: centres and points count from a cell's corner in units of the stride, sides are
exponents of the stride.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from likeness.domain.face import FloatArray

STRIDES_PX = (8, 16, 32)
POINTS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """n faces. score: (n,), 0 to 1. box: (n, 4), left, top, right, bottom. points: (n, 5, 2), x and y; all float32.

    Points: the eye on the left of the picture, the eye on its right, the tip of the nose, the left and the right
    corner of the mouth. Places are in pixels of the network's input, whose first pixel reaches from 0 to 1.
    """

    score: FloatArray
    box: FloatArray
    points: FloatArray


def candidates(outputs: dict[str, FloatArray], side_px: int, least_score: float) -> Candidates:
    """The cells that score at least this.

    Args:
        outputs: of the network, by name: `cls_8` (1, cells, 1), `obj_8` (1, cells, 1), `bbox_8` (1, cells, 4) and
            `kps_8` (1, cells, 10), and likewise for the strides 16 and 32; cells row by row.
        side_px: of the square input.
        least_score: 0 to 1.
    """
    parts = [_of_stride(outputs, stride_px, side_px, least_score) for stride_px in STRIDES_PX]
    return Candidates(
        np.concatenate([part.score for part in parts]),
        np.concatenate([part.box for part in parts]),
        np.concatenate([part.points for part in parts]),
    )


def _of_stride(outputs: dict[str, FloatArray], stride_px: int, side_px: int, least_score: float) -> Candidates:
    face, presence = (np.clip(outputs[f"{name}_{stride_px}"].ravel(), 0, 1) for name in ("cls", "obj"))
    score = np.sqrt(face * presence)
    (cells,) = np.nonzero(score >= least_score)
    corner = np.stack([cells % (side_px // stride_px), cells // (side_px // stride_px)], axis=1).astype(np.float32)
    sides = outputs[f"bbox_{stride_px}"][0, cells]
    centre, half = (corner + sides[:, :2]) * stride_px, np.exp(sides[:, 2:]) * (stride_px / 2)
    points = outputs[f"kps_{stride_px}"][0, cells].reshape(-1, POINTS, 2)
    return Candidates(
        score[cells],
        np.concatenate([centre - half, centre + half], axis=1),
        (points + corner[:, None]) * np.float32(stride_px),
    )


def one_each(found: Candidates, overlap_limit: float) -> Candidates:
    """Keep the best of every group whose boxes' common part is over this share of what they cover together."""
    left_top, sides = found.box[:, :2], found.box[:, 2:] - found.box[:, :2]
    boxes = np.concatenate([left_top, sides], axis=1)
    kept = cv2.dnn.NMSBoxes(boxes.tolist(), found.score.tolist(), 0.0, overlap_limit)
    chosen = np.asarray(kept, np.intp)
    return Candidates(found.score[chosen], found.box[chosen], found.points[chosen])


@dataclass(frozen=True, slots=True)
class Joining:
    """How the cells that tell of one face are joined.

    overlap_limit: see `one_each`. pooled_score, pooled_overlap: cells from this score on, whose box has this share in
    common with the best one's, have a say in where the points are; `training.boxes` states what that brings.
    """

    overlap_limit: float
    pooled_score: float
    pooled_overlap: float


def joined(found: Candidates, least_score: float, joining: Joining) -> Candidates:
    """One candidate for each face of at least this score: the best one's box, and its group's points.

    Points are means weighted by the square of the score: single cells' stray as a face moves from one to the next.
    """
    best = one_each(found, joining.overlap_limit)
    sure = best.score >= least_score
    best = Candidates(best.score[sure], best.box[sure], best.points[sure])
    weights = np.square(found.score) * (found.score >= joining.pooled_score)
    points = best.points.copy()
    for index, box in enumerate(best.box):
        say = weights * (_shares(found.box, box) >= joining.pooled_overlap)
        if say.any():
            points[index] = np.tensordot(say, found.points, axes=1) / say.sum()
    return Candidates(best.score, best.box, points)


def _shares(boxes: FloatArray, box: FloatArray) -> FloatArray:
    """The part that boxes (n, 4) have in common with one (4,), of what both cover: (n,)."""
    sides = np.minimum(boxes[:, 2:], box[2:]) - np.maximum(boxes[:, :2], box[:2])
    common = np.clip(sides, 0, None).prod(axis=1)
    both = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) + (box[2:] - box[:2]).prod()
    shares: FloatArray = common / (both - common)
    return shares
