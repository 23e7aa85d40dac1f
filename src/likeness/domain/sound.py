"""What is heard in a clip."""

from dataclasses import dataclass

from likeness.domain.face import FloatArray

RATE_HZ = 16_000
"""Samples a second of every sound that is judged: what speech models are made for."""


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """A clip's sound.

    samples: (n,), float32, -1 to 1, one channel, RATE_HZ a second.
    start_s: time of the first sample since the clip's first frame; below 0 where the sound begins earlier.
    """

    samples: FloatArray
    start_s: float
