"""All of a clip's frames, small and at a rate that lips can be read at."""

from bisect import bisect_left, bisect_right
from fractions import Fraction

import av

from likeness.pipeline.frames import ClipFrame, KeptFrame, keep

RATE_MAX_HZ = 30
"""Frames a second that are kept at most: usual cameras have 25 to 30, and GRID, which lip-sync was measured on, 25."""
FILM_SIDE_PX = 640
"""Long side to which a larger frame is shrunk: a face a sixth of it wide still fills the embedder's chip of 100."""
FRAMES_MAX = 200
"""6.1 s at RATE_MAX_HZ, and some over; at most 1.2 MB each."""

_ROUNDED = 0.1  # of a step: containers round times to milliseconds


def film_times(times: list[int], time_base: Fraction) -> list[int]:
    """Those of a clip's frames, by time, that a film is made of.

    For each of even marks the nearest that is not taken yet. Every second, third, ... frame would halve the rate of a
    camera that is a little faster than RATE_MAX_HZ.

    Args:
        times: of all frames that can be decoded, in units of `time_base`, rising, at least one.
        time_base: in seconds.
    """
    span = times[-1] - times[0]
    step = max(1 / (RATE_MAX_HZ * time_base), Fraction(span, FRAMES_MAX - 1))
    marks = [times[0] + index * step for index in range(int(span / step + _ROUNDED) + 1)]
    if len(times) <= len(marks):
        return times
    kept: list[int] = []
    for mark in marks:
        later = bisect_right(times, kept[-1]) if kept else 0
        at = max(later, bisect_left(times, mark))
        off, nearest = min(((abs(time - mark), time) for time in times[max(later, at - 1) : at + 1]), default=(step, 0))
        if off < step:
            kept.append(nearest)
    return kept


class Film:
    """Collects the film while a clip is decoded.

    Args:
        times: of the frames wanted, in units of `time_base`.
        time_base: in seconds.
        first: time of the clip's first frame, in units of `time_base`.
    """

    def __init__(self, times: list[int], time_base: Fraction, first: int) -> None:
        self.times = frozenset(times)
        self._waiting = sorted(times)
        self._time_base = time_base
        self._first = first
        self._kept: list[KeptFrame] = []

    def offer(self, frame: av.VideoFrame, pixel_aspect: Fraction | None, orientation: int) -> None:
        """Take a sound frame if it is the first at or after one of the times wanted; frames come in order of time.

        Args:
            frame: as decoded.
            pixel_aspect: see `frames.keep`.
            orientation: see `frames.keep`.
        """
        if frame.pts is None or not self._waiting or frame.pts < self._waiting[0]:
            return
        while self._waiting and self._waiting[0] <= frame.pts:
            self._waiting.pop(0)
        self._kept.append(keep(frame, pixel_aspect, orientation, FILM_SIDE_PX))

    def frames(self) -> tuple[ClipFrame, ...]:
        """What was collected, in order of time."""
        return tuple(
            ClipFrame(float((kept.pts - self._first) * self._time_base), kept.pixels)
            for kept in sorted(self._kept, key=lambda kept: kept.pts)
        )
