import multiprocessing
import os
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from likeness.storage.crypto import MasterKey, MasterKeyError, SealError


def _make_key(path: Path, barrier: Barrier, sealed_to: Path) -> None:
    barrier.wait(timeout=30)
    sealed_to.write_bytes(MasterKey.load_or_create(path).seal(b"clear", "captures", "1"))


@pytest.fixture
def master_key(tmp_path: Path) -> MasterKey:
    return MasterKey.load_or_create(tmp_path / "master.key")


def test_the_file_is_private_and_holds_32_bytes(tmp_path: Path) -> None:
    path = tmp_path / "data" / "master.key"
    MasterKey.load_or_create(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(path.read_bytes()) == 32
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_the_file_is_read_again(tmp_path: Path, master_key: MasterKey) -> None:
    sealed = master_key.seal(b"clear", "captures", "1")
    assert MasterKey.load_or_create(tmp_path / "master.key").open(sealed, "captures", "1") == b"clear"


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    count = 4
    barrier = spawn.Barrier(count)
    path = tmp_path / "master.key"
    results = [tmp_path / f"sealed{number}" for number in range(count)]
    processes = [spawn.Process(target=_make_key, args=(path, barrier, result)) for result in results]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)
        assert process.exitcode == 0
    master_key = MasterKey.load_or_create(path)
    assert [master_key.open(result.read_bytes(), "captures", "1") for result in results] == [b"clear"] * count
    assert sorted(tmp_path.iterdir()) == sorted([path, *results]), "drafts were left behind"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, master_key: MasterKey, mode: int) -> None:
    del master_key
    (tmp_path / "master.key").chmod(mode)
    with pytest.raises(MasterKeyError, match="chmod 600"):
        MasterKey.load_or_create(tmp_path / "master.key")


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_file_of_another_size_is_refused(tmp_path: Path, size: int) -> None:
    path = tmp_path / "master.key"
    os.close(os.open(path, os.O_CREAT, 0o600))
    path.write_bytes(bytes(size))
    with pytest.raises(MasterKeyError, match="32 bytes"):
        MasterKey.load_or_create(path)


def test_a_folder_in_its_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MasterKeyError, match="cannot be read"):
        MasterKey.load_or_create(tmp_path)


def test_any_altered_byte_is_refused(master_key: MasterKey) -> None:
    sealed = master_key.seal(b"clear", "captures", "1")
    for position in range(len(sealed)):
        altered = bytearray(sealed)
        altered[position] ^= 1
        with pytest.raises(SealError):
            master_key.open(bytes(altered), "captures", "1")
    for length in range(len(sealed)):
        with pytest.raises(SealError):
            master_key.open(sealed[:length], "captures", "1")


@pytest.mark.parametrize("row", [("pictures", "1"), ("captures", "2"), ("captures", "1", "x"), ("captures",)])
def test_another_row_is_refused(master_key: MasterKey, row: tuple[str, ...]) -> None:
    with pytest.raises(SealError, match="altered or moved"):
        master_key.open(master_key.seal(b"clear", "captures", "1"), *row)


def test_another_master_key_is_named_as_the_reason(tmp_path: Path, master_key: MasterKey) -> None:
    other = MasterKey.load_or_create(tmp_path / "other.key")
    with pytest.raises(SealError, match="another master key"):
        other.open(master_key.seal(b"clear", "captures", "1"), "captures", "1")


def test_the_same_bytes_never_seal_alike(master_key: MasterKey) -> None:
    assert len({master_key.seal(b"clear", "captures", "1") for _ in range(100)}) == 100
