"""A clip's sound from bytes: the only place where libav decodes any."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from io import BytesIO
from typing import TYPE_CHECKING, cast

import av
import numpy as np
from av.audio.stream import AudioStream

from likeness.domain.errors import VideoFormatError
from likeness.domain.face import FloatArray
from likeness.domain.sound import RATE_HZ, Sound
from likeness.pipeline.container import OPTIONS, SOUND_CODECS, refuse_to_open

if TYPE_CHECKING:
    from av.container import InputContainer

    SoundPacket = av.Packet[AudioStream]

SOUND_MAX_S = 10.0
"""No more of it is read: clips with sound last 6 s, and what goes on after the picture has ended was not asked for."""
_PACKETS_MAX = 20_000
_GAP_S = 0.05
"""A hole longer than this between two pieces of sound is kept as silence; recorders leave silence out."""


def decode_sound(data: bytes, picture_start_s: float = 0.0) -> Sound | None:
    """The first sound track of a clip as one channel of RATE_HZ; None where it has none that can be heard.

    A damaged track gives what can be decoded of it.

    Args:
        data: the clip.
        picture_start_s: time of the clip's first frame by its container's clock.

    Raises:
        VideoFormatError: not a clip.
    """
    try:
        with cast("InputContainer", av.open(BytesIO(data), options=OPTIONS, io_open=refuse_to_open)) as container:
            stream = next((it for it in container.streams.audio if _is_known(it)), None)
            if stream is None:
                return None
            return _joined(_pieces(_frames(container.demux(stream), stream, len(data))), picture_start_s)
    except (av.error.FFmpegError, MemoryError, ValueError, OverflowError, ZeroDivisionError) as damage:
        raise VideoFormatError from damage


def within(sound: Sound, first_s: float, last_s: float) -> Sound:
    """What of a sound is heard from one time to another; empty where that is nothing.

    Lips are only read under a picture: what is heard before or after it must not count as said.

    Args:
        sound: of a clip.
        first_s: since the clip's first frame.
        last_s: by the same clock.
    """
    begin, end = (max(0, round((it - sound.start_s) * RATE_HZ)) for it in (first_s, last_s))
    return Sound(sound.samples[begin:end], max(sound.start_s, first_s))


def _is_known(stream: AudioStream) -> bool:
    return stream.codec_context is not None and stream.codec_context.name in SOUND_CODECS.split(",")


def _frames(packets: Iterable["SoundPacket"], stream: AudioStream, data_bytes: int) -> Iterator[av.AudioFrame]:
    """The decoded frames of about SOUND_MAX_S, by their times and by their samples: either may be forged.

    A forged index may name the same bytes again and again.
    """
    total_bytes, first_s, decoded_s = 0, None, 0.0
    for count, packet in enumerate(packets):
        total_bytes += packet.size
        if total_bytes > 2 * data_bytes or count > _PACKETS_MAX:
            return
        try:
            decoded = stream.codec_context.decode(packet)
        except (av.error.InvalidDataError, av.error.ArgumentError):  # a damaged packet
            continue
        for frame in decoded:
            if frame.pts is None or frame.time_base is None or frame.is_corrupt:
                continue
            first_s = float(frame.pts * frame.time_base) if first_s is None else first_s
            if float(frame.pts * frame.time_base) - first_s > SOUND_MAX_S or decoded_s > SOUND_MAX_S:
                return
            decoded_s += frame.samples / frame.sample_rate
            yield frame


def _pieces(frames: Iterable[av.AudioFrame]) -> Iterator[tuple[float, FloatArray]]:
    """Start in seconds and samples of each frame, resampled; a stream that changes its form starts a resampler anew."""
    resampler, form, start_s, done = None, None, 0.0, 0
    for frame in frames:
        now = (frame.format.name, frame.layout.name, frame.sample_rate)
        begins_s = float((frame.pts or 0) * (frame.time_base or Fraction(1)))
        if resampler is None or now != form or abs(begins_s - start_s - done / form[2]) > _GAP_S:
            yield from _drained(resampler, start_s)
            resampler, form = av.AudioResampler("flt", "mono", RATE_HZ), now
            start_s, done = begins_s, 0
        done += frame.samples
        frame.pts = None  # the resampler counts for itself
        yield from ((start_s, _samples(it)) for it in resampler.resample(frame))
    yield from _drained(resampler, start_s)


def _drained(resampler: av.AudioResampler | None, start_s: float) -> Iterator[tuple[float, FloatArray]]:
    if resampler is not None:
        yield from ((start_s, _samples(it)) for it in resampler.resample(None))


def _samples(frame: av.AudioFrame) -> FloatArray:
    return np.nan_to_num(frame.to_ndarray().reshape(-1).astype(np.float32), posinf=0, neginf=0).clip(-1, 1)


def _joined(pieces: Iterable[tuple[float, FloatArray]], picture_start_s: float) -> Sound | None:
    """Runs that follow one another by time, what is missing between them silent."""
    runs: dict[float, list[FloatArray]] = {}
    for start_s, samples in pieces:
        runs.setdefault(start_s, []).append(samples)
    if not any(part.size for parts in runs.values() for part in parts):
        return None
    first_s = min(runs)
    whole = np.zeros(round(SOUND_MAX_S * RATE_HZ), np.float32)
    end = 0
    for start_s, parts in sorted(runs.items()):
        at = min(round((start_s - first_s) * RATE_HZ), whole.size)
        samples = np.concatenate(parts)[: whole.size - at]
        whole[at : at + samples.size] = samples
        end = max(end, at + samples.size)
    return Sound(whole[:end], first_s - picture_start_s)
