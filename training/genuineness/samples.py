"""Faces of live people and of screens, as features: found by the detector, re-encoded alike, described."""

import hashlib
import random
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from likeness.domain.face import Box, FloatArray, ImageArray
from likeness.models import replay_features
from likeness.models.detector import Detector
from training.pictures import Picture, cfp, lfw, london, read

SEED = 20250101
RE_ENCODED = 4
"""Random re-encodings of each face, beside the face as it is."""
LFW_PEOPLE, CFP_EACH = 500, 5
"""Portraits taken: one picture of so many LFW people, so many of each CFP person, all of London."""
BORDER = 0.2
"""Grey border added to each side of a tight crop, so that the detector sees a whole face."""
LONG_SIDE_PX = 1350
"""Larger pictures are decoded reduced; London's are 1350 px wide."""


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """features: (n, 1 + RE_ENCODED, features), float32; [:, 0] is the face as it is, the rest its re-encodings.

    attack: (n,), bool. source: (n,), the replay source or portrait set. person: (n,), unit of the portraits' folds.
    missed: files in which no face was found, by "source kind".
    """

    features: FloatArray
    attack: NDArray[np.bool_]
    source: NDArray[np.str_]
    person: NDArray[np.str_]
    missed: dict[str, int]

    @property
    def portrait(self) -> NDArray[np.bool_]:
        """(n,): whether the face comes from a portrait set."""
        return np.isin(self.source, PORTRAITS)


PORTRAITS = ("LFW", "CFP", "London")


def replay_pictures(data: Path) -> list[tuple[Picture, bool]]:
    """Every crop of `replay/<source>/{live,replay}/` and whether it is an attack; one source is one person here."""
    return [
        (Picture(path, path.parent.parent.name, path.parent.parent.name), path.parent.name == "replay")
        for path in sorted(data.glob("replay/*/*/*"))
    ]


def portraits(data: Path) -> list[tuple[Picture, bool]]:
    """Bona fide portraits: a seeded choice of LFW people and of each CFP person's pictures, all of London."""
    chooser = random.Random(SEED)  # noqa: S311 - a reproducible sample
    firsts = {picture.person: picture for picture in reversed(lfw(data))}
    people = chooser.sample(sorted(firsts), min(LFW_PEOPLE, len(firsts)))
    faces: dict[str, list[Picture]] = {}
    for picture in cfp(data):
        faces.setdefault(picture.person, []).append(picture)
    chosen = [firsts[person] for person in people]
    chosen += [picture for each in faces.values() for picture in each[:CFP_EACH]]
    return [(picture, False) for picture in chosen + london(data)]


def find_face(image: ImageArray, detector: Detector, *, tight: bool) -> tuple[ImageArray, Box] | None:
    """The largest face and the picture, turned upright; tight crops are bordered and turned until one is found."""
    border_px = round(BORDER * max(image.shape[:2])) if tight else 0
    for turns in range(4 if tight else 1):
        turned = np.ascontiguousarray(np.rot90(image, turns))
        bordered = np.pad(turned, ((border_px,) * 2, (border_px,) * 2, (0, 0)), constant_values=128)
        if faces := detector.detect(bordered):
            box = faces[0].box
            edges = (box.left, box.top, box.right, box.bottom)
            return turned, Box(*(edge - border_px for edge in edges))
    return None


def re_encode(crop: ImageArray, chance: np.random.Generator) -> ImageArray:
    """Resize to a random size and compress as JPEG at a random quality: live and attack lose their own traces alike."""
    side_px = min(round(np.exp(chance.uniform(np.log(64), np.log(200)))), round(crop.shape[0] * 1.2))
    ways = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC) if side_px < crop.shape[0] else (cv2.INTER_LINEAR,)
    resized = cv2.resize(crop, (side_px, side_px), interpolation=ways[chance.integers(len(ways))])
    quality = int(chance.integers(50, 96))
    _, data = cv2.imencode(".jpg", resized, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_UNCHANGED), np.uint8)


def describe_face(image: ImageArray, box: Box, seed: int) -> FloatArray:
    """Features of a face and of its re-encodings: (1 + RE_ENCODED, features)."""
    chance = np.random.default_rng((SEED, seed))
    crop = replay_features.face_crop(image, box)
    versions = [crop] + [re_encode(crop, chance) for _ in range(RE_ENCODED)]
    return np.stack([np.concatenate(list(replay_features.describe(version).values())) for version in versions])


def collect(data: Path, models: Path, work: Path) -> Samples:
    """Describe every face; each source is kept in `work`, so that an interrupted run goes on where it stopped."""
    detector = Detector(models / "detector.onnx")
    by_source: dict[str, list[tuple[Picture, bool]]] = {}
    for picture, attack in replay_pictures(data) + portraits(data):
        by_source.setdefault(picture.data_set, []).append((picture, attack))
    state = _state(models)
    parts = []
    for source, pictures in by_source.items():
        cached = work / f"{source}-{state}.npz"
        if not cached.exists():
            _describe_source(pictures, detector, source, cached)
        with np.load(cached) as part:
            parts.append((source, dict(part)))
    return _join(parts)


def _state(models: Path) -> str:
    """Digest of whatever the features depend on."""
    code = sorted(Path(str(replay_features.__file__)).parent.glob("*.py"))
    code += [Path(__file__), models / "detector.onnx"]
    return hashlib.sha256(b"".join(path.read_bytes() for path in code)).hexdigest()[:12]


def _describe_source(pictures: list[tuple[Picture, bool]], detector: Detector, source: str, target: Path) -> None:
    features, attacks, people, missed = [], [], [], {"live": 0, "replay": 0}
    for seed, (picture, attack) in enumerate(track(pictures, description=f"{source:22}")):
        tight = source not in PORTRAITS
        found = find_face(read(picture.path, LONG_SIDE_PX), detector, tight=tight)
        if found is None:
            missed["replay" if attack else "live"] += 1
            continue
        features.append(describe_face(*found, seed))
        attacks.append(attack)
        people.append(picture.person)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".part")
    with unfinished.open("wb") as file:
        np.savez(
            file,
            features=np.stack(features),
            attack=attacks,
            person=people,
            live=missed["live"],
            replay=missed["replay"],
        )
    unfinished.rename(target)


def _join(parts: list[tuple[str, dict[str, NDArray[np.generic]]]]) -> Samples:
    def column(name: str) -> NDArray[np.generic]:
        return np.concatenate([part[name] for _, part in parts])

    missed = {f"{source} {kind}": int(part[kind]) for source, part in parts for kind in ("live", "replay")}
    return Samples(
        np.asarray(column("features"), np.float32),
        np.asarray(column("attack"), np.bool_),
        np.repeat([source for source, _ in parts], [len(part["attack"]) for _, part in parts]),
        np.asarray(column("person"), np.str_),
        {name: count for name, count in missed.items() if count},
    )
