"""What picture files say of the camera, and whether two were taken by the same one, one after the other."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

CLOCK_SLACK = timedelta(hours=1)
"""By how much longer than between the two calls it may have been between the two shots: daylight saving time sets a
clock by an hour, and files rarely tell their time zone. Somebody who sends both at once took both within it."""

FIRST_TURNED = 5
"""EXIF orientations from here on swap width and height (Exif 2.32, table 6)."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What one picture file says.

    make, model, software: of the camera, as in the file; None where it says nothing.
    width_px, height_px: of the picture, upright; what EXIF states of its size is not trusted over the picture itself.
    stated_size_px: width and height as EXIF states them, None where it does not.
    orientation: EXIF's, 1 to 8; None where it is not stated.
    taken_at: local time of the shot, without its zone unless the file tells it; None where the file does not say.
    """

    is_jpeg: bool
    width_px: int
    height_px: int
    make: str | None = None
    model: str | None = None
    software: str | None = None
    stated_size_px: tuple[int, int] | None = None
    orientation: int | None = None
    taken_at: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the file says nothing of the camera."""
        said = (self.make, self.model, self.software, self.stated_size_px, self.orientation, self.taken_at)
        return all(value is None for value in said)

    @property
    def held(self) -> tuple[bool, bool]:
        """How the camera was held: whether the picture is wider than high, seen upright, and stored on its side."""
        return self.width_px > self.height_px, (self.orientation or 1) >= FIRST_TURNED


def differences(front: Metadata, side: Metadata, between_calls: timedelta) -> tuple[str, ...]:
    """In what two files disagree, by name; nothing where they may be of one camera, used once.

    Files that both say nothing agree, whatever their size: many clients strip their pictures.

    Args:
        front: of the front selfie.
        side: of the side selfie.
        between_calls: how much later the side selfie came.
    """
    if not (front.is_jpeg and side.is_jpeg):
        return ("format",)
    if front.is_empty and side.is_empty:
        return ()
    same = {
        "make": front.make == side.make,
        "model": front.model == side.model,
        "software": front.software == side.software,
        "size": front.stated_size_px == side.stated_size_px and _sides(front) == _sides(side),
        "orientation": front.held == side.held,
        "time": _are_near(front.taken_at, side.taken_at, abs(between_calls) + CLOCK_SLACK),
    }
    return tuple(name for name, agrees in same.items() if not agrees)


def _sides(metadata: Metadata) -> tuple[int, int]:
    """Longer side first: how the camera was held is a matter of its own."""
    return max(metadata.width_px, metadata.height_px), min(metadata.width_px, metadata.height_px)


def _are_near(one: datetime | None, other: datetime | None, limit: timedelta) -> bool:
    """Whether two shots are at most so far apart; where one of two has no time they are not from one camera.

    Where only one tells its zone both are taken for local times, as which files state them.
    """
    if one is None or other is None:
        return one is other
    if one.tzinfo and other.tzinfo:
        return abs(one.astimezone(UTC) - other.astimezone(UTC)) <= limit
    return abs(one.replace(tzinfo=None) - other.replace(tzinfo=None)) <= limit
