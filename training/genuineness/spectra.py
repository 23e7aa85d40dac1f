"""What the regression is fitted to: features of real faces, as they are and saved anew a few times.

The chain is gentler than `camera.film`, whose changes of colour and light leave little of what the regression goes by.
"""

import hashlib
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from likeness.domain.face import Box, FloatArray, ImageArray
from likeness.models import attack_network, crops, replay_features
from likeness.models.attack_network import TEXTURE_PX, TEXTURE_TIMES
from likeness.models.replay_features import describe
from training.genuineness.faces import LONG_SIDE_PX, FoundFace, upright
from training.genuineness.material import SEED
from training.pictures import read

SAVED_ANEW = 4
SIDE_PX, QUALITY = (64, 200), (50, 96)
"""Of the crop when it is saved anew, and of its JPEG."""


@dataclass(frozen=True, slots=True, eq=False)
class Spectra:
    """features: (n, 1 + SAVED_ANEW, features), float32; the first is of the face as it is. attack, source: (n,)."""

    features: FloatArray
    attack: NDArray[np.bool_]
    source: NDArray[np.str_]

    def without(self, source: str) -> "Spectra":
        """Those of all other sources."""
        rest = self.source != source
        return Spectra(self.features[rest], self.attack[rest], self.source[rest])


def spectra(found: tuple[FoundFace, ...], work: Path) -> Spectra:
    """Of every face, on all cores; kept in `work`."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for module in (attack_network, crops, replay_features):
        digest.update(Path(str(module.__file__)).read_bytes())
    for face in found:
        digest.update(f"{face.picture.data_set}/{face.picture.path.name} {face.box} {face.turns}\n".encode())
    kept = work / f"spectra-{digest.hexdigest()[:12]}.npy"
    if not kept.exists():
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            rows = list(
                track(pool.map(_described, enumerate(found), chunksize=16), total=len(found), description="spectra")
            )
        unfinished = kept.with_suffix(".part")
        with unfinished.open("wb") as file:
            np.save(file, np.stack(rows))
        unfinished.rename(kept)
    return Spectra(
        np.asarray(np.load(kept), np.float32),
        np.array([face.label != "live" for face in found]),
        np.array([face.picture.data_set for face in found]),
    )


def _described(job: tuple[int, FoundFace]) -> FloatArray:
    seed, face = job
    chance = np.random.default_rng((SEED, seed))
    image = upright(read(face.picture.path, LONG_SIDE_PX), face.turns)
    span_px = max(1, round(min(TEXTURE_TIMES * face.box.width_px, *image.shape[:2])))
    crop = crops.inside(image, face.box, TEXTURE_TIMES, span_px)
    versions = [crop, *(_saved_anew(crop, chance) for _ in range(SAVED_ANEW))]
    return np.stack([np.concatenate(list(describe(_texture(it)).values())) for it in versions])


def _texture(crop: ImageArray) -> ImageArray:
    """A square crop as `Views.texture` has it."""
    side_px = crop.shape[0]
    return crops.inside(crop, Box(0, 0, side_px, side_px), 1.0, TEXTURE_PX)


def _saved_anew(crop: ImageArray, chance: np.random.Generator) -> ImageArray:
    """Resized and compressed at random: live and attack lose their own traces alike."""
    side_px = min(round(np.exp(chance.uniform(*np.log(SIDE_PX)))), round(crop.shape[0] * 1.2))
    ways = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC) if side_px < crop.shape[0] else (cv2.INTER_LINEAR,)
    resized = cv2.resize(crop, (side_px, side_px), interpolation=ways[chance.integers(len(ways))])
    _, data = cv2.imencode(".jpg", resized, [cv2.IMWRITE_JPEG_QUALITY, int(chance.integers(*QUALITY))])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_UNCHANGED), np.uint8)
