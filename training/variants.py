"""Other ways of comparing by dlib's embedder, measured: `python -m training.variants --data DIR`.

Views of a face at other zooms or with steadier landmarks, vectors centred or whitened, scores normalised by a cohort.
What is learned is learned on LFW, so that LFW's figures are optimistic for it and CFP's are not.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from likeness.domain.face import Box, Face, FloatArray, ImageArray
from likeness.models import packs
from likeness.models.alignment import CHIP_POINTS, CHIP_SIDE_PX, face_chip
from likeness.models.embedder import DlibEmbedder
from likeness.models.landmarks import Landmarks
from likeness.models.similarity import fit
from likeness.models.views import directions
from likeness.pipeline.face import SHIFTS
from likeness.pipeline.stages import load_stages
from training.activations import RATES, rates
from training.observe import most_central
from training.pictures import Picture, cfp, lfw, models_path, read

REPORT = Path(__file__).with_name("variants_report.json")
ZOOMS = (0.9, 1.1)
"""How much of the picture the other chips show, against the usual."""
VIEWS = ("usual", *(f"zoom {zoom}" for zoom in ZOOMS), "steady")
SHRINKAGE = 0.1
"""Part of the identity in the within-person covariance, against over-fitting."""
COHORT, STRENGTH, REACH = 50, 0.25, 10.0
"""How many of the most alike other people a score is set against, how strongly, and a scale that cancels out."""

Described = NDArray[np.float32]
"""(n, views, 2, 128): unit vectors of each picture's chips and of their mirror images."""
Transform = Callable[[FloatArray], FloatArray]


def described(pictures: list[Picture], models: Path) -> tuple[Described, NDArray[np.str_]]:
    """All views of the face nearest the centre, and whose it is."""
    paths = packs.prepare(packs.load("default"), models)
    detector, _, embedder = load_stages(paths)
    if paths.landmarks is None or not isinstance(embedder, DlibEmbedder):
        raise TypeError("these variants are of pack default")
    landmarks, rows, people = Landmarks(*paths.landmarks.paths), [], []
    for picture in track(pictures, description=f"{pictures[0].data_set:8}"):
        pixels = read(picture.path)
        if faces := detector.detect(pixels):
            face = faces[most_central(faces, pixels.shape[1], pixels.shape[0])]
            chips = np.stack(_chips(pixels, face, landmarks))
            both = embedder.describe(np.concatenate([chips, chips[:, :, ::-1]]))
            rows.append(directions(both).reshape(2, len(VIEWS), -1).swapaxes(0, 1))
            people.append(picture.person)
    return np.stack(rows), np.array(people)


def _chips(pixels: ImageArray, face: Face, landmarks: Landmarks) -> list[ImageArray]:
    points = landmarks.locate(pixels, face.box)
    middle = fit(CHIP_POINTS, points).of(np.full((1, 2), CHIP_SIDE_PX / 2))[0]
    zoomed = [((points - middle) * zoom + middle).astype(np.float32) for zoom in ZOOMS]
    shifts = [(right * face.box.width_px, down * face.box.width_px) for right, down in SHIFTS]
    steady = [points, *(landmarks.locate(pixels, _shifted(face.box, *shift)) for shift in shifts)]
    return [face_chip(pixels, it) for it in (points, *zoomed, np.mean(steady, axis=0).astype(np.float32))]


def _shifted(box: Box, x: float, y: float) -> Box:
    return Box(box.left + x, box.top + y, box.right + x, box.bottom + y)


def fused(views: Described, names: tuple[str, ...], *, mirrored: bool = True) -> FloatArray:
    """(n, 128): the mean direction of some views."""
    chosen = views[:, [VIEWS.index(name) for name in names]]
    return directions((chosen if mirrored else chosen[:, :, :1]).sum(axis=(1, 2)))


def centred(vectors: FloatArray, part: float) -> Transform:
    """Take away a part of what all faces have in common."""
    common = vectors.mean(axis=0) * np.float32(part)
    return lambda other: directions(other - common)


def whitened(vectors: FloatArray, person: NDArray[np.str_]) -> Transform:
    """Centre, then weigh directions by how little pictures of one person differ in them (WCCN)."""
    centre = centred(vectors, 1.0)
    known = centre(vectors)
    _, number, count = np.unique(person, return_inverse=True, return_counts=True)
    means = np.zeros((len(count), known.shape[1]))
    np.add.at(means, number, known)
    rest = (known - (means / count[:, None])[number])[count[number] > 1]
    within = rest.T @ rest / len(rest)
    within = (1 - SHRINKAGE) * within + SHRINKAGE * np.trace(within) / len(within) * np.eye(len(within))
    values, axes = np.linalg.eigh(within)
    turned = (axes / np.sqrt(values)) @ axes.T
    return lambda other: directions(centre(other) @ turned).astype(np.float32)


def against_cohort(
    vectors: FloatArray, person: NDArray[np.str_], cohort: FloatArray, names: NDArray[np.str_]
) -> FloatArray:
    """Vectors whose products are s - STRENGTH * (c1 + c2), shifted and scaled.

    c is a picture's mean score against the COHORT most alike of other people. The last number of a vector stands for
    it; the product of two c's that it brings along is negligible.
    """
    scores = vectors @ cohort.T
    scores[person[:, None] == names] = -1
    level = np.sort(scores, axis=1)[:, -COHORT:].mean(axis=1)
    last = np.sqrt(STRENGTH / REACH) * (REACH - (level - level.mean()))
    return np.asarray(np.column_stack([vectors, last]) / np.sqrt(1 + STRENGTH * REACH), np.float32)


def variants(views: dict[str, Described], people: dict[str, NDArray[np.str_]]) -> dict[str, dict[str, FloatArray]]:
    """The vectors of each data set in each variant."""
    kinds: dict[str, tuple[tuple[str, ...], bool]] = {
        "one chip": (("usual",), False),
        "**chip and mirror image** (kept)": (("usual",), True),
        "the same, landmarks averaged over small shifts": (("steady",), True),
        "zooms 0.9 and 1.1, mirrored": (VIEWS[1:3], True),
        "usual chip and both zooms, mirrored": (VIEWS[:3], True),
    }
    result = {
        name: {key: fused(it, chosen, mirrored=mirrored) for key, it in views.items()}
        for name, (chosen, mirrored) in kinds.items()
    }
    kept = result["**chip and mirror image** (kept)"]
    learned = {
        "kept, half centred": centred(kept["LFW"], 0.5),
        "kept, centred": centred(kept["LFW"], 1.0),
        "kept, centred and whitened": whitened(kept["LFW"], people["LFW"]),
    }
    result |= {name: {key: change(it) for key, it in kept.items()} for name, change in learned.items()}
    names = np.unique(people["LFW"])
    cohort = directions(np.stack([kept["LFW"][people["LFW"] == name].mean(axis=0) for name in names]))
    result["kept, scores set against the 50 most alike of LFW"] = {
        key: against_cohort(it, people[key], cohort, names) for key, it in kept.items()
    }
    return result


def main() -> None:
    """Describe, measure, write and print."""
    parser = argparse.ArgumentParser(prog="python -m training.variants", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with lfw and cfp")
    parser.add_argument("--models", type=Path, default=models_path(), help="folder of all packs")
    options = parser.parse_args()
    seen = {"LFW": described(lfw(options.data), options.models), "CFP": described(cfp(options.data), options.models)}
    people = {name: person for name, (_, person) in seen.items()}
    report: dict[str, Any] = {}
    for name, vectors in variants({key: views for key, (views, _) in seen.items()}, people).items():
        own = rates(vectors["LFW"], people["LFW"])
        report[name] = {
            "LFW": own,
            "CFP": {
                "own_thresholds": rates(vectors["CFP"], people["CFP"]),
                "thresholds_of_lfw": rates(vectors["CFP"], people["CFP"], own["threshold"]),
            },
        }
        carried = report[name]["CFP"]
        print(name, own["fnmr"], carried["own_thresholds"]["fnmr"], carried["thresholds_of_lfw"]["fmr"])
    REPORT.write_text(json.dumps({"rates": RATES, "variants": report}, indent=1) + "\n")


if __name__ == "__main__":
    main()
