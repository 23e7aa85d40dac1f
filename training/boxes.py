"""Fits YuNet to dlib's conventions on LFW, and writes the detector's parameters into the manifest of pack mobile.

Every limit on faces is stated in dlib's square boxes and measured on dlib's chips. This command measures where YuNet's
five points lie in both, so that the same limits mean the same, and the scores and sizes at which YuNet looks again.
"""

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from likeness.domain.face import Box, Face, FloatArray, ImageArray
from likeness.models import packs
from likeness.models.alignment import CHIP_POINTS, CHIP_SIDE_PX
from likeness.models.anchors import Candidates, Joining
from likeness.models.detector import Detector
from likeness.models.landmarks import Landmarks
from likeness.models.similarity import fit
from likeness.models.yunet import Network, square_box
from training.pictures import cfp, lfw, london, models_path, read

MANIFEST = Path(__file__).parents[1] / "src" / "likeness" / "packs" / "mobile" / "manifest.json"
OVERLAP_LIMIT = 0.3
"""That of the authors' own detector (libfacedetection, nms_threshold): boxes of two people hardly overlap so much."""
POOLED_SCORE, POOLED_OVERLAP = 0.3, 0.6
"""Cells that have a say in the points. On LFW (4,138 pictures, people alike) they lower the FNMR of pack mobile at FMR
1e-3, 1e-4 and 1e-5 from 2.44, 4.29 and 10.11 % to 1.67, 3.82 and 8.21 %; 0.6 and 0.3: 1.90, 3.91 and 8.53 %."""
JOINING = Joining(OVERLAP_LIMIT, POOLED_SCORE, POOLED_OVERLAP)
FAINT_SCORE = 0.1
"""Scores from here on are looked at."""
SECOND_FACE = 0.45
"""Part of the main face's width from which a second one matters; that of models/search.py."""
FALSE_SECOND_BUDGET = 0.005
"""Pictures of one person, of any set, in which a second face of some size may be seen."""
SPREAD_BUDGET = 1.25
"""How much more the points of a small face may stray than those of a large one do between the two networks."""
WIDTHS_PX = (16, 20, 24, 28, 32, 40, 48, 64, 80, 96)
SMALL_PICTURES = 200


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One picture: dlib's central face and its landmarks, and what each network sees."""

    pixels: ImageArray
    dlib: Face
    landmarks: FloatArray
    found: list[Candidates]

    @property
    def main(self) -> list[int]:
        """Of each network, which candidate is dlib's face; -1 without one."""
        return [_same(found, self.dlib.box) for found in self.found]


def look(pixels: ImageArray, networks: list[Network], detector: Detector, landmarks: Landmarks) -> Seen | None:
    """What both detectors see in a picture of LFW, whose subject is in the middle; nothing where dlib sees nobody."""
    faces = detector.detect(pixels)
    if not faces:
        return None
    middle = np.array(pixels.shape[1::-1]) / 2
    face = min(faces, key=lambda it: float(np.hypot(*(_centre(it.box) - middle))))
    found = [_look(network, pixels) for network in networks]
    return Seen(pixels, face, landmarks.locate(pixels, face.box), found)


def _look(network: Network, pixels: ImageArray) -> Candidates:
    found, factor = network.look(pixels, FAINT_SCORE, JOINING)
    return Candidates(found.score, found.box / np.float32(factor), found.points / np.float32(factor))


def _centre(box: Box) -> NDArray[np.float64]:
    return np.array([(box.left + box.right) / 2, (box.top + box.bottom) / 2])


def _same(found: Candidates, box: Box) -> int:
    """The best candidate whose points' mean lies in the middle half of a box."""
    offset = np.abs(found.points.mean(axis=1) - _centre(box)).max(axis=1)
    scores = np.where(offset < box.width_px / 4, found.score, -1)
    return int(scores.argmax()) if len(scores) and scores.max() > 0 else -1


def conventions(seen: list[Seen]) -> dict[str, Any]:
    """Size and place of dlib's box beside YuNet's, and the mean places of YuNet's points in dlib's chip, in pixels."""
    chip = [_in_chip(one) for one in seen]
    size, offset = zip(*(_beside(one) for one in seen), strict=True)
    return {
        "box_width": round(float(np.exp(np.mean(size))), 4),
        "box_offset": np.mean(offset, axis=0).round(4).tolist(),
        "chip_points": np.mean(chip, axis=0).round(2).tolist(),
    }


def _beside(one: Seen) -> tuple[float, NDArray[np.float64]]:
    """Logarithm of dlib's width in roots of the area of YuNet's box, and the offset of its centre in its widths."""
    own, box = one.found[0].box[one.main[0]].astype(np.float64), one.dlib.box
    root = np.sqrt((own[2] - own[0]) * (own[3] - own[1]))
    return float(np.log(box.width_px / root)), (_centre(box) - (own[:2] + own[2:]) / 2) / box.width_px


def _in_chip(one: Seen) -> NDArray[np.float64]:
    placed = fit(CHIP_POINTS, one.landmarks)
    return np.asarray((one.found[0].points[one.main[0]] - placed.shift) @ np.linalg.inv(placed.turn).T)


def residuals(seen: list[Seen], parameters: dict[str, Any]) -> dict[str, float]:
    """How far fitted boxes and chips are from dlib's: standard deviations, and the median distance of chips' corners.

    dlib's own boxes come in steps of a fifth to a third of their width.
    """
    rows = []
    for one in seen:
        fitted = square_box(one.found[0].box[one.main[0]], parameters["box_width"], np.array(parameters["box_offset"]))
        shift = (_centre(fitted) - _centre(one.dlib.box)) / one.dlib.box.width_px
        rows.append([*shift, np.log(fitted.width_px / one.dlib.box.width_px)])
    corners, chip_points = (
        CHIP_SIDE_PX * np.array([(0, 0), (1, 0), (0, 1), (1, 1)]),
        np.array(parameters["chip_points"]),
    )
    chips = []
    for one in seen:
        ours, theirs = fit(chip_points, one.found[0].points[one.main[0]]), fit(CHIP_POINTS, one.landmarks)
        chips.append(np.hypot(*(ours.of(corners) - theirs.of(corners)).T).mean() / theirs.scale)
    x, y, width = np.std(rows, axis=0)
    return {
        "box_x_deviation": round(float(x), 4),
        "box_y_deviation": round(float(y), 4),
        "box_log_width_deviation": round(float(width), 4),
        "chip_corner_px_median": round(float(np.median(chips)), 2),
    }


def least_score(sets: dict[str, list[Path]], network: Network) -> tuple[float, dict[str, Any]]:
    """The lowest score that adds second faces of some size to few enough pictures of one person, in every set."""
    scores = {name: np.array([_best_two(read(path), network) for path in paths]) for name, paths in sets.items()}
    steps = np.arange(FAINT_SCORE, 1.0, 0.05)
    worst = [max((it[:, 1] >= step).mean() for it in scores.values()) for step in steps]
    value = round(float(steps[np.array(worst) <= FALSE_SECOND_BUDGET][0]), 2)
    return value, {
        name: {
            "pictures": len(it),
            "second_face_seen": round(float((it[:, 1] >= value).mean()), 4),
            "nobody_seen": round(float((it[:, 0] < value).mean()), 4),
        }
        for name, it in scores.items()
    }


def _best_two(pixels: ImageArray, network: Network) -> tuple[float, float]:
    """The scores of the main face and of the best other one that is large enough to matter; 0 without one."""
    found = _look(network, pixels)
    widths = found.box[:, 2] - found.box[:, 0]
    if len(widths) == 0:
        return 0.0, 0.0
    main = int((widths * found.score).argmax())
    matters = widths >= SECOND_FACE * widths[main]
    matters[main] = False
    return float(found.score[main]), float(found.score[matters].max(initial=0.0))


def least_width(seen: list[Seen], network: Network) -> tuple[float, dict[str, Any]]:
    """The narrowest face in the input whose points stray little more than those of a large one."""
    chosen = [one for one in seen[:: max(1, len(seen) // SMALL_PICTURES)] if min(one.main) >= 0]
    large = [one.found[0].points[one.main[0]] for one in chosen]
    both = [
        (one.found[1].points[one.main[1]] - points) / one.dlib.box.width_px
        for one, points in zip(chosen, large, strict=True)
    ]
    usual = float(np.sqrt(np.mean(np.square(both))))
    spread = {width_px: _spread(chosen, large, width_px, network) for width_px in WIDTHS_PX}
    value = min(width_px for width_px, strayed in spread.items() if strayed <= SPREAD_BUDGET * usual)
    return float(value), {
        "pictures": len(chosen),
        "spread_between_networks": round(usual, 4),
        "spread_by_width_px": {str(width_px): round(strayed, 4) for width_px, strayed in spread.items()},
    }


def _spread(chosen: list[Seen], large: list[FloatArray], width_px: int, network: Network) -> float:
    """Root of the mean squared distance, in parts of the width, of points seen in pictures made smaller."""
    strayed = []
    for one, points in zip(chosen, large, strict=True):
        factor = width_px / one.dlib.box.width_px
        small = cv2.resize(one.pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        scene = np.zeros((network.side_px, network.side_px, 3), np.uint8)
        height_px, shown_px = (min(side, network.side_px) for side in small.shape[:2])
        scene[:height_px, :shown_px] = small[:height_px, :shown_px]
        found = _look(network, scene)
        index = _same(found, one.dlib.box.scaled(factor))
        if index >= 0:
            strayed.append((found.points[index] - points * factor) / width_px)
    return float(np.sqrt(np.mean(np.square(strayed)))) if len(strayed) > len(chosen) / 2 else np.inf


def derive(data: Path, models: Path, most: int) -> dict[str, Any]:
    """The parameters, and under `derived` what was observed for each."""
    mobile = packs.prepare(packs.load("mobile"), models)
    default = packs.prepare(packs.load("default"), models)
    if default.landmarks is None:
        raise packs.PackError("pack default has no landmarks to fit to")
    networks = [Network(path) for path in mobile.detector.paths]
    detector, landmarks = Detector(*default.detector.paths), Landmarks(*default.landmarks.paths)
    first = {picture.person: picture for picture in reversed(lfw(data))}
    pictures = sorted(first.values(), key=lambda picture: picture.path)[:most]
    looked = [look(read(it.path), networks, detector, landmarks) for it in track(pictures, description="LFW")]
    seen = [one for one in looked if one is not None and one.main[0] >= 0]
    parameters: dict[str, Any] = {**asdict(JOINING), **conventions(seen)}
    derived: dict[str, Any] = {
        "command": "python -m training.boxes --data DIR",
        "data": "LFW, the first picture of each person; for least_score, sets of pictures of one person",
        "pictures": len(pictures),
        "seen_by_both": len(seen),
        "fit": residuals(seen, parameters),
    }
    alone = {
        "CFP frontal": [picture.path for picture in cfp(data)],
        "CFP profile": sorted(data.glob("cfp/*/profile/*.*")),
        "London": [picture.path for picture in london(data)],
    }
    parameters["least_score"], derived["least_score"] = least_score(alone, networks[0])
    parameters["least_width_px"], derived["least_width_px"] = least_width(seen, networks[0])
    return {**parameters, "derived": derived}


def main() -> None:
    """Derive, print and write."""
    parser = argparse.ArgumentParser(prog="python -m training.boxes", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with lfw, cfp, london")
    parser.add_argument("--models", type=Path, default=models_path(), help="folder of all packs")
    parser.add_argument("--people", type=int, default=100_000, help="at most so many")
    options = parser.parse_args()
    parameters = derive(options.data, options.models, options.people)
    manifest = json.loads(MANIFEST.read_text("utf-8"))
    manifest["stages"]["detector"]["parameters"] = parameters
    MANIFEST.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")
    print(json.dumps(parameters, indent=1))


if __name__ == "__main__":
    main()
