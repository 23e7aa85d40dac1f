"""The documents say what the code does."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from likeness.cli import app
from likeness.settings import Settings
from likeness.wire.errors import TABLE

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md")]
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
    for line in re.findall(r"^    (likeness [a-z].*)$", page.read_text(), re.MULTILINE):
        words = line.split("#")[0].split()[1:]
        path = [word for word in words[:2] if re.fullmatch("[a-z]+", word)]
        help_text = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
        assert help_text.exit_code == 0, line
        for option in re.findall(r"--[a-z-]+", line):
            assert option in help_text.output, f"{option} in: {line}"


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        assert set(re.findall(r"`make ([a-z]+)`|^    make ([a-z]+)", page.read_text(), re.MULTILINE)) <= {
            pair for target in targets for pair in ((target, ""), ("", target))
        }
