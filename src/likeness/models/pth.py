"""Reads the weights that PyTorch saved before version 1.6, without PyTorch, and can execute nothing.

Such a file is five pickles and then numbers: a magic number, a protocol version, facts of the machine that wrote it,
the state dict, the keys of its storages in order, and for each of those a count (int64) and as many little-endian
numbers (`torch.serialization._legacy_save`). A pickle is a program that may call anything, so the module `pickle` is
not used here: `_Machine` knows only the operations that a state dict of tensors is written with, holds no Python
function that a pickle could name, and refuses every other operation and name.
"""

import io
import math
import pickletools
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np

from likeness.domain.face import FloatArray

# What the first two pickles hold.
_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
# Bounds of what is read at all; the networks known here have 2 MB, 13,710 operations, 370 tensors of 4 dimensions.
_MOST_BYTES, _MOST_OPERATIONS, _MOST_TENSORS, _MOST_DIMENSIONS = 64 << 20, 200_000, 5_000, 8


class StateDictError(Exception):
    """The bytes are damaged, or something else than a state dict as PyTorch wrote it before version 1.6."""


class _Name(Enum):
    """What a pickle may name; stands for itself, and nothing is ever called."""

    ORDERED_DICT = "collections OrderedDict"
    TENSOR = "torch._utils _rebuild_tensor_v2"
    FLOATS = "torch FloatStorage"
    INTEGERS = "torch LongStorage"


_FLOAT = np.dtype("<f4")
_NUMBER_BYTES = {_Name.FLOATS: 4, _Name.INTEGERS: 8}


@dataclass(frozen=True, slots=True)
class _Storage:
    """Numbers that tensors are parts of: kind, key among the storages that follow, and how many."""

    kind: _Name
    key: str
    count: int


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A part of a storage, from number `offset` on, row by row."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]


def read_state_dict(data: bytes) -> dict[str, FloatArray]:
    """Read the tensors of a state dict, by name.

    Args:
        data: the whole file.

    Returns:
        Read-only arrays, float32, of at least one number each, all of them finite. Tensors of integers, which are
        counters of the training, are checked like the others and left out.

    Raises:
        StateDictError: the bytes are not such a file, are cut or go on behind its end, name, call or state anything
            else than tensors of float32 or int64, or are beyond this module's bounds.
    """
    if len(data) > _MOST_BYTES:
        msg = f"{len(data)} bytes, more than {_MOST_BYTES}"
        raise StateDictError(msg)
    stream = io.BytesIO(data)
    if _unpickled(stream) != _MAGIC:
        raise StateDictError("the file does not begin as PyTorch's before version 1.6")
    if _unpickled(stream) != _PROTOCOL:
        raise StateDictError("another version of the format")
    machine = _unpickled(stream)
    if not isinstance(machine, dict) or machine.get("little_endian") is not True:
        raise StateDictError("the numbers are not said to be little-endian")
    tensors = _named_tensors(_unpickled(stream))
    places = _places(data, stream, {it.storage.key: it.storage for it in tensors.values()})
    return {
        name: _numbers(data, places[it.storage.key], it)
        for name, it in tensors.items()
        if it.storage.kind is _Name.FLOATS
    }


def _named_tensors(unpickled: object) -> dict[str, _Tensor]:
    if not isinstance(unpickled, dict):
        raise StateDictError("not a dictionary of tensors")
    if len(unpickled) > _MOST_TENSORS:
        msg = f"more than {_MOST_TENSORS} tensors"
        raise StateDictError(msg)
    tensors: dict[str, _Tensor] = {}
    storages: dict[str, _Storage] = {}
    for name, it in unpickled.items():
        if not isinstance(it, _Tensor):
            msg = f"{name!r} is not a tensor"
            raise StateDictError(msg)
        if storages.setdefault(it.storage.key, it.storage) != it.storage:
            msg = f"storage {it.storage.key!r} is described in two ways"
            raise StateDictError(msg)
        tensors[name] = it
    return tensors


def _places(data: bytes, stream: io.BytesIO, storages: dict[str, _Storage]) -> dict[str, int]:
    """Where in the file the numbers of each storage begin."""
    keys = _unpickled(stream)
    if type(keys) is not list or {type(key) for key in keys} - {str} or sorted(keys) != sorted(storages):
        raise StateDictError("the storages that follow are not those of the tensors")
    places: dict[str, int] = {}
    position = stream.tell()
    for key in keys:
        storage = storages[key]
        begin = position + struct.calcsize("<q")
        end = begin + storage.count * _NUMBER_BYTES[storage.kind]
        if end > len(data):
            msg = f"the file ends inside storage {key!r}"
            raise StateDictError(msg)
        if struct.unpack_from("<q", data, position) != (storage.count,):
            msg = f"storage {key!r} is not as long as its tensors say"
            raise StateDictError(msg)
        places[key], position = begin, end
    if position != len(data):
        raise StateDictError("the file goes on behind its last storage")
    return places


def _numbers(data: bytes, place: int, tensor: _Tensor) -> FloatArray:
    start = place + tensor.offset * _FLOAT.itemsize
    numbers = np.frombuffer(data, _FLOAT, math.prod(tensor.shape), start).reshape(tensor.shape)
    if not np.isfinite(numbers).all():
        raise StateDictError("numbers that are infinite or none")
    return numbers


def _unpickled(stream: io.BytesIO) -> object:
    """What the next pickle of a file says, up to its end."""
    machine = _Machine()
    try:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(stream)):
            if count == _MOST_OPERATIONS:
                raise StateDictError("a pickle of too many operations")
            if opcode.name == "STOP":
                return machine.top()
            machine.do(opcode.name, argument)
    # The last is for names with odd escapes, where warnings are errors.
    except (IndexError, KeyError, ValueError, DeprecationWarning) as error:
        msg = f"a damaged pickle: {error}"
        raise StateDictError(msg) from error
    raise StateDictError("a pickle without an end")


@dataclass(slots=True)
class _Machine:
    """The stack of one pickle, the heights of it that were marked, and the values that were numbered for reuse.

    Nothing here follows a value into its depth, so it does not matter how deeply a pickle nests them.
    """

    stack: list[object] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    memo: dict[int, object] = field(default_factory=dict)

    def do(self, opcode: str, argument: Any) -> None:  # noqa: ANN401 - whatever pickletools parsed
        """Carry out one operation."""
        if opcode in _VALUES:
            self.stack.append(_VALUES[opcode](argument))
        elif opcode in _STEPS:
            _STEPS[opcode](self)
        elif opcode in ("BINPUT", "LONG_BINPUT"):
            self.memo[argument] = self.top()
        elif opcode in ("BINGET", "LONG_BINGET"):
            self.stack.append(self.memo[argument])
        elif opcode != "PROTO":
            msg = f"operation {opcode}, which no state dict needs"
            raise StateDictError(msg)

    def top(self) -> object:
        return self.stack[-1]

    def mark(self) -> None:
        self.marks.append(len(self.stack))

    def marked(self) -> list[object]:
        """Take what lies above the last mark."""
        height = self.marks.pop()
        taken = self.stack[height:]
        del self.stack[height:]
        return taken

    def join(self, values: list[object]) -> None:
        self.stack.append(tuple(values))

    def join_last(self, count: int) -> None:
        taken = self.stack[-count:]
        del self.stack[-count:]
        self.join(taken)

    def set_items(self, flat: list[object]) -> None:
        target = self.top()
        names = flat[::2]
        if type(target) is not dict or len(flat) % 2 or not all(type(name) is str for name in names):
            raise StateDictError("entries of something else than a dictionary by name")
        if len(target.keys() | set(names)) != len(target) + len(names):
            raise StateDictError("two entries of one name")
        target.update(zip(names, flat[1::2], strict=True))

    def append(self, values: list[object]) -> None:
        target = self.top()
        if type(target) is not list:
            raise StateDictError("items of something else than a list")
        target.extend(values)

    def reduce(self) -> None:
        """What in a common pickle calls a function; here it makes an empty dictionary or tells of a tensor."""
        arguments, called = self.stack.pop(), self.stack.pop()
        if called is _Name.ORDERED_DICT and arguments == ():
            self.stack.append({})
        elif called is _Name.TENSOR:
            self.stack.append(_tensor(arguments))
        else:
            raise StateDictError("a call of something else than a tensor or an empty dictionary")

    def build(self) -> None:
        """What in a common pickle sets attributes; PyTorch tells the versions of modules so, which nobody needs."""
        self.stack.pop()

    def load(self) -> None:
        self.stack.append(_storage(self.stack.pop()))


_VALUES: dict[str, Callable[[Any], object]] = {
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "LONG1", "BINUNICODE"), lambda argument: argument),
    "NONE": lambda _: None,
    "NEWTRUE": lambda _: True,
    "NEWFALSE": lambda _: False,
    "EMPTY_TUPLE": lambda _: (),
    "EMPTY_LIST": lambda _: [],
    "EMPTY_DICT": lambda _: {},
    "GLOBAL": _Name,  # a ValueError for any other name
}
"""Operations that put a value on the stack, made of their argument."""
_STEPS: dict[str, Callable[[_Machine], None]] = {
    "MARK": _Machine.mark,
    "TUPLE": lambda machine: machine.join(machine.marked()),
    "TUPLE1": lambda machine: machine.join_last(1),
    "TUPLE2": lambda machine: machine.join_last(2),
    "SETITEM": lambda machine: machine.set_items([*reversed((machine.stack.pop(), machine.stack.pop()))]),
    "SETITEMS": lambda machine: machine.set_items(machine.marked()),
    "APPEND": lambda machine: machine.append([machine.stack.pop()]),
    "APPENDS": lambda machine: machine.append(machine.marked()),
    "REDUCE": _Machine.reduce,
    "BUILD": _Machine.build,
    "BINPERSID": _Machine.load,
}
"""Operations that take their operands from the stack."""


def _storage(described: object) -> _Storage:
    """A storage by the tuple that stands for it: "storage", type, key, where it was, count, part of another."""
    match described:
        case ("storage", (_Name.FLOATS | _Name.INTEGERS) as kind, str(key), str(), int(count), None):
            return _Storage(kind, key, count)
    raise StateDictError("something else than a storage of float32 or int64")


def _tensor(arguments: object) -> _Tensor:
    """A tensor by the arguments of PyTorch's function: storage, offset, shape, strides, two that are for training."""
    match arguments:
        case (_Storage() as storage, int(offset), tuple(shape), tuple(strides), bool(), {**hooks}) if not hooks:
            pass
        case _:
            raise StateDictError("something else than a tensor")
    sizes = [size for size in shape if type(size) is int and size > 0]
    if len(sizes) != len(shape) or len(shape) > _MOST_DIMENSIONS:
        raise StateDictError("a tensor of an impossible shape")
    if strides != tuple(math.prod(sizes[place + 1 :]) for place in range(len(sizes))):
        raise StateDictError("a tensor whose numbers do not lie row by row")
    if not 0 <= offset <= storage.count - math.prod(sizes):
        raise StateDictError("a tensor beyond its storage")
    return _Tensor(storage, offset, tuple(sizes))
