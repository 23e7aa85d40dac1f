"""The documents say what the code does."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from likeness.cli import app
from likeness.models import packs
from likeness.settings import Settings
from likeness.wire.errors import TABLE

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")]
PAGES += sorted((ROOT / "docs").glob("*.md"))


def test_every_setting_is_in_the_table_with_its_default() -> None:
    page = (ROOT / "docs" / "operating.md").read_text()
    rows = dict(re.findall(r"^\| `LIKENESS_(\w+)` \| (.+?) \|", page, re.MULTILINE))
    assert set(rows) == {name.upper() for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        if field.default_factory is None and field.default is not None:
            assert rows[name.upper()] == f"`{field.default}`"


def test_every_log_line_named_is_logged() -> None:
    page = (ROOT / "docs" / "operating.md").read_text()
    source = "".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    logged = set(re.findall(r"\blog\.\w+\(\s*\"([^\"]+)\"", source))
    named = set(re.findall(r"log line `([^`]+)`", page))
    assert named
    assert named <= logged


def test_every_error_is_in_the_table() -> None:
    page = (ROOT / "docs" / "wire.md").read_text()
    rows = re.findall(r"^\| (\d{3}) \| `(.+?)(?::<field>)?` \|", page, re.MULTILINE)
    assert set(rows) == {(str(row.status), row.message) for row in TABLE.values()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist(page: Path) -> None:
    text = page.read_text()
    in_a_sentence = re.findall(r"`(likeness [a-z][^`]*)`", text)
    for line in [*re.findall(r"^    (likeness [a-z].*)$", text, re.MULTILINE), *in_a_sentence]:
        words = shlex.split(line, comments=True)[1:]
        path = [word for word in words[:2] if re.fullmatch("[a-z]+", word)]
        help_text = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
        assert help_text.exit_code == 0, line
        for option in re.findall(r"--[a-z-]+", line):
            assert option in help_text.output, f"{option} in: {line}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_modules_to_run_exist_and_take_the_options(page: Path) -> None:
    for name, options in re.findall(r"python -m ((?:training|benchmarks)[._a-z]*)([^`\n]*)", page.read_text()):
        module = ROOT.joinpath(*name.split("."))
        source = (module / "__main__.py" if module.is_dir() else module.with_suffix(".py")).read_text()
        for option in re.findall(r"--[a-z-]+", options):
            assert f'"{option}"' in source, f"{option} of {name}"


def test_every_command_of_training_is_named() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    commands = [path for path in (ROOT / "training").rglob("*.py") if '__name__ == "__main__"' in path.read_text()]
    assert commands
    for path in commands:
        parts = [part for part in path.relative_to(ROOT).with_suffix("").parts if part != "__main__"]
        assert re.search(rf"python -m {re.escape('.'.join(parts))}\b", page), path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_variables_exist(page: Path) -> None:
    known = {f"LIKENESS_{name.upper()}" for name in Settings.model_fields}
    for path in (ROOT / "tests").rglob("*.py"):
        known |= set(re.findall(r'"(LIKENESS_TEST_[A-Z]+)"', path.read_text()))
    assert set(re.findall(r"\bLIKENESS_[A-Z_]+", page.read_text())) <= known


def test_every_pack_is_in_the_table() -> None:
    page = (ROOT / "docs" / "operating.md").read_text()
    rows = re.findall(r"^\| `([a-z+]+)` \|.*$", page, re.MULTILINE)
    assert set(packs.names()) <= set(rows)


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        assert set(re.findall(r"`make ([a-z]+)`|^    make ([a-z]+)", page.read_text(), re.MULTILINE)) <= {
            pair for target in targets for pair in ((target, ""), ("", target))
        }
