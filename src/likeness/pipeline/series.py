"""A run of a clip's frames as coarse grey thumbnails, so that a flicker of its light can be seen.

Frames spread over the whole clip are too far apart for that: 3 Hz needs at least 6 frames a second (Nyquist), a usual
camera's 25 to 30 show up to 12 to 15 Hz, and what is faster shows folded down.
"""

from fractions import Fraction

import av
import numpy as np

from likeness.domain.face import ImageArray
from likeness.domain.series import LumaSeries
from likeness.pipeline.image import upright

BURST_S = 1.0
"""Time that a burst spans at most: its spectrum then tells frequencies 1 Hz apart."""
BURST_FRAMES_MAX = 32
"""Of faster cameras every second, third, ... frame is taken, so that the burst is as long and costs no more."""
GRID = 48
"""Rows and columns of a thumbnail: bands along either side show, as telephones are held either way."""

FRAMES_MIN = 12
"""In BURST_S at most, thus over 10 frames a second: frequencies up to 5 Hz and more can be told."""
SPAN_MIN_S = 0.4
"""More than one period of 3 Hz; the shortest clips, of half a second, still have it."""
STEP_MAX_S = 1 / 6
"""The longest step at which 3 Hz has two frames a period; over a longer one it cannot be told."""


def burst(times: list[int], time_base: Fraction) -> list[int]:
    """Those of a clip's frames, by time, that a series is made of.

    Args:
        times: of all frames that can be decoded, in units of `time_base`, rising, at least one.
        time_base: in seconds.
    """
    start = times[0] + (times[-1] - times[0]) / 2 - BURST_S / float(time_base) / 2
    inside = [time for time in times if start <= time < start + BURST_S / float(time_base)]
    return inside[:: max(1, -(-len(inside) // BURST_FRAMES_MAX))]


class Burst:
    """Collects the series while a clip is decoded.

    Args:
        times: of the frames wanted, in units of `time_base`.
        time_base: in seconds.
        first: time of the clip's first frame, in units of `time_base`.
    """

    def __init__(self, times: list[int], time_base: Fraction, first: int) -> None:
        self.times = frozenset(times)
        self._time_base = time_base
        self._first = first
        self._thumbnails: dict[int, ImageArray] = {}

    def offer(self, frame: av.VideoFrame, orientation: int) -> None:
        """Take a sound frame if it is one of those wanted; orientation: EXIF's, see `image.upright`."""
        if frame.pts is None or frame.pts not in self.times:
            return
        grey = frame.reformat(width=GRID, height=GRID, format="gray", interpolation="AREA", threads=1).to_ndarray()
        self._thumbnails[frame.pts] = upright(np.asarray(grey, np.uint8), orientation)

    def series(self) -> LumaSeries | None:
        """What was collected, or None if it is too short, too sparse or has holes in which 3 Hz could not be seen."""
        times = sorted(self._thumbnails)
        times_s = np.array([float((time - self._first) * self._time_base) for time in times], np.float32)
        if len(times) < FRAMES_MIN or times_s[-1] - times_s[0] < SPAN_MIN_S or np.diff(times_s).max() > STEP_MAX_S:
            return None
        return LumaSeries(times_s, np.stack([self._thumbnails[time] for time in times]).astype(np.float32))
