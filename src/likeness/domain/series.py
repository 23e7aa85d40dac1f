"""How a clip goes with time."""

from dataclasses import dataclass

from likeness.domain.face import FloatArray, ImageArray


@dataclass(frozen=True, slots=True, eq=False)
class LumaSeries:
    """Coarse grey thumbnails of a run of frames of one clip, in order of time.

    times_s: (n,), float32, seconds since the clip's first frame, strictly rising.
    luma: (n, rows, columns), float32, mean grey levels (0 to 255) of the cells of a grid over the upright frame.
    """

    times_s: FloatArray
    luma: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class MouthSeries:
    """A clip's mouth, frame by frame.

    times_s: (n,), float32, seconds since the clip's first frame, strictly rising.
    crops: (n, rows, columns), uint8, grey; what surrounds the mouth, upright and of one size.
    """

    times_s: FloatArray
    crops: ImageArray
