"""Every figure a decision compares with; values in `thresholds.json`, derived by `training.thresholds`."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from importlib import resources
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

SAME_PERSON_FMR = 0.01
"""Share of strangers' frames that may pass for the same person's; each pack's calibration says at which cosine."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The decision thresholds, each derived from data; what from stands beside its value in the file.

    largest_face_ratio: area of the largest face over that of the second, at or above which it is clearly the largest.
    min_face_width_px: width of the face box below which templates are no longer trusted.
    min_sharpness, min_brightness, max_brightness, min_contrast: limits of `face.Quality`, in its units.
    same_person_similarity: cosine of a frame's template to the best frame's, below which it shows somebody else; of
        the default pack, see `for_pack`.
    max_stranger_share: share of a clip's frames with a face that may show somebody else.
    min_face_frames: sampled frames of a clip that must show a face.
    crowded_share: share of the frames with a face at or above which faces without a clear largest spoil a clip.
    monochrome_chroma: `ImageObservation.chroma` below which a picture is black and white.
    """

    largest_face_ratio: float
    min_face_width_px: float
    min_sharpness: float
    min_brightness: float
    max_brightness: float
    min_contrast: float
    same_person_similarity: float
    max_stranger_share: float
    min_face_frames: float
    crowded_share: float
    monochrome_chroma: float

    def for_pack(self, same_person_similarity: float) -> "Thresholds":
        """The same thresholds for the cosines of another pack; all else is measured alike in every pack."""
        return replace(self, same_person_similarity=same_person_similarity)

    @classmethod
    def from_dict(cls, entries: Mapping[str, Mapping[str, Any]]) -> Self:
        """Take the `value` of every entry of a parsed `thresholds.json`.

        Raises:
            ValueError: a threshold is missing, unknown or not a finite number.
        """
        return cls(**values_of(cls, entries))


def values_of(kind: type["DataclassInstance"], entries: Mapping[str, Mapping[str, Any]]) -> dict[str, float]:
    """The `value` of each field of a class of thresholds, by name, in a parsed file.

    Raises:
        ValueError: one is missing, unknown or not a finite number.
    """
    names = {field.name for field in fields(kind)}
    if wrong := names ^ entries.keys():
        msg = f"thresholds missing or unknown: {', '.join(sorted(wrong))}"
        raise ValueError(msg)
    values = {name: float(entry["value"]) for name, entry in entries.items()}
    if not all(math.isfinite(value) for value in values.values()):
        raise ValueError("a threshold is not a finite number")
    return values


def shipped_thresholds() -> Thresholds:
    """The thresholds that come with the package."""
    return Thresholds.from_dict(json.loads((resources.files("likeness") / "thresholds.json").read_text("utf-8")))
