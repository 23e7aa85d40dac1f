"""The engine with real worker processes: what a hostile, heavy or unlucky job costs, and that it costs no more."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest

from likeness.domain.errors import (
    ConcurrencyLimitError,
    EngineError,
    ImageFormatError,
    ImageSizeError,
    VideoDurationError,
    VideoFormatError,
)
from likeness.engines.local import LocalEngine
from likeness.engines.process import WorkerStartError
from likeness.models.packs import ModelPaths
from likeness.pipeline.stages import load_pipelines
from tests.engines.running import REQUEST, running, until


async def signalled(job: Awaitable[object], engine: LocalEngine, sign: signal.Signals, after_s: float) -> None:
    """Run a job and send its worker a signal while it is at it."""
    (pid,) = engine.worker_pids
    task = asyncio.ensure_future(job)
    await asyncio.sleep(after_s)
    assert engine.counters.under_way == 1
    os.kill(pid, sign)
    await task


async def test_jobs_at_once_never_mix(paths: ModelPaths, data: Path) -> None:
    pictures = [path.read_bytes() for path in sorted((data / "london").glob("*/neutral.jpg"))[:5]]
    alone = load_pipelines(paths).image
    expected = [alone.observe(picture, REQUEST, lambda _: None) for picture in pictures]
    async with running(paths, workers=2, queue_limit=20) as engine:
        order = [index for _ in range(2) for index in range(len(pictures))]
        found = await asyncio.gather(*(engine.observe_image(pictures[index], REQUEST) for index in order))
    for index, observation in zip(order, found, strict=True):
        wanted, got = expected[index].template, observation.template
        assert wanted is not None
        assert got is not None
        assert np.allclose(wanted.vector, got.vector, atol=1e-5)
        assert observation.faces == expected[index].faces
    assert engine.counters.jobs == len(order)


async def test_errors_come_back_as_what_they_are(paths: ModelPaths, data: Path) -> None:
    async with running(paths) as engine:
        with pytest.raises(ImageFormatError):
            await engine.observe_image(b"no picture", REQUEST)
        with pytest.raises(ImageSizeError):
            await engine.observe_image(cv2.imencode(".png", np.zeros((5000, 9), np.uint8))[1].tobytes(), REQUEST)
        with pytest.raises(VideoFormatError):
            await engine.observe_clip(b"no clip")
        with pytest.raises(VideoDurationError):
            await engine.observe_clip((data / "clips/live_t.mp4").read_bytes())
        assert engine.counters.workers_replaced == 0


async def test_a_crash_while_decoding_is_the_uploads_fault(paths: ModelPaths, heavy: bytes, portrait: bytes) -> None:
    async with running(paths) as engine:
        with pytest.raises(VideoFormatError):
            await signalled(engine.observe_clip(heavy), engine, signal.SIGSEGV, 0.25)
        assert (await engine.observe_image(portrait, REQUEST)).faces
        assert engine.counters.workers_replaced == 1
        assert len(engine.worker_pids) == 1


async def test_a_crash_while_judging_is_ours(paths: ModelPaths, spoken: bytes, portrait: bytes) -> None:
    async with running(paths) as engine:
        with pytest.raises(EngineError):
            await signalled(engine.observe_clip(spoken), engine, signal.SIGKILL, 0.15)
        assert (await engine.observe_image(portrait, REQUEST)).faces


async def test_a_hang_ends_at_the_deadline(paths: ModelPaths, heavy: bytes, portrait: bytes) -> None:
    async with running(paths, deadline_s=2) as engine:
        started = time.monotonic()
        with pytest.raises(VideoFormatError):
            await signalled(engine.observe_clip(heavy), engine, signal.SIGSTOP, 0.25)
        assert 1.9 < time.monotonic() - started < 3.5
        assert (await engine.observe_image(portrait, REQUEST)).faces


async def test_a_worker_that_takes_no_job_is_our_fault(paths: ModelPaths, portrait: bytes) -> None:
    async with running(paths, deadline_s=1) as engine:
        os.kill(engine.worker_pids[0], signal.SIGSTOP)
        with pytest.raises(EngineError):
            await engine.observe_image(portrait + bytes(5_000_000), REQUEST)  # more than a pipe holds
        assert (await engine.observe_image(portrait, REQUEST)).faces


async def test_a_worker_that_dies_idle_is_replaced_unnoticed(paths: ModelPaths, portrait: bytes) -> None:
    async with running(paths) as engine:
        (pid,) = engine.worker_pids
        os.kill(pid, signal.SIGKILL)
        await until(lambda: engine.ready and engine.worker_pids != (pid,))
        assert (await engine.observe_image(portrait, REQUEST)).faces


async def test_others_work_on_while_one_is_replaced(paths: ModelPaths, portrait: bytes) -> None:
    async with running(paths, workers=2) as engine:
        os.kill(engine.worker_pids[0], signal.SIGKILL)
        found = await asyncio.gather(*(engine.observe_image(portrait, REQUEST) for _ in range(6)))
        assert all(observation.faces for observation in found)
        await until(lambda: engine.ready)
        assert len(psutil.Process().children()) == 2


async def test_memory_is_bounded(paths: ModelPaths, portrait: bytes) -> None:
    bomb = cv2.imencode(".png", np.zeros((4096, 4096, 4), np.uint16))[1].tobytes()
    assert len(bomb) < 2 * 1024 * 1024
    async with running(paths, memory_mb=160) as engine:
        with pytest.raises(ImageFormatError):
            await engine.observe_image(bomb, REQUEST)
        assert (await engine.observe_image(portrait, REQUEST)).faces


async def test_a_full_queue_says_so_at_once(paths: ModelPaths, spoken: bytes) -> None:
    async with running(paths, workers=1, queue_limit=1) as engine:
        accepted = [asyncio.ensure_future(engine.observe_clip(spoken)) for _ in range(2)]
        await asyncio.sleep(0)
        started = time.monotonic()
        for _ in range(3):
            with pytest.raises(ConcurrencyLimitError):
                await engine.observe_clip(spoken)
        assert time.monotonic() - started < 0.1
        assert all(clip.template for clip in await asyncio.gather(*accepted))
        await engine.observe_clip(spoken)


async def test_callers_that_go_away_leave_nothing_behind(paths: ModelPaths, spoken: bytes, portrait: bytes) -> None:
    async with running(paths, workers=1, queue_limit=1) as engine:
        under_way, waiting = (asyncio.ensure_future(engine.observe_clip(spoken)) for _ in range(2))
        await asyncio.sleep(0.1)
        waiting.cancel()
        under_way.cancel()
        await asyncio.gather(under_way, waiting, return_exceptions=True)
        assert engine.counters.waiting == 0
        observation = await engine.observe_image(portrait, REQUEST)  # its own answer, not the one dropped
        assert observation.width_px == 480
        counters = engine.counters
        assert (counters.waiting, counters.under_way, counters.workers_replaced) == (0, 0, 0)


async def test_missing_models_are_told_at_the_start(paths: ModelPaths, tmp_path: Path) -> None:
    broken = replace(paths, embedder=replace(paths.embedder, paths=(tmp_path / "absent.onnx",)))
    engine = LocalEngine(broken, workers=2, queue_limit=4, deadline_s=20, memory_mb=1024)
    with pytest.raises(WorkerStartError, match=r"absent\.onnx"):
        await engine.start()
    assert psutil.Process().children() == []


async def test_workers_are_confined(paths: ModelPaths) -> None:
    async with running(paths) as engine:
        worker = psutil.Process(engine.worker_pids[0])
        assert worker.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
        assert worker.rlimit(psutil.RLIMIT_CORE) == (0, 0)
        held_bytes = worker.memory_info().vms
        assert worker.rlimit(psutil.RLIMIT_AS)[0] == pytest.approx(held_bytes + (1 << 30), rel=0.05)
        assert worker.num_threads() <= 2
        worker.send_signal(signal.SIGINT)  # Ctrl-C reaches the whole terminal
        await asyncio.sleep(0.2)
        assert worker.is_running()
        assert worker.status() != psutil.STATUS_ZOMBIE


SERVER = """
import asyncio, sys
from pathlib import Path
from likeness.engines.local import LocalEngine
from likeness.models import packs
async def main():
    paths = packs.paths(packs.load(sys.argv[1]), Path(sys.argv[2]))
    engine = LocalEngine(paths, workers=2, queue_limit=4, deadline_s=2, memory_mb=1024)
    await engine.start()
    print(*engine.worker_pids, flush=True)
    await engine.observe_clip(Path(sys.argv[3]).read_bytes())
asyncio.run(main())
"""


async def test_workers_do_not_outlive_a_killed_server(models_path: Path, heavy: bytes, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(heavy)
    arguments = ["default", str(models_path), str(clip)]
    with subprocess.Popen([sys.executable, "-c", SERVER, *arguments], stdout=subprocess.PIPE) as server:  # noqa: ASYNC220, S603
        assert server.stdout is not None
        workers = [psutil.Process(int(pid)) for pid in server.stdout.readline().split()]
        assert len(workers) == 2
        await asyncio.sleep(0.3)
        for worker in workers:  # one is busy, and hangs: its own alarm must end it
            worker.suspend()
        server.kill()
        server.wait()
        for worker in workers:
            worker.resume()
        await until(lambda: not any(map(alive, workers)), seconds=6)


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
