"""What becomes of accepted jobs when the engine closes."""

import asyncio
import os
import signal

import psutil
import pytest

from likeness.domain.errors import EngineError
from likeness.engines.local import LocalEngine
from likeness.models.packs import ModelPaths
from tests.engines.running import REQUEST, running, until


async def test_closing_lets_accepted_jobs_finish_and_refuses_new_ones(paths: ModelPaths, spoken: bytes) -> None:
    engine = LocalEngine(paths, workers=1, queue_limit=4, deadline_s=20, memory_mb=1024)
    await engine.start()
    accepted = [asyncio.ensure_future(engine.observe_clip(spoken)) for _ in range(2)]
    await asyncio.sleep(0.1)
    closing = asyncio.ensure_future(engine.close(20))
    await asyncio.sleep(0)
    with pytest.raises(EngineError):
        await engine.observe_clip(spoken)
    assert all(clip.template for clip in await asyncio.gather(*accepted))
    await closing
    assert psutil.Process().children() == []


async def test_closing_without_grace_ends_jobs(paths: ModelPaths, heavy: bytes) -> None:
    async with running(paths) as engine:
        jobs = [asyncio.ensure_future(engine.observe_clip(heavy)) for _ in range(3)]
        await asyncio.sleep(0.2)
        await engine.close(0)
        results = await asyncio.gather(*jobs, return_exceptions=True)
    assert [type(result) for result in results] == [EngineError] * 3


async def test_closing_does_not_start_a_job_again_whose_worker_it_ended(paths: ModelPaths, portrait: bytes) -> None:
    async with running(paths) as engine:
        os.kill(engine.worker_pids[0], signal.SIGSTOP)  # it will never say that it took the job
        job = asyncio.ensure_future(engine.observe_image(portrait, REQUEST))
        await until(lambda: engine.counters.under_way == 1)
        await asyncio.sleep(0.1)
        await engine.close(0)
        with pytest.raises(EngineError):
            await job
        assert engine.counters.workers_replaced == 0


async def test_a_worker_that_dies_while_jobs_may_finish_costs_none(paths: ModelPaths, portrait: bytes) -> None:
    async with running(paths) as engine:
        (pid,) = engine.worker_pids
        os.kill(pid, signal.SIGSTOP)
        job = asyncio.ensure_future(engine.observe_image(portrait, REQUEST))
        await until(lambda: engine.counters.under_way == 1)
        await asyncio.sleep(0.1)
        closing = asyncio.ensure_future(engine.close(20))
        await asyncio.sleep(0.1)
        os.kill(pid, signal.SIGKILL)
        assert (await job).faces
        await closing
