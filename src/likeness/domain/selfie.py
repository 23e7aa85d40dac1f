"""Judging selfies from front and side; values in `selfie/thresholds.json`, derived by `training.selfie`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Self

from likeness.domain.capture import ImageObservation
from likeness.domain.decision import has_clear_largest
from likeness.domain.errors import (
    FaceBlurredError,
    FaceNotFrontError,
    FaceNotProperPositionError,
    FaceNotSideError,
    FacePoorLightError,
    MultipleFacesError,
    NoFaceError,
)
from likeness.domain.face import Box, Pose, Quality, Template
from likeness.domain.thresholds import Thresholds, values_of

CROSS_POSE_NAME = "cross_pose.json"
"""A pack's file of `CrossPose`, beside its manifest."""


@dataclass(frozen=True, slots=True)
class SelfieThresholds:
    """What selfies are compared with, each derived from data; what from stands beside its value in the file.

    front_sharpness, side_sharpness: least `Quality.sharpness`, below which a face is blurred.
    front_min_brightness, front_max_brightness, side_min_brightness, side_max_brightness: limits of
        `Quality.brightness`. front_contrast, side_contrast: least `Quality.contrast`.
    front_yaw_deg, front_pitch_deg: most yaw to either side, and most pitch up or down, of a front face.
    side_yaw_deg: least yaw, to either side, of a side face; there is no most.
    min_share, max_share: side of the face's square over the picture's shorter side.
    max_offset: from the picture's middle to that of the square, across or down, over the picture's width or height.
    max_beyond: how far the square reaches beyond a border of the picture, over its own side.
    """

    front_sharpness: float
    front_min_brightness: float
    front_max_brightness: float
    front_contrast: float
    front_yaw_deg: float
    front_pitch_deg: float
    side_sharpness: float
    side_min_brightness: float
    side_max_brightness: float
    side_contrast: float
    side_yaw_deg: float
    min_share: float
    max_share: float
    max_offset: float
    max_beyond: float

    @classmethod
    def from_dict(cls, entries: Mapping[str, Mapping[str, Any]]) -> Self:
        """Take the `value` of every entry of a parsed `selfie/thresholds.json`.

        Raises:
            ValueError: a threshold is missing, unknown or not a finite number.
        """
        return cls(**values_of(cls, entries))


def shipped_selfie_thresholds() -> SelfieThresholds:
    """The thresholds that come with the package."""
    path = resources.files("likeness") / "selfie" / "thresholds.json"
    return SelfieThresholds.from_dict(json.loads(path.read_text("utf-8")))


@dataclass(frozen=True, slots=True)
class CrossPose:
    """From which cosine on a front and a side face show one person, in one pack.

    model_digests: of what the threshold was derived with, by file name; with other files it means nothing.
    """

    pack: str
    similarity: float
    fmr: float
    model_digests: dict[str, str]

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """From a parsed `cross_pose.json`.

        Raises:
            ValueError: it is none, its similarity is no cosine or its rate no share.
        """
        try:
            pack, similarity, fmr = str(data["pack"]), float(data["similarity"]["value"]), float(data["fmr"])
            digests = {str(name): str(value) for name, value in data["model_digests"].items()}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ValueError("not a threshold across pose") from error
        if not (-1 <= similarity <= 1 and 0 < fmr < 1):
            raise ValueError("the threshold across pose is no cosine, or its false-match rate no share")
        return cls(pack, similarity, fmr, digests)


def cross_pose_of(folder: Path, pack: str, digests: Mapping[str, str]) -> CrossPose:
    """The threshold across pose of a pack.

    Args:
        folder: where the pack's manifest lies.
        pack: its name.
        digests: SHA-256 by name of all that its comparisons depend on.

    Raises:
        ValueError: there is none, it is damaged, or it was derived for another pack or with other models.
    """
    path = folder / CROSS_POSE_NAME
    try:
        cross = CrossPose.from_dict(json.loads(path.read_bytes()))
    except (OSError, ValueError, RecursionError, TypeError) as error:
        msg = f"model pack {pack!r} has no sound {CROSS_POSE_NAME}: {error}"
        raise ValueError(msg) from error
    if cross.pack != pack or cross.model_digests != dict(digests):
        msg = f"{path} was derived for another pack or with other models; run python -m training.selfie again"
        raise ValueError(msg)
    return cross


def judge_front(
    image: ImageObservation, selfie: SelfieThresholds, thresholds: Thresholds
) -> tuple[Template, Quality, Pose]:
    """The template of a front selfie, its quality and how the head is turned.

    Raises:
        ValueError: the picture was looked at without its pose.
        NoFaceError, MultipleFacesError, FacePoorLightError, FaceBlurredError, FaceNotFrontError,
        FaceNotProperPositionError: the first of these that is so.
    """
    template, quality, pose = _face(image, thresholds)
    brightness = selfie.front_min_brightness, selfie.front_max_brightness
    _require_clear(quality, brightness, selfie.front_contrast, selfie.front_sharpness)
    if abs(pose.yaw_deg) > selfie.front_yaw_deg or abs(pose.pitch_deg) > selfie.front_pitch_deg:
        raise FaceNotFrontError
    if not is_well_placed(image, selfie):
        raise FaceNotProperPositionError
    return template, quality, pose


def judge_side(
    image: ImageObservation, selfie: SelfieThresholds, thresholds: Thresholds
) -> tuple[Template, Quality, Pose]:
    """The template of a side selfie, to the left or to the right, its quality and how the head is turned.

    Raises:
        ValueError: the picture was looked at without its pose.
        NoFaceError, MultipleFacesError, FacePoorLightError, FaceBlurredError, FaceNotSideError,
        FaceNotProperPositionError: the first of these that is so.
    """
    template, quality, pose = _face(image, thresholds)
    brightness = selfie.side_min_brightness, selfie.side_max_brightness
    _require_clear(quality, brightness, selfie.side_contrast, selfie.side_sharpness)
    if abs(pose.yaw_deg) < selfie.side_yaw_deg:
        raise FaceNotSideError
    if not is_well_placed(image, selfie):
        raise FaceNotProperPositionError
    return template, quality, pose


def is_well_placed(image: ImageObservation, selfie: SelfieThresholds) -> bool:
    """Whether the largest face is neither too small nor too large, about in the middle, and not cut off."""
    share, offset, beyond = placement(image.faces[0], image.width_px, image.height_px)
    return selfie.min_share <= share <= selfie.max_share and offset <= selfie.max_offset and beyond <= selfie.max_beyond


def placement(box: Box, width_px: float, height_px: float) -> tuple[float, float, float]:
    """How a face's square lies in its picture: `share`, `offset` and `beyond` as `SelfieThresholds` limits them."""
    share = box.width_px / min(width_px, height_px)
    across = abs((box.left + box.right) / (2 * width_px) - 0.5)
    down = abs((box.top + box.bottom) / (2 * height_px) - 0.5)
    beyond = max(0.0, -box.left, -box.top, box.right - width_px, box.bottom - height_px) / box.width_px
    return share, max(across, down), beyond


def _require_clear(quality: Quality, brightness: tuple[float, float], contrast: float, sharpness: float) -> None:
    """Light first: what is hardly lit has hardly any edges either."""
    if not brightness[0] <= quality.brightness <= brightness[1] or quality.contrast < contrast:
        raise FacePoorLightError
    if quality.sharpness < sharpness:
        raise FaceBlurredError


def _face(image: ImageObservation, thresholds: Thresholds) -> tuple[Template, Quality, Pose]:
    if image.template is None or image.quality is None:
        raise NoFaceError
    if not has_clear_largest(image.faces, thresholds):
        raise MultipleFacesError
    if image.pose is None:
        raise ValueError("the picture was looked at without its pose")
    return image.template, image.quality, image.pose
