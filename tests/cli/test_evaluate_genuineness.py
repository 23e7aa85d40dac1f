"""`likeness evaluate genuineness` on live people, replays and generated faces, as an operator runs it."""

import json
import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from likeness import samples
from likeness.domain.capture import ImageRequest
from likeness.domain.genuineness import Level, shipped_genuineness_thresholds
from likeness.engines.local import LocalEngine
from likeness.models import packs
from likeness.settings import Settings
from tests import material
from tests.cli.commands import LIMIT_S, Commands

EVIL = "<script>alert('x')<b>"
FILES = 5 + 3 * 3 + 2 + 2 + 3


@pytest.fixture(scope="module")
def attacks(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some of each kind that there is; one live person has a name that is markup."""
    folder = tmp_path_factory.mktemp("attacks")
    *people, stray = sorted((data / "london").iterdir())[:6]
    sources = sorted((data / "replay").iterdir())[:3]
    for number, person in enumerate(people):
        put(folder / "live" / (EVIL if number == 0 else person.name), person.glob("*.jpg"), 1)
    for source in sources:
        put(folder / "replay" / source.name, (source / "replay").iterdir(), 3)
    put(folder / "replay" / "wrong", stray.glob("*.jpg"), 2)  # live people, so that attacks pass
    put(folder / "generated", (data / "synthetic" / "gan").iterdir(), 2)
    put(folder / "live" / "clips", (data / "clips").glob("live_n.mp4"), 1)
    put(folder / "live" / "grid", (data / "grid" / "s1").glob("*.mpg"), 1)
    put(folder / "replay" / "clips", (data / "clips").glob("replay_n.mp4"), 1)
    return folder


def put(target: Path, files: Iterator[Path], count: int) -> None:
    target.mkdir(parents=True)
    for file in islice(sorted(files), count):
        shutil.copy(file, target)


@pytest.fixture
def commands(settings: Settings, tmp_path: Path) -> Commands:
    return Commands("evaluate", settings.models_path, tmp_path / "data")


@dataclass(frozen=True)
class Run:
    """A first run, which keeps its scores: what it printed and its report."""

    commands: Commands
    found: Any
    page: str


@pytest.fixture(scope="module")
def ran(settings: Settings, attacks: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("ran")
    commands = Commands("evaluate", settings.models_path, folder / "data")
    report = folder / "report.html"
    found = commands.json("genuineness", str(attacks), "--report", str(report), "--keep-observations")
    return Run(commands, found, report.read_text("utf-8"))


def test_what_is_found(ran: Run) -> None:
    found = ran.found
    files = {(it["unit"], it["kind"]): it for it in found["files"]}
    assert {key: (it["files"], it["sources"]) for key, it in files.items()} == {
        ("clip", "live"): (2, 2),
        ("clip", "replay"): (1, 1),
        ("picture", "live"): (5, 5),
        ("picture", "replay"): (11, 4),
        ("picture", "generated"): (2, 1),
    }
    for it in files.values():
        assert it["judged"] + sum(it["refused"].values()) == it["files"]
        assert it["damaged"] == {}
    assert (found["ignored"], found["passed_over"]) == ({}, [])
    at = {(it["unit"], it["kind"], it["level"]): it for it in found["at_levels"]}
    assert len(at) == 5 * len(Level)
    by_kind = [[at[unit, kind, level]["error"]["errors"] for level in Level] for unit, kind in files]
    assert all(
        errors == sorted(errors, reverse=kind != "live") for errors, (_, kind) in zip(by_kind, files, strict=True)
    )
    assert at["picture", "live", "normal"]["error"]["interval"] == "sources"
    assert at["picture", "replay", "normal"]["error"]["interval"] == "presentations"
    assert sum(at["picture", "replay", "normal"]["verdicts"].values()) == files["picture", "replay"]["judged"]
    detectors = {(it["unit"], it["detector"]): it for it in found["detectors"]}
    assert set(found["made"]["thresholds"]) == {name for _, name in detectors}
    assert 0 <= detectors["clip", "screen"]["frame_auc"]["replay"] <= 1
    assert set(detectors["picture", "screen"]["auc"]) == {"replay", "generated"}
    wrong = [it for it in found["errors"] if it["unit"] == "picture" and it["kind"] == "replay"]
    assert len(wrong) == at["picture", "replay", "normal"]["error"]["errors"]


async def test_the_verdicts_are_those_of_the_engine(ran: Run, attacks: Path, settings: Settings) -> None:
    paths = packs.paths(packs.load(settings.pack), settings.models_path)
    engine = LocalEngine(paths, workers=1, queue_limit=2, deadline_s=20, memory_mb=2048)
    given: dict[str, Counter[str]] = {"picture": Counter(), "clip": Counter()}
    limits = shipped_genuineness_thresholds()
    await engine.start()
    try:
        for path in (attacks / "replay").rglob("*.*"):
            if path.suffix == ".mp4":
                clip = await engine.observe_clip(path.read_bytes())
                given["clip"][limits.judge(clip.genuineness, Level.NORMAL)[0]] += 1
                continue
            picture = await engine.observe_image(path.read_bytes(), ImageRequest(genuineness=True))
            if picture.faces:
                given["picture"][limits.judge(picture.genuineness, Level.NORMAL)[0]] += 1
    finally:
        await engine.close(0)
    at_levels = ran.found["at_levels"]
    told = {it["unit"]: it["verdicts"] for it in at_levels if (it["kind"], it["level"]) == ("replay", "normal")}
    assert told == given


def test_its_report_shows_a_face_only_when_asked(ran: Run, attacks: Path, tmp_path: Path) -> None:
    listed = [*ran.found["errors"], *ran.found["not_judged"]]
    assert str(attacks) not in json.dumps(listed)
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;b&gt;" in ran.page
    assert all(it["path"].rsplit("/", 1)[-1] in ran.page for it in listed)
    for forbidden in ("<script", "<link", "<img", "<iframe", " src=", "@import", "url(http", "data:image"):
        assert forbidden not in ran.page
    assert len(ran.commands.kept()) == 1
    report = tmp_path / "report.html"
    arguments = ("--level", "relaxed", "--no-paths", "--show", "--report", str(report))
    out, told = ran.commands.run("genuineness", str(attacks), *arguments)
    assert "files read" not in told  # again
    assert "It shows faces" in out
    page = report.read_text("utf-8")
    errors = sum(it["error"]["errors"] for it in ran.found["at_levels"] if it["level"] == "relaxed")
    assert page.count('<img src="data:image/jpeg;base64,/9j/') == errors > 0
    for text in (out, told, page.split("<h2>How it was measured", 1)[0]):
        assert ".jpg" not in text
        assert ".mp4" not in text
    assert ran.commands.kept() == []


@pytest.fixture
def odd_files(attacks: Path, tmp_path: Path) -> Path:
    """A folder of files that are refused, damaged or passed over, and two clips that are judged."""
    folder = tmp_path / "attacks"
    for name, data in {
        "live/a/cut.jpg": next((attacks / "live").rglob("*.jpg")).read_bytes()[:3000],
        "live/a/wide.png": material.wide_png(),
        "live/a/wall.jpg": material.no_face(),
        "live/a/long.mp4": material.long_clip(),
        "live/a/garbage.webm": bytes(5000),
        "live/a/empty.mov": b"",
        "replay/crowd.mp4": material.crowded_clip(),
        "replay/blurred.mp4": material.blurred_clip(),
        "replay/faceless.mp4": material.faceless_clip(),
        "replay/swapped.mp4": material.swapped_clip(),
        "print/longest.mp4": tiny_clip(8_000),
        "print/longer.mp4": tiny_clip(8_001),
        "replay/sound.mp4": material.clip(),
        "replay/huge.mp4": bytes(20 * 1024 * 1024 + 1),
        "replay/notes.txt": b"",
        "repaly/1.jpg": b"",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def test_what_is_no_presentation_is_counted_by_its_error(commands: Commands, odd_files: Path) -> None:
    out, told = commands.run("genuineness", str(odd_files), "--json")
    found = json.loads(out)
    files = {(it["unit"], it["kind"]): it for it in found["files"]}
    assert files["picture", "live"]["refused"] == {"NO_FACE": 1}
    assert files["picture", "live"]["damaged"] == {"IMAGE_FORMAT": 1, "IMAGE_SIZE": 1}
    assert files["clip", "live"]["damaged"] == {"VIDEO_FORMAT": 2}
    assert files["clip", "live"]["judged"] == 1  # longer than a call may bring
    replay = files["clip", "replay"]
    reasons = ("FACE_INCONSISTENT", "FACE_IN_FEW_FRAMES", "LOW_FACE_QUALITY", "SEVERAL_PEOPLE")
    assert replay["refused"] == dict.fromkeys(reasons, 1)
    assert (replay["judged"], replay["damaged"]) == (1, {"TOO_LARGE": 1})
    printed = files["clip", "print"]
    assert (printed["refused"], printed["damaged"]) == ({"FACE_IN_FEW_FRAMES": 1}, {"VIDEO_FORMAT": 1})
    (strict,) = [
        it for it in found["at_levels"] if (it["kind"], it["level"], it["unit"]) == ("replay", "normal", "clip")
    ]
    assert strict["error"]["of"] == 1
    assert strict["not_accepted"]["of"] == 5
    assert strict["not_accepted"]["errors"] == 5 - strict["error"]["errors"]
    assert "passed over: repaly; those looked at are live, replay" in " ".join(told.split())
    assert found["ignored"] == {".txt": 1}
    # Neither the engine's log lines nor the bar name a file.
    assert all(name not in told for name in ("garbage", "cut.jpg", "crowd"))


def tiny_clip(frames: int) -> bytes:
    """So many grey frames, which show nobody."""
    return samples.encode_clip([np.full((16, 16, 3), 128, np.uint8)] * frames)


def test_names_that_are_no_utf8_are_told_and_shown(commands: Commands, attacks: Path, tmp_path: Path) -> None:
    folder, report = tmp_path / os.fsdecode(b"set\xe8"), tmp_path / "report.html"
    source = folder / "replay" / os.fsdecode(b"caf\xe9\x1b[2J")
    put(source, (attacks / "replay" / "wrong").iterdir(), 2)  # live people, so that attacks pass
    (folder / "\x1b[31m").mkdir()
    arguments = (str(folder), "--level", "relaxed", "--show", "--report", str(report), "--json")
    out, told = commands.run("genuineness", *arguments)
    found = json.loads(out)
    assert {it["source"] for it in found["by_source"]} == {"caf\\xe9\\x1b[2J"}
    assert found["made"]["source"].endswith("/set\\xe8")
    assert found["passed_over"] == ["\\x1b[31m"]
    assert "\\x1b[31m; those looked at are" in " ".join(told.split())
    page = report.read_text("utf-8")
    assert page.count("<img") == len(found["errors"]) > 0
    assert "\x1b" not in out + page


def test_a_run_that_was_cut_short_goes_on_from_where_it_was(commands: Commands, attacks: Path) -> None:
    """Twice: killed, and stopped by who had started it again."""
    killed, _ = cut_short(commands, attacks, 2, signal.SIGKILL)
    stopped, told = cut_short(commands, attacks, killed + 2, signal.SIGINT)
    assert "Stopped. The same command goes on from here" in told
    out, told = commands.run("genuineness", str(attacks), "--json")
    assert f"{FILES} files read ({stopped} of them earlier)" in told
    assert sum(it["files"] for it in json.loads(out)["files"]) == FILES
    assert commands.kept() == []


def cut_short(commands: Commands, attacks: Path, rows: int, ending: signal.Signals) -> tuple[int, str]:
    """End a run once so many files are read; how many it has read, and what it told."""
    end_s = time.monotonic() + LIMIT_S
    with commands.start("genuineness", str(attacks), "--json") as process:
        while not (commands.kept() and commands.kept()[0].read_bytes().count(b"\n") >= rows):
            assert process.poll() is None
            assert time.monotonic() < end_s
            time.sleep(0.01)
        process.send_signal(ending)
        _, told = process.communicate(timeout=LIMIT_S)
    assert process.returncode == (130 if ending is signal.SIGINT else -ending)
    assert "Traceback" not in told
    (file,) = commands.kept()
    read = file.read_bytes().count(b"\n")
    assert rows <= read < FILES
    return read, told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["genuineness", "nowhere"], "There is no folder nowhere; name one that holds some of the folders live"),
        (["genuineness", "{attacks}/replay"], "No pictures or clips in "),
        (["genuineness", "{attacks}", "--show"], "--show puts pictures into a report: name one with --report"),
        (["genuineness", "{attacks}", "--pack", "nosuch"], "There is no model pack 'nosuch'"),
        (["genuineness", "{attacks}", "--report", "/nowhere/report.html"], "there is no folder /nowhere"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    commands: Commands, attacks: Path, arguments: list[str], told: str
) -> None:
    out, error = commands.run(*(it.format(attacks=attacks) for it in arguments), status=1)
    assert out == ""
    assert told in error
    assert len(error.splitlines()) == 1
