"""What this machine can do at best, on one thread."""

import os
import platform
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.timing import measure

SIZE = 1536


def describe() -> dict[str, object]:
    """Name, cores and software, so that a figure can be placed."""
    names = [line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")]
    return {
        "cpu": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def sgemm_peak_gflops() -> float:
    """GFLOP/s of a large float32 matrix product on one thread."""
    left, right = (np.random.default_rng(seed).random((SIZE, SIZE), dtype=np.float32) for seed in (1, 2))
    with threadpool_limits(limits=1):
        timing = measure(lambda: left @ right)
    return 2 * SIZE**3 / timing.p10_ms / 1e6
