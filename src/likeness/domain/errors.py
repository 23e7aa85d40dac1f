"""Everything that can be wrong with a call, said where it is known; the wire strings live in `wire/errors.py`.

Every error pickles: its arguments are positional and handed to `Exception.__init__`.
"""

from typing import Self


class LikenessError(Exception):
    """Base of every error of this package; `field` names the form field at fault, where there is one."""

    def __init__(self, field: str | None = None) -> None:
        super().__init__(field)
        self.field = field

    def in_field(self, field: str) -> Self:
        """The same error, blamed on a form field."""
        return type(self)(field)


# --- the request -----------------------------------------------------------------------------------------------------
class MissingArgumentError(LikenessError):
    """A required parameter is missing or empty."""


class BadArgumentError(LikenessError):
    """A parameter does not parse, is too long or not an allowed value."""


class EntityTooLargeError(LikenessError):
    """A file, or the whole body, is over its limit."""


class ApiNotFoundError(LikenessError):
    """No such path, or not POST."""


# --- the caller ------------------------------------------------------------------------------------------------------
class AuthenticationError(LikenessError):
    """Key and secret do not match."""


class AuthorizationDeniedError(LikenessError):
    """The key is disabled, used up, or lacks the permission."""


class ConcurrencyLimitError(LikenessError):
    """The key's or the server's limit on calls under way is reached."""


class InvalidTokenError(LikenessError):
    """The token is unknown, expired, malformed, of the wrong kind or another key's."""


# --- pictures --------------------------------------------------------------------------------------------------------
class ImageError(LikenessError):
    """Base of what can be wrong with a picture."""


class ImageFormatError(ImageError):
    """The bytes are not a picture, or a damaged one."""


class ImageSizeError(ImageError):
    """The picture is over 4096 pixels wide or high."""


class NoFaceError(ImageError):
    """No face was found."""


class MultipleFacesError(ImageError):
    """Several faces where one is wanted."""


class FaceBlurredError(ImageError):
    """The face is blurred."""


class FacePoorLightError(ImageError):
    """The face is too dark, too bright or too flat."""


class FaceNotFrontError(ImageError):
    """The face does not look at the camera."""


class FaceNotSideError(ImageError):
    """The face is not turned to a side."""


class FaceNotProperPositionError(ImageError):
    """The face is too small, too large or not in the middle of the picture."""


# --- clips -----------------------------------------------------------------------------------------------------------
class VideoError(LikenessError):
    """Base of what can be wrong with a clip."""


class VideoFormatError(VideoError):
    """The bytes are not a clip, or a damaged one."""


class VideoDurationError(VideoError):
    """The clip is too short or too long."""


class VideoNoAudioError(VideoError):
    """The clip has no sound."""


class VideoFaceNotFoundError(VideoError):
    """No face in the clip."""


class VideoMultipleFacesError(VideoError):
    """Several faces in the clip, none clearly the largest."""


class VideoLowFaceQualityError(VideoError):
    """The face is too small, too blurred, too dark or too bright to judge."""


# --- ours ------------------------------------------------------------------------------------------------------------
class EngineError(LikenessError):
    """A worker failed for a reason that is not the upload's fault."""


class StorageError(LikenessError):
    """The database could not be read or written."""
