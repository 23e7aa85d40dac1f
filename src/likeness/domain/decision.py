"""Every decision: pure functions of what was observed and of thresholds that came from data."""

from likeness.domain.capture import ClipObservation, ImageObservation
from likeness.domain.errors import (
    MultipleFacesError,
    NoFaceError,
    VideoFaceNotFoundError,
    VideoLowFaceQualityError,
    VideoMultipleFacesError,
)
from likeness.domain.face import Box, Quality, Template
from likeness.domain.thresholds import Thresholds


def has_clear_largest(faces: tuple[Box, ...], thresholds: Thresholds) -> bool:
    """Whether the first of `faces` (largest first) is clearly the largest."""
    return len(faces) == 1 or faces[0].area_px >= thresholds.largest_face_ratio * faces[1].area_px


def is_good(quality: Quality, thresholds: Thresholds) -> bool:
    """Whether a face can be judged at all."""
    return (
        quality.face_width_px >= thresholds.min_face_width_px
        and quality.sharpness >= thresholds.min_sharpness
        and thresholds.min_brightness <= quality.brightness <= thresholds.max_brightness
        and quality.contrast >= thresholds.min_contrast
    )


def judge_clip(clip: ClipObservation, thresholds: Thresholds) -> tuple[Template, Quality, bytes]:
    """The clip's template, the quality of its best face and its best frame.

    Raises:
        VideoFaceNotFoundError: too few of the sampled frames show a face.
        VideoMultipleFacesError: in too large a share of the frames with a face none of several is clearly the largest.
        VideoLowFaceQualityError: the best face is too small, blurred, dark, bright or flat.
    """
    with_face = [frame for frame in clip.frames if frame.faces]
    too_few = len(with_face) < thresholds.min_face_frames
    if clip.template is None or clip.quality is None or clip.best_frame is None or too_few:
        raise VideoFaceNotFoundError
    crowded = [frame for frame in with_face if not has_clear_largest(frame.faces, thresholds)]
    if len(crowded) >= thresholds.crowded_share * len(with_face):
        raise VideoMultipleFacesError
    if not is_good(clip.quality, thresholds):
        raise VideoLowFaceQualityError
    return clip.template, clip.quality, clip.best_frame


def judge_reference(image: ImageObservation, *, fail_when_several: bool) -> tuple[Template, Quality]:
    """The template of a reference picture's face, and how far it can be trusted.

    Raises:
        NoFaceError: no face in the picture.
        MultipleFacesError: several faces and the caller wants that refused.
    """
    if image.template is None or image.quality is None:
        raise NoFaceError
    if fail_when_several and len(image.faces) > 1:
        raise MultipleFacesError
    return image.template, image.quality


def is_monochrome(image: ImageObservation, thresholds: Thresholds) -> bool:
    """Whether a picture is black and white."""
    return image.chroma < thresholds.monochrome_chroma


def is_one_person(similarities: tuple[float, ...], thresholds: Thresholds) -> bool:
    """Whether a clip's frames show one person, by their cosines to its best; of few, one odd is too many."""
    strangers = [value for value in similarities if value < thresholds.same_person_similarity]
    return len(strangers) <= thresholds.max_stranger_share * len(similarities)
