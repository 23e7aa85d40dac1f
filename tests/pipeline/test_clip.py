"""Every container, codec and oddity that recorders produce, decoded from memory."""

import gc
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from likeness.domain.errors import VideoDurationError, VideoFormatError
from likeness.domain.face import ImageArray
from likeness.pipeline.clip import SAMPLED_FRAMES, decode_clip
from likeness.pipeline.frames import FRAME_SIDE_PX
from likeness.pipeline.image import decode, upright
from likeness.pipeline.sound import decode_sound
from tests.pipeline.clips import make_clip, with_matrix

COUNT = 30


@pytest.fixture(scope="module")
def scene(data: Path) -> ImageArray:
    """A photograph of people, 320x240."""
    pixels = decode((data / "edge/groups/bald_guys.jpg").read_bytes()).pixels
    return np.asarray(cv2.resize(pixels, (320, 240), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.fixture(scope="module")
def panned(scene: ImageArray) -> list[ImageArray]:
    """Two seconds, 15 frames a second; the picture moves by two pixels a frame."""
    return [np.roll(scene, 2 * index, axis=1) for index in range(COUNT)]


def difference(one: ImageArray, other: ImageArray) -> float:
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


CASES: dict[str, dict[str, Any]] = {
    "mp4 h264 with B frames": {"options": {"bf": "3"}, "sound": True},
    "mp4 hevc": {"codec": "libx265", "options": {"x265-params": "log-level=none:pools=none:frame-threads=1"}},
    "mp4 hevc open GOP": {
        "codec": "libx265",
        "options": {"x265-params": "log-level=none:pools=none:frame-threads=1:keyint=8:open-gop=1"},
    },
    "mp4 hevc 10-bit": {
        "codec": "libx265",
        "pixel_format": "yuv420p10le",
        "options": {"x265-params": "log-level=none:pools=none:frame-threads=1"},
    },
    "mp4 h264 open GOP": {"options": {"x264-params": "keyint=8:open-gop=1:bframes=3"}},
    "mp4 fragmented": {"container_options": {"movflags": "frag_keyframe+empty_moov+default_base_moof"}},
    "mp4 av1": {"codec": "libsvtav1", "options": {"preset": "12", "svtav1-params": "lp=1"}},
    "mov h264": {"container": "mov"},
    "3gp mpeg4": {"container": "3gp", "codec": "mpeg4", "options": {"b": "2000000"}},
    "webm vp8 live": {
        "container": "webm",
        "codec": "libvpx",
        "options": {"deadline": "realtime", "cpu-used": "8", "b": "2000000"},
        "container_options": {"live": "1"},
        "sound": True,
    },
    "webm vp8 with hidden frames": {
        "container": "webm",
        "codec": "libvpx",
        "options": {"deadline": "good", "cpu-used": "5", "auto-alt-ref": "1", "lag-in-frames": "8", "b": "2000000"},
    },
    "webm vp9": {
        "container": "webm",
        "codec": "libvpx-vp9",
        "options": {"deadline": "realtime", "cpu-used": "8", "b": "2000000"},
    },
    "mkv h264": {"container": "matroska"},
    "avi mpeg4": {"container": "avi", "codec": "mpeg4", "options": {"b": "2000000"}},
    "avi h264 with B frames": {"container": "avi", "options": {"bf": "2"}},
    "avi mjpeg": {"container": "avi", "codec": "mjpeg", "pixel_format": "yuvj420p", "options": {"b": "8000000"}},
    "flv h264": {"container": "flv"},
    "mpegts h264": {"container": "mpegts"},
    "mpeg mpeg2": {"container": "mpeg", "codec": "mpeg2video", "rate": 25, "options": {"b": "4000000"}},
    "ogg theora-less vp8": {
        "container": "ogg",
        "codec": "libvpx",
        "options": {"deadline": "realtime", "cpu-used": "8", "b": "2000000"},
    },
    "gif": {"container": "gif", "codec": "gif", "pixel_format": "rgb8", "rate": 20},
}


@pytest.mark.parametrize("name", CASES)
def test_reads_what_recorders_write(name: str, panned: list[ImageArray]) -> None:
    case = CASES[name]
    clip = decode_clip(make_clip(panned, **case))
    rate = case.get("rate", 15)
    assert clip.duration_s == pytest.approx(COUNT / rate, abs=0.1)
    assert (clip.width_px, clip.height_px) == (320, 240)
    sound = decode_sound(make_clip(panned, **case), clip.start_s)
    assert (sound is not None) == case.get("sound", False)
    assert len(clip.frames) == SAMPLED_FRAMES
    # gif has 256 colours and dithers; the rest must show the very picture of that moment
    tolerance = 25 if name == "gif" else 8
    for frame in clip.frames:
        nearest = min(range(COUNT), key=lambda index: difference(frame.pixels, panned[index]))
        assert abs(nearest / rate - frame.time_s) <= 1.6 / rate
        assert difference(frame.pixels, panned[nearest]) < tolerance
    times = [frame.time_s for frame in clip.frames]
    assert times == sorted(times)
    assert times[0] < 0.2
    assert times[-1] > COUNT / rate - 0.3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turns_telephone_clips_upright(orientation: int, scene: ImageArray) -> None:
    undone = {6: 8, 8: 6}.get(orientation, orientation)
    stored = upright(scene, undone)
    clip = decode_clip(with_matrix(make_clip([stored] * 12), orientation))
    assert (clip.width_px, clip.height_px) == (320, 240)
    assert difference(clip.frames[5].pixels, scene) < 5


def test_no_decoded_frame_stays_in_memory(scene: ImageArray) -> None:
    """A hundred frames of 4K are over a gigabyte: they must not wait for the garbage collector."""
    clip = with_matrix(make_clip([scene] * 90, rate=30), 6)
    gc.collect()
    gc.disable()
    try:
        for _ in range(2):
            decode_clip(clip, spoken=True)
        left = [it for it in gc.get_objects() if isinstance(it, av.VideoFrame) and it.width > 16]
    finally:
        gc.enable()
    assert left == []


def test_variable_frame_rate_is_spread_over_time_not_over_frames(panned: list[ImageArray]) -> None:
    # twenty frames in the first half second, ten in the other two
    def time_of(index: int) -> float:
        return index * 0.025 if index < 20 else 0.5 + (index - 19) * 0.2

    clip = decode_clip(make_clip(panned, container="matroska", time_of=time_of))
    assert clip.duration_s == pytest.approx(2.5, abs=0.1)
    assert sum(frame.time_s > 0.5 for frame in clip.frames) >= 7


def test_duration_is_measured_where_the_container_lies(panned: list[ImageArray]) -> None:
    mp4 = bytearray(make_clip(panned))
    at = mp4.index(b"mvhd") + 4 + 4 + 8  # version and flags, two times
    scale = int.from_bytes(mp4[at : at + 4], "big")
    mp4[at + 4 : at + 8] = (3600 * scale).to_bytes(4, "big")
    assert decode_clip(bytes(mp4)).duration_s == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize(("count", "rate"), [(5, 15), (1, 15), (90, 10)])
def test_refuses_clips_too_short_or_too_long(count: int, rate: int, scene: ImageArray) -> None:
    with pytest.raises(VideoDurationError):
        decode_clip(make_clip([scene] * count, rate=rate))


def test_large_frames_are_shrunk_but_their_size_is_told(scene: ImageArray) -> None:
    large = np.asarray(cv2.resize(scene, (1920, 1440)), np.uint8)
    clip = decode_clip(make_clip([large] * 10, options={"preset": "ultrafast"}))
    assert (clip.width_px, clip.height_px) == (1920, 1440)
    assert max(clip.frames[0].pixels.shape) == FRAME_SIDE_PX
    assert clip.scale == pytest.approx(2 / 3)


def test_refuses_pictures_over_4096_pixels(scene: ImageArray) -> None:
    wide = np.asarray(cv2.resize(scene, (4160, 64)), np.uint8)
    with pytest.raises(VideoFormatError):
        decode_clip(make_clip([wide] * 15, options={"preset": "ultrafast"}))


@pytest.mark.parametrize(
    "text",
    [
        b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile://{}\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile '{}'\n",
        (
            b"<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011' type='static'><Period><AdaptationSet>"
            b"<Representation><BaseURL>{}</BaseURL></Representation></AdaptationSet></Period></MPD>"
        ),
        b"v=0\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
        b"",
        b"\0" * 5000,
        b"not a clip at all " * 300,
    ],
)
def test_refuses_what_names_other_files_or_is_no_clip(text: bytes, data: Path) -> None:
    with pytest.raises(VideoFormatError):
        decode_clip(text.replace(b"{}", str(data / "clips/replay_n.mp4").encode()))


def test_refuses_pictures_and_sound(data: Path) -> None:
    for path in (data / "edge/exif/Portrait_1.jpg", next((data / "digits").glob("*.wav"))):
        with pytest.raises(VideoFormatError):
            decode_clip(path.read_bytes())


def test_damage_is_refused_or_shorter_but_never_grey(data: Path) -> None:
    whole = (data / "clips/replay_n.mp4").read_bytes()
    rng = np.random.default_rng(3)
    outcomes: set[object] = set()
    for keep in (0.02, 0.3, 0.9, 1.0):
        cut = np.frombuffer(whole[: int(len(whole) * keep)], np.uint8).copy()
        if keep == 1.0:
            cut[rng.integers(5000, len(cut), len(cut) // 10)] ^= 0x55
        try:
            outcomes.add(len(decode_clip(cut.tobytes()).frames))
        except (VideoFormatError, VideoDurationError) as refusal:
            outcomes.add(type(refusal))
    assert VideoFormatError in outcomes


def test_real_clips(data: Path) -> None:
    assert decode_clip((data / "clips/live_n.mp4").read_bytes()).duration_s == pytest.approx(5.04, abs=0.05)
    assert decode_sound((data / "grid/s1/bbaf4p.mpg").read_bytes()) is not None
    for name in ("live_k.mp4", "live_t.mp4", "replay_t.mp4"):  # 8.9 and 20 seconds
        with pytest.raises(VideoDurationError):
            decode_clip((data / "clips" / name).read_bytes())
