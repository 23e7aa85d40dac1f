from collections.abc import Callable
from datetime import timedelta

import pytest

from likeness.domain.records import Record
from tests.cli.conftest import Installation


def test_purge_removes_what_is_due_and_a_dry_run_only_counts_it(
    installation: Installation, add_record: Callable[..., Record]
) -> None:
    old, recent = add_record(timedelta(days=8)), add_record()
    due = {"captures": 0, "pictures": 3, "records": 0}
    assert installation.json("purge", "--dry-run") == {"dry_run": True, **due}
    assert installation.run("purge", "--dry-run").stdout == "Due: 0 captures, 3 pictures, 0 records.\n"
    assert installation.json("purge") == {"dry_run": False, **due}
    assert installation.run("purge").stdout == "Removed: 0 captures, 0 pictures, 0 records.\n"
    assert len(installation.stores.records.pictures(recent.request_id)) == 3
    assert installation.stores.records.get(old.request_id) == old


def test_settings_say_how_long_things_are_kept(
    installation: Installation, add_record: Callable[..., Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    record = add_record(timedelta(hours=2))
    monkeypatch.setenv("LIKENESS_KEEP_RECORDS_DAYS", str(1 / 24))
    assert installation.json("purge") == {"dry_run": False, "captures": 0, "pictures": 3, "records": 1}
    assert installation.stores.records.get(record.request_id) is None
