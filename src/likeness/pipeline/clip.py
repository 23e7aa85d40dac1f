"""Clips from bytes: the only place where libav opens and decodes anything.

A clip is read from memory, never from a file, and its container cannot name another file: formats that do (playlists,
concatenation, image sequences) are not on the list, and any attempt to open something else is refused.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from statistics import median_low
from struct import unpack
from typing import TYPE_CHECKING, cast

import av
import numpy as np
from av.sidedata.sidedata import Type as SideData
from av.video.stream import VideoStream

from likeness.domain.errors import VideoDurationError, VideoFormatError
from likeness.domain.face import ImageArray
from likeness.domain.series import LumaSeries
from likeness.pipeline.image import upright
from likeness.pipeline.series import Burst, burst

if TYPE_CHECKING:
    from collections.abc import Mapping

    from av.buffer import Buffer
    from av.container import InputContainer

    VideoPacket = av.Packet[VideoStream]

DURATION_MIN_S, DURATION_MAX_S = 0.5, 8.0
"""Accepted durations; docs/wire.md, VIDEO_INVALID_DURATION."""

SAMPLED_FRAMES = 10
"""Frames looked at, spread evenly: one each 0.2 s of a 2 s clip, and no more work for a longer one."""

FRAME_SIDE_PX = 1280
"""Long side to which a larger frame is shrunk; a 720p camera's frames stay as they are, texture included."""

_SIDE_LIMIT_PX = 4096  # as for pictures
_PACKETS_MAX = 8_000  # DURATION_MAX_S at 1000 frames a second; telephones' slow motion stops at 960
_FORMATS = "mov,matroska,webm,avi,mpeg,mpegts,flv,asf,ogg,gif,ivf"
_CODECS = (
    "h264,hevc,vvc,libdav1d,av1,vp8,vp9,mpeg1video,mpeg2video,mpeg4,msmpeg4v2,msmpeg4,h263,h263i,flv,"
    "theora,mjpeg,wmv1,wmv2,wmv3,vc1,prores,dnxhd,ffv1,rawvideo,gif"
)
_OPTIONS = {
    "format_whitelist": _FORMATS,
    "protocol_whitelist": "none",
    "codec_whitelist": _CODECS,
    "max_pixels": str(_SIDE_LIMIT_PX**2),
    "threads": "1",
}
_ORIENTATIONS = {  # signs of the display matrix's a, b, c, d (rounded to right angles) to the EXIF orientation
    (1, 0, 0, 1): 1,
    (-1, 0, 0, 1): 2,
    (-1, 0, 0, -1): 3,
    (1, 0, 0, -1): 4,
    (0, 1, 1, 0): 5,
    (0, 1, -1, 0): 6,
    (0, -1, -1, 0): 7,
    (0, -1, 1, 0): 8,
}


@dataclass(frozen=True, slots=True, eq=False)
class ClipFrame:
    """time_s: since the first frame. pixels: shape (height, width, 3), uint8, RGB, upright, perhaps shrunk."""

    time_s: float
    pixels: ImageArray


@dataclass(frozen=True, slots=True, eq=False)
class DecodedClip:
    """A clip as far as it is looked at.

    width_px, height_px: of the clip's picture, upright and with square pixels. frames: in order of time. series: of a
    second around the middle; None where the clip has too few frames there to see 3 Hz.
    """

    duration_s: float
    width_px: int
    height_px: int
    has_audio: bool
    frames: tuple[ClipFrame, ...]
    series: LumaSeries | None

    @property
    def scale(self) -> float:
        """Side of the frames over the side of the clip's picture, at most 1."""
        return float(max(self.frames[0].pixels.shape[:2]) / max(self.width_px, self.height_px))


def decode_clip(data: bytes, sampled_frames: int = SAMPLED_FRAMES, *, any_duration: bool = False) -> DecodedClip:
    """Measure a clip and decode frames spread evenly over it, upright, and a burst of small ones from its middle.

    The duration is that of the picture, measured from the packets' own times: recorders in browsers state none.

    Raises:
        VideoFormatError: not a clip, without a picture, damaged, or with a side over 4096 pixels.
        VideoDurationError: shorter than DURATION_MIN_S or longer than DURATION_MAX_S, unless any duration is taken.
    """
    try:
        with cast("InputContainer", av.open(BytesIO(data), options=_OPTIONS, io_open=_refuse_to_open)) as container:
            stream = _picture_stream(container.streams.video)
            track = _Track.of(_packets(container.demux(stream), len(data)), stream)
            if not any_duration and not DURATION_MIN_S <= track.duration_s <= DURATION_MAX_S:
                raise VideoDurationError
            wanted = track.spread(sampled_frames)
            small = Burst(burst(track.usable(), track.time_base), track.time_base, track.first)
            kept = list(_decode(stream, track, wanted, small))
            # A clip cut short or with holes decodes in part; half of what was asked for is too little to judge by.
            if not kept or 2 * len(kept) < len(wanted):
                raise VideoFormatError
            has_audio = bool(container.streams.audio)
    except (av.error.FFmpegError, MemoryError, ValueError, OverflowError, ZeroDivisionError) as damage:
        raise VideoFormatError from damage
    width_px, height_px = kept[0].width_px, kept[0].height_px
    frames = tuple(ClipFrame(float((k.pts - track.first) * track.time_base), k.pixels) for k in kept)
    return DecodedClip(track.duration_s, width_px, height_px, has_audio, frames, small.series())


def _refuse_to_open(url: str, flags: int, options: dict[str, str]) -> BytesIO:
    """A container that asks for another file is not a clip."""
    del url, flags, options
    raise VideoFormatError


def _picture_stream(streams: Iterable[VideoStream]) -> VideoStream:
    """The first moving picture; a cover image attached to a sound file is none."""
    stream = next((s for s in streams if not s.disposition & s.disposition.attached_pic), None)
    if stream is None or stream.codec_context is None or stream.codec_context.name not in _CODECS.split(","):
        raise VideoFormatError
    context = stream.codec_context
    if not (0 < context.width <= _SIDE_LIMIT_PX and 0 < context.height <= _SIDE_LIMIT_PX):
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


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    pts: int
    pixels: ImageArray
    width_px: int
    height_px: int


def _decode(stream: VideoStream, track: _Track, wanted: list[int], small: Burst) -> Iterator[_Kept]:
    """Decode what is needed and keep, for each wanted time, the first frame at or after it; fill the burst beside."""
    waiting = list(wanted)
    for frame in _frames(stream, track.needed(small.times.union(wanted))):
        if frame.pts is None or frame.is_corrupt:
            continue
        small.offer(frame, _orientation(frame))
        if not waiting or frame.pts < waiting[0]:
            continue
        while waiting and frame.pts >= waiting[0]:
            waiting.pop(0)
        yield _keep(frame, stream.sample_aspect_ratio)


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


def _keep(frame: av.VideoFrame, pixel_aspect: Fraction | None) -> _Kept:
    """A decoded frame as upright RGB with square pixels, its long side at most FRAME_SIDE_PX."""
    if max(frame.width, frame.height) > _SIDE_LIMIT_PX:
        raise VideoFormatError
    wide_px, high_px = float(frame.width), float(frame.height)
    if pixel_aspect and Fraction(1, 4) <= pixel_aspect <= 4:  # noqa: PLR2004 - beyond it the field is nonsense
        wide_px *= min(1.0, float(pixel_aspect))  # shrink the longer way: nothing is invented
        high_px *= min(1.0, 1 / float(pixel_aspect))
    shrink = min(1.0, FRAME_SIDE_PX / max(wide_px, high_px))
    size = {"width": max(1, round(wide_px * shrink)), "height": max(1, round(high_px * shrink))}
    rgb = frame.reformat(**size, format="rgb24", interpolation="AREA", threads=1).to_ndarray()
    orientation = _orientation(frame)
    if orientation >= 5:  # noqa: PLR2004 - EXIF 5 to 8 swap the sides
        wide_px, high_px = high_px, wide_px
    return _Kept(frame.pts or 0, upright(np.asarray(rgb, np.uint8), orientation), round(wide_px), round(high_px))


def _orientation(frame: av.VideoFrame) -> int:
    """The EXIF orientation that a frame's display matrix amounts to; telephones record turned and say so there."""
    side_data = cast("Mapping[SideData, Buffer]", frame.side_data)  # the stubs describe it otherwise
    if SideData.DISPLAYMATRIX not in side_data:
        return 1
    a, b, _, c, d = unpack("=5i", bytes(side_data[SideData.DISPLAYMATRIX])[:20])
    largest = max(abs(a), abs(b), abs(c), abs(d), 1)
    signs = tuple(round(value / largest) for value in (a, b, c, d))
    return _ORIENTATIONS.get(signs, 1)
