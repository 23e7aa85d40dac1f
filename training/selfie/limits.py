"""The limits on selfies, from faces that ought to pass and from portraits placed on purpose."""

import math
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from rich.progress import track

from likeness.domain.face import Box, ImageArray
from likeness.domain.selfie import placement
from training.observe import PackReader
from training.pictures import Picture, read
from training.selfie.geometry import Array
from training.selfie.labels import Labelled
from training.selfie.material import Faces
from training.selfie.posed import LIMIT_DEG, Posed

BUDGET = 0.005
"""Of the good selfies of every group that each limit may refuse; that of training/thresholds.py."""
COMMAND = "python -m training.selfie --data DIR"
SHARES = (0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.33, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3)
"""Of the face's square in the picture's shorter side, that portraits are placed at."""
FOUND_LEAST = 0.99
"""Of placed faces that must be found, in the right place."""
CANVAS_PX = (480, 640)
"""Of the picture that portraits are placed in, as a phone held upright takes it, reduced."""
NEAR = 0.25
"""How far from where it was placed a face may be found, in its widths."""

Groups = dict[str, Array]
"""Values by name of the pack and of the set or clip."""


def least(groups: Groups, unit: str, data: str, digits: int) -> dict[str, Any]:
    """The entry of a lower limit that refuses at most BUDGET of every group."""
    value = min(float(np.quantile(values, BUDGET, method="lower")) for values in groups.values())
    return entry(_floor(value, digits), groups, unit, data, upper=False)


def most(groups: Groups, unit: str, data: str, digits: int) -> dict[str, Any]:
    """The entry of an upper limit that refuses at most BUDGET of every group."""
    value = max(float(np.quantile(values, 1 - BUDGET, method="higher")) for values in groups.values())
    return entry(-_floor(-value, digits), groups, unit, data, upper=True)


def entry(value: float, groups: Groups, unit: str, data: str, *, upper: bool) -> dict[str, Any]:
    """One threshold as it stands in the file."""
    return {
        "value": value,
        "unit": unit,
        "data": data,
        "budget": f"refuses at most {BUDGET:.1%} of each group",
        "observed": {
            "refused": {
                name: round(float(np.mean(values > value if upper else values < value)), 4)
                for name, values in groups.items()
            },
            "faces": {name: len(values) for name, values in groups.items()},
        },
        "command": COMMAND,
    }


def boundary(parts: list[tuple[Labelled, Posed]]) -> dict[str, Any]:
    """The yaw, as the network says it, that parts faces under LIMIT_DEG from those over it with as many errors."""
    told = np.concatenate([np.abs(labelled.pose[labelled.usable, 0]) for labelled, _ in parts])
    said = np.concatenate([np.abs(posed.pose[labelled.usable, 0]) for labelled, posed in parts])
    value = round(float(np.quantile(said, np.mean(told < LIMIT_DEG))), 1)
    return {
        "value": value,
        "unit": "degrees",
        "data": "LFW, half of the people whom the network was not fitted to; yaw by the points of mobile's detector",
        "budget": f"as many faces under {LIMIT_DEG:.0f} degrees are taken for ones over as the other way round",
        "observed": {
            "faces": len(told),
            "under_taken_for_over": round(float(np.mean(said[told < LIMIT_DEG] > value)), 4),
            "over_taken_for_under": round(float(np.mean(said[told >= LIMIT_DEG] <= value)), 4),
            "over_by_10_taken_for_under": round(float(np.mean(said[told >= LIMIT_DEG + 10] <= value)), 4),
        },
        "command": COMMAND,
    }


def placements(faces: Faces) -> Array:
    """`placement` of the faces found, (n, 3)."""
    found = faces.at(faces.found)
    return np.array(
        [
            placement(Box(*(float(edge) for edge in box)), *(float(side) for side in size))
            for box, size in zip(found.box, found.size, strict=True)
        ]
    ).reshape(-1, 3)


def found_by_share(pictures: list[Picture], readers: dict[str, PackReader]) -> dict[str, dict[str, float]]:
    """By pack and share of the picture, how many placed portraits are found where they were placed."""
    answer: dict[str, dict[str, float]] = {}
    for pack, reader in readers.items():
        hits: dict[float, list[bool]] = {share: [] for share in SHARES}
        for picture in track(pictures, description=f"placed, {pack:12}"):
            pixels = read(picture.path)
            faces = reader.find(pixels)
            for share in SHARES if faces else ():
                side_px = share * CANVAS_PX[0]
                found = reader.find(placed(pixels, faces[0].box, side_px))
                hits[share].append(bool(found) and _is_there(found[0].box, side_px))
        answer[pack] = {str(share): round(float(np.mean(hit)), 4) for share, hit in hits.items()}
    return answer


def placed(pixels: ImageArray, box: Box, side_px: float, shift: tuple[float, float] = (0.0, 0.0)) -> ImageArray:
    """A portrait in a picture of CANVAS_PX: its face's square so wide, and off the middle by parts of the picture."""
    width_px, height_px = CANVAS_PX
    scale = side_px / box.width_px
    x, y = width_px * (0.5 + shift[0]), height_px * (0.5 + shift[1])
    move = (x - scale * (box.left + box.right) / 2, y - scale * (box.top + box.bottom) / 2)
    small = pixels
    while scale < 0.5:  # noqa: PLR2004  so that no pixel is passed over
        small = np.asarray(cv2.resize(small, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
        scale *= 2
    matrix = np.array([[scale, 0, move[0]], [0, scale, move[1]]])
    border = cv2.BORDER_REPLICATE
    return np.asarray(cv2.warpAffine(small, matrix, CANVAS_PX, flags=cv2.INTER_LINEAR, borderMode=border), np.uint8)


def between(groups: Groups, rates: dict[str, dict[str, float]], *, upper: bool) -> dict[str, Any]:
    """Half-way, by ratio, from what good selfies have to where faces are no longer found."""
    good = [share for share in SHARES if all(rate[str(share)] >= FOUND_LEAST for rate in rates.values())]
    pick: Callable[[Array], Any] = np.max if upper else np.min
    reached = pick(np.array([pick(values) for values in groups.values()]))
    end = float(pick(np.array(good)))
    value = round(math.sqrt(max(end, reached) * reached if upper else min(end, reached) * reached), 3)
    made = entry(value, groups, "side of the face's square over the picture's shorter side", "", upper=upper)
    made["data"] = "live selfie clips and London; London portraits placed in pictures of 480 x 640"
    made["budget"] = (
        f"half-way, by ratio, from the {'largest' if upper else 'smallest'} of good selfies to the last share "
        f"at which {FOUND_LEAST:.0%} are found"
    )
    made["observed"] |= {"good_selfies_reach": round(float(reached), 3), "found_to": end, "found_by_share": rates}
    return made


def _is_there(box: Box, side_px: float) -> bool:
    x, y = (box.left + box.right - CANVAS_PX[0]) / 2, (box.top + box.bottom - CANVAS_PX[1]) / 2
    return math.hypot(x, y) <= NEAR * side_px


def _floor(value: float, digits: int) -> float:
    return float(math.floor(value * 10.0**digits) / 10.0**digits)
