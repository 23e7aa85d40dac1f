"""How well heads' turns are told: on people whom the network was not fitted to, and on turning clips."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import FloatArray, ImageArray
from likeness.models.pose import PoseEstimator
from training.selfie.geometry import Array
from training.selfie.labels import Labelled
from training.selfie.material import CROP_PX, Faces, box_of_crop

YAWS_DEG = ((0, 10), (10, 20), (20, 30), (30, 40), (40, 50), (50, 60), (60, 90))
"""Ranges that errors are told for, by the yaw that the points say."""
LIMIT_DEG = 20.0
"""Where front ends and side begins; the wire contract's word."""
TURNS_DEG = (-15.0, 15.0)
"""By which pictures are turned in their plane, to see whether roll follows and yaw and pitch stay."""


@dataclass(frozen=True, slots=True, eq=False)
class Posed:
    """Faces and what the network says of them: yaw, pitch and roll in degrees, (n, 3), NaN without a face."""

    faces: Faces
    pose: Array

    def at(self, chosen: NDArray[np.bool_]) -> "Posed":
        """The chosen."""
        return Posed(self.faces.at(chosen), self.pose[chosen])


def estimated(faces: Faces, estimator: PoseEstimator) -> Posed:
    """What the network says of faces."""
    pose = np.full((len(faces), 3), np.nan)
    for place in np.flatnonzero(faces.found):
        pose[place] = _look(faces.crop[place], estimator)
    return Posed(faces, pose)


def errors(labelled: Labelled, posed: Posed) -> dict[str, Any]:
    """Errors against the points, by range of yaw, and how often the nearer side of LIMIT_DEG is missed."""
    use = labelled.usable
    told, said = labelled.pose[use], posed.pose[use]
    wrong = np.abs(said - told)
    by_range = {}
    for low, high in YAWS_DEG:
        inside = (np.abs(told[:, 0]) >= low) & (np.abs(told[:, 0]) < high)
        if inside.sum() == 0:
            continue
        by_range[f"{low}-{high}"] = {
            "faces": int(inside.sum()),
            "yaw_error_deg": percentiles(wrong[inside, 0]),
            "yaw_bias_deg": round(float(np.median(np.abs(said[inside, 0]) - np.abs(told[inside, 0]))), 1),
            "pitch_error_deg": percentiles(wrong[inside, 1]),
            "over_20_share": round(float(np.mean(np.abs(said[inside, 0]) > LIMIT_DEG)), 4),
        }
    return {
        "pictures": len(labelled.faces),
        "failures_to_acquire": int((~labelled.faces.found).sum()),
        "yaw_error_deg": percentiles(wrong[:, 0]),
        "pitch_error_deg": percentiles(wrong[:, 1]),
        "roll_error_deg": percentiles(wrong[:, 2]),
        "wrong_side": int(((told[:, 0] * said[:, 0] < 0) & (np.abs(told[:, 0]) > LIMIT_DEG)).sum()),
        "by_yaw_deg": by_range,
    }


def turned(faces: Faces, posed: Posed, estimator: PoseEstimator) -> dict[str, Any]:
    """What becomes of roll, yaw and pitch where the picture is turned in its plane, by the truth."""
    moved = []
    for place in np.flatnonzero(faces.found):
        for turn_deg in TURNS_DEG:
            middle = (CROP_PX - 1) / 2
            matrix = cv2.getRotationMatrix2D((middle, middle), -turn_deg, 1)
            crop = cv2.warpAffine(faces.crop[place], matrix, (CROP_PX, CROP_PX), borderMode=cv2.BORDER_REPLICATE)
            change = _look(np.asarray(crop, np.uint8), estimator) - posed.pose[place]
            moved.append(np.abs(change - (0, 0, turn_deg)))
    off = np.array(moved)
    return {name: percentiles(off[:, place]) for place, name in enumerate(("yaw_deg", "pitch_deg", "roll_deg"))}


def course(posed: Posed, told: Array | None) -> dict[str, Any]:
    """How steadily yaw goes through a clip's frames, and how near it is to that of the points."""
    yaw = posed.pose[posed.faces.found, 0]
    steps = np.abs(yaw[2:] - 2 * yaw[1:-1] + yaw[:-2]) / 2 if len(yaw) > 2 else np.zeros(1)  # noqa: PLR2004
    answer = {
        "frames": len(posed.faces),
        "failures_to_acquire": int((~posed.faces.found).sum()),
        "yaw_deg": [round(float(value), 1) for value in np.percentile(yaw, [0, 50, 100])] if len(yaw) else [],
        "off_the_line_between_neighbours_deg": percentiles(steps),
    }
    if told is not None:
        answer["correlation_with_points"] = round(float(np.corrcoef(yaw, told[posed.faces.found, 0])[0, 1]), 3)
    return answer


def percentiles(values: Array | FloatArray) -> dict[str, float]:
    """Median, 90 % and 99 %."""
    return {str(share): round(float(np.percentile(values, share)), 2) for share in (50, 90, 99)}


def _look(crop: ImageArray, estimator: PoseEstimator) -> Array:
    pose = estimator.look(crop, box_of_crop())
    return np.array((pose.yaw_deg, pose.pitch_deg, pose.roll_deg))
