"""What pack `mobile`'s second opinion says of portraits as they are, on which its thresholds rest."""

import hashlib
from pathlib import Path

import numpy as np
from rich.progress import track

from likeness.models import packs
from likeness.models.minifasnet import MiniFASNetDetector
from training.genuineness import faces
from training.genuineness.calibrating import FloatVector
from training.genuineness.faces import FoundFace, upright
from training.pictures import read


def second_opinion(found: tuple[FoundFace, ...], name: str, models: Path, work: Path) -> FloatVector:
    """Its score of each face, 0 to 1; kept in `work` under a name.

    Args:
        found: faces of whole pictures: it looks far around a face.
        name: of the faces.
        models: the folder of all packs' models.
        work: where what was done is kept.

    Raises:
        FileNotFoundError: the pack was not fetched; `likeness models pull mobile` does it.
    """
    stage = packs.paths(packs.load("mobile"), models).second_opinion
    if stage is None:
        raise FileNotFoundError("pack mobile has no second opinion")
    digest = hashlib.sha256(Path(faces.__file__).read_bytes() + repr(stage.parameters).encode())
    digest.update("".join(f"{it.picture.path.name}{it.box}" for it in found).encode())
    kept = work / f"second-{name}-{digest.hexdigest()[:12]}.npy"
    if not kept.exists():
        detector = MiniFASNetDetector(stage.paths, stage.parameters)
        scores = []
        for face in track(found, description=f"second opinion {name:8}"):
            image = upright(read(face.picture.path, faces.LONG_SIDE_PX), face.turns)
            scores.append(detector.look(image, face.box)[0].score)
        unfinished = kept.with_suffix(".part")
        with unfinished.open("wb") as file:
            np.save(file, np.array(scores))
        unfinished.rename(kept)
    return np.asarray(np.load(kept), np.float64)
