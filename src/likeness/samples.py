"""Sample pictures and a sample clip, made from the public-domain portrait that scikit-image carries.

For the demo, the first start, the tests and the benchmarks: a real face that comes with the `demo` extra.
"""

import io
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from likeness.domain.face import ImageArray
from likeness.folders import make_private

FACE_CENTRE_PX = (222, 118)
"""Where the face is in the portrait (512x512), read off the picture."""
CLIP_SIZE_PX = (640, 480)
CLIP_FPS = 15
CLIP_DURATION_S = 2.0
WINDOW_PX = 300
"""Width of the part of the portrait that the clip shows."""
WARP_RADIUS_PX = 70.0
"""How far around the face's centre the warp of the stranger reaches."""
PAN_PX = 24
"""How far the clip pans over the portrait."""
JPEG_QUALITY = 92


def portrait() -> ImageArray:
    """Eileen Collins, NASA, public domain: shape (512, 512, 3), RGB.

    Raises:
        ModuleNotFoundError: scikit-image (the `demo` extra) is not installed.
    """
    from skimage import data  # noqa: PLC0415  an optional extra

    return np.asarray(data.astronaut())  # type: ignore[no-untyped-call]


def pan_frames() -> list[ImageArray]:
    """The camera panning over the portrait: 2 s of frames, each (480, 640, 3), RGB."""
    picture, (width, height) = portrait(), CLIP_SIZE_PX
    scale = width / WINDOW_PX
    top = max(0.0, FACE_CENTRE_PX[1] - height / scale / 2)
    count = round(CLIP_FPS * CLIP_DURATION_S)
    frames = []
    for index in range(count):
        left = FACE_CENTRE_PX[0] - WINDOW_PX / 2 + PAN_PX * np.sin(2 * np.pi * index / count)
        view = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]])
        image = cv2.warpAffine(picture, view, CLIP_SIZE_PX, flags=cv2.INTER_CUBIC)
        frames.append(np.asarray(image, dtype=np.uint8))
    return frames


def encode_clip(frames: Sequence[ImageArray], fps: int = CLIP_FPS) -> bytes:
    """An MP4 (H.264, no sound) of equally large RGB frames."""
    height, width = frames[0].shape[:2]
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=fps, options={"crf": "18", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, fps)
        for image in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    return buffer.getvalue()


def pan_clip() -> bytes:
    """An MP4 of the camera panning over the portrait: 640x480, 2 s, no sound."""
    return encode_clip(pan_frames())


def reference() -> bytes:
    """A JPEG of the same person: the portrait brightened, as if from another file."""
    brightened = cv2.convertScaleAbs(portrait(), alpha=1.05, beta=6)
    return encode(np.asarray(brightened, dtype=np.uint8))


def stranger() -> bytes:
    """A JPEG of somebody else, as far as one portrait allows: its face warped to the proportions of another skull."""
    picture = portrait()
    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    dx, dy = x - FACE_CENTRE_PX[0], y - FACE_CENTRE_PX[1]
    near = np.exp(-(dx**2 + dy**2) / (2 * WARP_RADIUS_PX**2))
    lower = 1 / (1 + np.exp(-dy / 18))  # 0 above the nose, 1 below
    map_x = x - near * dx * (0.3 * (1 - lower) - 0.15 * lower)
    map_y = y + near * (0.15 * dy - 14 * np.cos(dx / 28) + 0.15 * np.abs(dx) * (1 - lower))
    warped = cv2.remap(picture, map_x.astype(np.float32), map_y.astype(np.float32), cv2.INTER_CUBIC)
    return encode(np.asarray(warped, dtype=np.uint8))


def encode(image: ImageArray) -> bytes:
    """A picture, shape (height, width, 3), RGB, as JPEG."""
    done, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise RuntimeError("the JPEG encoder failed")
    return data.tobytes()


def write_samples(folder: Path) -> Path:
    """Write the sample clip and pictures into a folder, made if need be; returns the clip's path.

    Raises:
        ModuleNotFoundError: scikit-image (the `demo` extra) is not installed.
        OSError: they cannot be written.
    """
    make_private(folder)
    clip = folder / "clip.mp4"
    clip.write_bytes(pan_clip())
    (folder / "reference.jpg").write_bytes(reference())
    (folder / "stranger.jpg").write_bytes(stranger())
    return clip
