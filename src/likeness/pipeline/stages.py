"""All stages of one pack, loaded: what a worker holds."""

from collections.abc import Callable
from dataclasses import dataclass

from likeness.domain.thresholds import shipped_thresholds
from likeness.models.detector import Detector
from likeness.models.embedder import Embedder
from likeness.models.genuineness import ReplayDetector
from likeness.models.landmarks import Landmarks
from likeness.models.packs import ModelPaths, StagePaths
from likeness.pipeline.face import FaceReader
from likeness.pipeline.footage import ClipPipeline
from likeness.pipeline.picture import ImagePipeline

DETECTORS: dict[str, Callable[[StagePaths], Detector]] = {"dlib-max-margin": lambda stage: Detector(*stage.paths)}
LANDMARKS: dict[str, Callable[[StagePaths], Landmarks]] = {
    "dlib-regression-trees": lambda stage: Landmarks(*stage.paths)
}
EMBEDDERS: dict[str, Callable[[StagePaths], Embedder]] = {"dlib-resnet": lambda stage: Embedder(*stage.paths)}
GENUINENESS: dict[str, Callable[[StagePaths], ReplayDetector]] = {
    "replay-regression": lambda stage: ReplayDetector(*stage.paths)
}


@dataclass(frozen=True, slots=True, eq=False)
class Pipelines:
    """All a worker needs."""

    image: ImagePipeline
    clip: ClipPipeline


def load_reader(paths: ModelPaths) -> FaceReader:
    """Load what finds and reads faces.

    Raises:
        whatever reading a missing or damaged file raises; files are checked before, see `packs.prepare`.
    """
    if paths.landmarks is None:
        raise NotImplementedError
    return FaceReader(
        DETECTORS[paths.detector.kind](paths.detector),
        LANDMARKS[paths.landmarks.kind](paths.landmarks),
        EMBEDDERS[paths.embedder.kind](paths.embedder),
        paths.pack,
    )


def load_pipelines(paths: ModelPaths) -> Pipelines:
    """Load every model once.

    Raises:
        whatever reading a missing or damaged file raises; files are checked before, see `packs.prepare`.
    """
    reader, replay = load_reader(paths), GENUINENESS[paths.genuineness.kind](paths.genuineness)
    same_person_similarity = shipped_thresholds().same_person_similarity
    return Pipelines(ImagePipeline(reader), ClipPipeline(reader, replay, same_person_similarity))
