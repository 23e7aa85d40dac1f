"""The worker process: `python -m likeness.engines.worker FD`, started by `process.py` and by nobody else.

It alone reads uploaded bytes. It holds the models, does one job at a time, and ends when its pipe does.
"""

import contextlib
import resource
import signal
import sys
import traceback
from multiprocessing.connection import Connection
from pathlib import Path

import av
import cv2

from likeness.domain.errors import LikenessError
from likeness.engines.messages import (
    Done,
    Entered,
    ImageJob,
    Job,
    Ready,
    Refused,
    Reply,
    Unready,
    blame,
    load_job,
)
from likeness.engines.process import WorkerSettings
from likeness.engines.replies import dump_reply
from likeness.pipeline.stage import Stage
from likeness.pipeline.stages import Pipelines, load_pipelines

_DEADLINE_SPARE_S = 1.0
"""The server kills at the deadline; the worker's own alarm, for when no server is left, comes a little later."""

_TRACE_LINES = 4


class _Worker:
    def __init__(self, connection: Connection, pipelines: Pipelines, deadline_s: float) -> None:
        self._connection = connection
        self._pipelines = pipelines
        self._deadline_s = deadline_s
        self._stage = Stage.DECODING

    def serve(self) -> None:
        """Do jobs until the pipe ends."""
        while True:
            job = load_job(self._connection.recv_bytes())
            # A hanging libav call cannot be interrupted from Python: the alarm's default action ends the process.
            signal.setitimer(signal.ITIMER_REAL, self._deadline_s + _DEADLINE_SPARE_S)
            self._send(self._reply(job))
            signal.setitimer(signal.ITIMER_REAL, 0)

    def _send(self, reply: Reply) -> None:
        self._connection.send_bytes(dump_reply(reply))

    def _announce(self, stage: Stage) -> None:
        self._stage = stage
        self._send(Entered(stage))

    def _reply(self, job: Job) -> Done | Refused:
        self._announce(Stage.DECODING)
        try:
            if isinstance(job, ImageJob):
                return Done(self._pipelines.image.observe(job.data, job.request, self._announce))
            return Done(self._pipelines.clip.observe(job.data, job.request, self._announce))
        except LikenessError as error:
            return Refused(type(error)())  # a fresh one: no chain, no traceback
        except (BrokenPipeError, ConnectionResetError):
            raise
        except Exception as failure:  # noqa: BLE001 - whatever a library throws at hostile bytes costs one job
            return Refused(blame(job, self._stage), _outline(failure))


def _outline(failure: Exception) -> str:
    """Exception type and innermost source lines; no message, which may quote the upload."""
    frames = traceback.extract_tb(failure.__traceback__)[-_TRACE_LINES:]
    where = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
    return f"{type(failure).__name__} at {where}"


def _confine(memory_mb: int) -> None:
    """Bound what a job can take; what is held now, models included, comes on top of `memory_mb`."""
    statm = Path("/proc/self/statm")
    if statm.exists():  # elsewhere than on Linux address space cannot be bounded meaningfully
        held_bytes = int(statm.read_text().split()[0]) * resource.getpagesize()
        limit_bytes = held_bytes + memory_mb * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold faces in the clear
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # a worker writes no file


def main(descriptor: int) -> None:
    """Load the models, say so, and serve."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's business; it closes the pipe
    cv2.setNumThreads(1)
    av.logging.set_level(None)
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError), Connection(descriptor) as connection:
        settings: WorkerSettings = connection.recv()
        try:
            pipelines = load_pipelines(settings.models, settings.language)
            _confine(settings.memory_mb)
        except Exception as failure:  # noqa: BLE001 - reported to the operator, whatever it is
            connection.send_bytes(dump_reply(Unready(f"{type(failure).__name__}: {failure}")))
            return
        connection.send_bytes(dump_reply(Ready()))
        _Worker(connection, pipelines, settings.deadline_s).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]))
