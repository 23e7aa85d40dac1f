"""The faces that the network of head pose is fitted to, as both packs' detectors find them, and how each is turned."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import FloatArray
from training.observe import PackReader, open_reader
from training.pictures import Picture
from training.selfie import geometry
from training.selfie.geometry import Array, Proportions
from training.selfie.material import Faces, fitted, see, sets

SAME_FACE_OVERLAP = 0.3
"""Of two packs' boxes, common area over joint area, from which they show one face; as in tests/models/faces.py."""
MIRROR_DEG = 15.0
"""Where the points of a face and of its mirror image tell yaws farther apart, neither is believed."""


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Faces, and their yaw, pitch and roll in degrees, (n, 3), NaN where the points are not to be believed."""

    faces: Faces
    pose: Array

    @property
    def usable(self) -> NDArray[np.bool_]:
        """(n,): whether there are a face and its pose."""
        return self.faces.found & np.isfinite(self.pose).all(axis=1)

    def at(self, chosen: NDArray[np.bool_]) -> "Labelled":
        """The chosen."""
        return Labelled(self.faces.at(chosen), self.pose[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class Teacher:
    """The points of pack mobile's detector, from a picture and from its mirror image, by set of pictures."""

    seen: dict[str, Faces]
    mirrored: dict[str, Faces]
    heads: Proportions

    @classmethod
    def of(cls, pictures: dict[str, list[Picture]], models: Path, work: Path) -> "Teacher":
        """Look at all pictures; heads are measured on the people fitted to."""
        reader = open_reader(models, "mobile")
        seen = {name: see(each, reader, work) for name, each in pictures.items()}
        mirrored = {name: see(each, reader, work, mirrored=True) for name, each in pictures.items()}
        return cls(seen, mirrored, heads_of(seen))

    def pose(self, name: str) -> Array:
        """Yaw, pitch and roll of a set's faces, (n, 3), NaN where picture and mirror image disagree."""
        one, other = self.seen[name], self.mirrored[name]
        back = geometry.mirrored(other.points, one.size[:, 0])
        both = np.stack([geometry.poses(points, self.heads) for points in (one.points, back)])
        pose: Array = both.mean(axis=0)
        near = np.abs(one.points - back).max(axis=(1, 2)) < (one.box[:, 2] - one.box[:, 0]) / 2
        pose[~(near & (np.abs(both[0, :, 0] - both[1, :, 0]) < MIRROR_DEG))] = np.nan
        return pose


def heads_of(seen: dict[str, Faces]) -> Proportions:
    """How heads are proportioned, by the people who are fitted to."""
    used = {name: faces.at(faces.found & fitted_people(faces)) for name, faces in seen.items()}
    return geometry.proportions(np.concatenate([faces.points for faces in used.values()]), used["London"].points)


def fitted_people(faces: Faces) -> NDArray[np.bool_]:
    """(n,): whether each is of a person who is fitted to."""
    return np.array([fitted(person) for person in faces.person], bool)


def labelled(data: Path, models: Path, work: Path) -> tuple[dict[str, dict[str, Labelled]], Teacher]:
    """By pack and by set, every face with its pose."""
    pictures = sets(data)
    teacher = Teacher.of(pictures, models, work)
    readers: dict[str, PackReader] = {name: open_reader(models, name) for name in ("default",)}
    made: dict[str, dict[str, Labelled]] = {"mobile": {}, "default": {}}
    for name, each in pictures.items():
        pose, own = teacher.pose(name), teacher.seen[name]
        made["mobile"][name] = Labelled(own, pose)
        for pack, reader in readers.items():
            faces = see(each, reader, work)
            other = pose.copy()
            other[~(overlap(own.box, faces.box) >= SAME_FACE_OVERLAP)] = np.nan
            made[pack][name] = Labelled(faces, other)
    return made, teacher


def overlap(one: FloatArray, other: FloatArray) -> Array:
    """Common over joint area of boxes (n, 4) each; NaN where one is none."""
    low, high = np.maximum(one[:, :2], other[:, :2]), np.minimum(one[:, 2:], other[:, 2:])
    common = np.maximum(high - low, 0).prod(axis=1)
    areas = [(box[:, 2:] - box[:, :2]).prod(axis=1) for box in (one, other)]
    return np.asarray(common / (areas[0] + areas[1] - common), np.float64)
