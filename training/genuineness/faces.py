"""The faces of the data sets: found once, kept, split by person, and cut out as scenes."""

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from rich.progress import track

from likeness.domain.face import Box, Face, ImageArray
from likeness.models.detector import Detector
from likeness.models.landmarks import Landmarks
from likeness.models.views import LandmarkAligner
from training.genuineness.scene import Points, Scene
from training.pictures import Picture, cfp, lfw, london, read

PARTS = {"fit": 0.6, "tune": 0.2, "report": 0.2}
"""Shares of the people of each set: models are fitted on the first, thresholds derived on the second, error rates
reported on the third."""
REACH = 2.1
"""Half of a scene's side over the width of the face: what the widest crop needs, and some to move in."""
BORDER = 0.2
"""Grey border added to each side of a tight crop, so that the detector sees a whole face."""
LONG_SIDE_PX = 1350
"""Larger pictures are decoded reduced; London's are 1350 px wide."""
MOUTH = 0.5, 0.36
"""From the nose's base on, in distances of nose and eyes: how far down the mouth lies; and half its width, in
distances between the eyes. Of frontal faces, by eye; exact to about a tenth."""


@dataclass(frozen=True, slots=True)
class FoundFace:
    """A picture with a face. label: `live`, or the attack that it shows. turns: quarter turns that bring it upright.

    points: five, see `Scene`.
    """

    picture: Picture
    label: str
    turns: int
    box: Box
    points: tuple[tuple[float, float], ...]

    @property
    def part(self) -> str:
        """In which part of the data its person is; the same in every run and on every machine."""
        place = zlib.crc32(f"{self.picture.data_set}/{self.picture.person}".encode()) / 2**32
        return "fit" if place < PARTS["fit"] else "tune" if place < PARTS["fit"] + PARTS["tune"] else "report"


def portraits(data: Path, lfw_people: int) -> list[tuple[Picture, str]]:
    """One picture of so many LFW people, all of CFP's frontal ones and of London's."""
    firsts = {picture.person: picture for picture in reversed(lfw(data))}
    chosen = sorted(firsts, key=lambda person: zlib.crc32(person.encode()))[:lfw_people]
    return [(picture, "live") for picture in [*(firsts[it] for it in chosen), *cfp(data), *london(data)]]


def synthetic(data: Path) -> list[tuple[Picture, str]]:
    """Generated faces and the camera's photographs beside them; each picture is of another person."""
    folders = (("gan", "generated"), ("camera", "live"))
    return [
        (Picture(path, folder, path.stem), label)
        for folder, label in folders
        for path in sorted((data / "synthetic" / folder).glob("*.jpg"))
    ]


def crops(data: Path) -> list[tuple[Picture, str]]:
    """Every tight crop of `replay/<source>/{live,replay}/`; one source is one person here."""
    labels = {"live": "live", "replay": "screen"}
    return [
        (Picture(path, path.parent.parent.name, path.parent.parent.name), labels[path.parent.name])
        for path in sorted(data.glob("replay/*/*/*"))
    ]


def find(pictures: Sequence[tuple[Picture, str]], models: Path, work: Path, name: str) -> list[FoundFace]:
    """The largest face of each picture that shows one, by the default pack; kept in `work` under a name."""
    kept = work / f"faces-{name}-{_state(pictures, models)}.json"
    if not kept.exists():
        detector = Detector(models / "detector.onnx")
        aligner = LandmarkAligner(Landmarks(models / "landmarks.onnx"))
        rows = []
        for place, (picture, _) in enumerate(track(pictures, description=f"faces of {name:12}")):
            image = read(picture.path, LONG_SIDE_PX)
            if found := find_face(image, detector, tight=name == "crops"):
                turns, box = found
                points = _points(upright(image, turns), box, aligner)
                rows.append([place, turns, [box.left, box.top, box.right, box.bottom], points.tolist()])
        work.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(rows))
    return [
        FoundFace(pictures[place][0], pictures[place][1], turns, Box(*box), tuple((x, y) for x, y in points))
        for place, turns, box, points in json.loads(kept.read_text())
    ]


def find_face(image: ImageArray, detector: Detector, *, tight: bool) -> tuple[int, Box] | None:
    """Quarter turns after which a face is found, and the largest; only tight crops are turned, and bordered before."""
    border_px = round(BORDER * max(image.shape[:2])) if tight else 0
    for turns in range(4 if tight else 1):
        bordered = np.pad(upright(image, turns), ((border_px,) * 2, (border_px,) * 2, (0, 0)), constant_values=128)
        if faces := detector.detect(bordered):
            box = faces[0].box
            return turns, Box(*(edge - border_px for edge in (box.left, box.top, box.right, box.bottom)))
    return None


def upright(image: ImageArray, turns: int) -> ImageArray:
    """A picture after so many quarter turns to the left."""
    return np.ascontiguousarray(np.rot90(image, turns))


def scene(face: FoundFace, face_px: float) -> Scene:
    """The face and what is around it as a still scene, the face about `face_px` wide but hardly enlarged."""
    image = upright(read(face.picture.path, LONG_SIDE_PX), face.turns)
    box = face.box
    scale = min(face_px / box.width_px, 1.15)
    height_px, width_px = image.shape[:2]
    x, y, reach = (box.left + box.right) / 2, (box.top + box.bottom) / 2, REACH * box.width_px
    left, top = max(0, round(x - reach)), max(0, round(y - reach))
    right, bottom = min(width_px, round(x + reach)), min(height_px, round(y + reach))
    size = max(8, round((right - left) * scale)), max(8, round((bottom - top) * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    frame = np.asarray(cv2.resize(image[top:bottom, left:right], size, interpolation=way), np.uint8)
    across, down = size[0] / (right - left), size[1] / (bottom - top)
    matrix = np.array([[across, 0, -left * across], [0, down, -top * down], [0, 0, 1.0]])
    return Scene((image,), (box,), (np.array(face.points, np.float32),)).mapped((frame,), [matrix])


def _points(image: ImageArray, box: Box, aligner: LandmarkAligner) -> Points:
    view = aligner.view(image, Face(box, 1.0))
    left, right = sorted(view.eyes, key=lambda eye: float(eye[0]))
    down, across = view.nose - (left + right) / 2, right - left
    mouth = view.nose + MOUTH[0] * down
    return np.array([left, right, view.nose, mouth - MOUTH[1] * across, mouth + MOUTH[1] * across], np.float32)


def _state(pictures: Sequence[tuple[Picture, str]], models: Path) -> str:
    """Digest of whatever the faces depend on."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for name in ("detector.onnx", "landmarks.onnx"):
        digest.update((models / name).read_bytes())
    for picture, label in pictures:
        digest.update(f"{picture.data_set}/{picture.person}/{picture.path.name} {label}\n".encode())
    return digest.hexdigest()[:12]
