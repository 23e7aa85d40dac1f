import asyncio
from contextlib import AsyncExitStack

import pytest

from likeness.domain.errors import ConcurrencyLimitError
from likeness.domain.records import Key, Permission
from likeness.storage.limits import ProcessLimits
from tests.storage.conftest import START


def _key(number: int, limit: int | None) -> Key:
    return Key(number, "k" * 32, "shop", frozenset(Permission), enabled=True, calls_under_way_limit=limit,
               calls_limit=None, calls_used=0, created_at=START)  # fmt: skip


async def test_a_key_gets_as_many_places_as_it_may_have_and_gets_them_back() -> None:
    limits, key, other = ProcessLimits(10), _key(1, 2), _key(2, None)
    async with limits.admit(key):
        async with limits.admit(key), limits.admit(other):
            assert limits.under_way == 3
            with pytest.raises(ConcurrencyLimitError):
                async with limits.admit(key):
                    raise AssertionError
        async with limits.admit(key):
            assert limits.under_way == 2
    assert limits.under_way == 0
    assert not limits._by_key


async def test_the_server_has_a_limit_of_its_own() -> None:
    limits = ProcessLimits(3)
    async with AsyncExitStack() as stack:
        for number in range(3):
            await stack.enter_async_context(limits.admit(_key(number, None)))
        with pytest.raises(ConcurrencyLimitError):
            async with limits.admit(_key(9, None)):
                raise AssertionError
    assert not limits._by_key


async def test_a_call_that_fails_or_is_given_up_returns_its_place() -> None:
    limits, key = ProcessLimits(1), _key(1, 1)

    async def call() -> None:
        async with limits.admit(key):
            await asyncio.sleep(60)

    with pytest.raises(ZeroDivisionError):
        async with limits.admit(key):
            _ = 1 // 0
    task = asyncio.create_task(call())
    await asyncio.sleep(0)
    assert limits.under_way == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not limits._by_key


async def test_of_50_callers_at_once_exactly_5_get_in() -> None:
    limits, key = ProcessLimits(50), _key(1, 5)
    go = asyncio.Event()

    async def call() -> bool:
        try:
            async with limits.admit(key):
                await go.wait()
        except ConcurrencyLimitError:
            return False
        return True

    tasks = [asyncio.create_task(call()) for _ in range(50)]
    await asyncio.sleep(0)
    go.set()
    assert sum(await asyncio.gather(*tasks)) == 5
    assert not limits._by_key
