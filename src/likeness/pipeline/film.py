"""All of a clip's frames, small and at a rate that lips can be read at."""

from fractions import Fraction

import av

from likeness.pipeline.frames import ClipFrame, KeptFrame, keep

RATE_MAX_HZ = 30
"""Frames a second that are kept at most: usual cameras have 25 to 30, and GRID, which lip-sync was measured on, 25."""
FILM_SIDE_PX = 640
"""Long side to which a larger frame is shrunk: a face a sixth of it wide still fills the embedder's chip of 100."""
FRAMES_MAX = 200
"""6.1 s at RATE_MAX_HZ, and some over; at most 1.2 MB each."""


def film_times(times: list[int], time_base: Fraction) -> list[int]:
    """Those of a clip's frames, by time, that a film is made of.

    Args:
        times: of all frames that can be decoded, in units of `time_base`, rising, at least one.
        time_base: in seconds.
    """
    span_s = float((times[-1] - times[0]) * time_base)
    wanted = min(FRAMES_MAX, max(1, round(span_s * RATE_MAX_HZ) + 1))
    return times[:: max(1, -(-len(times) // wanted))]


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
