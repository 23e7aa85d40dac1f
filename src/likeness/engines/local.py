"""The embedded engine: worker processes on this machine, each fed by one thread of the server."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

import structlog

from likeness.domain.capture import AS_CALLED, ClipObservation, ClipRequest, ImageObservation, ImageRequest
from likeness.domain.errors import ConcurrencyLimitError, EngineError
from likeness.engines.messages import ClipJob, Done, ImageJob, Job, blame
from likeness.engines.process import WorkerDiedError, WorkerProcess, WorkerSettings, WorkerStartError
from likeness.models import shared
from likeness.models.packs import ModelPaths
from likeness.pipeline.stage import Stage

log = structlog.get_logger("likeness.engine")

_PAUSE_MIN_S, _PAUSE_MAX_S = 0.2, 10.0
"""Pause before a worker that could not be replaced is tried again; doubled each time."""

CLOSE_GRACE_S = 5.0
"""Time for accepted jobs to finish when the engine closes; an operator who stops a server expects no more."""

_WATCH_S = 1.0  # how soon an idle worker's death is noticed

Observation = ImageObservation | ClipObservation


@dataclass(frozen=True, slots=True)
class EngineCounters:
    """Since the start: jobs finished (errors included) and workers replaced; now: jobs waiting and under way."""

    jobs: int
    workers_replaced: int
    waiting: int
    under_way: int


@dataclass(slots=True, eq=False)
class _Ticket:
    job: Job
    answer: Future[Observation] = field(default_factory=Future)
    returned: bool = False
    """Whether it was put back once, because its worker had died before it began."""

    def claim(self) -> bool:
        """Take the job on; False when its caller has gone."""
        return self.answer.running() or self.answer.set_running_or_notify_cancel()


class LocalEngine:
    """Satisfies `usecases.ports.Engine` with worker processes.

    A job that crashes its worker, runs past the deadline or takes too much memory costs its own request only: the
    upload is blamed while its bytes are decoded (ImageFormatError, VideoFormatError), the engine later (EngineError).

    Args:
        models: the model files each worker loads.
        workers: processes, each one thread.
        queue_limit: jobs that may wait for a worker.
        deadline_s: seconds a job may take once a worker has it.
        memory_mb: address space of a worker in MiB, beyond what it holds when ready.
        language: of the digits that are read aloud.
    """

    def __init__(  # noqa: PLR0913 - each is a setting
        self,
        models: ModelPaths,
        *,
        workers: int,
        queue_limit: int,
        deadline_s: float,
        memory_mb: int,
        language: str = shared.ENGLISH,
    ) -> None:
        self._settings = WorkerSettings(models, deadline_s, memory_mb, language)
        self._limit = workers + queue_limit
        self._changed = threading.Condition()
        # All below is read and written under `_changed`.
        self._queue: deque[_Ticket] = deque()
        self._held: list[WorkerProcess | None] = [None] * workers
        self._threads: list[threading.Thread] = []
        self._pending = 0
        self._jobs = 0
        self._replaced = 0
        self._closing = False
        self._cut_short = False
        """Whether the time that accepted jobs had to finish is over."""
        self._start_failure: str | None = None

    async def start(self) -> None:
        """Start the workers and wait until all are ready.

        Raises:
            WorkerStartError: one cannot start; the others are stopped.
        """
        self._threads = [
            threading.Thread(target=self._tend, args=(slot,), name=f"worker-{slot}", daemon=True)
            for slot in range(len(self._held))
        ]
        for thread in self._threads:
            thread.start()
        await asyncio.to_thread(self._await, lambda: self.ready or self._start_failure is not None, None)
        if not self.ready:
            await self.close(0)
            raise WorkerStartError(self._start_failure or "")

    @property
    def ready(self) -> bool:
        """Whether every worker stands ready or is at work."""
        return bool(self._threads) and None not in self._held and not self._closing

    @property
    def counters(self) -> EngineCounters:
        """For metrics."""
        with self._changed:
            waiting = len(self._queue)
            return EngineCounters(self._jobs, self._replaced, waiting, self._pending - waiting)

    @property
    def worker_pids(self) -> tuple[int, ...]:
        """Process ids of the workers that are up."""
        return tuple(worker.pid for worker in self._held if worker is not None)

    async def observe_image(self, data: bytes, request: ImageRequest) -> ImageObservation:
        """See `usecases.ports.Engine`."""
        observation = await self._submit(ImageJob(data, request))
        if not isinstance(observation, ImageObservation):
            raise EngineError
        return observation

    async def observe_clip(self, data: bytes, request: ClipRequest = AS_CALLED) -> ClipObservation:
        """See `usecases.ports.Engine`."""
        observation = await self._submit(ClipJob(data, request))
        if not isinstance(observation, ClipObservation):
            raise EngineError
        return observation

    async def close(self, grace_s: float = CLOSE_GRACE_S) -> None:
        """Refuse new jobs, give those accepted `grace_s` to finish, then end all workers."""
        with self._changed:
            self._closing = True
        await asyncio.to_thread(self._await, lambda: not self._pending, grace_s)
        with self._changed:
            self._cut_short = True  # from here on nothing is put back in the queue that is emptied next
        self._drop_queue()
        with self._changed:
            if self._pending:
                for worker in self._held:
                    if worker is not None:
                        worker.interrupt()
            self._changed.notify_all()
        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    def _await(self, condition: Callable[[], bool], timeout_s: float | None) -> None:
        with self._changed:
            self._changed.wait_for(condition, timeout_s)

    async def _submit(self, job: Job) -> Observation:
        ticket = _Ticket(job)
        with self._changed:
            if self._closing or not self._threads:
                raise EngineError
            if self._pending >= self._limit:
                raise ConcurrencyLimitError
            self._pending += 1
            self._queue.append(ticket)
            self._changed.notify_all()
        ticket.answer.add_done_callback(lambda _: self._finish(ticket))
        # Cancelling the awaiting task takes a waiting job away; one under way runs on and its answer is dropped. A
        # client that hangs up cancels nothing: its call runs to its end and leaves its record.
        return await asyncio.wrap_future(ticket.answer)

    def _finish(self, ticket: _Ticket) -> None:
        with self._changed:
            self._pending -= 1
            self._jobs += not ticket.answer.cancelled()
            if ticket in self._queue:  # cancelled while waiting: let go of its bytes now
                self._queue.remove(ticket)
            self._changed.notify_all()

    def _drop_queue(self) -> None:
        """Answer every waiting job with EngineError."""
        with self._changed:
            waiting = list(self._queue)
            self._queue.clear()
        for ticket in waiting:
            if ticket.claim():
                ticket.answer.set_exception(EngineError())

    # --- the threads, one for each worker -----------------------------------------------------------------------------
    def _tend(self, slot: int) -> None:
        """Keep a worker in this slot and give it jobs until the engine closes."""
        while (worker := self._worker(slot)) is not None:
            ticket = self._next(worker)
            if ticket is not None and ticket.claim():
                self._serve(worker, ticket)

    def _worker(self, slot: int) -> WorkerProcess | None:
        """The slot's worker, started anew where it has died; None when the engine has closed."""
        worker = self._held[slot]
        if worker is not None and worker.alive and not self._over:
            return worker
        if worker is not None:
            worker.leave()
            with self._changed:
                self._held[slot] = None
                self._replaced += not self._over
        pause_s = _PAUSE_MIN_S
        while not self._over:
            try:
                worker = WorkerProcess(self._settings)
            except WorkerStartError as failure:
                self._note(failure)
                with self._changed:
                    self._changed.wait_for(lambda: self._over, pause_s)
                pause_s = min(2 * pause_s, _PAUSE_MAX_S)
            else:
                with self._changed:
                    self._held[slot] = worker
                    self._changed.notify_all()
                return worker
        return None

    @property
    def _over(self) -> bool:
        return self._closing and not self._pending

    def _note(self, failure: WorkerStartError) -> None:
        log.error("worker cannot start", reason=str(failure))
        with self._changed:
            self._start_failure = str(failure)
            self._changed.notify_all()
        if all(worker is None for worker in self._held):
            self._drop_queue()  # nobody is left to do these jobs

    def _next(self, worker: WorkerProcess) -> _Ticket | None:
        """The next job; None when there is something else to see to."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._over, _WATCH_S)
            return self._queue.popleft() if self._queue and worker.alive else None

    def _serve(self, worker: WorkerProcess, ticket: _Ticket) -> None:
        try:
            reply = worker.do(ticket.job)
        except WorkerDiedError as death:
            worker.kill()
            log.warning(
                "worker died",
                stage=death.stage.value,
                ending=death.ending,
                late=death.late,
                job=type(ticket.job).__name__,
            )
            if death.stage is Stage.RECEIVING and not death.late and self._put_back(ticket):
                return
            ticket.answer.set_exception(EngineError() if self._closing else blame(ticket.job, death.stage))
            return
        if isinstance(reply, Done):
            ticket.answer.set_result(reply.observation)
            return
        if reply.trace:
            log.warning("worker failed", error=type(reply.error).__name__, trace=reply.trace)
        ticket.answer.set_exception(reply.error)

    def _put_back(self, ticket: _Ticket) -> bool:
        """Let another worker have a job that its own did not begin; once only, and not when jobs are cut short."""
        with self._changed:
            if ticket.returned or self._cut_short:
                return False
            ticket.returned = True
            self._queue.appendleft(ticket)
            self._changed.notify_all()
        return True
