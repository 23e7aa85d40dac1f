"""What a network is taught with: utterances of any number of digits, each spoilt at random."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from likeness.domain.face import FloatArray
from likeness.models.digits_features import BANDS, features
from training.digits.folds import part
from training.digits.sounds import CODECS, compressed, happens, in_room, noise, through_microphone, with_noise
from training.digits.utterances import Utterance, drawn_digits, four, uttered
from training.digits.voices import Voice, seeded

SOURCES = {"FSDD": 0.2, "GRID": 0.1, "espeak-ng": 0.5, "flite": 0.2}
"""How often each kind of voice reads: people more often than their number, who are what is listened for."""
LENGTHS = (0.02, 0.05, 0.08, 0.16, 0.48, 0.15, 0.06)
"""How often utterances have 0, 1, ... digits."""
OTHERS = 0.1
"""Utterances with other words among the digits."""
MASKS = 2
_SLOWEST, _FASTEST = 0.85, 1.2
_WARP = 0.15  # share by which a longer or shorter vocal tract moves formants
_EXPECTED = 4
_LAZIEST, _QUICKEST = 0.75, 1.45  # features to a frame
_MASKED = 0.5


def faster(samples: FloatArray, factor: float) -> FloatArray:
    """Played faster, which raises the voice as well."""
    places = np.arange(0, samples.size - 1, factor)
    return np.asarray(np.interp(places, np.arange(samples.size), samples), dtype=np.float32)


def read_out(voices: Sequence[Voice], rng: np.random.Generator) -> tuple[Utterance, Voice]:
    """An utterance by one of the voices."""
    sources = sorted({voice.source for voice in voices})
    shares = np.asarray([SOURCES[source] for source in sources])
    source = rng.choice(sources, p=shares / shares.sum())
    chosen = [voice for voice in voices if voice.source == source]
    voice = chosen[rng.integers(len(chosen))]
    count = int(rng.choice(len(LENGTHS), p=LENGTHS))
    others = int(rng.integers(1, 4)) if happens(rng, OTHERS) or not count else 0
    if count == _EXPECTED and not others:
        return four(voice, rng), voice
    return uttered(drawn_digits(count, rng), voice, rng, others), voice


def spoilt(samples: FloatArray, voices: Sequence[Voice], rng: np.random.Generator) -> FloatArray:
    """As some microphone hears it in some room."""
    if happens(rng, 0.7):
        samples = faster(samples, rng.uniform(_SLOWEST, _FASTEST))
    if happens(rng, 0.4):
        samples = in_room(samples, rng)
    if happens(rng, 0.6):
        samples = through_microphone(samples, rng)
    if happens(rng, 0.75):
        kind = str(rng.choice(["white", "pink", "babble", "hum"]))
        samples = with_noise(samples, noise(kind, samples.size, voices, rng), rng.uniform(3, 35))
    peak = float(np.abs(samples).max(initial=0)) or 1.0
    samples = (samples / peak * rng.uniform(0.05, 1.0)).astype(np.float32)
    if happens(rng, 0.05):
        samples = np.clip(samples * rng.uniform(1.5, 6), -1, 1)
    if happens(rng, 0.12):
        samples = compressed(samples, str(rng.choice(list(CODECS))))
    return samples


def warped(seen: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Bands moved as by another length of the vocal tract."""
    places = np.arange(BANDS) * rng.uniform(1 - _WARP, 1 + _WARP)
    low = np.clip(places.astype(int), 0, BANDS - 1)
    high = np.clip(low + 1, 0, BANDS - 1)
    share = (places - np.floor(places)).astype(np.float32)
    return np.asarray(seen[:, low] * (1 - share) + seen[:, high] * share, dtype=np.float32)


def masked(seen: FloatArray, rng: np.random.Generator) -> FloatArray:
    """With a few bands and moments missing (D. Park et al., SpecAugment, Interspeech 2019)."""
    for _ in range(MASKS):
        band, moment = int(rng.integers(BANDS - 6)), int(rng.integers(max(1, seen.shape[0] - 8)))
        seen[:, band : band + int(rng.integers(6))] = 0
        seen[moment : moment + int(rng.integers(8))] = 0
    return seen


def stretched(seen: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Spoken faster or slower, at the same pitch."""
    places = np.arange(0, seen.shape[0] - 1, rng.uniform(_LAZIEST, _QUICKEST))
    low = places.astype(int)
    share = (places - low).astype(np.float32)[:, np.newaxis]
    return np.asarray(seen[low] * (1 - share) + seen[low + 1] * share, dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """Features (frames, BANDS), float16, of a spoilt utterance, its digits, and who says them."""

    seen: NDArray[np.float16]
    digits: str
    part: str
    source: str


def lessons(voices: Sequence[Voice], count: int) -> list[Lesson]:
    """Utterances of all voices, each with babble of voices that test in the same fold."""
    rng = seeded("lessons")
    made = []
    for _ in track(range(count), "utterances"):
        utterance, voice = read_out(voices, rng)
        alike = [other for other in voices if part(other) == part(voice)]
        seen = features(spoilt(utterance.samples, alike, rng))
        if seen.size:
            made.append(Lesson(seen.astype(np.float16), utterance.digits, part(voice), voice.source))
    return made


def varied(lesson: Lesson, rng: np.random.Generator) -> FloatArray:
    """The features of a lesson as another person might say it."""
    seen = stretched(warped(lesson.seen.astype(np.float32), rng), rng)
    return masked(seen, rng) if happens(rng, _MASKED) else seen
