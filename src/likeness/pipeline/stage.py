"""Which part of the work is going on: the engine blames a dead worker on the upload or on itself by it."""

from collections.abc import Callable
from enum import StrEnum


class Stage(StrEnum):
    """RECEIVING: the job is on its way. DECODING: its bytes are read. JUDGING: its pixels go through the models."""

    RECEIVING = "receiving"
    DECODING = "decoding"
    JUDGING = "judging"


Announce = Callable[[Stage], None]
"""Told whenever the stage changes."""
