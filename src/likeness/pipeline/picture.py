"""What a worker does with a picture: bytes in, observation out; clips have their own module."""

from dataclasses import dataclass, replace

from likeness.domain.capture import DetectorScore, ImageObservation, ImageRequest
from likeness.domain.face import Box, Face, ImageArray
from likeness.models.genuineness import Genuineness
from likeness.models.pose import PoseEstimator
from likeness.pipeline.face import CHIP_FACE_PX, FaceReader, ReadFace
from likeness.pipeline.frames import FRAME_SIDE_PX
from likeness.pipeline.image import DecodedImage, chroma, decode, encode_jpeg, reduce_to, turn
from likeness.pipeline.metadata import read_metadata
from likeness.pipeline.stage import Announce, Stage

DETECTION_SIDE_PX = 960
"""Long side to which a larger JPEG is reduced while decoding; a face a tenth of it wide is 96 pixels, more than the
detector's window of 80. A quarter of a 12-megapixel photograph is just over it."""

SEVERAL_JPEG_QUALITY = 90
"""Of a picture of several faces that is handed back: no loss that shows, at a fraction of the bytes of 100."""

_TURNS_DEG = (0, 90, 180, 270)


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """An upload, its first decoding, and a face in that once turned clockwise."""

    data: bytes
    image: DecodedImage
    turned_deg: int
    face: Face


class ImagePipeline:
    """Looks at one picture."""

    def __init__(self, reader: FaceReader, genuineness: Genuineness, pose: PoseEstimator) -> None:
        self._reader = reader
        self._genuineness = genuineness
        self._pose = pose

    def observe(self, data: bytes, request: ImageRequest, announce: Announce) -> ImageObservation:
        """Decode a picture, find its faces and read the largest.

        Raises:
            ImageFormatError, ImageSizeError: see `image.decode`.
        """
        announce(Stage.DECODING)
        image = decode(data, DETECTION_SIDE_PX)
        metadata = read_metadata(data, image) if request.metadata else None
        announce(Stage.JUDGING)
        turned_deg, faces = self._find(image.pixels, request)
        read = self._read(_Found(data, image, turned_deg, faces[0]), request, announce) if faces else None
        several = request.show_several and len(faces) > 1
        return ImageObservation(
            image.width_px,
            image.height_px,
            turned_deg,
            tuple(turned_back(face.box, turned_deg, image.pixels).scaled(1 / image.scale) for face in faces),
            read.template if read else None,
            read.quality if read else None,
            chroma(image.pixels),
            self._judge(image, turned_deg, faces[0]) if faces and request.genuineness else (),
            self._pose.look(turn(image.pixels, turned_deg), faces[0].box) if faces and request.pose else None,
            metadata,
            encode_jpeg(reduce_to(image.pixels, FRAME_SIDE_PX), SEVERAL_JPEG_QUALITY) if several else None,
        )

    def _judge(self, image: DecodedImage, turned_deg: int, face: Face) -> tuple[DetectorScore, ...]:
        return self._genuineness.look(turn(image.pixels, turned_deg), face.box)

    def _find(self, pixels: ImageArray, request: ImageRequest) -> tuple[int, list[Face]]:
        """The clockwise turn after which the largest face is upright, and the faces in the turned picture."""
        if not request.multi_oriented:
            return 0, self._reader.find(pixels)
        turned = {turned_deg: turn(pixels, turned_deg) for turned_deg in _TURNS_DEG}
        found = {turned_deg: faces for turned_deg, other in turned.items() if (faces := self._reader.find(other))}
        if not found:
            return 0, []
        # A face on its side is often found without a turn, but cannot be compared: finding it is not enough.
        best = max(found, key=lambda turned_deg: self._reader.uprightness(turned[turned_deg], found[turned_deg][0]))
        return best, found[best]

    def _read(self, found: _Found, request: ImageRequest, announce: Announce) -> ReadFace:
        """Read a face, from a finer decoding where the first was too coarse for it."""
        face, image = found.face, found.image
        if image.scale < 1 and face.box.width_px < CHIP_FACE_PX:
            announce(Stage.DECODING)
            finer = decode(found.data, round(max(image.pixels.shape) * CHIP_FACE_PX / face.box.width_px))
            announce(Stage.JUDGING)
            face, image = face.scaled(finer.scale / image.scale), finer
        pixels = turn(image.pixels, found.turned_deg)
        read = self._reader.read(pixels, face, image.scale)
        if not request.landmark_spread:
            return read
        return replace(read, quality=replace(read.quality, landmark_spread=self._reader.landmark_spread(pixels, face)))


def turned_back(box: Box, turned_deg: int, pixels: ImageArray) -> Box:
    """A box found in `pixels` turned clockwise, in coordinates of `pixels` as they are."""
    height_px, width_px = pixels.shape[:2]
    if turned_deg == 90:  # noqa: PLR2004
        return Box(box.top, height_px - box.right, box.bottom, height_px - box.left)
    if turned_deg == 180:  # noqa: PLR2004
        return Box(width_px - box.right, height_px - box.bottom, width_px - box.left, height_px - box.top)
    if turned_deg == 270:  # noqa: PLR2004
        return Box(width_px - box.bottom, box.left, width_px - box.top, box.right)
    return box
