"""`report.json`: how well turns are told, and how many good selfies each limit refuses, of people used for neither."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from likeness.domain.selfie import SelfieThresholds
from likeness.models.pose import PoseEstimator
from training.selfie import deriving, geometry, limits
from training.selfie.labels import Labelled, Teacher
from training.selfie.material import FIT_PERCENT, Faces
from training.selfie.posed import Posed, course, errors, percentiles, turned

Told = dict[str, dict[str, Labelled]]
Said = dict[str, dict[str, Posed]]


def report(
    told: Told, posed: Said, teacher: Teacher, estimator: PoseEstimator, selfie: SelfieThresholds
) -> dict[str, Any]:
    """All figures."""
    answer: dict[str, Any] = {"command": limits.COMMAND, "heads": _heads(teacher), "pose": {}, "refused": {}}
    for pack in deriving.PACKS:
        of_pack: dict[str, Any] = {}
        for name, labels in told[pack].items():
            mine = _unfitted(labels.faces)
            of_pack[name] = errors(labels.at(mine), posed[pack][name].at(mine))
        mine = _unfitted(posed[pack]["CFP"].faces)
        cfp = posed[pack]["CFP"].at(mine)
        of_pack["CFP turned in its plane by 15 degrees, off by"] = turned(cfp.faces, cfp, estimator)
        for name, clip in posed[pack].items():
            if name.startswith("live_") and clip.faces.found.mean() > 0.5:  # noqa: PLR2004  masks hide most of others
                points = geometry.poses(clip.faces.points, teacher.heads) if pack == "mobile" else None
                of_pack[name] = course(clip, points)
        of_pack["acquired"] = {name: acquired(one.faces) for name, one in posed[pack].items()}
        answer["pose"][pack] = of_pack
        answer["refused"][pack] = {
            "front": _refused(posed[pack], selfie, ("CFP", "London", "LFW"), side=False),
            "side": _refused(posed[pack], selfie, ("CFP-profile", "LFW"), side=True),
        }
    return answer


def acquired(faces: Faces) -> dict[str, int]:
    """How many pictures there are and in how many no face is found."""
    return {"pictures": len(faces), "failures_to_acquire": int((~faces.found).sum())}


def _heads(teacher: Teacher) -> dict[str, float]:
    return {name: getattr(teacher.heads, name) for name in teacher.heads.__slots__}


def _unfitted(faces: Faces) -> NDArray[np.bool_]:
    return np.array([deriving.place_of(person) >= FIT_PERCENT for person in faces.person], bool)


def _refused(
    posed: dict[str, Posed], selfie: SelfieThresholds, names: tuple[str, ...], *, side: bool
) -> dict[str, Any]:
    """Shares that each limit refuses: of people reported on, and of clips' frames."""
    answer = {}
    for name, one in posed.items():
        if name in names:
            mine = one.at(deriving.between(one.faces, deriving.REPORTED_FROM, 100))
        elif name.startswith("live_"):
            mine = one.at(one.faces.found)
        else:
            continue
        if name not in ("CFP", "London", "CFP-profile"):  # they were taken as front or as side; of others the pose says
            over = np.abs(mine.pose[:, 0]) > selfie.side_yaw_deg
            mine = mine.at(over == side)
        if len(mine.faces) >= deriving.LEAST_FRAMES:
            answer[name] = _shares(mine, selfie, side=side)
    return answer


def _shares(one: Posed, selfie: SelfieThresholds, *, side: bool) -> dict[str, Any]:
    kind = "side" if side else "front"
    _, sharpness, brightness, contrast = one.faces.quality[:, :4].T
    share, offset, beyond = limits.placements(one.faces).T
    yaw, pitch = np.abs(one.pose[:, 0]), one.pose[:, 1]
    tests = {
        "sharpness": sharpness < getattr(selfie, f"{kind}_sharpness"),
        "min_brightness": brightness < getattr(selfie, f"{kind}_min_brightness"),
        "max_brightness": brightness > getattr(selfie, f"{kind}_max_brightness"),
        "contrast": contrast < getattr(selfie, f"{kind}_contrast"),
        "yaw": yaw < selfie.side_yaw_deg if side else yaw > selfie.front_yaw_deg,
        "min_share": share < selfie.min_share,
        "max_share": share > selfie.max_share,
        "max_offset": offset > selfie.max_offset,
        "max_beyond": beyond > selfie.max_beyond,
    }
    if not side:
        tests["pitch"] = np.abs(pitch) > selfie.front_pitch_deg
    refused = {name: round(float(np.mean(outside)), 4) for name, outside in tests.items()}
    return {
        "faces": len(yaw),
        "refused": refused,
        "refused_by_any": round(float(np.mean(np.any(list(tests.values()), axis=0))), 4),
        "yaw_deg": percentiles(yaw),
    }
