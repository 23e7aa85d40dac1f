"""An engine that runs for the time of a block."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from likeness.domain.capture import ImageRequest
from likeness.engines.local import LocalEngine
from likeness.models.packs import ModelPaths

REQUEST = ImageRequest()


@asynccontextmanager
async def running(
    paths: ModelPaths, workers: int = 1, queue_limit: int = 8, deadline_s: float = 20, memory_mb: int = 1024
) -> AsyncIterator[LocalEngine]:
    engine = LocalEngine(paths, workers=workers, queue_limit=queue_limit, deadline_s=deadline_s, memory_mb=memory_mb)
    await engine.start()
    try:
        yield engine
    finally:
        await engine.close(0)
    assert engine.worker_pids == ()


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        await asyncio.sleep(0.02)
