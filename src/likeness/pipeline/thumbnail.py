"""`python -m likeness.pipeline.thumbnail KIND`: a picture or a clip comes in, a small JPEG goes out.

Started by `evaluation.thumbnails` and by nobody else. It reads anyone's bytes, so it is bound in memory and writes no
file.
"""

import resource
import sys

import cv2

from likeness.domain.face import ImageArray
from likeness.pipeline.image import decode, encode_jpeg, reduce_to

SIDE_PX = 160
_QUALITY = 80
_MEMORY_BYTES = 2 << 30  # as a worker of the engine by default: the largest picture decodes in it


def main(kind: str) -> None:
    """Read standard input, write standard output; `kind`: clip or picture."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold a face in the clear
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    cv2.setNumThreads(1)
    data = sys.stdin.buffer.read()
    pixels = _middle_frame(data) if kind == "clip" else decode(data, SIDE_PX).pixels
    sys.stdout.buffer.write(encode_jpeg(reduce_to(pixels, SIDE_PX), _QUALITY))


def _middle_frame(data: bytes) -> ImageArray:
    from likeness.pipeline.clip import decode_clip  # noqa: PLC0415 - libav takes long to load and pictures need none

    frames = decode_clip(data, any_duration=True).frames
    return frames[len(frames) // 2].pixels


if __name__ == "__main__":
    main(sys.argv[1])
