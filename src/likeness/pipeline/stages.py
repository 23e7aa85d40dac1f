"""All stages of one pack, loaded: what a worker holds."""

from dataclasses import dataclass

from likeness.domain.thresholds import shipped_thresholds
from likeness.models.detector import Detector
from likeness.models.embedder import Embedder
from likeness.models.genuineness import ReplayDetector
from likeness.models.landmarks import Landmarks
from likeness.models.packs import ModelPaths
from likeness.pipeline.face import FaceReader
from likeness.pipeline.footage import ClipPipeline
from likeness.pipeline.picture import ImagePipeline


@dataclass(frozen=True, slots=True, eq=False)
class Pipelines:
    """All a worker needs."""

    image: ImagePipeline
    clip: ClipPipeline


def load_pipelines(paths: ModelPaths) -> Pipelines:
    """Load every model once.

    Raises:
        whatever reading a missing or damaged file raises; files are checked before, see `packs.prepare`.
    """
    reader = FaceReader(Detector(paths.detector), Landmarks(paths.landmarks), Embedder(paths.embedder), paths.pack)
    replay, same_person_similarity = ReplayDetector(paths.genuineness), shipped_thresholds().same_person_similarity
    return Pipelines(ImagePipeline(reader), ClipPipeline(reader, replay, same_person_similarity))
