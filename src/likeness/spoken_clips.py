"""Clips of four spoken digits, spliced from a folder of the GRID corpus, and attacks on lips and sound made of them.

For the demo, the tests and training: real words with real mouths, picture and sound cut alike. GRID's sentences have
one digit each: the fifth letter of a file's name, z for zero, its times in the align file beside it.
M. Cooke, J. Barker, S. Cunningham, X. Shao: An audio-visual corpus for speech perception and automatic speech
recognition, JASA 120 (2006).
"""

import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from likeness.domain.face import FloatArray, ImageArray

FPS = 25
"""Of GRID's clips; also the unit of its align files, in which a frame has 1000 ticks."""
RATE_HZ = 44_100
"""Samples a second of GRID's sound."""
DIGITS_MAX = 10
"""More digits than these are no longer a clip of a few seconds."""

_TICKS = 1000
_DURATION_S = 4.0  # in the middle of the 3 to 6 s that validate_video takes
_GAP_MIN_FRAMES = 6  # between two words: people read out digits one by one
_SHARE_DRAWN = 0.3  # by how much a rest may be longer or shorter than the others
_FADE_S = 0.005  # at cuts of sound, so that they do not click
_LETTERS = {"z": "0"}
_SILENCE = "sil"
# With x264's macroblock tree the first clip of a process came out otherwise than the same one made after it.
_PICTURE = {"threads": "1", "x264-params": "mbtree=0"}
_SOUND_BIT_RATE = 96_000


@dataclass(frozen=True, slots=True, eq=False)
class Footage:
    """A clip before it is encoded.

    frames: (height, width, 3), uint8, RGB, FPS a second. samples: (n,), float32, -1 to 1, one channel, RATE_HZ a
    second, empty for a clip without sound.
    """

    frames: tuple[ImageArray, ...]
    samples: FloatArray

    @property
    def duration_s(self) -> float:
        """Of the picture."""
        return len(self.frames) / FPS


@dataclass(frozen=True, slots=True, eq=False)
class Sentence:
    """One clip of GRID: what is seen and heard, where the digit is, and where nothing is said before and after all.

    digit, before, after: first frame, and the one after the last.
    """

    footage: Footage
    digit: range
    before: range
    after: range

    @classmethod
    def read(cls, path: Path) -> "Sentence":
        """A clip with its align file beside it.

        Raises:
            OSError: there is none, or it is not a clip.
            ValueError: the align file is not GRID's.
        """
        words = _words(path.with_suffix(".align"))
        footage = read(path)
        length = len(footage.frames)
        spoken = [index for index, (_, _, word) in enumerate(words) if word != _SILENCE]
        # Five of GRID's six words stand where they always do; the digit is the last but one.
        begin, end, _ = words[spoken[-2]]
        first, last = words[spoken[0]][0], words[spoken[-1]][1]
        digit = range(min(int(begin), length), min(int(np.ceil(end)), length))
        return cls(footage, digit, range(min(int(first), length)), range(min(int(np.ceil(last)), length), length))

    def cut(self, part: range) -> Footage:
        """Some of its frames with their sound, of which the ends are faded."""
        first, last = part.start * RATE_HZ // FPS, part.stop * RATE_HZ // FPS
        samples = np.zeros(last - first, np.float32)
        there = self.footage.samples[first:last]
        samples[: len(there)] = there
        return Footage(self.footage.frames[part.start : part.stop], _faded(samples))

    def rest(self, length: int, *, trailing: bool) -> Footage:
        """The mouth at rest for so many frames: from before the first word or after the last, to and fro if need be."""
        # The mouth opens before the first sound and closes after the last: the ends of the clip are farther from both.
        part = self.after if trailing else self.before
        if len(part) < _GAP_MIN_FRAMES:
            part = max(self.before, self.after, key=len)
        half = part[len(part) // 2 :] if part is self.after else part[: len(part) // 2 + 1]
        cut = self.cut(half)
        there_and_back = (cut.frames + cut.frames[::-1]) * (length // (2 * len(half)) + 1)
        samples = np.concatenate([cut.samples, cut.samples[::-1]])
        samples = np.tile(samples, length // (2 * len(half)) + 1)[: length * RATE_HZ // FPS]
        return Footage(there_and_back[:length], _faded(samples))


def splice(folder: Path, digits: str, *, variant: int = 0) -> bytes:
    """An MP4 (H.264, AAC) of about 4 s in which the digits are said one after another; see `spliced`."""
    return encode(spliced(folder, digits, variant=variant))


def spliced(folder: Path, digits: str, *, variant: int = 0) -> Footage:
    """The digits, said one after another by the speaker of a folder, the mouth at rest around each.

    Args:
        folder: one speaker's clips of GRID, each <name>.mpg with its <name>.align.
        digits: some of 0 to 9, DIGITS_MAX at most.
        variant: which of the sentences that have a digit it is taken from, and how long the rests are.

    Raises:
        ValueError: no digits, too many, or other characters.
        FileNotFoundError: the folder has no sentence with one of the digits.
    """
    if not digits or len(digits) > DIGITS_MAX or not set(digits) <= set("0123456789"):
        msg = f"1 to {DIGITS_MAX} digits are wanted"
        raise ValueError(msg)
    draw = np.random.default_rng([zlib.crc32(digits.encode()), variant])
    sentences = [_choose(folder, digit, variant + place) for place, digit in enumerate(digits)]
    spoken = sum(len(it.digit) for it in sentences)
    mean = max(_GAP_MIN_FRAMES, (_DURATION_S * FPS - spoken) / (len(digits) + 1))
    gaps = np.maximum(_GAP_MIN_FRAMES, mean * draw.uniform(1 - _SHARE_DRAWN, 1 + _SHARE_DRAWN, len(digits) + 1))
    # Each gap is half of the sentence before it and half of that after; the ends are of one sentence alone.
    parts: list[Footage] = []
    for place, sentence in enumerate(sentences):
        lead = gaps[place] / (2 if place else 1)
        trail = gaps[place + 1] / (2 if place + 1 < len(digits) else 1)
        parts.append(sentence.rest(round(lead), trailing=False))
        parts.append(sentence.cut(sentence.digit))
        parts.append(sentence.rest(round(trail), trailing=True))
    return joined(parts)


def joined(parts: Sequence[Footage]) -> Footage:
    """One after another."""
    frames = tuple(frame for part in parts for frame in part.frames)
    return Footage(frames, np.concatenate([part.samples for part in parts]))


def resting(folder: Path, *, variant: int = 0, duration_s: float = _DURATION_S) -> Footage:
    """A silent face: the frames of one sentence in which nothing is said, there and back."""
    paths = _paths(folder)
    return Sentence.read(paths[variant % len(paths)]).rest(round(duration_s * FPS), trailing=bool(variant % 2))


def delayed(footage: Footage, delay_s: float) -> Footage:
    """The sound comes so much later than the picture; earlier where below 0. What falls out of the clip is lost."""
    shift = round(delay_s * RATE_HZ)
    length = len(footage.samples)
    samples = np.zeros(length, np.float32)
    kept = footage.samples[max(0, -shift) : length - max(0, shift)]
    samples[max(0, shift) : max(0, shift) + len(kept)] = kept
    return replace(footage, samples=samples)


def dubbed(footage: Footage, other: Footage) -> Footage:
    """The picture of one with the sound of another, cut or filled up with silence to the picture's length."""
    samples = np.zeros(round(footage.duration_s * RATE_HZ), np.float32)
    there = other.samples[: len(samples)]
    samples[: len(there)] = there
    return replace(footage, samples=samples)


def still(footage: Footage, *, place: float = 0.5) -> Footage:
    """A photo with sound: one frame, at this part of the clip, all the time."""
    frame = footage.frames[min(int(place * len(footage.frames)), len(footage.frames) - 1)]
    return replace(footage, frames=(frame,) * len(footage.frames))


def muted(footage: Footage) -> Footage:
    """No sound at all."""
    return replace(footage, samples=np.zeros(0, np.float32))


def noisy(footage: Footage, snr_db: float, *, seed: int = 0) -> Footage:
    """White noise added, so much below the power of the whole sound."""
    power = float(np.mean(np.square(footage.samples, dtype=np.float64))) if len(footage.samples) else 0.0
    noise = np.random.default_rng(seed).standard_normal(len(footage.samples)) * np.sqrt(power / 10 ** (snr_db / 10))
    return replace(footage, samples=np.clip(footage.samples + noise, -1, 1).astype(np.float32))


def read(path: Path) -> Footage:
    """All frames and the sound of a trusted clip, such as GRID's; frames are taken as FPS a second.

    Raises:
        OSError: there is none, or it is not a clip.
    """
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
    with av.open(str(path)) as container:
        frames = tuple(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in container.decode(video=0))
        container.seek(0)
        heard = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        heard += resampler.resample(None)
    samples = np.concatenate([part.to_ndarray().ravel() for part in heard]) if heard else np.zeros(0)
    return Footage(frames, samples.astype(np.float32))


def encode(footage: Footage, *, crf: int = 20) -> bytes:
    """An MP4 of H.264 and, where there is sound, AAC; the same footage gives the same file.

    `crf`: x264's rate factor: 20 is hardly to be told from the original, 40 is what a poor line leaves.
    """
    height, width = footage.frames[0].shape[:2]
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        picture = container.add_stream("libx264", rate=FPS, options={**_PICTURE, "crf": str(crf)})
        picture.width, picture.height, picture.pix_fmt = width, height, "yuv420p"
        picture.time_base = Fraction(1, FPS)
        sound = container.add_stream("aac", rate=RATE_HZ, layout="mono") if len(footage.samples) else None
        for image in footage.frames:
            container.mux(picture.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(picture.encode())
        if sound is not None:
            sound.bit_rate = _SOUND_BIT_RATE
            container.mux(sound.encode(_sound_frame(footage.samples)))
            container.mux(sound.encode())
    return buffer.getvalue()


def _sound_frame(samples: FloatArray) -> AudioFrame:
    frame = AudioFrame.from_ndarray(samples[np.newaxis], format="fltp", layout="mono")
    frame.sample_rate = RATE_HZ
    frame.pts, frame.time_base = 0, Fraction(1, RATE_HZ)
    return frame


def _faded(samples: FloatArray) -> FloatArray:
    """Both ends faded over _FADE_S."""
    length = min(round(_FADE_S * RATE_HZ), len(samples) // 2)
    ramp: NDArray[np.float32] = np.linspace(0, 1, length, dtype=np.float32)
    faded = samples.copy()
    faded[:length] *= ramp
    faded[len(faded) - length :] *= ramp[::-1]
    return faded


def _words(path: Path) -> list[tuple[float, float, str]]:
    """First frame, the one after the last and the word, of each line of an align file."""
    lines = [line.split() for line in path.read_text("ascii").splitlines() if line.strip()]
    words = [(int(begin) / _TICKS, int(end) / _TICKS, word) for begin, end, word in lines]
    if sum(word != _SILENCE for _, _, word in words) < 2:  # noqa: PLR2004 - a digit and what follows it
        msg = f"{path.name}: a sentence of GRID has six words"
        raise ValueError(msg)
    return words


def _paths(folder: Path) -> list[Path]:
    paths = sorted(folder.glob("*.mpg"))
    if not paths:
        raise FileNotFoundError(folder)
    return paths


def _choose(folder: Path, digit: str, which: int) -> Sentence:
    """One of the sentences with this digit."""
    paths = [path for path in _paths(folder) if _LETTERS.get(path.stem[4], path.stem[4]) == digit]
    if not paths:
        msg = f"no sentence with the digit {digit}"
        raise FileNotFoundError(msg)
    return Sentence.read(paths[which % len(paths)])
