"""What runs while the server does."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from structlog.testing import capture_logs

from likeness.app import _purge_on_time
from likeness.compose import Installation
from likeness.storage.clock import utc_now

LIMIT_S = 30


async def test_purging_goes_on_after_whatever_went_wrong(installation: Installation) -> None:
    first, third = datetime.min.replace(tzinfo=UTC), asyncio.Event()  # nothing is older than the first: OverflowError
    moments = [first, utc_now()]

    def clock() -> datetime:
        if not moments:
            third.set()
        return moments.pop(0) if moments else utc_now()

    services = replace(installation.services, clock=clock)
    with capture_logs() as lines:
        purging = asyncio.create_task(_purge_on_time(replace(installation, services=services, purge_interval_s=0.01)))
        async with asyncio.timeout(LIMIT_S):
            await third.wait()
        purging.cancel()
        with suppress(asyncio.CancelledError):
            await purging
    told = [(line["event"], line.get("error")) for line in lines]
    assert told[:2] == [("purge failed", "OverflowError"), ("purged", None)]
