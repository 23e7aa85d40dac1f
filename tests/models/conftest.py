"""A misbehaving mirror, and a file that it may replace."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.models.fetching import CONTENT, OLD, OTHER
from tests.models.mirror import Mirror, serving


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving({"a.onnx": CONTENT, "other.onnx": OTHER}) as made:
        yield made


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """The place of a file, where an older one lies."""
    path = tmp_path / "models" / "mobile" / "a.onnx"
    path.parent.mkdir(parents=True)
    path.write_bytes(OLD)
    return path


@pytest.fixture
def part(target: Path) -> Path:
    return target.with_name("a.onnx.part")
