"""How a clip's brightness goes with time."""

from dataclasses import dataclass

from likeness.domain.face import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class LumaSeries:
    """Coarse grey thumbnails of a run of frames of one clip, in order of time.

    times_s: (n,), float32, seconds since the clip's first frame, strictly rising.
    luma: (n, rows, columns), float32, mean grey levels (0 to 255) of the cells of a grid over the upright frame.
    """

    times_s: FloatArray
    luma: FloatArray
