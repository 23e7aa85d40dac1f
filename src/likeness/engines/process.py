"""One worker process seen from the server: started, given jobs, killed."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

from likeness.engines.messages import Done, Entered, Job, Ready, Refused, Reply, Unready, answers, dump_job
from likeness.engines.replies import REPLY_BYTES_MAX, load_reply
from likeness.engines.values import ReplyError
from likeness.models import shared
from likeness.models.packs import ModelPaths
from likeness.pipeline.stage import Stage

_START_DEADLINE_S = 60.0  # loading takes under 2 s on the slowest machine tried; a busy host may need longer
_LEAVE_S = 2.0  # an idle worker sees its pipe end at once
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
"""One core each: a second thread would only take another worker's."""


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """deadline_s: seconds a job may take. memory_mb: address space in MiB beyond what a ready worker holds.

    language: of the digits that are read aloud.
    """

    models: ModelPaths
    deadline_s: float
    memory_mb: int
    language: str = shared.ENGLISH


class WorkerStartError(Exception):
    """A worker cannot start; the message says why, for the operator."""


class WorkerDiedError(Exception):
    """A worker ended during a job.

    Attributes:
        stage: what it was doing.
        ending: how it ended, for the log: `signal SIGSEGV`, `exit 1`, `reply`.
        late: whether it was killed at its deadline.
    """

    def __init__(self, stage: Stage, ending: str, late: bool = False) -> None:
        super().__init__(stage, ending, late)
        self.stage = stage
        self.ending = ending
        self.late = late


def _spawn() -> tuple[subprocess.Popen[bytes], Connection]:
    """A new worker process and our end of its pipe; no other process ever holds either end."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        # No shell, and no import from the current folder (-P). What libraries print may quote bytes: dropped.
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-m", "likeness.engines.worker", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | _ONE_THREAD,
        )
        return process, Connection(ours.detach())


class WorkerProcess:
    """A started worker; used by one thread, but may be killed from any.

    Raises:
        WorkerStartError: it did not become ready.
    """

    def __init__(self, settings: WorkerSettings) -> None:
        try:
            self._process, self._connection = _spawn()
        except OSError as failure:
            msg = f"a worker process cannot be made: {failure.strerror}"
            raise WorkerStartError(msg) from failure
        self._settings = settings
        try:
            self._start()
        except BaseException:
            self.kill()
            raise

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def _start(self) -> None:
        try:
            with self._killed_after(_START_DEADLINE_S):
                self._connection.send(self._settings)
                reply = self._receive()
        except (OSError, EOFError, ReplyError) as end:
            msg = f"a worker process ended before it was ready ({self._ending()})"
            raise WorkerStartError(msg) from end
        if isinstance(reply, Unready):
            raise WorkerStartError(reply.reason)
        if not isinstance(reply, Ready):
            msg = "a worker process spoke out of turn"
            raise WorkerStartError(msg)

    def do(self, job: Job) -> Done | Refused:
        """Give the job to the worker and wait for its answer; bounded by the deadline.

        Raises:
            WorkerDiedError: it crashed, was killed at its deadline or answered nonsense; it is of no more use.
        """
        stage = Stage.RECEIVING
        late = threading.Event()
        try:
            with self._killed_after(self._settings.deadline_s, late):
                self._connection.send_bytes(dump_job(job))
                while isinstance(reply := self._receive(), Entered):
                    stage = reply.stage
                if isinstance(reply, Done | Refused) and answers(reply, job):
                    return reply
        except (OSError, EOFError):
            raise WorkerDiedError(stage, self._ending(), late.is_set()) from None
        except Exception:  # noqa: BLE001 - a reply that cannot be read: its sender is not to be trusted again
            self.kill()
        raise WorkerDiedError(stage, "reply")

    def _receive(self) -> Reply:
        return load_reply(self._connection.recv_bytes(REPLY_BYTES_MAX))

    @contextmanager
    def _killed_after(self, seconds: float, late: threading.Event | None = None) -> Iterator[None]:
        """Kill the worker unless the block ends in time; that ends a blocked send or receive, too."""

        def strike() -> None:
            if late is not None:
                late.set()
            self._process.kill()

        watchdog = threading.Timer(seconds, strike)
        watchdog.daemon = True
        watchdog.start()
        try:
            yield
        finally:
            watchdog.cancel()

    def _ending(self) -> str:
        """Reap the process and say how it ended."""
        try:
            code = self._process.wait(_LEAVE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit {code}"

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def interrupt(self) -> None:
        """End the process now, from any thread; the thread that waits for its answer then sees WorkerDiedError."""
        self._process.kill()

    def kill(self) -> None:
        """End the process now; harmless when it has ended."""
        self._process.kill()
        self._process.wait()
        self._connection.close()

    def leave(self) -> None:
        """Let an idle process end by closing its pipe; kill it if it does not."""
        self._connection.close()
        self._ending()
