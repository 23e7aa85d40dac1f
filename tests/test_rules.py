"""Rules of the architecture that no linter knows."""

import ast
import pickle
from importlib import import_module
from pathlib import Path

import pytest

from likeness.app import ENDPOINTS
from likeness.domain import errors
from likeness.wire.errors import TABLE, to_wire

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "likeness"
MODULES = sorted(SOURCE.rglob("*.py"))
PROJECT = sorted(path for name in ("src", "tests", "benchmarks", "training") for path in (ROOT / name).rglob("*.py"))


@pytest.mark.parametrize("message", [row.message for row in TABLE.values()])
def test_an_error_string_stands_once(message: str) -> None:
    holders = [path.name for path in MODULES if f'"{message}"' in path.read_text()]
    assert holders == ["errors.py"]


def test_an_endpoint_is_named_after_its_url() -> None:
    for endpoint in ENDPOINTS:
        module = import_module(f"likeness.endpoints.{endpoint.name}")
        assert module.ENDPOINT is endpoint
        assert Path(str(module.__file__)).read_text().count(f'"{endpoint.path}"') == 1


@pytest.mark.parametrize("path", PROJECT, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_and_functions_stay_short(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno + 1 <= 40, node.name


def all_errors() -> list[type[errors.LikenessError]]:
    found = [it for it in vars(errors).values() if isinstance(it, type) and issubclass(it, errors.LikenessError)]
    assert len(found) > 15
    return found


@pytest.mark.parametrize("kind", all_errors())
def test_errors_pickle_and_have_an_answer(kind: type[errors.LikenessError]) -> None:
    copy = pickle.loads(pickle.dumps(kind("image_ref1")))  # noqa: S301  our own bytes
    assert type(copy) is kind
    assert copy.field == "image_ref1"
    assert to_wire(copy).status in {400, 403, 404, 413, 500}
