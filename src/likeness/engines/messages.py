"""What the server and its workers say to each other over a pipe; `replies.py` writes and reads the replies."""

import pickle
from dataclasses import dataclass

from likeness.domain.capture import ClipObservation, ClipRequest, ImageObservation, ImageRequest
from likeness.domain.errors import EngineError, ImageFormatError, LikenessError, VideoFormatError
from likeness.pipeline.stage import Stage


@dataclass(frozen=True, slots=True, eq=False)
class ImageJob:
    """A picture to look at."""

    data: bytes
    request: ImageRequest


@dataclass(frozen=True, slots=True, eq=False)
class ClipJob:
    """A clip to look at."""

    data: bytes
    request: ClipRequest


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker has its models and waits for jobs."""


@dataclass(frozen=True, slots=True)
class Unready:
    """The worker cannot start; `reason` is for the operator."""

    reason: str


@dataclass(frozen=True, slots=True)
class Entered:
    """The job has come to this stage."""

    stage: Stage


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """The job's result."""

    observation: ImageObservation | ClipObservation


@dataclass(frozen=True, slots=True, eq=False)
class Refused:
    """The job's error; `trace`, where it is unexpected: exception types and source lines, never texts or values."""

    error: LikenessError
    trace: str = ""


Job = ImageJob | ClipJob
Reply = Ready | Unready | Entered | Done | Refused


def blame(job: Job, stage: Stage) -> LikenessError:
    """The error of a job that died: the upload's fault while it was decoded, ours otherwise."""
    if stage is not Stage.DECODING:
        return EngineError()
    return ImageFormatError() if isinstance(job, ImageJob) else VideoFormatError()


def answers(reply: Reply, job: Job) -> bool:
    """Whether a reply ends the job: its error, or what was observed in a picture or a clip, as it asked."""
    wanted = ImageObservation if isinstance(job, ImageJob) else ClipObservation
    return isinstance(reply, Refused) or (isinstance(reply, Done) and isinstance(reply.observation, wanted))


def dump_job(job: Job) -> bytes:
    """A job as bytes."""
    return pickle.dumps(job, pickle.HIGHEST_PROTOCOL)


def load_job(data: bytes) -> Job:
    """A job from the server, which a worker trusts."""
    job: Job = pickle.loads(data)  # noqa: S301 - the server is the trusted side
    return job
