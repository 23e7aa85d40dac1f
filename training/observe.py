"""Looks at whole data sets once, as the server's pipeline looks at a picture, and remembers what was seen."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from likeness.domain.face import Box, Face, FloatArray, ImageArray
from likeness.models import detector, packs
from likeness.models.packs import ModelPaths, Pack
from likeness.pipeline import face, image, quality
from likeness.pipeline.face import FaceReader
from likeness.pipeline.stages import load_stages
from training.pictures import Picture, read

QUALITIES = ("face_width_px", "sharpness", "brightness", "contrast", "frontalness", "mirror_similarity")
"""Columns of `Observed.quality`."""
BOXES = 5
"""Face boxes remembered of each picture."""

Row = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """What was seen in n pictures.

    person: (n,). vector: (n, d), float32, unit length, NaN where no face was found. quality: (n, 6): those fields of
    `face.Quality` that QUALITIES names. subject: (n,), which of the faces was read, -1 without one. boxes: (n, BOXES,
    4), left, top, right, bottom, the largest face first, NaN beyond the last. chroma: (n,). size: (n, 2), width and
    height in pixels.
    """

    person: NDArray[np.str_]
    vector: FloatArray
    quality: FloatArray
    subject: NDArray[np.int64]
    boxes: FloatArray
    chroma: FloatArray
    size: NDArray[np.int64]

    @property
    def found(self) -> NDArray[np.bool_]:
        """(n,): whether a face was read."""
        return self.subject >= 0


class PackReader(FaceReader):
    """The server's reader of faces of a pack, which it remembers."""

    def __init__(self, pack: Pack, paths: ModelPaths) -> None:
        super().__init__(*load_stages(paths), pack.name)
        self.pack = pack


def open_reader(models_path: Path, pack: str) -> PackReader:
    """The server's reader of faces; `models_path` is the folder of all packs."""
    loaded = packs.load(pack)
    return PackReader(loaded, packs.prepare(loaded, models_path))


def observe(pictures: list[Picture], reader: PackReader, work: Path, *, centred: bool = False) -> Observed:
    """Read a face in every picture.

    Args:
        pictures: of one data set.
        reader: of the pack.
        work: folder where results are kept, by data set and by the pack and the code that made them.
        centred: read the face nearest the picture's centre instead of the largest: LFW's pictures are cut so that
            their subject is there, and others in the same photograph are other people of the data set.
    """
    kept = work / f"{pictures[0].data_set}-{_state(pictures, reader.pack, centred=centred)}.npz"
    if not kept.exists():
        rows = [
            look(read(picture.path), reader, centred=centred)
            for picture in track(pictures, description=f"{pictures[0].data_set:8}")
        ]
        columns = stacked(rows)
        kept.parent.mkdir(parents=True, exist_ok=True)
        unfinished = kept.with_suffix(".part")
        with unfinished.open("wb") as file:
            np.savez(file, person=[picture.person for picture in pictures], **columns)  # type: ignore[arg-type]
        unfinished.rename(kept)
    with np.load(kept) as columns_kept:
        return Observed(**columns_kept)


def look(pixels: ImageArray, reader: FaceReader, *, centred: bool = False) -> Row:
    """One row of `Observed`, of which the vector is empty where no face was found; see `stacked`."""
    height_px, width_px = pixels.shape[:2]
    faces = reader.find(pixels)
    boxes = np.full((BOXES, 4), np.nan, np.float32)
    for place, one in zip(boxes, faces, strict=False):
        place[:] = one.box.left, one.box.top, one.box.right, one.box.bottom
    row: Row = {
        "vector": np.empty(0, np.float32),
        "quality": np.full(len(QUALITIES), np.nan, np.float32),
        "subject": np.array(-1),
        "boxes": boxes,
        "chroma": np.array(image.chroma(pixels), np.float32),
        "size": np.array((width_px, height_px)),
    }
    if faces:
        subject = most_central(faces, width_px, height_px) if centred else 0
        seen = reader.read(pixels, faces[subject], 1.0)
        row["vector"] = seen.template.vector
        row["quality"] = np.array(
            [getattr(seen.quality, name) for name in QUALITIES],
            np.float32,
        )
        row["subject"] = np.array(subject)
    return row


def stacked(rows: Sequence[Row]) -> dict[str, NDArray[Any]]:
    """Columns of `Observed`; an empty vector becomes as many NaN as the others have numbers."""
    length = max(len(row["vector"]) for row in rows)
    nowhere = np.full(length, np.nan, np.float32)
    filled = [{**row, "vector": row["vector"] if len(row["vector"]) else nowhere} for row in rows]
    return {name: np.stack([row[name] for row in filled]) for name in rows[0]}


def most_central(faces: list[Face], width_px: int, height_px: int) -> int:
    """Place of the face nearest to the middle of a picture."""

    def distance(box: Box) -> float:
        return float(np.hypot((box.left + box.right - width_px) / 2, (box.top + box.bottom - height_px) / 2))

    return min(range(len(faces)), key=lambda index: distance(faces[index].box))


def _state(pictures: list[Picture], pack: Pack, *, centred: bool) -> str:
    """Digest of the pictures' names, of the pack and the code that look at them, and of which face is read."""
    code = [Path(str(module.__file__)) for module in (face, image, quality)]
    code += sorted(Path(str(detector.__file__)).parent.glob("*.py"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in [*code, Path(__file__)]))
    digest.update(f"{pack.name} {sorted(pack.digests.items())} {centred=}\n".encode())
    for picture in pictures:
        digest.update(f"{picture.person}/{picture.path.name}\n".encode())
    return digest.hexdigest()[:12]
