"""All stages of one pack, loaded: what a worker holds."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from likeness.models import shared
from likeness.models.concatenated import ConcatenatedEmbedder
from likeness.models.detector import Detector
from likeness.models.digits import load_recogniser
from likeness.models.embedder import DlibEmbedder
from likeness.models.genuineness import AttackDetectors, Genuineness, SecondOpinion
from likeness.models.landmarks import Landmarks
from likeness.models.lip_sync import load_lip_sync
from likeness.models.minifasnet import MiniFASNetDetector
from likeness.models.mobilefacenet import MobileFaceNet
from likeness.models.packs import ModelPaths, StagePaths
from likeness.models.pose import PoseEstimator
from likeness.models.views import Aligner, Embedder, LandmarkAligner, PointAligner
from likeness.models.yunet import YuNetDetector
from likeness.pipeline.face import FaceDetector, FaceReader
from likeness.pipeline.footage import ClipPipeline
from likeness.pipeline.picture import ImagePipeline
from likeness.pipeline.speaking import SpeechReader

DETECTORS: dict[str, Callable[[StagePaths], FaceDetector]] = {
    "dlib-max-margin": lambda stage: Detector(*stage.paths),
    "yunet": lambda stage: YuNetDetector(stage.paths, stage.parameters),
}
ALIGNERS: dict[str, Callable[[StagePaths], Aligner]] = {
    "dlib-regression-trees": lambda stage: LandmarkAligner(Landmarks(*stage.paths)),
    "yunet": lambda stage: PointAligner(np.array(stage.parameters["chip_points"], np.float64)),
}
"""By the kind of the landmarks or, in a pack without them, of the detector."""
EMBEDDERS: dict[str, Callable[[StagePaths], Embedder]] = {
    "dlib-resnet": lambda stage: DlibEmbedder(*stage.paths),
    "mobilefacenet": lambda stage: MobileFaceNet(*stage.paths),
    "concatenated": lambda stage: ConcatenatedEmbedder(
        [(weight, EMBEDDERS[part.kind](part)) for weight, part in stage.parts]
    ),
}
GENUINENESS: dict[str, Callable[[StagePaths], Genuineness]] = {
    "attack-networks": lambda stage: AttackDetectors(stage.paths),
    "minifasnet": lambda stage: MiniFASNetDetector(stage.paths, stage.parameters),
}
"""Also by the kind of a pack's second opinion."""


@dataclass(frozen=True, slots=True, eq=False)
class Pipelines:
    """All a worker needs."""

    image: ImagePipeline
    clip: ClipPipeline


def load_stages(paths: ModelPaths) -> tuple[FaceDetector, Aligner, Embedder]:
    """Load what finds faces, aligns them and describes them.

    Raises:
        whatever reading a missing or damaged file raises; files are checked before, see `packs.prepare`.
    """
    aligner = paths.landmarks or paths.detector
    return (
        DETECTORS[paths.detector.kind](paths.detector),
        ALIGNERS[aligner.kind](aligner),
        EMBEDDERS[paths.embedder.kind](paths.embedder),
    )


def load_reader(paths: ModelPaths) -> FaceReader:
    """Load what finds and reads faces.

    Raises:
        whatever reading a missing or damaged file raises; files are checked before, see `packs.prepare`.
    """
    return FaceReader(*load_stages(paths), paths.pack)


def load_pipelines(paths: ModelPaths, language: str = shared.ENGLISH) -> Pipelines:
    """Load every model once; `language` is that of the digits that are read aloud.

    Raises:
        whatever reading a missing or damaged file raises; files are checked before, see `packs.prepare`.
    """
    reader, genuineness = load_reader(paths), load_genuineness(paths)
    speech = SpeechReader(load_recogniser(language), load_lip_sync(), reader.aligner)
    return Pipelines(
        ImagePipeline(reader, genuineness, PoseEstimator(shared.path(shared.POSE))),
        ClipPipeline(reader, genuineness, speech, paths.same_person_similarity),
    )


def load_genuineness(paths: ModelPaths) -> Genuineness:
    """Load a pack's detectors of attacks, its second opinion among them.

    Raises:
        whatever reading a missing or damaged file raises; files are checked before, see `packs.prepare`.
    """
    own = GENUINENESS[paths.genuineness.kind](paths.genuineness)
    second = paths.second_opinion
    return SecondOpinion(own, GENUINENESS[second.kind](second)) if second else own
