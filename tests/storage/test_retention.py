import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from likeness.domain.capture import Capture
from likeness.domain.records import Key
from likeness.storage.database import records
from likeness.storage.records import RecordFilter
from likeness.storage.retention import BATCH_ROWS, Keep, Purged
from likeness.storage.stores import Stores, open_stores
from tests.storage.conftest import KEEP, START, make_record

SECOND = timedelta(seconds=1)


def test_what_was_removed_is_overwritten_even_where_its_space_is_not_given_back(tmp_path: Path) -> None:
    stores = open_stores(tmp_path / "likeness.db", tmp_path / "master.key", KEEP)
    for number in range(20):
        stores.records.add(make_record(None, number, details={"note": "find me " * 2000}), {})
    assert b"find me" in (tmp_path / "likeness.db-wal").read_bytes() + (tmp_path / "likeness.db").read_bytes()
    with stores.database.writing() as connection:
        connection.execute(sa.delete(records))
    space = stores.database.space()
    assert space is not None
    assert space.unused_bytes > 20 * 8 * 2000
    stores.database._run_script("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"find me" not in (tmp_path / "likeness.db-wal").read_bytes() + (tmp_path / "likeness.db").read_bytes()
    stores.close()


def test_each_kind_goes_when_its_time_has_come_and_not_before(stores: Stores, key: Key, capture: Capture) -> None:
    stores.captures.add(key.id, "1,a", capture)
    stores.records.add(make_record(key), {"image_best": b"x", "image_ref1": b"y"})
    for age, expected in [
        (timedelta(hours=24), Purged(captures=1, pictures=0, records=0)),
        (timedelta(days=7), Purged(captures=0, pictures=2, records=0)),
        (timedelta(days=90), Purged(captures=0, pictures=0, records=1)),
    ]:
        assert stores.retention.purge(START + age - SECOND) == Purged(0, 0, 0)
        assert stores.retention.due(START + age) == expected
        assert stores.retention.purge(START + age) == expected
    assert stores.records.list(RecordFilter(), limit=1) == []


def test_a_shorter_time_applies_to_what_is_there(
    stores: Stores, key: Key, capture: Capture, open_again: Callable[[Keep], Stores]
) -> None:
    stores.captures.add(key.id, "1,a", capture)
    stores.records.add(make_record(key), {"image_best": b"x"})
    shorter = open_again(Keep(captures=timedelta(hours=1), pictures=timedelta(days=1), records=timedelta(days=2)))
    assert shorter.retention.due(START + timedelta(hours=1)) == Purged(1, 0, 0)
    assert shorter.retention.due(START + timedelta(days=1)) == Purged(1, 1, 0)
    nothing = open_again(replace(KEEP, records=timedelta(0)))
    assert nothing.retention.purge(START) == Purged(captures=0, pictures=1, records=1)


def test_a_large_purge_gives_space_back_and_lets_others_write(location: Path | str, stores: Stores, key: Key) -> None:
    count = 3 * BATCH_ROWS + 1
    for number in range(count):
        stores.records.add(make_record(key, number), {"image_best": bytes(20_000)})
    purge_at = START + timedelta(days=7, seconds=count)
    purged: list[Purged] = []
    purging = threading.Thread(target=lambda: purged.append(stores.retention.purge(purge_at)))
    purging.start()
    waits_s, number = [], count
    while purging.is_alive() and number < 10 * count:
        start = time.perf_counter()
        stores.records.add(make_record(key, number), {})
        waits_s.append(time.perf_counter() - start)
        number += 1
    purging.join(timeout=60)
    assert purged == [Purged(captures=0, pictures=count, records=0)]
    assert waits_s
    assert max(waits_s) < 5
    if isinstance(location, Path):
        space = stores.database.space()
        assert space is not None
        assert space.unused_bytes < 1_000_000
        stores.database.release_space()
        assert location.stat().st_size < 20_000 * count / 4
