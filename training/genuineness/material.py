"""What the networks are trained and measured on: filmed faces, live and attacking, as the detectors see them."""

import hashlib
import inspect
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from likeness.domain.face import ImageArray
from likeness.models import attack_network, crops
from likeness.models.attack_network import Views
from training.genuineness import camera, faces, scene
from training.genuineness.faces import FoundFace
from training.genuineness.scene import Scene

SEED = 20250101
FACE_PX = (90, 220)
"""Width of a face before it is attacked and filmed."""

Simulator = Callable[[Scene, np.random.Generator], Scene]
BONA_FIDE = ("live", "cloth")


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Views of n faces.

    texture, surroundings: (n, side, side, 3), uint8, RGB, of `Views`. label: (n,), `live`, `cloth` or the kind of
    attack. source: (n,), data set or replay source. person: (n,), unique over all sources. real: (n,), whether the
    attack is one, not a simulation. part: (n,), of `FoundFace.part`.
    """

    texture: ImageArray
    surroundings: ImageArray
    label: NDArray[np.str_]
    source: NDArray[np.str_]
    person: NDArray[np.str_]
    real: NDArray[np.bool_]
    part: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.label)

    @property
    def attack(self) -> NDArray[np.bool_]:
        """(n,), whether it is an attack at all."""
        return ~np.isin(self.label, BONA_FIDE)

    def at(self, chosen: NDArray[np.bool_]) -> "Material":
        """The chosen faces."""
        return Material(*(getattr(self, name)[chosen] for name in self.__slots__))

    @classmethod
    def joined(cls, parts: Sequence["Material"]) -> "Material":
        """All faces of several."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__))


@dataclass(frozen=True, slots=True)
class Order:
    """What to make of some faces.

    label: what the live ones among them are made into, by `simulate`; without one they stay as they are.
    filmed: whether all go through `camera.film`.
    """

    name: str
    faces: tuple[FoundFace, ...]
    label: str
    copies: int
    simulate: Simulator | None = None
    filmed: bool = True


def make(order: Order, work: Path) -> Material:
    """Carry out an order on all cores, or take it from `work`, where it is kept."""
    kept = work / f"{order.name}-{_state(order)}.npz"
    if not kept.exists():
        jobs = [(order, place, copy) for place in range(len(order.faces)) for copy in range(order.copies)]
        with ProcessPoolExecutor(os.cpu_count(), initializer=cv2.setNumThreads, initargs=(1,)) as pool:
            done = pool.map(_views, jobs, chunksize=16)
            views = list(track(done, total=len(jobs), description=f"{order.name:22}"))
        unfinished = kept.with_suffix(".part")
        work.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as file:
            np.savez(
                file,
                texture=np.stack([it.texture for it in views]),
                surroundings=np.stack([it.surroundings for it in views]),
            )
        unfinished.rename(kept)
    each = [face for face in order.faces for _ in range(order.copies)]
    with np.load(kept) as views_kept:
        return Material(
            views_kept["texture"],
            views_kept["surroundings"],
            np.array([order.label if face.label == "live" else face.label for face in each]),
            np.array([face.picture.data_set for face in each]),
            np.array([f"{face.picture.data_set}/{face.picture.person}" for face in each]),
            np.array([face.label != "live" for face in each]),
            np.array([face.part for face in each]),
        )


def views_of(filmed: Scene) -> Views:
    """What a detector sees of a scene's first frame."""
    return Views.of(filmed.frames[0], filmed.boxes[0])


def _views(job: tuple[Order, int, int]) -> Views:
    order, place, copy = job
    chance = np.random.default_rng((SEED, int(hashlib.sha256(order.name.encode()).hexdigest()[:8], 16), place, copy))
    face = order.faces[place]
    if not order.filmed:
        return views_of(faces.scene(face, float("inf")))
    seen = faces.scene(face, chance.uniform(*FACE_PX))
    if face.label == "live" and order.simulate:
        seen = order.simulate(seen, chance)
    return views_of(camera.film(seen, chance))


def _state(order: Order) -> str:
    """Digest of the faces and of the code that makes views of them."""
    code = [Path(str(module.__file__)) for module in (attack_network, camera, crops, faces, scene)]
    if order.simulate:
        code += sorted(Path(str(inspect.getsourcefile(order.simulate))).parent.glob("*.py"))
    code.append(Path(__file__))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in code))
    digest.update(f"{order.label} {order.copies} {order.filmed}\n".encode())
    for face in order.faces:
        digest.update(f"{face.picture.data_set}/{face.picture.person}/{face.picture.path.name} {face.box}\n".encode())
    return digest.hexdigest()[:12]
