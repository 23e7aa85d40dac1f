"""The reader of PyTorch's state dicts: what it reads, and that nothing else is read, run or believed."""

import os
import pickle
import struct
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from likeness.models import pth
from likeness.models.pth import StateDictError, read_state_dict

TENSORS_OF_FLOATS = {"2.7_80x80_MiniFASNetV2.pth": 284, "4_0_0_80x80_MiniFASNetV1SE.pth": 314}
FLOATS, INTEGERS = b"ctorch\nFloatStorage\n", b"ctorch\nLongStorage\n"
EMPTY = b"ccollections\nOrderedDict\n)R"
SIX = np.arange(6, dtype="<f4")


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def whole(value: int) -> bytes:
    return b"J" + struct.pack("<i", value)


def tupled(*parts: bytes) -> bytes:
    return b"(" + b"".join(parts) + b"t"


def storage(key: str = "a", count: int = 6, kind: bytes = FLOATS, last: bytes = b"N") -> bytes:
    return tupled(text("storage"), kind, text(key), text("cpu"), whole(count), last) + b"Q"


def tensor(
    of: bytes, offset: int = 0, shape: tuple[int, ...] = (2, 3), strides: tuple[int, ...] = (3, 1), hooks: bytes = EMPTY
) -> bytes:
    sides = (tupled(*map(whole, sizes)) for sizes in (shape, strides))
    return b"ctorch._utils\n_rebuild_tensor_v2\n" + tupled(of, whole(offset), *sides, b"\x89", hooks) + b"R"


def state(tensors: Mapping[str, bytes]) -> bytes:
    return EMPTY + b"(" + b"".join(text(name) + it for name, it in tensors.items()) + b"u"


def program(body: bytes) -> bytes:
    return b"\x80\x02" + body + b"."


def head(magic: object = 0x1950A86A20F9469CFC6C, version: object = 1001, *, little_endian: object = True) -> bytes:
    facts = {"protocol_version": version, "little_endian": little_endian, "type_sizes": {"short": 2}}
    return b"".join(pickle.dumps(it, 2) for it in (magic, version, facts))


def written(body: bytes, storages: Mapping[str, NDArray[np.generic]], begin: bytes | None = None) -> bytes:
    """A file as PyTorch wrote it before version 1.6, with any state dict."""
    begin = head() if begin is None else begin
    numbers = b"".join(struct.pack("<q", it.size) + it.tobytes() for it in storages.values())
    return begin + program(body) + pickle.dumps(list(storages), 2) + numbers


SOUND = written(state({"w": tensor(storage())}), {"a": SIX})


def test_tensors_are_parts_of_storages() -> None:
    shared = storage(count=6)
    read = read_state_dict(
        written(
            state({"whole": tensor(shared), "end": tensor(shared, 4, (2,), (1,)), "other": tensor(storage("b"))}),
            {"b": -SIX, "a": SIX},
        )
    )
    assert {name: it.tolist() for name, it in read.items()} == {
        "whole": [[0, 1, 2], [3, 4, 5]],
        "end": [4, 5],
        "other": [[0, -1, -2], [-3, -4, -5]],
    }
    assert {it.dtype for it in read.values()} == {np.dtype(np.float32)}


def test_integers_are_checked_and_left_out() -> None:
    counter = tensor(storage("n", 1, INTEGERS), shape=(), strides=())
    body = state({"w": tensor(storage()), "steps": counter})
    assert read_state_dict(written(body, {"a": SIX, "n": np.array([7], "<i8")})).keys() == {"w"}
    with pytest.raises(StateDictError, match="ends inside storage"):
        read_state_dict(written(body, {"a": SIX, "n": np.array([7], "<i4")}))


@pytest.mark.parametrize("name", TENSORS_OF_FLOATS)
def test_published_weights_are_read(name: str, published: Path) -> None:
    data = (published / name).read_bytes()
    read = read_state_dict(data)
    assert len(read) == TENSORS_OF_FLOATS[name]
    assert read["module.conv1.conv.weight"].shape == (32, 3, 3, 3)
    assert read["module.prob.weight"].shape == (3, 128)
    # Kept numbers fill the file but for its pickles and the counters.
    assert 4 * sum(it.size for it in read.values()) > 0.9 * len(data)


@pytest.mark.parametrize("name", TENSORS_OF_FLOATS)
def test_a_cut_file_is_said_to_be_damaged(name: str, published: Path) -> None:
    data = (published / name).read_bytes()
    for kept in (*range(0, 200, 7), *range(200, 100_000, 1999), *range(100_000, len(data), 99_991), len(data) - 1):
        with pytest.raises(StateDictError):
            read_state_dict(data[:kept])
    with pytest.raises(StateDictError, match="goes on behind"):
        read_state_dict(data + b"\0")


class Hostile:
    """Runs a command where it is unpickled as usual."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, (f"touch '{self.trace}'",)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_nothing_is_run(protocol: int, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    hostile = pickle.dumps(Hostile(trace), protocol)
    files = [
        hostile,
        written(b"", {}, begin=hostile),
        SOUND.replace(program(state({"w": tensor(storage())})), hostile),
        written(state({"w": hostile.removeprefix(b"\x80\x02")[:-1]}), {"a": SIX}),
    ]
    for data in files:
        with pytest.raises(StateDictError):
            read_state_dict(data)
    assert not trace.exists()
    pickle.loads(hostile)  # noqa: S301 - shows that it would have been run
    assert trace.exists()


@pytest.mark.parametrize(
    "name",
    [
        b"cos\nsystem\n",
        b"cbuiltins\neval\n",
        b"ctorch\nload\n",
        b"ctorch.storage\n_load_from_bytes\n",
        b"ccollections\nCounter\n",
        b"cposix\nsystem\n",
        b"\x8c\x02os\x8c\x06system\x93",  # STACK_GLOBAL
        b"(ios\nsystem\n",  # INST
        b"\x82\x01",  # EXT1
        b"ccollections\nOrderedDict\n)\x81",  # NEWOBJ
    ],
)
def test_other_names_and_operations_are_refused(name: bytes) -> None:
    for body in (name, state({"w": name}), name + tupled(text("true")) + b"R"):
        with pytest.raises(StateDictError):
            read_state_dict(written(body, {"a": SIX}))


WRONG = {
    "offset beyond": {"w": tensor(storage(), 1)},
    "offset before": {"w": tensor(storage(), -1)},
    "larger than its storage": {"w": tensor(storage(), 0, (7,), (1,))},
    "larger than any storage": {"w": tensor(storage(), 0, (2**30, 2**30, 2**30), (2**30, 2**30, 1))},
    "negative side": {"w": tensor(storage(), 0, (-2, -3), (-3, 1))},
    "no numbers": {"w": tensor(storage(), 0, (0, 3), (3, 1))},
    "overlapping rows": {"w": tensor(storage(), 0, (2, 3), (1, 1))},
    "repeated numbers": {"w": tensor(storage(), 0, (100_000, 3), (0, 1))},
    "column by column": {"w": tensor(storage(), 0, (2, 3), (1, 2))},
    "too few strides": {"w": tensor(storage(), 0, (2, 3), (1,))},
    "many dimensions": {"w": tensor(storage(), 0, (1,) * 9, (1,) * 9)},
    "forged count": {"w": tensor(storage(count=2**31 - 1))},
    "count of none": {"w": tensor(storage(count=0))},
    "negative count": {"w": tensor(storage(count=-6))},
    "two counts": {"w": tensor(storage()), "v": tensor(storage(count=5), 0, (5,), (1,))},
    "two types": {"w": tensor(storage()), "v": tensor(storage(kind=INTEGERS))},
    "view of a storage": {"w": tensor(storage(last=tupled(text("b"), whole(0), whole(6))))},
    "no storage": {"w": tensor(text("a"))},
    "hooks": {"w": tensor(storage(), hooks=EMPTY + text("hook") + whole(1) + b"s")},
    "unknown type": {"w": tensor(storage(kind=b"ctorch\nHalfStorage\n"))},
    "type that is no type": {"w": tensor(storage(kind=b"ccollections\nOrderedDict\n"))},
    "number for a tensor": {"w": whole(1)},
    "dictionary for a tensor": {"w": tensor(storage()), "v": EMPTY},
}


@pytest.mark.parametrize("what", WRONG)
def test_tensors_that_cannot_be_are_refused(what: str) -> None:
    with pytest.raises(StateDictError):
        read_state_dict(written(state(WRONG[what]), {"a": SIX}))


def test_other_files_are_refused() -> None:
    zipped = BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("archive/data.pkl", program(state({})))
    whole_file = [b"", b"\0" * 4096, b"\x89PNG\r\n", b"." * 10_000, zipped.getvalue(), pickle.dumps({"w": [0.5]}, 2)]
    for data in whole_file:
        with pytest.raises(StateDictError):
            read_state_dict(data)


SOUND_BODY = state({"w": tensor(storage())})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (written(SOUND_BODY, {"a": SIX}, head(magic=1)), "does not begin"),
        (written(SOUND_BODY, {"a": SIX}, head(version=1002)), "another version"),
        (written(SOUND_BODY, {"a": SIX}, head(little_endian=False)), "not said to be little-endian"),
        (written(SOUND_BODY, {"a": SIX}, head(little_endian=1)), "not said to be little-endian"),
        (written(state(WRONG["two types"]), {"a": SIX.astype("<i8")}), "described in two ways"),
        (written(SOUND_BODY, {"a": SIX, "b": SIX}), "not those of the tensors"),
        (written(SOUND_BODY, {"b": SIX}), "not those of the tensors"),
        (written(SOUND_BODY, {}), "not those of the tensors"),
        (written(SOUND_BODY, {"a": SIX[:5]}), "ends inside|not as long"),
        (written(SOUND_BODY, {"a": np.append(SIX, np.float32(1))}), "not as long"),
        (written(SOUND_BODY, {"a": np.full(6, np.inf, "<f4")}), "infinite"),
        (written(b"]", {}), "not a dictionary"),
        (written(b"}(" + whole(1) + whole(2) + b"u", {}), "by name"),
        (written(b"}(" + text("w") + b"u", {}), "by name"),
        (written(SOUND_BODY + text("w") + tensor(storage()) + b"s", {"a": SIX}), "two entries of one name"),
        (written(b"t", {}), "damaged pickle"),
        (written(b"ctor\\ch\nFloatStorage\n", {}), "damaged pickle"),
        (written(b"}h\x07", {}), "damaged pickle"),
        (written(b"X\xff\xff\xff\xff", {}), "damaged pickle"),
    ],
)
def test_what_does_not_fit_together_is_said(data: bytes, said: str) -> None:
    with pytest.raises(StateDictError, match=said):
        read_state_dict(data)


def test_endless_programs_are_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = b")" + b"\x85" * 150_000  # a tuple in a tuple in a tuple: what would follow it would overflow its stack
    for body in (deep, state({"w": deep}), EMPTY + deep + EMPTY + b"s"):
        with pytest.raises(StateDictError):
            read_state_dict(written(body, {}))
    with pytest.raises(StateDictError, match="too many operations"):
        read_state_dict(written(b"N" * 300_000, {}))
    many = state({str(number): tensor(storage()) for number in range(3)})
    assert len(read_state_dict(written(many, {"a": SIX}))) == 3
    monkeypatch.setattr(pth, "_MOST_TENSORS", 2)
    with pytest.raises(StateDictError, match="more than 2 tensors"):
        read_state_dict(written(many, {"a": SIX}))
    monkeypatch.setattr(pth, "_MOST_BYTES", len(SOUND) - 1)
    with pytest.raises(StateDictError, match="more than"):
        read_state_dict(SOUND)


def test_altered_bytes_are_refused_or_read() -> None:
    refused = 0
    for position in range(len(SOUND) - SIX.nbytes):
        for value in (0x00, 0x28, 0x51, 0x52, 0x75, 0xFF):
            try:
                read_state_dict(SOUND[:position] + bytes([value]) + SOUND[position + 1 :])
            except StateDictError:
                refused += 1
    assert refused > 1500
