"""`likeness evaluate` on pictures of fifteen people of LFW, as an operator runs it."""

import json
import os
import resource
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from likeness.evaluation.kept import KeptFile
from likeness.models import packs
from likeness.settings import Settings
from likeness.storage.crypto import MasterKey
from tests.cli.commands import LIMIT_S, Commands

PEOPLE, EACH = 15, 4
EVIL = "<script>alert('x')<b>"


@pytest.fixture(scope="module")
def faces(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fifteen people with four pictures each; one has a name that is markup."""
    folder = tmp_path_factory.mktemp("faces")
    several = [it for it in sorted((data / "lfw").iterdir()) if len(list(it.iterdir())) >= EACH][:PEOPLE]
    for number, person in enumerate(several):
        (folder / (person.name if number else EVIL)).mkdir()
        for place, picture in enumerate(sorted(person.iterdir())[:EACH]):
            target = folder / (person.name if number else EVIL) / (picture.name if number else f"{place}.jpg")
            shutil.copy(picture, target)
    return folder


@pytest.fixture
def commands(settings: Settings, tmp_path: Path) -> Commands:
    return Commands("evaluate", settings.models_path, tmp_path / "data")


def concerned(found: dict[str, Any]) -> tuple[str, str]:
    """How many comparisons have a doubtful picture, in words."""
    doubtful = found["doubtful"]
    assert 0 <= doubtful["pictures"] < PEOPLE * EACH / 3
    return f"{doubtful['genuine']} comparisons of one person", f"{doubtful['impostors']:,} of strangers"


def test_a_folder_of_people(commands: Commands, faces: Path) -> None:
    found = commands.json("faces", str(faces))
    assert (found["data"]["pictures"], found["data"]["people"]) == (PEOPLE * EACH, PEOPLE)
    assert (found["data"]["genuine"], found["data"]["impostors"]) == (15 * 6, 15 * 14 // 2 * 16)
    assert found["acquisition"]["failures"] == {}
    assert found["acquisition"]["rate"]["high"] == pytest.approx(3.8416 / (60 + 3.8416), abs=1e-3)
    at = {(it["weighing"], it["nominal"]): it for it in found["at_thresholds"]}
    loose, strict = at["people", "1e-3"], at["people", "1e-6"]
    assert loose["fnmr"]["low"] <= loose["fnmr"]["value"] <= loose["fnmr"]["high"] < 0.3
    assert loose["fnmr"]["value"] < strict["fnmr"]["value"]
    assert not at["people", "1e-6"]["fmr"]["supported"]
    assert all(score > at["people", name]["score"] for name, score in found["doubtful"]["scores"].items())
    assert len(found["highest_impostors"]) == len(found["lowest_genuine"]) == 20
    assert {it["pictures"] for it in found["fused"]} == {2, 3}
    assert len(found["strata"]) % 3 == 0
    assert {it["third"] for it in found["strata"]} == {"best", "middle", "worst"}
    assert {"landmark_spread", "mirror_similarity"} <= {it["quality"] for it in found["strata"]}
    calibration = found["made"]["calibration"]
    assert (calibration["own"], calibration["same_data"]) == (False, False)
    assert commands.kept() == []


def test_its_report_and_what_is_kept_for_the_next_run(commands: Commands, faces: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    found = commands.json("faces", str(faces), "--report", str(report), "--keep-observations")
    shown = json.dumps(found["highest_impostors"] + found["lowest_genuine"])
    assert str(faces) not in shown
    page = report.read_text("utf-8")
    assert page.count("mirror similarity is below") == 2  # beside the thresholds, and where it says how it was measured
    assert all(page.count(it) == 2 for it in concerned(found))
    assert page.count("<svg") == 3
    assert EVIL in shown
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;b&gt;" in page
    for forbidden in ("<script", "<link", "<img", "<iframe", " src=", "@import", "url(http"):
        assert forbidden not in page
    # What was read is there for the next run, and goes with it.
    (kept,) = commands.kept()
    with KeptFile(kept.parent, MasterKey.load_or_create(commands.data_dir / "master.key")) as remembered:
        assert len(remembered.rows) == PEOPLE * EACH
    again, told = commands.run("faces", str(faces), "--no-paths", "--report", str(report))
    assert "templates" not in told
    assert "At the shipped thresholds (calibrated on LFW" in again
    assert all(it in " ".join(again.split()) for it in concerned(found))
    assert not kept.exists()
    for text in (again, report.read_text("utf-8").split("</table>", 1)[1]):
        assert "alert(" not in text
        assert ".jpg" not in text


def test_a_report_is_written_whole_or_not_at_all(commands: Commands, faces: Path, tmp_path: Path) -> None:
    """A limit on the size of files stands in for a full disk: the report is longer."""
    report = tmp_path / "report.html"
    report.write_text("an earlier one")
    commands.run("faces", str(faces), "--keep-observations")
    with commands.start("faces", str(faces), "--report", str(report)) as process:
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (10_000, 10_000))
        out, told = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 1
    assert out == ""
    assert f"{report} cannot be written: File too large" in told
    assert "Traceback" not in told
    assert report.read_text() == "an earlier one"
    assert [it.name for it in tmp_path.iterdir() if it.is_file()] == [report.name]
    assert len(commands.kept()) == 1  # nothing has to be read again


def test_a_damaged_picture_is_a_failure_to_acquire(commands: Commands, faces: Path, tmp_path: Path) -> None:
    folder = tmp_path / "faces"
    for person in sorted(faces.iterdir())[:4]:
        shutil.copytree(person, folder / person.name)
    whole = next(folder.rglob("*.jpg"))
    whole.write_bytes(whole.read_bytes()[:3000])
    (folder / "Wall").mkdir()
    (folder / "Wall" / "garbage.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    found = commands.json("faces", str(folder))
    assert found["acquisition"]["failures"] == {"IMAGE_FORMAT": 2}
    assert found["acquisition"]["rate"]["value"] == pytest.approx(2 / 17)
    assert found["data"]["pictures"] == 17
    assert found["data"]["genuine"] == 3 * 6 + 3
    assert commands.kept() == []


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_was_cut_short_goes_on_from_where_it_was(
    commands: Commands, faces: Path, ending: signal.Signals
) -> None:
    end_s = time.monotonic() + LIMIT_S
    with commands.start("faces", str(faces), "--json") as process:
        while not (commands.kept() and commands.kept()[0].read_bytes().count(b"\n") >= 8):
            assert process.poll() is None
            assert time.monotonic() < end_s
            time.sleep(0.01)
        process.send_signal(ending)
        _, told = process.communicate(timeout=LIMIT_S)
    if ending is signal.SIGINT:
        assert process.returncode == 130
        assert "Stopped. The same command goes on from here" in told
        assert "Traceback" not in told
    (file,) = commands.kept()
    read = file.read_bytes().count(b"\n")
    assert 8 <= read < PEOPLE * EACH
    with file.open("ab") as tail:
        tail.write(b'[59,"ok","AAA')  # as if it had been cut in the middle of a line
    out, told = commands.run("faces", str(faces), "--json", "--keep-observations")
    assert f"60 pictures read ({read} of them earlier)" in told
    assert str(file.parent) in told
    resumed, whole = json.loads(out), commands.json("faces", str(faces), "--fresh")
    for found in (resumed, whole):
        del found["made"]
    assert resumed == whole


def test_a_fresh_run_leaves_one_that_is_at_work_alone(commands: Commands, faces: Path) -> None:
    end_s = time.monotonic() + LIMIT_S
    with commands.start("faces", str(faces), "--json") as process:
        while not (commands.kept() and commands.kept()[0].read_bytes().count(b"\n") >= 2):
            assert process.poll() is None
            assert time.monotonic() < end_s
            time.sleep(0.01)
        process.send_signal(signal.SIGSTOP)
        read = commands.kept()[0].read_bytes()
        _, refusal = commands.run("faces", str(faces), "--fresh", status=1)
        assert "nother evaluation of the same pictures is at work" in refusal
        assert commands.kept()[0].read_bytes() == read
        process.send_signal(signal.SIGCONT)
        out, told = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0, told
    assert json.loads(out)["data"]["pictures"] == PEOPLE * EACH
    assert commands.kept() == []


def test_what_changed_is_read_again(commands: Commands, faces: Path, tmp_path: Path) -> None:
    folder = tmp_path / str(packs.require_calibration(packs.load("default"))["data_set"])
    for person in sorted(faces.iterdir())[:2]:
        shutil.copytree(person, folder / person.name)
    (folder / "Empty").mkdir()
    _, told = commands.run("faces", str(folder), "--keep-observations")
    assert "passed over: 1\n" in told
    assert "Warning: the shipped thresholds seem to be calibrated on these very pictures" in " ".join(told.split())
    os.utime(next(folder.rglob("*.jpg")), (1, 1))
    _, told = commands.run("faces", str(folder))
    assert "8 pictures read in" in told


def test_pairs_of_lfw_are_counted_by_people_and_those_of_csv_by_pictures(
    commands: Commands, faces: Path, tmp_path: Path
) -> None:
    names = sorted(it.name for it in faces.iterdir() if it.name != EVIL)[:6]
    lines = [f"{name}\t1\t{number}" for name in names for number in (2, 3)]
    lines += [
        f"{one}\t{number}\t{other}\t1"
        for one, other in zip(names, names[1:] + names[:1], strict=True)
        for number in (2, 4)
    ]
    listed = tmp_path / "pairs.txt"
    listed.write_text("\n".join([f"{len(names)}\t2", *lines]))
    found = commands.json("pairs", str(listed), "--pictures-dir", str(faces))
    assert (found["data"]["genuine"], found["data"]["impostors"], found["data"]["people"]) == (12, 12, 6)
    assert found["made"]["units"] == "people"
    assert {it["weighing"] for it in found["at_thresholds"]} == {"pairs"}
    assert found["fused"] == []
    rows = ["first,second,same"]
    rows += [f"{faces}/{name}/{name}_0001.jpg,{name}/{name}_000{number}.jpg,yes" for name in names for number in (2, 3)]
    rows += [
        f"{one}/{one}_000{number}.jpg,{other}/{other}_0001.jpg,0"
        for one, other in zip(names, names[1:] + names[:1], strict=True)
        for number in (2, 4)
    ]
    table = tmp_path / "pairs.csv"
    table.write_text("\n".join(rows))
    same = commands.json("pairs", str(table), "--pictures-dir", str(faces))
    assert same["made"]["units"] == "pictures"
    assert same["data"]["people"] == 0
    assert [it["fnmr"]["value"] for it in same["at_thresholds"]] == [
        it["fnmr"]["value"] for it in found["at_thresholds"]
    ]
    assert same["highest_impostors"] == found["highest_impostors"]
    out, _ = commands.run("pairs", str(table), "--pictures-dir", str(faces), "--report", str(tmp_path / "r.html"))
    assert "resamples of pictures" in out
    assert "The pairs of a list were compared" in (tmp_path / "r.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["faces", "nowhere"], "There is no folder nowhere"),
        (["faces", "{faces}", "--pictures", "frontal/*"], "No pictures in "),
        (["faces", "{faces}", "--pack", "nosuch"], "There is no model pack 'nosuch'"),
        (["faces", "{faces}", "--report", "/nowhere/report.html"], "there is no folder /nowhere"),
        (["faces", "{faces}", "--report", "/proc/report.html"], "no file can be made in /proc"),
        (["faces", "{faces}", "--report", "/dev/null"], "/dev/null is not a file"),
        (["pairs", "nowhere.txt"], "The list of pairs nowhere.txt cannot be read"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(commands: Commands, faces: Path, arguments: list[str], told: str) -> None:
    out, error = commands.run(*(it.format(faces=faces) for it in arguments), status=1)
    assert out == ""
    assert told in error
    assert len(error.splitlines()) == 1
