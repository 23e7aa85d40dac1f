"""Which files an evaluation of genuineness looks at."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from likeness.domain.genuineness import VERDICTS
from likeness.domain.verdict import FaceGenuineness
from likeness.evaluation.attacks import ATTACKS, EXPECTED, OWN_KIND, Kind, Unit, attacks_in, passed_over_words
from likeness.evaluation.dataset import DatasetError


@pytest.fixture
def attacks(tmp_path: Path) -> Path:
    for name in (
        "live/Ann/1.JPG",
        "live/Ann/deep/2.mp4",
        "live/3.png",
        "live/.hidden/4.png",
        "live/.5.png",
        "replay/phone/6.webm",
        "replay/phone/notes.txt",
        "replay/phone/README",
        "replay/Thumbs.TXT",
        "spoof/7.jpg",
        ".cache/8.jpg",
        "9.jpg",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_kinds_sources_and_units_are_read_off_the_folders(attacks: Path) -> None:
    found = attacks_in(attacks)
    seen = [(str(it.path.relative_to(attacks)), it.kind, it.source, it.unit) for it in found.presentations]
    assert seen == [
        ("live/3.png", Kind.LIVE, ".", Unit.PICTURE),
        ("live/Ann/1.JPG", Kind.LIVE, "Ann", Unit.PICTURE),
        ("live/Ann/deep/2.mp4", Kind.LIVE, "Ann", Unit.CLIP),
        ("replay/phone/6.webm", Kind.REPLAY, "phone", Unit.CLIP),
    ]


def test_what_is_passed_over_is_named(attacks: Path) -> None:
    found = attacks_in(attacks)
    assert found.ignored == {".txt": 2, "without a suffix": 1}
    assert found.passed_over == ("spoof",)
    folders, files = passed_over_words(found)
    assert "spoof; those looked at are live, replay, print, mask, generated" in folders
    assert "2 .txt, 1 without a suffix" in files
    (attacks / "replay/phone/notes.txt").unlink()
    (attacks / "replay/phone/README").unlink()
    (attacks / "replay/Thumbs.TXT").unlink()
    (attacks / "spoof").rename(attacks / ".spoof")
    assert passed_over_words(attacks_in(attacks)) == []


def test_links_to_folders_are_followed_but_not_in_circles(attacks: Path) -> None:
    (attacks / "print").mkdir()
    (attacks / "print" / "paper").symlink_to(attacks / "live" / "Ann")
    (attacks / "live" / "Ann" / "deep" / "round").symlink_to(attacks / "live")
    found = attacks_in(attacks)
    assert sum(it.kind is Kind.LIVE for it in found.presentations) == 3
    printed = [(it.path.name, it.source) for it in found.presentations if it.kind is Kind.PRINT]
    assert printed[:2] == [("1.JPG", "paper"), ("2.mp4", "paper")]


def test_links_between_sibling_folders_are_not_followed_in_circles(tmp_path: Path) -> None:
    """Two folders that link to each other, and three: every file once, of the source in whose folder it lies."""
    for kind, names in (("live", "ab"), ("replay", "abc")):
        for name in names:
            (tmp_path / kind / name).mkdir(parents=True)
            (tmp_path / kind / name / f"{name}.jpg").touch()
            for other in set(names) - {name}:
                (tmp_path / kind / name / f"to{other}").symlink_to(tmp_path / kind / other)
    found = attacks_in(tmp_path).presentations
    assert [(it.kind, it.source, it.path.name) for it in found] == [
        *[("live", name, f"{name}.jpg") for name in "ab"],
        *[("replay", name, f"{name}.jpg") for name in "abc"],
    ]


def test_a_folder_elsewhere_counts_once_for_a_kind(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "1.jpg").touch()
    for link in ("live/ann", "live/bob", "print/paper"):
        (tmp_path / "set" / link).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "set" / link).symlink_to(elsewhere)
    found = attacks_in(tmp_path / "set").presentations
    assert [(it.kind, it.source) for it in found] == [("live", "ann"), ("print", "paper")]


def test_names_that_cannot_be_written_are_spelt(tmp_path: Path) -> None:
    """Not UTF-8, a terminal's escape, C1 controls as a character and as a byte: each is told, and all stay apart."""
    for name in (b"live/caf\xe9/1.jpg", b"live/caf\\xe9/2.jpg", b"live/\x1b[2J/3.j\x9b", b"spo\xc2\x9bof/4.jpg"):
        path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    found = attacks_in(tmp_path)
    assert {it.source: it.path.exists() for it in found.presentations} == {"caf\\xe9": True, "caf\\\\xe9": True}
    assert found.ignored == {".j\\x9b": 1}
    assert found.passed_over == ("spo\\xc2\\x9bof",)
    assert all(line.isprintable() for line in passed_over_words(found))


@pytest.mark.parametrize(
    ("folder", "told"),
    [
        ("nowhere", "there is no folder .*nowhere; name one that holds some of the folders live, replay, print"),
        ("9.jpg", "there is no folder"),
        ("spoof", "no pictures or clips in .*KIND being live, replay, print, mask, generated$"),
        ("replay", r"KIND being live.*; other folders are there: phone$"),
    ],
)
def test_a_folder_without_any_is_refused(attacks: Path, folder: str, told: str) -> None:
    with pytest.raises(DatasetError, match=told):
        attacks_in(attacks / folder)


def test_a_folder_that_may_not_be_read_is_named(attacks: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's refusal is raised here, as tests may run as root, whom it refuses nothing."""
    locked = attacks / "replay" / "phone"

    def refusing(real: Callable[..., Any]) -> Callable[..., Any]:
        def listing(folder: str | os.PathLike[str] = ".") -> Any:  # noqa: ANN401 - whatever the real one gives
            if Path(folder) == locked:
                raise PermissionError(errno.EACCES, "Permission denied", os.fspath(folder))
            return real(folder)

        return listing

    monkeypatch.setattr(os, "scandir", refusing(os.scandir))
    with pytest.raises(DatasetError) as told:
        attacks_in(attacks)
    assert str(told.value).startswith(f"{locked} cannot be read (Permission denied)")


def test_every_detector_has_a_kind_and_every_attack_a_verdict() -> None:
    assert OWN_KIND.keys() == VERDICTS.keys()
    assert tuple(EXPECTED) == ATTACKS
    assert all(EXPECTED[kind] is VERDICTS[detector] for detector, kind in OWN_KIND.items())
    assert FaceGenuineness.PASSED not in EXPECTED.values()
