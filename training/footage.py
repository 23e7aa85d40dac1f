"""Derives the thresholds that judge a whole clip, from live clips and from clips composed of portraits."""

import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from likeness.domain.face import FloatArray, ImageArray
from likeness.pipeline.clip import DURATION_MIN_S, SAMPLED_FRAMES
from likeness.pipeline.face import FaceReader
from training.limits import Derived
from training.observe import Observed, look, stacked
from training.pictures import Picture, clip_frames, read

FRAMES_PER_S = 10.0
"""A slow camera, in the dark; the live clips were taken at 16 to 30 frames a second."""
SHORT_BUDGET = 0.01
"""Genuine clips, of the shortest length and from a slow camera, that may have too few frames with a face."""
SIDE_PX = 480
"""Height of the composed scene of two people; the usual one of a camera."""

SEEN_LEAST = 0.5
Columns = dict[str, NDArray[Any]]


def all_frames_seen(clips: dict[str, Path], reader: FaceReader) -> dict[str, Columns]:
    """What the reader sees in every frame, at about FRAMES_PER_S: columns of `Observed`.

    Clips in which the detector sees a face in under SEEN_LEAST of the frames are left out: a mask hides it, and the
    server answers VIDEO_FACE_NOT_FOUND to them whatever the limits (docs/genuineness.md).
    """
    result = {}
    for name, path in track(clips.items(), description="frames  "):
        rows = [look(frame, reader) for frame in clip_frames(path, FRAMES_PER_S)]
        if np.mean([int(row["subject"].item()) >= 0 for row in rows]) < SEEN_LEAST:
            continue
        columns = stacked(rows)
        result[name] = {column: columns[column] for column in ("vector", "boxes", "subject")}
    return result


def samplings(frames: int) -> list[NDArray[np.int64]]:
    """Which frames the server looks at: of the whole clip, and of each 2 s of it."""
    places = [((np.arange(SAMPLED_FRAMES) + 0.5) * frames / SAMPLED_FRAMES).astype(np.int64)]
    span = 2 * SAMPLED_FRAMES
    places += [start + np.arange(0, span, 2) for start in range(0, frames - span + 1, span)]
    return places


def face_frames(clips: dict[str, Columns]) -> Derived:
    """The most frames with a face that the shortest clip of a slow camera has in all but SHORT_BUDGET."""
    span = round(DURATION_MIN_S * FRAMES_PER_S)
    counts = np.array(
        [
            (clip["subject"][start : start + span] >= 0).sum()
            for clip in clips.values()
            for start in range(0, len(clip["subject"]) - span + 1, span)
        ]
    )
    value = max(least for least in range(1, span + 1) if np.mean(counts < least) <= SHORT_BUDGET)
    return Derived(
        float(value),
        {"clips": len(counts), "frames_of_each": span, "clips_refused": round(float(np.mean(counts < value)), 4)},
    )


def crowded_share(clips: dict[str, Columns], pictures: list[Picture], ratio: float, reader: FaceReader) -> Derived:
    """Half-way between people alone and two people side by side: share of frames without a clear largest face."""
    alone = np.array(
        [
            _crowded(clip["boxes"][at][clip["subject"][at] >= 0], ratio).mean()
            for clip in clips.values()
            for at in samplings(len(clip["subject"]))
        ]
    )
    each = list({picture.person: picture for picture in reversed(pictures)}.values())
    scenes = zip(each[::2], each[1::2], strict=False)
    boxes = np.stack(
        [look(_side_by_side(*pair), reader)["boxes"] for pair in track(list(scenes), description="pairs   ")]
    )
    crowd = float(_crowded(boxes, ratio).mean())
    value = round((float(alone.max()) + crowd) / 2, 2)
    return Derived(
        value,
        {
            "clips": len(alone),
            "largest_share": round(float(alone.max()), 2),
            "clips_refused": round(float(np.mean(alone >= value)), 4),
            "scenes_of_two": len(boxes),
            "scenes_without_a_clear_largest": round(crowd, 4),
        },
    )


def _crowded(boxes: FloatArray, ratio: float) -> NDArray[np.bool_]:
    """(n,): whether none of several faces, (n, several, 4), the largest first, is clearly the largest."""
    sides = boxes[:, :2, 2:] - boxes[:, :2, :2]
    area = sides.prod(axis=2)
    return np.asarray(area[:, 0] < ratio * area[:, 1])  # false where there is no second


def _side_by_side(one: Picture, other: Picture) -> ImageArray:
    halves = []
    for picture in (one, other):
        pixels = read(picture.path, 2 * SIDE_PX)
        width_px = round(pixels.shape[1] * SIDE_PX / pixels.shape[0])
        halves.append(cv2.resize(pixels, (width_px, SIDE_PX), interpolation=cv2.INTER_AREA))
    return np.asarray(np.hstack(halves), np.uint8)


def stranger_share(clips: dict[str, Columns], sets: dict[str, Observed], same: float) -> Derived:
    """The least share, in frames of a full sample, that refuses no genuine clip; the swaps then seen at each moment.

    One frame at least: the clips show so few people that their having no odd frame does not promise the same of others.

    Every frame of a clip is taken as the best one in turn, so that the figures do not depend on how it is chosen.
    A swapped clip is one picture of one person, then one of another of the same set: nothing but the swap moves.
    Of the two, the person is taken as the best frame's who leaves fewer strangers.
    """
    shares = np.concatenate(
        [
            _strangers(clip["vector"][at][clip["subject"][at] >= 0], same)
            for clip in clips.values()
            for at in samplings(len(clip["subject"]))
        ]
    )
    value = max(1, math.ceil(SAMPLED_FRAMES * float(shares.max()))) / SAMPLED_FRAMES
    observed: dict[str, Any] = {
        "clips_times_best_frames": len(shares),
        "refused": round(float((shares > value).mean()), 4),
        "refused_if_none_were_tolerated": round(float((shares > 0).mean()), 4),
    }
    for name, seen in sets.items():
        different = seen.person[seen.found][:, None] != seen.person[seen.found][None]
        apart = (seen.vector[seen.found] @ seen.vector[seen.found].T < same)[different]
        observed[f"{name}_pairs"] = len(apart) // 2
        observed[f"{name}_swaps_seen"] = {
            f"{frames} frames": {
                str(own): round(float(min(frames - own, own) > value * frames) * float(apart.mean()), 4)
                for own in range(1, frames)
            }
            for frames in (round(DURATION_MIN_S * FRAMES_PER_S), SAMPLED_FRAMES)
        }
    return Derived(value, observed)


def _strangers(vectors: FloatArray, same: float) -> NDArray[np.float64]:
    """(n,): for each frame, (n, d), the share of all that would be strangers were it the best."""
    return np.asarray((vectors @ vectors.T < same).mean(axis=1))
