"""A clip's picture from bytes: the only place where libav decodes any; `sound.py` has its sound."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from statistics import median_low
from typing import TYPE_CHECKING, cast

import av
from av.video.stream import VideoStream

from likeness.domain.errors import VideoDurationError, VideoFormatError
from likeness.domain.series import LumaSeries
from likeness.pipeline.container import OPTIONS, PICTURE_CODECS, refuse_to_open
from likeness.pipeline.film import Film, film_times
from likeness.pipeline.frames import FRAME_SIDE_PX, SIDE_LIMIT_PX, ClipFrame, KeptFrame, keep, orientation_of
from likeness.pipeline.series import Burst, burst

if TYPE_CHECKING:
    from av.container import InputContainer

    VideoPacket = av.Packet[VideoStream]

DURATION_MIN_S, DURATION_MAX_S = 0.5, 8.0
"""Accepted durations; docs/wire.md, VIDEO_INVALID_DURATION."""
SPOKEN_MIN_S, SPOKEN_MAX_S = 2.9, 6.1
"""The same of digits read aloud: the contract's 3 to 6 s, and a recorder that stops a little off the second."""

SAMPLED_FRAMES = 10
"""Frames looked at, spread evenly: one each 0.2 s of a 2 s clip, and no more work for a longer one."""

_PACKETS_MAX = 8_000  # DURATION_MAX_S at 1000 frames a second; telephones' slow motion stops at 960


@dataclass(frozen=True, slots=True, eq=False)
class DecodedClip:
    """A clip as far as it is looked at.

    width_px, height_px: of the clip's picture, upright and with square pixels. frames: in order of time. series: of a
    second around the middle; None where the clip has too few frames there to see 3 Hz. start_s: of the first frame, by
    the container's clock. film: all frames, small, at most 30 a second; empty unless asked for.
    """

    duration_s: float
    width_px: int
    height_px: int
    frames: tuple[ClipFrame, ...]
    series: LumaSeries | None
    start_s: float = 0.0
    film: tuple[ClipFrame, ...] = ()

    @property
    def scale(self) -> float:
        """Side of the frames over the side of the clip's picture, at most 1."""
        return float(max(self.frames[0].pixels.shape[:2]) / max(self.width_px, self.height_px))


def decode_clip(
    data: bytes, sampled_frames: int = SAMPLED_FRAMES, *, any_duration: bool = False, spoken: bool = False
) -> DecodedClip:
    """Measure a clip and decode frames spread evenly over it, upright, and a burst of small ones from its middle.

    The duration is that of the picture, measured from the packets' own times: recorders in browsers state none.

    Args:
        data: the file.
        sampled_frames: how many frames are spread over it.
        any_duration: take clips of any duration.
        spoken: take the durations of digits read aloud, and keep the film that lips are read from.

    Raises:
        VideoFormatError: not a clip, without a picture, damaged, or with a side over 4096 pixels.
        VideoDurationError: shorter or longer than clips of its kind may be.
    """
    shortest_s, longest_s = (SPOKEN_MIN_S, SPOKEN_MAX_S) if spoken else (DURATION_MIN_S, DURATION_MAX_S)
    try:
        with cast("InputContainer", av.open(BytesIO(data), options=OPTIONS, io_open=refuse_to_open)) as container:
            stream = _picture_stream(container.streams.video)
            track = _Track.of(_packets(container.demux(stream), len(data)), stream)
            if not any_duration and not shortest_s <= track.duration_s <= longest_s:
                raise VideoDurationError
            wanted = track.spread(sampled_frames)
            small = Burst(burst(track.usable(), track.time_base), track.time_base, track.first)
            film = Film(film_times(track.usable(), track.time_base) if spoken else [], track.time_base, track.first)
            kept = list(_decode(stream, track, wanted, small, film))
            # A clip cut short or with holes decodes in part; half of what was asked for is too little to judge by.
            filmed = film.frames()
            if not kept or 2 * len(kept) < len(wanted) or 2 * len(filmed) < len(film.times):
                raise VideoFormatError
    except (av.error.FFmpegError, MemoryError, ValueError, OverflowError, ZeroDivisionError) as damage:
        raise VideoFormatError from damage
    width_px, height_px = kept[0].width_px, kept[0].height_px
    frames = tuple(ClipFrame(float((k.pts - track.first) * track.time_base), k.pixels) for k in kept)
    start_s = float(track.first * track.time_base)
    return DecodedClip(track.duration_s, width_px, height_px, frames, small.series(), start_s, filmed)


def _picture_stream(streams: Iterable[VideoStream]) -> VideoStream:
    """The first moving picture; a cover image attached to a sound file is none."""
    stream = next((s for s in streams if not s.disposition & s.disposition.attached_pic), None)
    if stream is None or stream.codec_context is None or stream.codec_context.name not in PICTURE_CODECS.split(","):
        raise VideoFormatError
    context = stream.codec_context
    if not (0 < context.width <= SIDE_LIMIT_PX and 0 < context.height <= SIDE_LIMIT_PX):
        raise VideoFormatError
    return stream


def _packets(demuxed: Iterable["VideoPacket"], data_bytes: int) -> list["VideoPacket"]:
    """All coded frames, bounded: a forged index may name the same bytes again and again."""
    packets: list[VideoPacket] = []
    total_bytes = 0
    for packet in demuxed:
        if not packet.size:
            continue
        packets.append(packet)
        total_bytes += packet.size
        if total_bytes > 2 * data_bytes or len(packets) > _PACKETS_MAX:
            raise VideoFormatError
    return packets


@dataclass(frozen=True, slots=True, eq=False)
class _Track:
    """The coded frames in decoding order, with the time of each in units of `time_base`."""

    packets: list["VideoPacket"]
    times: list[int]
    time_base: Fraction
    duration_s: float

    @classmethod
    def of(cls, packets: list["VideoPacket"], stream: VideoStream) -> "_Track":
        if not packets or stream.time_base is None:
            raise VideoFormatError
        times = [p.pts if p.pts is not None else p.dts for p in packets]
        if any(t is None for t in times):
            raise VideoFormatError
        known = [t for t in times if t is not None]
        shown = sorted({t for t, p in zip(known, packets, strict=True) if not p.is_discard})
        if not shown:
            raise VideoFormatError
        steps = [b - a for a, b in pairwise(shown)]
        # The last frame lasts as long as a usual one: containers often leave its duration out.
        span = shown[-1] - shown[0] + (median_low(steps) if steps else 0)
        return cls(packets, known, stream.time_base, float(span * stream.time_base))

    @property
    def first(self) -> int:
        return min(t for t, p in zip(self.times, self.packets, strict=True) if not p.is_discard)

    def groups(self) -> list[range]:
        """Runs of packets that start with a key frame, so that each decodes without those before it."""
        starts = [i for i, p in enumerate(self.packets) if p.is_keyframe and i] + [len(self.packets)]
        return [range(a, b) for a, b in zip([0, *starts], starts, strict=False) if b > a]

    def leads(self, index: int, group: range) -> bool:
        """Whether a packet is shown before its group's key frame, and so leans on the group before."""
        return group.start > 0 and self.times[index] < self.times[group.start]

    def usable(self) -> list[int]:
        """Times of all frames that are shown and can be decoded, rising."""
        return sorted(
            {self.times[i] for g in self.groups() for i in g if not self.leads(i, g) and not self.packets[i].is_discard}
        )

    def spread(self, count: int) -> list[int]:
        """Times of at most `count` frames, nearest to the middles of `count` equal parts."""
        usable = self.usable()
        span = self.duration_s / float(self.time_base)
        moments = [self.first + span * (part + 0.5) / count for part in range(count)]
        return sorted({_nearest(usable, moment) for moment in moments})

    def needed(self, chosen: AbstractSet[int]) -> Iterator[tuple["VideoPacket", bool]]:
        """The packets that must be decoded to see the chosen frames, and whether each is one of them."""
        for group in self.groups():
            last = max((i for i in group if self.times[i] in chosen), default=-1)
            for i in range(group.start, last + 1):
                if not self.leads(i, group):
                    yield self.packets[i], self.times[i] in chosen


def _nearest(times: list[int], moment: float) -> int:
    return min(times, key=lambda time: abs(time - moment))


def _decode(stream: VideoStream, track: _Track, wanted: list[int], small: Burst, film: Film) -> Iterator[KeptFrame]:
    """Decode what is needed and keep, for each wanted time, the first frame at or after it; fill burst and film too."""
    waiting, orientation = list(wanted), None
    for frame in _frames(stream, track.needed(small.times.union(wanted, film.times))):
        if frame.pts is None or frame.is_corrupt:
            continue
        if orientation is None:
            orientation = orientation_of(frame)
        small.offer(frame, orientation)
        film.offer(frame, stream.sample_aspect_ratio, orientation)
        if not waiting or frame.pts < waiting[0]:
            continue
        while waiting and frame.pts >= waiting[0]:
            waiting.pop(0)
        yield keep(frame, stream.sample_aspect_ratio, orientation, FRAME_SIDE_PX)


def _frames(stream: VideoStream, packets: Iterable[tuple["VideoPacket", bool]]) -> Iterator[av.VideoFrame]:
    context = stream.codec_context
    context.thread_count, context.thread_type = 1, "NONE"
    for packet, wanted in packets:
        # Frames that no other frame is predicted from cost nothing when nobody wants to see them.
        context.skip_frame = "DEFAULT" if wanted else "NONREF"
        try:
            yield from context.decode(packet)
        except av.error.InvalidDataError:  # a damaged packet; how many are missing is judged at the end
            continue
    context.skip_frame = "DEFAULT"
    yield from context.decode(None)
