"""Small pictures of files, made in processes of their own."""

import time
from pathlib import Path

from likeness import samples
from likeness.evaluation.attacks import Unit
from likeness.evaluation.thumbnails import BYTES_MAX, thumbnails
from likeness.pipeline.thumbnail import SIDE_PX
from tests import material


def test_pictures_and_clips_become_small_jpegs_and_damaged_files_nothing(tmp_path: Path) -> None:
    files = {
        "picture.jpg": samples.reference(),
        "clip.mp4": material.clip(),
        "cut.jpg": samples.reference()[:3000],
        "wide.png": material.wide_png(),
        "garbage.webm": bytes(5000),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    asked = [(tmp_path / name, Unit.CLIP if name in {"clip.mp4", "garbage.webm"} else Unit.PICTURE) for name in files]
    made = thumbnails([*asked, (tmp_path / "none.jpg", Unit.PICTURE)], at_once=2, deadline_s=30)
    picture, clip, *others = made
    assert others == [None] * 4
    assert picture is not None
    assert clip is not None
    assert material.decode(picture).shape == (SIDE_PX, SIDE_PX, 3)
    assert material.decode(clip).shape == (SIDE_PX * 3 // 4, SIDE_PX, 3)
    assert max(len(picture), len(clip)) < BYTES_MAX / 5


def test_one_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(material.clip())
    begun_s = time.monotonic()
    assert thumbnails([(tmp_path / "clip.mp4", Unit.CLIP)], at_once=1, deadline_s=0.01) == [None]
    assert time.monotonic() - begun_s < 5
