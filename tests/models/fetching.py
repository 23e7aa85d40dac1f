"""What the tests of downloads share: contents, bounds, and what is said of a file that is not to be had."""

import hashlib
import random
from pathlib import Path

import pytest

from likeness.models.download import Patience, Wanted, fetch
from likeness.models.partial import DownloadError

CONTENT = random.Random(1).randbytes(50_000)  # noqa: S311 - any bytes
OTHER = random.Random(2).randbytes(50_000)  # noqa: S311
OLD = b"what lay there before"
HASTE = Patience(connect_s=2, read_s=0.3, file_s=20, attempts=4, pause_s=0.01)


def wanted(target: Path, *addresses: str | Path) -> Wanted:
    return Wanted(addresses, len(CONTENT), hashlib.sha256(CONTENT).hexdigest(), target)


def refused(file: Wanted, patience: Patience = HASTE) -> str:
    """What is said of a file that is not to be had; the old one must have stayed."""
    with pytest.raises(DownloadError) as told:
        fetch(file, patience)
    assert file.target.read_bytes() == OLD
    return str(told.value)
