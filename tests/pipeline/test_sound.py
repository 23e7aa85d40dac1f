"""A clip's sound: what is heard of it, when, and what damage does to it."""

import io
import random
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from likeness.domain.errors import VideoFormatError
from likeness.domain.face import FloatArray
from likeness.domain.sound import RATE_HZ, Sound
from likeness.pipeline.clip import decode_clip
from likeness.pipeline.sound import SOUND_MAX_S, _frames, decode_sound, within

if TYPE_CHECKING:
    from av.container import InputContainer

TONE_HZ = 1000
CASES = {
    "mp4": ("mp4", "libx264", "aac", 44100, "mono"),
    "webm": ("webm", "libvpx", "libopus", 48000, "stereo"),
    "mov": ("mov", "libx264", "pcm_s16le", 8000, "stereo"),
    "mkv": ("matroska", "libx264", "flac", 22050, "mono"),
    "mpg": ("mpeg", "mpeg1video", "mp2", 48000, "stereo"),
}


def tone(rate_hz: int, duration_s: float) -> FloatArray:
    return (0.5 * np.sin(2 * np.pi * TONE_HZ * np.arange(round(rate_hz * duration_s)) / rate_hz)).astype(np.float32)


def clip(case: str = "mp4", duration_s: float = 3.0, late_s: float = 0.0) -> bytes:
    """A grey picture with a tone that begins `late_s` after it."""
    container, picture_codec, sound_codec, rate_hz, layout = CASES[case]
    out = io.BytesIO()
    with av.open(out, "w", format=container) as output:
        picture = cast("VideoStream", output.add_stream(picture_codec, rate=25))
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuv420p"
        sound = cast("AudioStream", output.add_stream(sound_codec, rate=rate_hz, layout=layout))
        resampler = av.AudioResampler(sound.format.name, layout, rate_hz, frame_size=sound.frame_size or None)
        for _ in range(round(25 * duration_s)):
            output.mux(picture.encode(av.VideoFrame.from_ndarray(np.full((48, 64, 3), 90, np.uint8), format="rgb24")))
        output.mux(picture.encode(None))
        frame = av.AudioFrame.from_ndarray(tone(rate_hz, duration_s)[np.newaxis], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = rate_hz, round(late_s * rate_hz), Fraction(1, rate_hz)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(sound.encode(part))
        output.mux(sound.encode(None))
    return out.getvalue()


@pytest.mark.parametrize("case", CASES)
def test_hears_what_recorders_write(case: str) -> None:
    data = clip(case)
    sound = decode_sound(data, decode_clip(data, any_duration=True).start_s)
    assert sound is not None
    assert sound.samples.dtype == np.float32
    assert len(sound.samples) / RATE_HZ == pytest.approx(3, abs=0.1)
    assert sound.start_s == pytest.approx(0, abs=0.1)
    inside = sound.samples[RATE_HZ // 2 : -RATE_HZ // 2]
    spectrum = np.abs(np.fft.rfft(inside * np.hanning(len(inside))))
    assert np.argmax(spectrum) * RATE_HZ / len(inside) == pytest.approx(TONE_HZ, abs=2)
    assert float(np.abs(inside).max()) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("late_s", [0.0, 0.4])
def test_tells_when_the_sound_begins(late_s: float) -> None:
    data = clip("mkv", late_s=late_s)
    sound = decode_sound(data, decode_clip(data, any_duration=True).start_s)
    assert sound is not None
    assert sound.start_s == pytest.approx(late_s, abs=0.02)


@pytest.mark.parametrize(
    ("start_s", "expected_start_s", "expected"),
    [
        (0.0, 1.0, range(RATE_HZ, 2 * RATE_HZ)),  # sound before and after the picture
        (1.5, 1.5, range(RATE_HZ // 2)),  # it begins late
        (-1.5, 1.0, range(5 * RATE_HZ // 2, 3 * RATE_HZ)),  # it ends early
        (-3.0, 1.0, range(0)),  # all of it before the picture
        (3.0, 3.0, range(0)),  # all of it after the picture
    ],
)
def test_what_is_heard_beside_the_picture_is_left_out(start_s: float, expected_start_s: float, expected: range) -> None:
    numbered = Sound(np.arange(3 * RATE_HZ, dtype=np.float32), start_s)
    kept = within(numbered, 1.0, 2.0)
    assert kept.start_s == expected_start_s
    assert kept.samples.tolist() == list(expected)


def test_no_more_is_read_than_anyone_asked_for() -> None:
    sound = decode_sound(clip("mkv", 30.0))
    assert sound is not None
    assert len(sound.samples) / RATE_HZ <= SOUND_MAX_S


def test_forged_times_do_not_make_it_read_more() -> None:
    """A track header that counts a million units a second puts 60 s of sound into a fraction of one by its times."""
    honest, forged = clip("mp4", 60.0), bytearray(clip("mp4", 60.0))
    at = forged.rindex(b"mdhd") + 4 + 4 + 8  # version and flags, two times; the sound's track is the last
    assert int.from_bytes(forged[at : at + 4], "big") == CASES["mp4"][3]
    forged[at : at + 4] = (100 * CASES["mp4"][3]).to_bytes(4, "big")
    read_s = [_decoded_s(it) for it in (honest, bytes(forged))]
    assert max(read_s) <= SOUND_MAX_S + 0.1


def _decoded_s(data: bytes) -> float:
    """How much sound is decoded of a clip, by its samples."""
    with cast("InputContainer", av.open(io.BytesIO(data))) as container:
        stream = container.streams.audio[0]
        frames = list(_frames(container.demux(stream), stream, len(data)))
    return float(sum(it.samples / it.sample_rate for it in frames))


def test_no_sound_track_is_no_sound(data: Path) -> None:
    assert decode_sound((data / "clips" / "live_n.mp4").read_bytes()) is None


@pytest.mark.parametrize("junk", [b"", b"junk" * 1000])
def test_junk_is_no_clip(junk: bytes) -> None:
    with pytest.raises(VideoFormatError):
        decode_sound(junk)


@pytest.mark.parametrize("case", ["mp4", "mkv"])
def test_damage_costs_no_more_than_the_sound(case: str) -> None:
    whole = clip(case)
    chance = random.Random(3)  # noqa: S311 - a test's damage
    heard = 0
    for _ in range(60):
        damaged = bytearray(whole)
        for _ in range(20):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        try:
            sound = decode_sound(bytes(damaged))
        except VideoFormatError:
            continue
        if sound is not None:
            heard += 1
            assert np.isfinite(sound.samples).all()
            assert np.abs(sound.samples).max() <= 1
    assert heard >= 60 / 3
