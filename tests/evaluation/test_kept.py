import stat
from pathlib import Path

import numpy as np
import pytest

from likeness.evaluation.kept import FILE_NAME, KeptFile, KeptFileError, Seen

VECTOR = np.array([0.6, -0.8], np.float32)
ROW = Seen("ok", VECTOR, (80.0, 12.5), 2, 640, 480, centred=True)


def fill(folder: Path) -> Path:
    with KeptFile(folder) as kept:
        kept.add(4, ROW)
        kept.add(0, Seen("NO_FACE", width_px=3, height_px=2))
    return folder / FILE_NAME


def test_what_is_kept_comes_back_and_is_its_owners_only(tmp_path: Path) -> None:
    file = fill(tmp_path / "evaluations" / "one")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.parent.parent.stat().st_mode) == 0o700
    with KeptFile(file.parent) as kept:
        assert sorted(kept.rows) == [0, 4]
        row = kept.rows[4]
        assert row.vector is not None
        assert (row.vector == VECTOR).all()
        assert (row.outcome, row.quality, row.faces, row.width_px, row.height_px, row.centred) == (
            "ok",
            (80.0, 12.5),
            2,
            640,
            480,
            True,
        )
        assert kept.rows[0].vector is None


@pytest.mark.parametrize(
    "tail",
    [b"", b"[5,", b'[5,"ok",null,[],0,0,0,false]', b"\0\0\0\n[6]\n", b'{"a": 1}\n', b'[5,"ok","%%%",[],1,1,1,true]\n'],
)
def test_a_cut_or_damaged_tail_is_dropped_and_written_over(tmp_path: Path, tail: bytes) -> None:
    file = fill(tmp_path)
    sound = file.read_bytes()
    file.write_bytes(sound + tail)
    with KeptFile(tmp_path) as kept:
        assert sorted(kept.rows) == [0, 4]
        kept.add(7, ROW)
    with KeptFile(tmp_path) as kept:
        assert sorted(kept.rows) == [0, 4, 7]
    assert file.read_bytes().startswith(sound)


def test_two_runs_at_once_do_not_mix(tmp_path: Path) -> None:
    with KeptFile(tmp_path), pytest.raises(KeptFileError, match="another evaluation of the same pictures is at work"):
        KeptFile(tmp_path)
    with KeptFile(tmp_path):
        pass
