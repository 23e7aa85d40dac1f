import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from likeness.domain.records import Record
from tests.cli.conftest import PICTURES, Installation


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine five and a half hours east of Greenwich."""
    monkeypatch.setenv("TZ", "XST-05:30")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_show_tells_all_of_one_call(installation: Installation, add_record: Callable[..., Record]) -> None:
    key = installation.stores.keys.create("shop").key
    record = add_record(key_id=key.id, uuid="user-7", details={"scores": [0.5]}, response={"time_used": 42})
    shown = installation.json("records", "show", record.request_id)
    assert shown["request_id"] == record.request_id
    assert shown["api_key"] == key.api_key
    assert shown["received_at"] == record.received_at.isoformat()
    assert (shown["uuid"], shown["details"], shown["response"]) == ("user-7", {"scores": [0.5]}, {"time_used": 42})
    assert [picture["name"] for picture in shown["pictures"]] == list(PICTURES)
    printed = installation.run("records", "show", record.request_id).stdout
    for text in (record.request_id, key.api_key, "user-7", '"scores"', "image_ref1 (7 bytes)"):
        assert text in printed


def test_pictures_are_written_decrypted_private_and_inside_the_folder(
    installation: Installation, add_record: Callable[..., Record], tmp_path: Path
) -> None:
    record = add_record()
    folder = tmp_path / "evidence" / "one"
    shown = installation.json("records", "show", record.request_id, "--pictures", str(folder))
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert files == {
        "image_best.jpg": PICTURES["image_best"],
        "image_ref1.png": PICTURES["image_ref1"],
        "___evil.webp": PICTURES["../evil"],
    }
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert {picture["file"] for picture in shown["pictures"]} == {str(folder / name) for name in files}


def test_a_link_in_the_folder_of_pictures_is_replaced_not_followed(
    installation: Installation, add_record: Callable[..., Record], tmp_path: Path
) -> None:
    record, folder, elsewhere = add_record(), tmp_path / "evidence", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.write_bytes(b"somebody's")
    (folder / "image_best.jpg").symlink_to(elsewhere)
    (folder / "image_ref1.png").write_bytes(b"open to all")
    (folder / "image_ref1.png").chmod(0o644)
    installation.run("records", "show", record.request_id, "--pictures", str(folder))
    assert elsewhere.read_bytes() == b"somebody's"
    assert (folder / "image_best.jpg").read_bytes() == PICTURES["image_best"]
    assert {path.lstat().st_mode for path in folder.iterdir()} == {0o100600}


def test_an_unknown_call_is_said_to_be_unknown(installation: Installation) -> None:
    result = installation.run("records", "show", "1490012180,nosuch", status=1)
    assert "There is no record of 1490012180,nosuch" in result.stderr
    assert result.stdout == ""
    assert "no record" in installation.run("records", "list", "--before", "1,nosuch", status=1).stderr


def test_filters_reach_the_store(installation: Installation, add_record: Callable[..., Record]) -> None:
    key = installation.stores.keys.create("shop").key
    values = {
        "call": "validate_still",
        "outcome": "VIDEO_NO_AUDIO",
        "biz_no": "b-1",
        "uuid": "u-1",
        "procedure_validation": "VIDEO_FACE_INCONSISTENT",
        "face_genuineness": "SCREEN_REPLAY",
    }
    add_record()
    wanted = add_record(key_id=key.id, attacked=True, **values)
    options = [[f"--{name.replace('_', '-')}", value] for name, value in values.items()]
    for option in [*options, ["--key", key.api_key], ["--attacked"]]:
        listed = installation.json("records", "list", *option)
        assert [record["request_id"] for record in listed] == [wanted.request_id], option
    assert len(installation.json("records", "list", "--not-attacked")) == 1


def test_pages_follow_one_another(installation: Installation, add_record: Callable[..., Record]) -> None:
    made = [add_record(timedelta(minutes=-number)).request_id for number in range(5)]
    first = installation.json("records", "list", "--limit", "3")
    assert f"--before {made[2]}" in installation.run("records", "list", "--limit", "3").stdout
    second = installation.json("records", "list", "--limit", "3", "--before", first[-1]["request_id"])
    assert [record["request_id"] for record in first + second] == made[::-1]


@pytest.mark.usefixtures("elsewhere")
def test_times_without_a_zone_are_local_and_shown_with_their_offset(
    installation: Installation, add_record: Callable[..., Record]
) -> None:
    record = add_record()
    local = record.received_at.astimezone()
    before, after = local - timedelta(seconds=2), local + timedelta(seconds=2)
    for since, until, count in [
        (before.replace(tzinfo=None).isoformat(), after.replace(tzinfo=None).isoformat(), 1),
        (before.isoformat(), after.isoformat(), 1),
        (before.isoformat(), f"{record.received_at + timedelta(seconds=2):%Y-%m-%dT%H:%M:%SZ}", 1),
        (after.replace(tzinfo=None).isoformat(), "2999-01-01", 0),
        ("2000-01-01", before.replace(tzinfo=None).isoformat(), 0),
    ]:
        assert len(installation.json("records", "list", "--since", since, "--until", until)) == count
    assert f"{local:%Y-%m-%d %H:%M:%S} +05:30" in installation.run("records", "list").stdout


def test_what_is_no_time_is_refused(installation: Installation) -> None:
    assert "ISO 8601" in installation.run("records", "list", "--since", "yesterday", status=2).output


def test_a_line_is_never_cut_and_callers_cannot_paint_the_terminal(
    installation: Installation, add_record: Callable[..., Record]
) -> None:
    record = add_record(uuid="[red]u\x1b[2J", biz_no="[/]")
    printed = installation.run("records", "list").stdout
    assert record.request_id in printed
    assert "[red]u\\x1b[2J" in printed
    assert "\x1b" not in printed
    assert "\x1b" not in installation.run("records", "show", record.request_id).stdout
    assert json.loads(installation.run("records", "list", "--json").stdout)[0]["uuid"] == record.uuid
