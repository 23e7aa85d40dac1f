import base64
import fcntl
import json
import shutil
import stat
from pathlib import Path

import numpy as np
import pytest

from likeness.evaluation.dataset import Picture
from likeness.evaluation.kept import FILE_NAME, KeptFile, KeptFileError, Seen
from likeness.evaluation.observations import work_folder
from likeness.storage.crypto import KEY_BYTES, MasterKey

VECTOR = np.array([0.6, -0.8], np.float32)
KEY = MasterKey(bytes(range(KEY_BYTES)))
ROW = Seen("ok", VECTOR, (80.0, 12.5), 2, 640, 480, centred=True)


def fill(folder: Path) -> Path:
    with KeptFile(folder, KEY) as kept:
        kept.add(4, ROW)
        kept.add(0, Seen("NO_FACE", width_px=3, height_px=2))
    return folder / FILE_NAME


def test_what_is_kept_comes_back_and_is_its_owners_only(tmp_path: Path) -> None:
    file = fill(tmp_path / "evaluations" / "one")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.parent.parent.stat().st_mode) == 0o700
    with KeptFile(file.parent, KEY) as kept:
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
    [
        b"",
        b"[5,",
        b'[5,"AAAA"]',
        b"\0\0\0\n[6]\n",
        b'{"a": 1}\n',
        b'[5,"%%%"]\n',
        b'[5,null]\n[1e999,"AAAA"]\n',
        b'[5,"ok",null,[],0,0,0,false]\n',
        b"[" * 100_000,
    ],
)
def test_a_cut_or_damaged_tail_is_dropped_and_written_over(tmp_path: Path, tail: bytes) -> None:
    file = fill(tmp_path)
    sound = file.read_bytes()
    file.write_bytes(sound + tail)
    with KeptFile(tmp_path, KEY) as kept:
        assert sorted(kept.rows) == [0, 4]
        kept.add(7, ROW)
    with KeptFile(tmp_path, KEY) as kept:
        assert sorted(kept.rows) == [0, 4, 7]
    assert file.read_bytes().startswith(sound)


def test_two_runs_at_once_do_not_mix(tmp_path: Path) -> None:
    at_work = "another evaluation of the same pictures is at work"
    with KeptFile(tmp_path, KEY), pytest.raises(KeptFileError, match=at_work):
        KeptFile(tmp_path, KEY)
    with KeptFile(tmp_path, KEY):
        pass


def test_who_starts_afresh_drops_what_is_there_and_nothing_of_a_run_at_work(tmp_path: Path) -> None:
    file = fill(tmp_path / "one")
    with KeptFile(file.parent, KEY) as kept:
        with pytest.raises(KeptFileError, match="is at work"):
            KeptFile(file.parent, KEY, fresh=True)
        kept.add(7, ROW)
    with KeptFile(file.parent, KEY) as kept:
        assert sorted(kept.rows) == [0, 4, 7]
    with KeptFile(file.parent, KEY, fresh=True) as kept:
        assert kept.rows == {}
        kept.add(1, ROW)
    with KeptFile(file.parent, KEY) as kept:
        assert sorted(kept.rows) == [1]


def test_what_is_forgotten_while_another_run_waits_to_lock_it_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other run has opened the file, which is removed before it can lock it."""
    file = fill(tmp_path / "one")
    first, real = KeptFile(file.parent, KEY), fcntl.flock

    def after_the_first_has_ended(number: int, operation: int) -> None:
        monkeypatch.setattr(fcntl, "flock", real)
        with first:
            first.forget()
        real(number, operation)

    monkeypatch.setattr(fcntl, "flock", after_the_first_has_ended)
    with KeptFile(file.parent, KEY) as second:
        assert second.rows == {}
        second.add(3, ROW)
    with KeptFile(file.parent, KEY) as third:
        assert sorted(third.rows) == [3]
        third.forget()
        assert not file.parent.exists()


def test_nothing_lies_there_in_the_clear(tmp_path: Path) -> None:
    told = [json.loads(line) for line in fill(tmp_path).read_bytes().splitlines()]
    assert [place for place, _ in told] == [4, 0]
    for _, text in told:
        sealed = base64.b64decode(text)
        for clear in (VECTOR.tobytes(), base64.b64encode(VECTOR.tobytes()), b"ok", b"NO_FACE", b"640", b"12.5"):
            assert clear not in sealed


def test_with_another_master_key_all_is_unread(tmp_path: Path) -> None:
    fill(tmp_path)
    other = MasterKey(bytes(KEY_BYTES))
    with KeptFile(tmp_path, other) as kept:
        assert kept.rows == {}
        kept.add(4, ROW)
    with KeptFile(tmp_path, other) as kept:
        assert sorted(kept.rows) == [4]


def test_what_was_altered_or_moved_is_unread_and_the_rest_is_not(tmp_path: Path) -> None:
    file = fill(tmp_path / "one")
    four, none = file.read_bytes().splitlines(keepends=True)
    sealed = bytearray(base64.b64decode(json.loads(four)[1]))
    sealed[-20] ^= 1
    altered = json.dumps([4, base64.b64encode(sealed).decode()]).encode() + b"\n"
    for line in (altered, four.replace(b"[4,", b"[5,"), b"nonsense\n"):
        file.write_bytes(line + none)
        with KeptFile(file.parent, KEY) as kept:
            assert sorted(kept.rows) == [0]
            kept.add(4, ROW)
        with KeptFile(file.parent, KEY) as kept:
            assert sorted(kept.rows) == [0, 4]
    file.write_bytes(four + none)
    shutil.copytree(file.parent, tmp_path / "two")  # other pictures, or another pack
    with KeptFile(tmp_path / "two", KEY) as kept:
        assert kept.rows == {}


def test_what_is_asked_for_has_a_folder_of_its_own(tmp_path: Path) -> None:
    pictures = (Picture(tmp_path / "a.jpg", "A"),)
    folders = {
        work_folder(tmp_path, pack, {"model": digest}, some, landmark_spread=spread)
        for pack, digest, some, spread in (
            ("default", "1", pictures, True),
            ("default", "1", pictures, False),
            ("default", "2", pictures, False),
            ("mobile", "1", pictures, False),
            ("default", "1", pictures * 2, False),
        )
    }
    assert len(folders) == 5
