"""Commands run as an operator would, on a data folder of their own."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from likeness.cli import app
from likeness.domain.records import Record
from likeness.storage.retention import Keep
from likeness.storage.stores import Stores, open_stores

PICTURES = {"image_best": b"\xff\xd8\xffbest", "image_ref1": b"\x89PNGref", "../evil": b"RIFF1234WEBP"}


@dataclass
class Installation:
    """A data folder, its stores, and the commands on it."""

    data_dir: Path
    stores: Stores

    def run(self, *args: str, status: int = 0) -> Result:
        result = CliRunner().invoke(app, [*args, "--data-dir", str(self.data_dir)])
        assert result.exit_code == status, result.output
        return result

    def json(self, *args: str) -> Any:  # noqa: ANN401 - whatever the command prints
        return json.loads(self.run(*args, "--json").stdout)


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    data_dir = tmp_path / "data"
    keep = Keep(captures=timedelta(hours=24), pictures=timedelta(days=7), records=timedelta(days=90))
    stores = open_stores(data_dir / "likeness.db", data_dir / "master.key", keep)
    yield Installation(data_dir, stores)
    stores.close()


@pytest.fixture
def add_record(installation: Installation) -> Callable[..., Record]:
    """Leaves a record of a verify, received `age` ago, with pictures."""

    def add(age: timedelta = timedelta(), **changes: Any) -> Record:  # noqa: ANN401 - any field
        number = len(installation.json("records", "list", "--limit", "1000"))
        record = Record(
            **{
                "request_id": f"1772366400,{number:08x}-ef75-4fb3-8a98-6299e5bf8c4b",
                "key_id": None,
                "call": "verify",
                "received_at": datetime.now(UTC) - age,
                "time_used_ms": 42,
                "status": 200,
                "outcome": "OK",
                **changes,
            }
        )
        installation.stores.records.add(record, PICTURES)
        return record

    return add
