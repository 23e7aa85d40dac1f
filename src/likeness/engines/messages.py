"""What the server and its workers say to each other over a pipe, and how it is read.

A worker reads anyone's bytes, so what it answers is not trusted either: a pickle can name any function, and the reader
here knows only the types of the domain, these messages and plain arrays.
"""

import io
import pickle
from dataclasses import dataclass

from likeness.domain.capture import ClipObservation, ImageObservation, ImageRequest
from likeness.domain.errors import EngineError, ImageFormatError, LikenessError, VideoFormatError
from likeness.pipeline.stage import Stage

REPLY_BYTES_MAX = 64 * 1024 * 1024
"""Longest reply that is read: two JPEGs of at most 1280 pixels and some vectors take a fraction of it."""

_ARRAYS = frozenset(
    {
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
        ("numpy._core.multiarray", "_reconstruct"),
        ("numpy._core.multiarray", "scalar"),
        ("numpy._core.numeric", "_frombuffer"),
        ("copyreg", "_reconstructor"),
        ("builtins", "object"),
    }
)
_OURS = ("likeness.domain.capture", "likeness.domain.errors", "likeness.domain.face", __name__, Stage.__module__)


@dataclass(frozen=True, slots=True, eq=False)
class ImageJob:
    """A picture to look at."""

    data: bytes
    request: ImageRequest


@dataclass(frozen=True, slots=True, eq=False)
class ClipJob:
    """A clip to look at."""

    data: bytes


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


def dump(message: Job | Reply) -> bytes:
    """A message as bytes."""
    return pickle.dumps(message, pickle.HIGHEST_PROTOCOL)


def load_job(data: bytes) -> Job:
    """A job from the server, which a worker trusts."""
    job: Job = pickle.loads(data)  # noqa: S301 - the server is the trusted side
    return job


def load_reply(data: bytes) -> Reply:
    """A reply from a worker.

    Raises:
        pickle.UnpicklingError: it names something that no reply holds.
    """
    reply: Reply = _ReplyReader(io.BytesIO(data)).load()
    return reply


class _ReplyReader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> object:
        if (module, name) in _ARRAYS or (module in _OURS and "." not in name and name[0].isupper()):
            return super().find_class(module, name)
        msg = f"a reply names {module}.{name}"
        raise pickle.UnpicklingError(msg)
