"""Derives each decision threshold from data; every function returns the value and what was observed there."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from likeness.domain.confidence import Calibration
from likeness.domain.face import Box, Face, FloatArray, ImageArray
from likeness.models.search import STEP
from likeness.pipeline.face import FaceReader
from likeness.pipeline.image import chroma, decode, encode_jpeg
from training.observe import Observed, look
from training.pictures import Picture, clip_frames, read

SEED = 20250101
CLIP_FRAMES_PER_S = 5.0
"""About the rate at which the server samples a clip of two seconds."""
WINDOW_FRAMES = 10
"""Frames the server samples of a clip."""
WIDTHS_PX = (12, 16, 20, 24, 28, 32, 36, 40, 48, 56, 64, 80)
PEOPLE = 300
"""People of LFW whose faces are made smaller."""
AREA_STEP = STEP**2
"""Between the areas of face boxes that the detector can tell apart."""
GREY_QUALITIES = (30, 50, 75, 95)
"""JPEG qualities at which pictures turned grey are saved again, in colour."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A threshold and what was observed at it."""

    value: float
    observed: dict[str, Any]


def largest_face_ratio(seen: Observed, share: float) -> Derived:
    """Ratio of areas above which the largest face is the subject in this share of LFW's pictures."""
    several = np.isfinite(seen.boxes[:, 1, 0])
    sides = seen.boxes[several, :2, 2:] - seen.boxes[several, :2, :2]
    area = sides.prod(axis=2)
    ratio, right = area[:, 0] / area[:, 1], seen.subject[several] == 0
    step = np.rint(np.log(ratio) / np.log(AREA_STEP))
    first = next(level for level in np.unique(step) if right[step >= level].mean() >= share)
    # Ratios of one step differ by rounding alone, so that the limit belongs between two steps.
    value = round(float(AREA_STEP ** (first - 0.5)), 2)
    return Derived(
        value,
        {
            "pictures_with_several_faces": int(several.sum()),
            "of_pictures": len(several),
            "largest_is_subject_all": round(float(right.mean()), 4),
            "largest_is_subject_at_or_above": round(float(right[ratio >= value].mean()), 4),
            "pictures_at_or_above": int((ratio >= value).sum()),
        },
    )


def frames_seen(clips: dict[str, Path], reader: FaceReader) -> dict[str, dict[str, NDArray[Any]]]:
    """What the reader sees in the frames of each clip: columns of `Observed`, frames with a face only."""
    result = {}
    for name, path in track(clips.items(), description="clips   "):
        rows = [look(frame, reader) for frame in clip_frames(path, CLIP_FRAMES_PER_S)]
        rows = [row for row in rows if int(row["subject"].item()) >= 0]
        if rows:
            result[name] = {column: np.stack([row[column] for row in rows]) for column in ("vector", "quality")}
    return result


def quality_limit(groups: dict[str, FloatArray], column: int, budget: float, *, upper: bool = False) -> Derived:
    """The limit that refuses at most this share of every group of bona fide faces, and what it refuses of each."""
    columns = [group[:, column] for group in groups.values()]
    if upper:
        value = math.ceil(10 * max(np.quantile(values, 1 - budget, method="higher") for values in columns)) / 10
    else:
        value = math.floor(10 * min(np.quantile(values, budget, method="lower") for values in columns)) / 10
    outside = {name: group[:, column] > value if upper else group[:, column] < value for name, group in groups.items()}
    return Derived(
        value,
        {f"refused_{name}": round(float(share.mean()), 4) for name, share in outside.items()}
        | {f"faces_{name}": len(group) for name, group in groups.items()},
    )


def face_width(pictures: list[Picture], seen: Observed, reader: FaceReader, limit: float) -> Derived:
    """The width of a face at which false non-matches against a whole picture are twice as many as unshrunk."""
    chosen = _two_each(seen)
    reference = np.stack([seen.vector[second] for _, second in chosen])
    native = np.stack([seen.vector[first] for first, _ in chosen])
    whole = float(np.mean((native * reference).sum(axis=1) < limit))
    rates = {}
    shrunk = {index: _box(seen, index) for index, _ in chosen}
    for width_px in track(WIDTHS_PX, description="widths  "):
        vectors = [_shrunk(read(pictures[index].path), box, width_px, reader) for index, box in shrunk.items()]
        rates[width_px] = float(np.mean((np.stack(vectors) * reference).sum(axis=1) < limit))
    above = [width_px for width_px in WIDTHS_PX if rates[width_px] <= 2 * whole]
    return Derived(
        float(min(above)),
        {
            "pairs": len(chosen),
            "fnmr_unshrunk": round(whole, 4),
            "fnmr_by_width_px": {str(width): round(rate, 4) for width, rate in rates.items()},
        },
    )


def _two_each(seen: Observed) -> list[tuple[int, int]]:
    """Two pictures of each of PEOPLE people who have them."""
    chance = np.random.default_rng(SEED)
    by_person: dict[str, list[int]] = {}
    for index in np.flatnonzero(seen.found):
        by_person.setdefault(str(seen.person[index]), []).append(int(index))
    people = [indices for indices in by_person.values() if len(indices) > 1]
    chosen = chance.permutation(len(people))[:PEOPLE]
    return [(people[number][0], people[number][1]) for number in chosen]


def _box(seen: Observed, index: int) -> Box:
    return Box(*(float(edge) for edge in seen.boxes[index, seen.subject[index]]))


def _shrunk(pixels: ImageArray, box: Box, width_px: int, reader: FaceReader) -> FloatArray:
    """Template of a face made this wide; the box is known, so that only the template's loss is measured."""
    factor = width_px / box.width_px
    size = (round(pixels.shape[1] * factor), round(pixels.shape[0] * factor))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return reader.read(small, Face(box.scaled(factor), 1.0), 1.0).template.vector


def same_person(clips: dict[str, FloatArray], calibration: Calibration, fmr: float) -> Derived:
    """The similarity strangers reach at this rate, and how often frames of one live person stay under it.

    Every frame of each window of WINDOW_FRAMES is taken as the best frame in turn, so that the figures do not depend
    on how the best is chosen.
    """
    value = round(calibration.score_at(fmr), 4)
    under = []
    for vectors in clips.values():
        for start in range(0, len(vectors) - WINDOW_FRAMES + 1, WINDOW_FRAMES):
            window = vectors[start : start + WINDOW_FRAMES]
            strange = (window @ window.T < value).sum(axis=1)
            under.append(strange.sum() / (WINDOW_FRAMES * (WINDOW_FRAMES - 1)))
    return Derived(
        value,
        {
            "fmr": fmr,
            "live_clips": len(clips),
            "windows": len(under),
            "frames_under": round(float(np.mean(under)), 4),
        },
    )


def monochrome(pictures: list[Picture], seen: dict[str, Observed], colour_set: str) -> Derived:
    """Half-way between grey pictures saved again as JPEG and the palest of a set that is known to be in colour.

    The other sets hold pictures that really are black and white, so that their palest say nothing.
    """
    chosen = np.random.default_rng(SEED).permutation(len(pictures))[:PEOPLE]
    grey = []
    for index in track(chosen, description="grey    "):
        luma = cv2.cvtColor(read(pictures[index].path), cv2.COLOR_RGB2GRAY)
        flat = np.asarray(cv2.merge([luma, luma, luma]), np.uint8)
        grey += [chroma(decode(encode_jpeg(flat, quality)).pixels) for quality in GREY_QUALITIES]
    palest = float(np.quantile(seen[colour_set].chroma, 0.005))
    greyest = float(np.quantile(grey, 0.999))
    value = round((greyest + palest) / 2, 2)
    return Derived(
        value,
        {
            "grey_pictures": len(grey),
            "grey_chroma_99.9_percentile": round(greyest, 3),
            "grey_called_colour": round(float(np.mean(np.array(grey) >= value)), 4),
            f"{colour_set}_chroma_0.5_percentile": round(palest, 3),
            "called_monochrome": {name: round(float((one.chroma < value).mean()), 4) for name, one in seen.items()},
        },
    )
