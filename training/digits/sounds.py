"""What happens to speech on its way: noise and codecs."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import av
import numpy as np
from av.audio.stream import AudioStream

from likeness.domain.face import FloatArray
from likeness.domain.sound import RATE_HZ
from training.digits.voices import Voice

NOISES = ("white", "babble", "hum")
BABBLERS = 5
CODECS = {"aac": ("adts", "aac", 48_000), "opus": ("ogg", "libopus", 24_000)}
"""Container, encoder and bits a second."""
OPUS_RATE_HZ = 48_000


def power(samples: FloatArray) -> float:
    """Mean square of what is louder than silence, which pauses and padding are not."""
    loud = samples[np.abs(samples) > np.abs(samples).max(initial=0) * 0.02]
    return float(np.mean(loud**2)) if loud.size else 0.0


def coloured(size: int, colour: str, rng: np.random.Generator) -> FloatArray:
    """White or pink noise."""
    white = rng.standard_normal(size)
    if colour == "pink":
        spectrum = np.fft.rfft(white)
        white = np.fft.irfft(spectrum / np.sqrt(np.arange(1, spectrum.size + 1)), size)
    return np.asarray(white, dtype=np.float32)


def hum(size: int, rng: np.random.Generator) -> FloatArray:
    """Mains and its overtones, with some hiss."""
    times_s = np.arange(size) / RATE_HZ
    base_hz = rng.choice([50, 60, 100, 120])
    tones = [
        rng.uniform(0.2, 1) / order * np.sin(2 * np.pi * (base_hz * order * times_s + rng.random()))
        for order in range(1, 12)
    ]
    return np.asarray(np.sum(tones, axis=0) + 0.05 * rng.standard_normal(size), dtype=np.float32)


def babble(size: int, voices: Sequence[Voice], rng: np.random.Generator) -> FloatArray:
    """Several voices at once."""
    mixed = np.zeros(size, np.float32)
    for _ in range(BABBLERS):
        voice = voices[int(rng.integers(len(voices)))]
        pool = [take for takes in voice.words.values() for take in takes] + voice.others
        place = 0
        while place < size:
            word = pool[rng.integers(len(pool))]
            end = min(size, place + word.size)
            mixed[place:end] += word[: end - place] / (np.sqrt(power(word)) + 1e-6)
            place = end + int(rng.integers(1, RATE_HZ // 5))
    return mixed


def noise(kind: str, size: int, voices: Sequence[Voice], rng: np.random.Generator) -> FloatArray:
    """Noise of a kind; `voices`: who babbles."""
    if kind == "babble":
        return babble(size, voices, rng)
    return hum(size, rng) if kind == "hum" else coloured(size, kind, rng)


def with_noise(samples: FloatArray, added: FloatArray, ratio_db: float) -> FloatArray:
    """Noise added so that speech is `ratio_db` louder; without speech, as if speech were at a tenth of full scale."""
    speech = power(samples) or 1e-2
    gain = np.sqrt(speech / (float(np.mean(added**2)) + 1e-12) / 10 ** (ratio_db / 10))
    return np.asarray(samples + gain * added, dtype=np.float32)


def compressed(samples: FloatArray, codec: str) -> FloatArray:
    """Encoded by a codec and decoded."""
    container, encoder, bits = CODECS[codec]
    file = io.BytesIO()
    rate_hz = OPUS_RATE_HZ if codec == "opus" else RATE_HZ
    with av.open(file, "w", format=container) as writer:
        stream = cast("AudioStream", writer.add_stream(encoder, rate=rate_hz, layout="mono"))
        stream.bit_rate = bits
        resampler = av.AudioResampler(format=stream.codec_context.format.name, layout="mono", rate=rate_hz)
        frame = av.AudioFrame.from_ndarray((samples.clip(-1, 1) * 32767).astype(np.int16)[np.newaxis], "s16", "mono")
        frame.sample_rate = RATE_HZ
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            writer.mux(stream.encode(piece))
        writer.mux(stream.encode(None))
    file.seek(0)
    with av.open(file, "r") as reader:
        back = av.AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
        frames = [piece for got in reader.decode(audio=0) for piece in back.resample(got)]
    return np.concatenate([piece.to_ndarray()[0] for piece in frames]).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Condition:
    """How a sound was spoilt. noise: a kind or "none". ratio_db: of speech to it. codec: one or "none"."""

    noise: str
    ratio_db: float
    codec: str = "none"
    peak: float = 0.5
