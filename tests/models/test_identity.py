"""What a pack's scores depend on beside its files: changing that makes another pack of it, telling more does not."""

import json
import shutil
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from likeness.models import making, packs
from likeness.models.identity import PARAMETERS
from likeness.models.manifest import Converted, PackError

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def alter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Change], None]:
    """Changes the stages of a manifest in a copy of the package's packs."""
    shutil.copytree(str(resources.files("likeness") / "packs"), tmp_path / "likeness" / "packs")
    # Of this package only: others, like the one with httpx's certificates, look for their files once and for all.
    files = resources.files
    monkeypatch.setattr(resources, "files", lambda name: tmp_path / "likeness" if name == "likeness" else files(name))

    def change(name: str, how: Change) -> None:
        path = tmp_path / "likeness" / "packs" / name / "manifest.json"
        contents = json.loads(path.read_text())
        how(contents["stages"])
        path.write_text(json.dumps(contents))

    return change


def moved(parameters: dict[str, Any]) -> None:
    parameters["chip_points"][2][0] += 0.5


def exchanged(parts: dict[str, float]) -> None:
    parts["mobile"] = parts.pop("mobile")


@pytest.mark.parametrize(
    ("of", "how", "concerned"),
    [
        ("mobile", lambda it: moved(it["detector"]["parameters"]), {"mobile", "mobile+dlib"}),
        ("mobile", lambda it: it["detector"]["parameters"].update(least_score=0.6), {"mobile", "mobile+dlib"}),
        ("mobile", lambda it: it["detector"]["parameters"].update(box_width=1), {"mobile", "mobile+dlib"}),
        ("mobile", lambda it: it["embedder"].update(parameters={"scale": 2}), {"mobile", "mobile+dlib"}),
        ("mobile", lambda it: it["detector"]["parameters"]["derived"].update(pictures=1), set()),
        ("mobile+dlib", lambda it: it["embedder"]["parts"].update(default=3), {"mobile+dlib"}),
        ("mobile+dlib", lambda it: exchanged(it["embedder"]["parts"]), {"mobile+dlib"}),
        ("default", lambda it: it["landmarks"].update(parameters={"padding": 1}), {"default", "mobile+dlib"}),
    ],
)
def test_what_the_manifest_says_to_do_counts_with_the_files(
    of: str, how: Change, concerned: set[str], alter: Callable[[str, Change], None]
) -> None:
    before = {name: packs.load(name) for name in packs.names()}
    digests = {name: (pack.digests, pack.comparing_digests) for name, pack in before.items()}
    alter(of, how)
    changed = set()
    for name, (judging, comparing) in digests.items():
        pack = packs.load(name)
        assert (pack.digests != judging) == (pack.comparing_digests != comparing)
        if pack.digests != judging:
            changed.add(name)
            assert {PARAMETERS} == {it for it in pack.digests if pack.digests[it] != judging.get(it)}
            with pytest.raises(PackError, match=rf"made with other models \({PARAMETERS}\); run likeness calibrate"):
                packs.require_calibration(pack)
    assert changed == concerned


@pytest.mark.parametrize("name", ["mobile", "mobile+dlib"])
def test_a_second_opinion_judges_and_does_not_concern_a_comparison(
    name: str, alter: Callable[[str, Change], None]
) -> None:
    before = packs.load(name)
    judging, comparing = before.digests, before.comparing_digests
    own = {name for name in judging if name.endswith(".pth")}
    assert len(own) == 2
    assert not own & comparing.keys()
    alter("mobile", lambda it: it["second_opinion"]["parameters"].update(face_height=1.5))
    after = packs.load(name)
    assert {it for it in judging if after.digests[it] != judging[it]} == {PARAMETERS}
    assert after.comparing_digests == comparing
    packs.require_calibration(after)
    alter("mobile", lambda it: it["second_opinion"]["files"][0].update(sha256="0" * 64))
    assert packs.load(name).digests["2.7_80x80_MiniFASNetV2.pth"] == "0" * 64
    assert packs.load(name).comparing_digests == comparing


def test_a_pack_may_be_without_a_second_opinion(tmp_path: Path, alter: Callable[[str, Change], None]) -> None:
    alter("mobile", lambda it: it.pop("second_opinion"))
    assert packs.paths(packs.load("mobile"), tmp_path).second_opinion is None
    with pytest.raises(PackError, match="second_opinion from pack 'mobile', which has none of its own"):
        packs.files(packs.load("mobile+dlib"))


def test_how_screens_are_told_does_not_concern_a_comparison(alter: Callable[[str, Change], None]) -> None:
    before = packs.load("default")
    judging, comparing = before.digests, before.comparing_digests
    assert PARAMETERS not in judging
    alter("default", lambda it: it["genuineness"].update(parameters={"frames": 3}))
    after = packs.load("default")
    assert after.digests == judging | {PARAMETERS: after.digests[PARAMETERS]}
    assert after.comparing_digests == comparing


def test_two_files_of_one_name_are_refused(alter: Callable[[str, Change], None]) -> None:
    alter("mobile", lambda it: it["embedder"]["files"][0].update(name="embedder.onnx"))
    assert "embedder.onnx" in packs.load("mobile").digests
    with pytest.raises(PackError, match=r"'mobile\+dlib' uses two files named embedder\.onnx"):
        _ = packs.load("mobile+dlib").digests


def test_a_pack_is_named_as_its_folder(alter: Callable[[str, Change], None]) -> None:
    alter("mobile", lambda _: None)
    path = Path(str(resources.files("likeness"))) / "packs" / "mobile" / "manifest.json"
    path.write_text(path.read_text().replace('"name": "mobile"', '"name": "movable"'))
    with pytest.raises(PackError, match="model pack 'mobile' names another pack: 'movable'"):
        packs.load("mobile")


def test_what_nothing_converts_is_said(tmp_path: Path) -> None:
    used = packs.files(packs.load("default"))[0]
    assert isinstance(used.file.origin, Converted)
    with pytest.raises(PackError, match=r"detector\.onnx cannot be made: .* kind 'unheard-of'; known: dlib-max-margin"):
        making.make("unheard-of", used.file, used.file.origin, tmp_path / "detector.onnx")
