import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from likeness.evaluation.dataset import DatasetError, Picture, faces_in, pairs_in, without_pictures


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Two people, with things beside their pictures that are none."""
    names = ["Ann/Ann_0002.jpg", "Ann/Ann_0001.jpg", "Bob/frontal/1.JPG", "Bob/profile/2.png", "Bob/notes.txt"]
    for name in [*names, ".hidden/1.jpg", "Ann/.thumb.jpg", "Ann/.cache/1.jpg", "stray.jpg", "Empty/readme"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_every_picture_at_any_depth_belongs_to_the_person_of_the_first_folder(people: Path) -> None:
    assert faces_in(people) == (
        Picture(people / "Ann/Ann_0001.jpg", "Ann"),
        Picture(people / "Ann/Ann_0002.jpg", "Ann"),
        Picture(people / "Bob/frontal/1.JPG", "Bob"),
        Picture(people / "Bob/profile/2.png", "Bob"),
    )


def test_a_pattern_chooses_under_each_person(people: Path) -> None:
    (people / "Ann/frontal").mkdir()
    (people / "Ann/frontal/7.webp").touch()
    assert [it.path.name for it in faces_in(people, "frontal/*")] == ["7.webp", "1.JPG"]


@pytest.mark.parametrize(
    ("folder", "pictures", "told"),
    [
        ("nowhere", "**/*", "there is no folder"),
        ("stray.jpg", "**/*", "there is no folder"),
        ("Empty", "**/*", "one folder per person"),
        (".", "*.gif", r"as <person>/\*.gif"),
        (".", "frontal/*", "of one person only"),
        (".", "../*/*", "--pictures must be a pattern within"),
        (".", "/etc/*", "--pictures must be a pattern within"),
        (".", "", "--pictures must be a pattern within"),
    ],
)
def test_what_cannot_be_evaluated_is_said(people: Path, folder: str, pictures: str, told: str) -> None:
    with pytest.raises(DatasetError, match=told):
        faces_in(people / folder, pictures)


@pytest.mark.parametrize("locked", [".", "Bob", "Bob/profile"])
def test_a_folder_that_may_not_be_read_is_named(people: Path, monkeypatch: pytest.MonkeyPatch, locked: str) -> None:
    """The system's refusal is raised here, as tests may run as root, whom it refuses nothing."""

    def refusing(real: Callable[..., Any]) -> Callable[..., Any]:
        def listing(folder: str | os.PathLike[str] = ".") -> Any:  # noqa: ANN401 - whatever the real one gives
            if Path(folder) == people / locked:
                raise PermissionError(errno.EACCES, "Permission denied", os.fspath(folder))
            return real(folder)

        return listing

    for name in ("scandir", "listdir"):
        monkeypatch.setattr(os, name, refusing(getattr(os, name)))
    with pytest.raises(DatasetError) as told:
        faces_in(people)
    assert str(told.value).startswith(f"{people / locked} cannot be read (Permission denied)")


def test_hidden_folders_need_not_be_readable(people: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    walked, real = [], os.scandir

    def noting(folder: str | os.PathLike[str] = ".") -> Any:  # noqa: ANN401 - whatever the real one gives
        walked.append(Path(folder).name)
        return real(folder)

    monkeypatch.setattr(os, "scandir", noting)
    monkeypatch.setattr("pathlib.Path.glob", lambda *_: iter([]))  # which passes over what it may not read
    with pytest.raises(DatasetError, match="no pictures"):
        faces_in(people)
    assert "profile" in walked
    assert ".cache" not in walked


def test_folders_without_a_picture_are_counted(people: Path) -> None:
    assert without_pictures(people, faces_in(people)) == 1
    (people / "Ann/frontal").mkdir()
    (people / "Ann/frontal/7.webp").touch()
    (people / "Cid").mkdir()
    assert without_pictures(people, faces_in(people, "frontal/*")) == 2


def lfw(people: Path, text: str) -> Path:
    for number in (1, 2):
        (people / "Bob" / f"Bob_{number:04d}.jpg").touch()
    file = people / "pairs.txt"
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    "text", ["1\nAnn\t1\t2\nAnn\t1\tBob\t2\n", "1  1\n\nAnn 1 2\nAnn 1 Bob 2", "\ufeff1\nAnn 1 2\r\nAnn 1 Bob 2\r\n"]
)
def test_lists_like_that_of_lfw(people: Path, text: str) -> None:
    genuine, impostor = pairs_in(lfw(people, text))
    assert genuine.same
    assert genuine.first == Picture(people / "Ann/Ann_0001.jpg", "Ann")
    assert genuine.second == Picture(people / "Ann/Ann_0002.jpg", "Ann")
    assert not impostor.same
    assert impostor.second == Picture(people / "Bob/Bob_0002.jpg", "Bob")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1 of .*: the first line is the number of folds"),
        ("Ann 1 2\n", "line 1 of .*: the first line is the number of folds"),
        ("1 1 1\n", "line 1 of .*: the first line is the number of folds"),
        ("2\nAnn 1 2\nAnn 1 Bob 2\n", "line 1 of .*: the first line announces 4 pairs, 2 follow"),
        ("1\nAnn 1 2\nAnn 1\n", "line 3 of .*: a line is `name n1 n2`"),
        ("1\nAnn 1 x\nAnn 1 Bob 2\n", "line 2 of .*: 'x' is not the number of a picture"),
        ("1\nAnn 1 2\nAnn 1 Bob 3\n", "line 3 of .*: there is no picture .*Bob_0003.jpg; name the folder"),
        ("1\nAnn 1 2\nAnn 1 ../Bob 2\n", "line 3 of .*: '../Bob' is not the name of a person"),
        ("1\nAnn 1 2\nBob 1 2\n", "has no pair of two people"),
        ("1\nAnn 1 Bob 1\nAnn 1 Bob 2\n", "has no pair of one person"),
    ],
)
def test_a_wrong_line_of_such_a_list_is_named(people: Path, text: str, told: str) -> None:
    with pytest.raises(DatasetError, match=told):
        pairs_in(lfw(people, text))


def test_a_list_in_csv(people: Path, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere" / "pairs.csv"
    file.parent.mkdir()
    file.write_text(
        "Same, second ,first,note\nyes,Ann/Ann_0002.jpg,Ann/Ann_0001.jpg,x\nFALSE,Bob/frontal/1.JPG,Ann/Ann_0001.jpg\n"
    )
    genuine, impostor = pairs_in(file, people)
    assert (genuine.same, impostor.same) == (True, False)
    assert genuine.first == Picture(people / "Ann/Ann_0001.jpg", "")
    assert impostor.second == Picture(people / "Bob/frontal/1.JPG", "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1 of .*: the first line must name the columns first, second, same"),
        ("first,second\n", "line 1 of .*: the first line must name the columns"),
        ("first,second,same\nAnn/Ann_0001.jpg,,1\n", "line 2 of .*: first and second must each name a picture"),
        ("first,second,same\nAnn/Ann_0001.jpg\n", "line 2 of .*: first and second must each name a picture"),
        (
            "first,second,same\nAnn/Ann_0001.jpg,Ann/Ann_0002.jpg,maybe\n",
            "line 2 of .*: same must be one of .*, not 'maybe'",
        ),
        ("first,second,same\n\nAnn/Ann_0001.jpg,none.jpg,1\n", "line 3 of .*: there is no picture .*none.jpg"),
        ('first,second,same\n"Ann/Ann_0001.jpg"x,b,1\n', "line 2 of .*: not CSV"),
        ("first,second,same\nAnn/Ann_0001.jpg,Ann/Ann_0002.jpg,1\n", "has no pair of two people"),
    ],
)
def test_a_wrong_line_of_csv_is_named(people: Path, text: str, told: str) -> None:
    file = people / "pairs.csv"
    file.write_text(text)
    with pytest.raises(DatasetError, match=told):
        pairs_in(file)


def test_a_list_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="cannot be read: No such file"):
        pairs_in(tmp_path / "none.txt")
    (tmp_path / "pairs.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DatasetError, match="not text in UTF-8"):
        pairs_in(tmp_path / "pairs.txt")
