"""Voices that read digits: people of FSDD and GRID, and programs.

FSDD: Free Spoken Digit Dataset, CC BY-SA 4.0. GRID: Cooke, Barker, Cunningham, Shao, JASA 120 (2006), CC BY 4.0.
espeak-ng and flite are programs of their own that must be installed; only their sound is used.
"""

import subprocess
import tempfile
import wave
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from scipy.signal import resample_poly

from likeness.domain.face import FloatArray
from likeness.domain.sound import RATE_HZ

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
OTHER_WORDS = (
    *("please", "again", "number", "place", "red", "blue", "bin", "set", "white", "green", "at", "by", "with", "now"),
    *(
        "soon",
        "my",
        "is",
        "the",
        "and",
        "hello",
        "okay",
        "tree",
        "fire",
        "sick",
        "heaven",
        "done",
        "say",
        "code",
        "mine",
    ),
    *("um", "yes", "no", "ready", "start", "camera", "fourteen", "ninety", "hundred"),
)
"""What is not a digit: must not be heard as one."""
OH = "oh"
"""How many read 0 in English."""
ACCENTS = (
    *("en-gb", "en-us", "en-gb-scotland", "en-gb-x-gbclan"),
    *("en-gb-x-rp", "en-gb-x-gbcwmd", "en-029", "en-us-nyc"),
)
VARIANTS = (
    *("", "Alex", "Alicia", "Andrea", "Andy", "Annie", "Denis", "Diogo", "Gene", "Henrique", "Hugo", "Jacky", "Lee"),
    *("Marco", "Mario", "Michael", "Mike", "Nguyen", "adam", "anika", "antonio", "aunty", "belinda", "benjamin"),
    *("boris", "caleb", "david", "ed", "edward", "f1", "f2", "f3", "f4", "f5", "grandma", "grandpa", "gustave"),
    *("iven", "john", "kaukovalta", "klatt", "klatt2", "klatt4", "linda", "m1", "m2", "m3", "m4", "m5", "m6", "m7"),
    *("m8", "marcelo", "max", "michel", "miguel", "norbert", "pablo", "paul", "pedro", "quincy", "rob", "robert"),
    *("sandro", "shelby", "steph", "travis", "victor", "zac"),
)
"""espeak-ng's voices, less its robots and whispers."""
FLITE = ("kal", "awb", "rms", "slt", "kal16")
ESPEAK_TWICE = 2
"""Accents that every variant of espeak-ng reads with."""
STRINGS = 6
"""Strings of digits that a program reads in one breath."""
STRING_DIGITS = 4
SPARE_OTHERS = 12
"""Other words that a program's voice reads."""
OH_SHARE = 0.25
_QUIET_S = 0.15

Bytes = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Voice:
    """What one voice says; every piece (n,), float32, RATE_HZ a second.

    words: takes of each digit. strings: several digits in one breath. others: no digits. quiet: its room, silent.
    """

    name: str
    source: str
    words: dict[str, list[FloatArray]]
    strings: list[tuple[str, FloatArray]] = field(default_factory=list)
    others: list[FloatArray] = field(default_factory=list)
    quiet: list[FloatArray] = field(default_factory=list)


def resampled(samples: FloatArray, rate_hz: int) -> FloatArray:
    """The sound at RATE_HZ."""
    divisor = np.gcd(rate_hz, RATE_HZ)
    return np.asarray(resample_poly(samples, RATE_HZ // divisor, rate_hz // divisor), dtype=np.float32)


def read_wave(path: Path) -> FloatArray:
    """A file of 16-bit samples."""
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32) / np.float32(32768)
        return resampled(samples, file.getframerate())


def trimmed(samples: FloatArray, below_peak_db: float = 40.0) -> FloatArray:
    """Without the silence at its ends: programs add some."""
    loud = np.flatnonzero(np.abs(samples) > np.abs(samples).max(initial=0) * 10 ** (-below_peak_db / 20))
    return samples[loud[0] : loud[-1] + 1] if loud.size else samples


def fsdd(data: Path) -> list[Voice]:
    """The speakers in `digits/`, named <digit>_<speaker>_<take>.wav."""
    voices: dict[str, Voice] = {}
    for path in sorted((data / "digits").glob("*.wav")):
        digit, speaker, _ = path.stem.split("_")
        voice = voices.setdefault(speaker, Voice(speaker, "FSDD", {}))
        voice.words.setdefault(digit, []).append(read_wave(path))
    return list(voices.values())


def decoded(path: Path) -> FloatArray:
    """The sound of a clip."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
        frames = [piece for frame in container.decode(audio=0) for piece in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.float32)


def grid(data: Path) -> list[Voice]:
    """The speakers in `grid/`: words cut at the times of their align files (1000 ticks a frame of 1/25 s)."""
    voices = []
    for folder in sorted((data / "grid").iterdir()):
        voice = Voice(folder.name, "GRID", {})
        for path in sorted(folder.glob("*.mpg")):
            sound = decoded(path)
            for line in path.with_suffix(".align").read_text("utf-8").splitlines():
                start, end, word = line.split()
                piece = sound[int(start) * RATE_HZ // 25_000 : int(end) * RATE_HZ // 25_000]
                if word in WORDS:
                    voice.words.setdefault(str(WORDS.index(word)), []).append(piece)
                elif word in ("sil", "sp"):
                    voice.quiet.extend([piece] if piece.size > _QUIET_S * RATE_HZ else [])
                else:
                    voice.others.append(piece)
        voices.append(voice)
    return voices


def spoken(command: list[str]) -> FloatArray:
    """What a program says; `command` lacks the file it writes."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        subprocess.run([*command, file.name], check=True, capture_output=True)  # noqa: S603 - our own words
        return trimmed(read_wave(Path(file.name)))


def program(name: str, source: str, commands: list[list[str]], rng: np.random.Generator) -> Voice:
    """A program's voice: each digit once by every command, strings, and other words.

    Args:
        name: of the voice.
        source: the program.
        commands: the same voice at different speed or pitch; the text takes the place of "TEXT".
        rng: draws the strings.
    """

    def say(text: str) -> FloatArray:
        command = commands[rng.integers(len(commands))]
        return spoken([text if part == "TEXT" else part for part in command])

    voice = Voice(name, source, {})
    for digit, word in enumerate(WORDS):
        voice.words[str(digit)] = [
            spoken([word if part == "TEXT" else part for part in command]) for command in commands
        ]
    voice.words["0"].append(say(OH))
    for _ in range(STRINGS):
        digits = "".join(str(digit) for digit in rng.permutation(10)[:STRING_DIGITS])
        words = [OH if digit == "0" and rng.random() < OH_SHARE else WORDS[int(digit)] for digit in digits]
        voice.strings.append((digits, say(rng.choice([", ", " "]).join(words))))
    voice.others.extend(say(str(word)) for word in rng.permutation(OTHER_WORDS)[:SPARE_OTHERS])
    return voice


def espeak(variant: str, accent: str, rng: np.random.Generator) -> Voice:
    """A voice of espeak-ng."""
    speeds, pitches = rng.integers(105, 190, 3), rng.integers(25, 75, 3)
    who = f"{accent}+{variant}" if variant else accent
    commands = [
        ["espeak-ng", "-v", who, "-s", str(speed), "-p", str(pitch), "TEXT", "-w"]
        for speed, pitch in zip(speeds, pitches, strict=True)
    ]
    return program(who, "espeak-ng", commands, rng)


def flite(name: str, rng: np.random.Generator) -> Voice:
    """A voice of flite."""
    commands = [
        ["flite", "-voice", name, "--setf", f"duration_stretch={stretch:.2f}", "-t", "TEXT", "-o"]
        for stretch in rng.uniform(0.85, 1.4, 3)
    ]
    return program(name, "flite", commands, rng)


def seeded(name: str) -> np.random.Generator:
    """Draws of one voice or recipe, the same in every run."""
    return np.random.default_rng(zlib.crc32(name.encode()))


def programs() -> list[Voice]:
    """Every voice of espeak-ng and flite."""
    read = [
        (variant, ACCENTS[(place + turn * 3) % len(ACCENTS)])
        for place, variant in enumerate(VARIANTS)
        for turn in range(ESPEAK_TWICE)
    ]
    voices = [espeak(variant, accent, seeded(variant + accent)) for variant, accent in track(read, "espeak-ng")]
    return voices + [flite(name, seeded(name)) for name in FLITE]


def all_voices(data: Path, work: Path) -> list[Voice]:
    """People and programs. Programs' sound is kept in `work`, as they take minutes.

    Raises:
        FileNotFoundError: espeak-ng or flite is not installed.
    """
    kept = work / "programs.npy"
    if not kept.exists():
        work.mkdir(parents=True, exist_ok=True)
        made = np.empty(1, dtype=object)
        made[0] = programs()
        np.save(kept, made)
    return fsdd(data) + grid(data) + list(np.load(kept, allow_pickle=True)[0])
