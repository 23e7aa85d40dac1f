"""How long a call takes."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

WARM_UPS = 3


@dataclass(frozen=True, slots=True)
class Timing:
    """Of one call, in milliseconds; the median is what ratios are made of, as the machines are noisy."""

    median_ms: float
    p10_ms: float
    p90_ms: float
    calls: int


def measure(call: Callable[[], object], limit_s: float = 2.0, max_calls: int = 200) -> Timing:
    """Repeat a call for a while, after a few that do not count."""
    for _ in range(WARM_UPS):
        call()
    times: list[float] = []
    end = time.perf_counter() + limit_s
    while len(times) < max_calls and (time.perf_counter() < end or len(times) < WARM_UPS):
        start = time.perf_counter()
        call()
        times.append((time.perf_counter() - start) * 1000)
    p10, median, p90 = (float(value) for value in np.percentile(times, (10, 50, 90)))
    return Timing(median, p10, p90, len(times))
