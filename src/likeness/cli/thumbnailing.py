"""`python -m likeness.cli.thumbnailing UNIT`: a picture or a clip comes in, a small JPEG goes out; for `thumbnails`.

It reads anyone's bytes, so it is bound in memory and writes no file.
"""

import resource
import sys

import av
import cv2

from likeness.evaluation.attacks import Unit
from likeness.pipeline.clip import decode_clip
from likeness.pipeline.image import decode, encode_jpeg, reduce_to

SIDE_PX = 160
_QUALITY = 80
_MEMORY_BYTES = 2 << 30  # as a worker of the engine by default: the largest picture decodes in it


def main(unit: Unit) -> None:
    """Read standard input, write standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold a face in the clear
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    cv2.setNumThreads(1)
    av.logging.set_level(None)
    data = sys.stdin.buffer.read()
    if unit is Unit.CLIP:
        frames = decode_clip(data).frames
        pixels = frames[len(frames) // 2].pixels
    else:
        pixels = decode(data, SIDE_PX).pixels
    sys.stdout.buffer.write(encode_jpeg(reduce_to(pixels, SIDE_PX), _QUALITY))


if __name__ == "__main__":
    main(Unit(sys.argv[1]))
