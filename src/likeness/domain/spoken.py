"""What is made of four digits read aloud: what was heard, and whether lips and sound agree."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heard:
    """What a recogniser heard.

    digits: those most likely said, in their order; empty where no digit was heard.
    score: the higher, the more surely the digits asked for were said, exactly those and in that order.
    """

    digits: str
    score: float


@dataclass(frozen=True, slots=True)
class LipSync:
    """How well mouth and sound go together.

    score: the higher, the better they agree. delay_s: by how much later the sound is than the mouth where they agree
    best.
    """

    score: float
    delay_s: float


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is made of a clip in which digits are read aloud."""

    heard: Heard
    lip_sync: LipSync
