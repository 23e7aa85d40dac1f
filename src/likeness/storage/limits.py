"""Calls under way, counted in this process."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from likeness.domain.errors import ConcurrencyLimitError
from likeness.domain.records import Key


class ProcessLimits:
    """Limits of one server process; used from its one event loop only, hence without locks."""

    def __init__(self, server_limit: int) -> None:
        self._server_limit = server_limit
        self._by_key: Counter[int] = Counter()

    @property
    def under_way(self) -> int:
        """Calls under way on the whole server."""
        return self._by_key.total()

    @asynccontextmanager
    async def admit(self, key: Key) -> AsyncIterator[None]:
        """Hold one place while the call runs.

        Raises:
            ConcurrencyLimitError: the key, or the server, has as many calls under way as it may.
        """
        limit = key.calls_under_way_limit
        if self.under_way >= self._server_limit or (limit is not None and self._by_key[key.id] >= limit):
            raise ConcurrencyLimitError
        self._by_key[key.id] += 1
        try:
            yield
        finally:
            self._by_key[key.id] -= 1
            if not self._by_key[key.id]:
                del self._by_key[key.id]
