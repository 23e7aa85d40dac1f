"""Genuine clips and attacks as the judge sees them, each scored by weights that were fitted without its sentences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from likeness.domain.sound import Sound
from likeness.domain.spoken import LipSync
from likeness.models.lip_sync import LipSyncParameters, compared, surrounded
from likeness.models.lip_sync_features import Values, mouth_features, sound_features
from training.lip_sync.cameras import PACKS
from training.lip_sync.fitting import GENUINE
from training.lip_sync.material import FOLDS, SEED, Clip

NOISES_DB = (20, 10)
DELAYS_S = (-0.1, -0.05, 0.05, 0.1, 0.15, 0.2)
"""Of sound that a device records too early or too late, and that passes."""
SHIFTS_S = (0.4, 0.5, 0.6, 0.8)
"""Of sound that is an attack, both ways."""
DUBS = 5
"""Other clips of the fold whose sound each clip gets."""
SILENT_DUBS = 6
"""Clips of a fold whose sound each silent face, and each photo beside its own, gets."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A mouth and a sound.

    kind: what it is. genuine: whether they belong together. sources: sentences that the picture is made of.
    """

    kind: str
    genuine: bool
    pack: str
    fold: int
    sources: tuple[str, ...]
    mouth: Values
    heard: Values

    def score(self, by_fold: Sequence[LipSyncParameters]) -> LipSync:
        """By the weights for its fold."""
        return compared(self.mouth, self.heard, by_fold[self.fold])


@dataclass(frozen=True, slots=True, eq=False)
class _Voices:
    """Whose sound may be put to a mouth."""

    clips: Sequence[Clip]
    draw: np.random.Generator

    def others(self, clip: Clip, kind: str, fold: int, count: int) -> Iterator[Sound]:
        """Of clips of a kind and a fold that have other words, or the same in another order."""
        fitting = [it for it in self.clips if it.kind == kind and it.fold == fold and it.sources != clip.sources]
        return (fitting[place].sound for place in self.draw.permutation(len(fitting))[:count])


Presented = tuple[str, bool, int, Sound]
"""Kind, whether genuine, fold, and what is heard."""


def trials(clips: Sequence[Clip]) -> list[Trial]:
    """Every genuine clip and every attack, by every pack."""
    voices = _Voices(clips, np.random.default_rng(SEED))
    made = []
    for clip in clips:
        presented = list(_presented(clip, voices))
        for pack in PACKS:
            if pack in clip.mouths:
                features = mouth_features(clip.mouths[pack])
                mouth = surrounded(features)
                for kind, genuine, fold, sound in presented:
                    heard = sound_features(sound, len(mouth))
                    made.append(Trial(kind, genuine, pack, fold, clip.sources, mouth, heard))
    return made


def _presented(clip: Clip, voices: _Voices) -> Iterator[Presented]:
    """All that is made of a clip's mouth."""
    if "photo" in clip.kind:
        kind = clip.kind.removeprefix("spliced, ")
        yield kind, False, clip.fold, clip.sound
        yield from ((kind, False, clip.fold, it) for it in voices.others(clip, "spliced", clip.fold, SILENT_DUBS))
    elif clip.kind in ("silent", "other people"):
        for fold in [clip.fold] if clip.fold >= 0 else range(FOLDS):
            for kind in GENUINE:
                dubs = voices.others(clip, kind, fold, SILENT_DUBS)
                yield from ((f"{clip.kind}, dubbed", False, fold, it) for it in dubs)
    else:
        yield clip.kind, True, clip.fold, clip.sound
        if clip.kind in GENUINE:
            yield from _otherwise_heard(clip)
            dubs = voices.others(clip, clip.kind, clip.fold, DUBS)
            yield from ((f"{clip.kind}, dubbed", False, clip.fold, it) for it in dubs)


def _otherwise_heard(clip: Clip) -> Iterator[Presented]:
    """Noisy, and a little or much too early or late."""
    for noise_db in NOISES_DB:
        yield f"{clip.kind}, noise {noise_db} dB", True, clip.fold, _noisy(clip.sound, noise_db)
    for delay_s in DELAYS_S:
        yield f"{clip.kind}, device {delay_s * 1000:+.0f} ms", True, clip.fold, _delayed(clip.sound, delay_s)
    for shift_s in SHIFTS_S:
        for sign, name in ((1, "late"), (-1, "early")):
            kind = f"{clip.kind}, sound {shift_s} s {name}"
            yield kind, False, clip.fold, _delayed(clip.sound, sign * shift_s)


def _delayed(sound: Sound, delay_s: float) -> Sound:
    return replace(sound, start_s=sound.start_s + delay_s)


def _noisy(sound: Sound, snr_db: float) -> Sound:
    """White noise over the whole clip."""
    samples = sound.samples.astype(np.float64)
    deviation = np.sqrt(np.mean(np.square(samples)) / 10 ** (snr_db / 10))
    noise = np.random.default_rng(len(samples)).standard_normal(len(samples)) * deviation
    return replace(sound, samples=np.clip(samples + noise, -1, 1).astype(np.float32))
