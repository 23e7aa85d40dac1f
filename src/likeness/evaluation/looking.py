"""Going through many files in the server's own workers, and remembering what was read as it goes."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Generic

from likeness.engines.local import LocalEngine
from likeness.evaluation.kept import KeptRows, Row

Progress = Callable[[int, int], None]
"""Told how many files are done, those of an earlier run included, and how many there are."""
Look = Callable[[int], Awaitable[tuple[Row, bool]]]
"""Reads the file at a place; also tells whether the row is final, or the next run is to try again."""


def look_at_all(  # noqa: PLR0913 - each is a choice of its own
    count: int,
    look: Look[Row],
    engine: LocalEngine,
    kept: KeptRows[Row],
    *,
    at_once: int,
    progress: Progress | None = None,
) -> list[Row]:
    """Look at every file, except where an earlier run has done so.

    Args:
        count: of the files.
        look: reads one of them.
        engine: not started; it is started and closed here.
        kept: where rows are remembered.
        at_once: files handed to the engine at once, some more than it has workers.
        progress: told after each file.

    Raises:
        WorkerStartError: the engine does not start.
        KeptFileError: what was read cannot be written.
    """
    seen = {place: row for place, row in kept.rows.items() if place < count}
    if len(seen) < count:
        asyncio.run(_Reading(count, look, engine, kept, seen, progress or (lambda *_: None)).run(at_once))
    return [seen[place] for place in range(count)]


@dataclass(frozen=True, slots=True)
class _Reading(Generic[Row]):
    """Files being read; `seen` fills up."""

    count: int
    look: Look[Row]
    engine: LocalEngine
    kept: KeptRows[Row]
    seen: dict[int, Row]
    tell: Progress

    async def run(self, at_once: int) -> None:
        await self.engine.start()
        left = iter([place for place in range(self.count) if place not in self.seen])
        try:
            self.tell(len(self.seen), self.count)
            async with asyncio.TaskGroup() as group:
                for _ in range(at_once):
                    group.create_task(self._work(left))
        except ExceptionGroup as several:  # they all say the same
            raise several.exceptions[0] from None
        finally:
            await self.engine.close(0)

    async def _work(self, places: Iterator[int]) -> None:
        for place in places:
            row, final = await self.look(place)
            if final:
                self.kept.add(place, row)
            self.seen[place] = row
            self.tell(len(self.seen), self.count)
