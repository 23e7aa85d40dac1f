"""What packs see in portraits, profiles and live clips, remembered: faces, points, qualities, templates, crops."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from likeness.domain.face import Box, FloatArray, ImageArray, Quality
from likeness.models import detector
from likeness.models.crops import around
from likeness.models.pose import PADDING_LEVEL
from likeness.pipeline import face as face_code
from likeness.pipeline import quality as quality_code
from training.observe import PackReader, most_central
from training.pictures import Picture, cfp, clip_frames, lfw, london, read

SEED = 20250101
CROP_TIMES, CROP_PX = 2.4, 104
"""Side of the crop that training turns and shifts, over the width of the face's box, and in pixels."""
CLIP_FRAMES_PER_S = 10.0
FIT_PERCENT = 60
"""Of a set's people, whose pictures are fitted to; reports are on the others."""
QUALITIES = ("face_width_px", "sharpness", "brightness", "contrast", "frontalness", "mirror_similarity")


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """What a pack sees in n pictures; NaN where no face was found.

    name: (n,), file or frame. person: (n,). count: (n,), faces found. size: (n, 2), of the picture, width and height
    in pixels. box: (n, 4). points: (n, 5, 2), the detector's, NaN in packs whose detector gives none. eyes: (n, 2, 2),
    nose: (n, 2), of `View`. quality: (n, 6), of QUALITIES. vector: (n, d), unit length. crop: (n, CROP_PX, CROP_PX,
    3), uint8, RGB.
    """

    name: NDArray[np.str_]
    person: NDArray[np.str_]
    count: NDArray[np.int64]
    size: NDArray[np.int64]
    box: FloatArray
    points: FloatArray
    eyes: FloatArray
    nose: FloatArray
    quality: FloatArray
    vector: FloatArray
    crop: ImageArray

    def __len__(self) -> int:
        return len(self.name)

    @property
    def found(self) -> NDArray[np.bool_]:
        """(n,): whether a face was found."""
        return self.count > 0

    def at(self, chosen: NDArray[Any]) -> "Faces":
        """The chosen pictures."""
        return Faces(*(getattr(self, name)[chosen] for name in self.__slots__))

    @classmethod
    def joined(cls, parts: Sequence["Faces"]) -> "Faces":
        """All of several."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__))

    def qualities(self, index: int) -> Quality:
        """One face's."""
        return Quality(*(float(value) for value in self.quality[index]))


def profiles(data: Path) -> list[Picture]:
    """Celebrities in Frontal-Profile, the profile half: `cfp/<person>/profile/*`."""
    return [Picture(path, "CFP-profile", path.parent.parent.name) for path in sorted(data.glob("cfp/*/profile/*.*"))]


def sets(data: Path) -> dict[str, list[Picture]]:
    """Every set of pictures."""
    return {"CFP": cfp(data), "CFP-profile": profiles(data), "London": london(data), "LFW": lfw(data)}


def fitted(person: str) -> bool:
    """Whether a person's pictures are fitted to; told by a digest of the name, so that more data moves nobody."""
    return int(hashlib.sha256(person.encode()).hexdigest()[:8], 16) % 100 < FIT_PERCENT


def see(pictures: list[Picture], reader: PackReader, work: Path, *, mirrored: bool = False) -> Faces:
    """What a pack sees in pictures, the face nearest the middle in LFW's; mirrored: in their mirror images."""
    data_set = pictures[0].data_set
    kept = work / f"{data_set}-{reader.pack.name}{'-mirrored' if mirrored else ''}-{_state(pictures, reader)}.npz"
    images = ((str(it.path.stem), it.person, _mirrored(read(it.path), mirrored)) for it in pictures)
    return _remembered(kept, images, len(pictures), reader, centred=data_set == "LFW")


def see_clip(path: Path, reader: PackReader, work: Path) -> Faces:
    """What a pack sees in a clip's frames, CLIP_FRAMES_PER_S of them a second."""
    kept = work / f"{path.stem}-{reader.pack.name}-{_state([Picture(path, 'clip', path.stem)], reader)}.npz"
    frames = ((f"{place}", path.stem, frame) for place, frame in enumerate(clip_frames(path, CLIP_FRAMES_PER_S)))
    return _remembered(kept, frames, None, reader, centred=False)


def look(pixels: ImageArray, reader: PackReader, *, centred: bool = False) -> dict[str, Any]:
    """One row of `Faces`, without name and person."""
    height_px, width_px = pixels.shape[:2]
    found = reader.find(pixels)
    row: dict[str, Any] = {"count": len(found), "size": (width_px, height_px), "vector": np.empty(0, np.float32)}
    shapes = {"box": 4, "points": (5, 2), "eyes": (2, 2), "nose": 2, "quality": len(QUALITIES)}
    row |= {name: np.full(shape, np.nan, np.float32) for name, shape in shapes.items()}
    row["crop"] = np.zeros((CROP_PX, CROP_PX, 3), np.uint8)
    if not found:
        return row
    face = found[most_central(found, width_px, height_px) if centred else 0]
    view, seen = reader.aligner.view(pixels, face), reader.read(pixels, face, 1.0)
    row["box"] = np.array((face.box.left, face.box.top, face.box.right, face.box.bottom), np.float32)
    if face.points is not None:
        row["points"] = face.points
    row |= {"eyes": view.eyes, "nose": view.nose, "vector": seen.template.vector}
    row["quality"] = np.array([getattr(seen.quality, name) for name in QUALITIES], np.float32)
    row["crop"] = around(pixels, face.box, CROP_TIMES, CROP_PX, PADDING_LEVEL)
    return row


def box_of_crop() -> Box:
    """Where a face's box lies in a crop of `Faces`, which the pose network takes for the picture: in its middle."""
    side_px = CROP_PX / CROP_TIMES
    low, high = (CROP_PX - side_px) / 2, (CROP_PX + side_px) / 2
    return Box(low, low, high, high)


def _mirrored(pixels: ImageArray, mirrored: bool) -> ImageArray:
    return np.ascontiguousarray(pixels[:, ::-1]) if mirrored else pixels


def _remembered(
    kept: Path, images: Iterable[tuple[str, str, ImageArray]], total: int | None, reader: PackReader, *, centred: bool
) -> Faces:
    if not kept.exists():
        rows = []
        for name, person, pixels in track(images, total=total, description=f"{kept.stem[:24]:24}"):
            rows.append({"name": name, "person": person} | look(pixels, reader, centred=centred))
        length = max(len(row["vector"]) for row in rows)
        for row in rows:
            row["vector"] = row["vector"] if len(row["vector"]) else np.full(length, np.nan, np.float32)
        kept.parent.mkdir(parents=True, exist_ok=True)
        unfinished = kept.with_suffix(".part")
        with unfinished.open("wb") as file:
            columns: dict[str, Any] = {name: np.array([row[name] for row in rows]) for name in Faces.__slots__}
            np.savez(file, **columns)
        unfinished.rename(kept)
    with np.load(kept) as columns_kept:
        return Faces(**columns_kept)


def _state(pictures: list[Picture], reader: PackReader) -> str:
    """Digest of the pictures, of the pack and of the code that looks at them."""
    code = [Path(str(module.__file__)) for module in (face_code, quality_code)]
    # The rest of `models` turns files into networks or judges attacks.
    folder = Path(str(detector.__file__)).parent
    code += [folder / f"{name}.py" for name in ("alignment", "crops", "detector", "search", "similarity", "views")]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in code))
    digest.update(f"{sorted(reader.pack.comparing_digests.items())} {CROP_TIMES} {CROP_PX}\n".encode())
    for picture in pictures:
        digest.update(f"{picture.person}/{picture.path.name}\n".encode())
    return digest.hexdigest()[:12]
