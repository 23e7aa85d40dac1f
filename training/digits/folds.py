"""Who teaches and who tests: no network is tested with a voice that taught it."""

import zlib
from collections.abc import Sequence

from training.digits.voices import Voice

PARTS = 3


def part(voice: Voice) -> str:
    """The fold that a voice tests. Each person is one of their own; programs' voices are dealt out to the folds.

    Voices of espeak-ng go by their variant and not by accent, and flite's two takes of one person go together.
    """
    if voice.source in ("FSDD", "GRID"):
        return voice.name
    who = voice.name.split("+")[-1] if voice.source == "espeak-ng" else voice.name.removesuffix("16")
    return str(zlib.crc32(who.encode()) % PARTS)


def folds(voices: Sequence[Voice]) -> dict[str, tuple[list[Voice], list[Voice]]]:
    """By person: the voices that teach, and those that test, the person and a third of the programs' voices."""
    people = sorted({part(voice) for voice in voices if voice.source in ("FSDD", "GRID")})
    made = {}
    for place, person in enumerate(people):
        testing = {person, str(place % PARTS)}
        made[person] = (
            [voice for voice in voices if part(voice) not in testing],
            [voice for voice in voices if part(voice) in testing],
        )
    return made
