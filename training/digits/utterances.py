"""Digits read aloud, put together of single words, and which digits might have been asked for instead."""

from dataclasses import dataclass

import numpy as np

from likeness.domain.face import FloatArray
from likeness.domain.sound import RATE_HZ
from training.digits.sounds import coloured, power
from training.digits.voices import STRING_DIGITS, Voice

SHORTEST_S, LONGEST_S = 3.0, 6.0
"""What validate_video takes."""
_FADE = 80  # samples at cuts, so that they do not click
_STRING_SHARE = 0.4


@dataclass(frozen=True, slots=True)
class Utterance:
    """Digits as they were said, before anything spoils them; samples (n,), float32, RATE_HZ a second."""

    digits: str
    samples: FloatArray


def drawn_digits(count: int, rng: np.random.Generator) -> str:
    """Digits without immediate repeats, as the server asks for them."""
    digits: list[int] = []
    while len(digits) < count:
        digit = int(rng.integers(10))
        if not digits or digit != digits[-1]:
            digits.append(digit)
    return "".join(map(str, digits))


def faded(samples: FloatArray) -> FloatArray:
    """With soft ends."""
    soft = samples.copy()
    ramp = np.linspace(0, 1, min(_FADE, soft.size // 2), dtype=np.float32)
    if ramp.size:
        soft[: ramp.size] *= ramp
        soft[-ramp.size :] *= ramp[::-1]
    return soft


def background(size: int, voice: Voice, rng: np.random.Generator) -> FloatArray:
    """The voice's own room; for voices without one, nothing at all or a faint hiss."""
    if voice.quiet:
        piece = voice.quiet[rng.integers(len(voice.quiet))]
        # There and back again, so that no seam is heard.
        return np.asarray(np.resize(np.concatenate([piece, piece[::-1]]), size), dtype=np.float32)
    level = 0.0 if rng.random() < 1 / 2 else 10 ** rng.uniform(-4, -2.5)
    return np.asarray(level * coloured(size, "pink", rng), dtype=np.float32)


def spliced(pieces: list[FloatArray], voice: Voice, rng: np.random.Generator, *, fitted: bool = True) -> FloatArray:
    """Pieces in a row with pauses, which vary; 3 to 6 s long where `fitted`."""
    pause_s = rng.uniform(0.03, 0.5)
    pauses = [int(RATE_HZ * pause_s * rng.uniform(0.6, 1.4)) for _ in pieces]
    spoken = sum(piece.size for piece in pieces) + sum(pauses[1:])
    room = int(LONGEST_S * RATE_HZ) - spoken
    lead, tail = (rng.integers(RATE_HZ // 10, RATE_HZ, 2)).tolist()
    if fitted:
        tail = max(tail, int(SHORTEST_S * RATE_HZ) - spoken - lead)
        lead, tail = (
            (min(lead, max(room // 2, 0)), min(tail, max(room // 2, 0))) if lead + tail > room else (lead, tail)
        )
    sound = background(lead + spoken + tail, voice, rng)
    place = lead
    for piece, pause in zip(pieces, [*pauses[1:], 0][: len(pieces)], strict=True):
        sound[place : place + piece.size] += faded(piece)
        place += piece.size + pause
    return sound


def levelled(piece: FloatArray, rng: np.random.Generator) -> FloatArray:
    """At about the loudness of any other: recordings of one voice differ."""
    return np.asarray(piece * (0.1 / (np.sqrt(power(piece)) + 1e-6) * 10 ** rng.normal(0, 0.08)), dtype=np.float32)


def uttered(digits: str, voice: Voice, rng: np.random.Generator, others: int = 0) -> Utterance:
    """The digits in a voice, word by word; `others`: so many other words come in between."""
    pieces = [levelled(voice.words[digit][rng.integers(len(voice.words[digit]))], rng) for digit in digits]
    for _ in range(others if voice.others else 0):
        word = levelled(voice.others[rng.integers(len(voice.others))], rng)
        pieces.insert(int(rng.integers(len(pieces) + 1)), word)
    return Utterance(digits, spliced(pieces, voice, rng))


def four(voice: Voice, rng: np.random.Generator) -> Utterance:
    """Four digits in a voice: in one breath where it is a program's, at times; else word by word."""
    if voice.strings and rng.random() < _STRING_SHARE:
        digits, samples = voice.strings[rng.integers(len(voice.strings))]
        return Utterance(digits, spliced([levelled(samples, rng)], voice, rng))
    return uttered(drawn_digits(STRING_DIGITS, rng), voice, rng)


def one_changed(digits: str, rng: np.random.Generator) -> str:
    """Another digit in one place."""
    place = int(rng.integers(len(digits)))
    return digits[:place] + str((int(digits[place]) + int(rng.integers(1, 10))) % 10) + digits[place + 1 :]


def swapped(digits: str, rng: np.random.Generator) -> str:
    """Two neighbours in the other order."""
    places = [place for place in range(len(digits) - 1) if digits[place] != digits[place + 1]]
    place = places[int(rng.integers(len(places)))]
    return digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]


def one_more(digits: str, rng: np.random.Generator) -> str:
    """With a digit put in somewhere: what is asked for where one of it is missing in the sound."""
    place = int(rng.integers(len(digits) + 1))
    return digits[:place] + str(int(rng.integers(10))) + digits[place:]


def one_less(digits: str, rng: np.random.Generator) -> str:
    """Without one of its digits: what is asked for where the sound has one too many."""
    place = int(rng.integers(len(digits)))
    return digits[:place] + digits[place + 1 :]
