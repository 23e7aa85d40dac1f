"""Reader of dlib's serialised networks and shape predictors, in pure Python.

Only what the three files of the default pack contain is understood. Every count is checked against the bytes that
are there before anything of that size is allocated, so a damaged file ends in `WeightsFormatError`, not in a crash.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

# dlib/float_details.h: exponents that stand for what a mantissa cannot say.
_SPECIAL_FLOATS = {32000: float("inf"), 32001: float("-inf"), 32002: float("nan")}
# dlib/serialize.h: bit 7 of the control byte is the sign, the low four bits count the bytes that follow.
_SIGN_BIT, _COUNT_BITS, _MOST_INT_BYTES = 0x80, 0x0F, 8
# Longest layer name in the files is `input_rgb_image_pyramid`; longer ones are damage.
_LONGEST_NAME = 64
_TENSOR_VERSION, _ALIAS_VERSION = 2, 1
# Versions of a layer that has parameters or an effect, of the innermost one, and of a tag or skip, which has neither.
_LAYER_VERSION, _INNERMOST_VERSION, _TAG_VERSION = 2, 3, 1
# No network in the files is this deep.
_MOST_LAYERS = 1000


class WeightsFormatError(Exception):
    """The weight file is damaged or not of the expected kind."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a network.

    name: dlib's tag of the layer type, such as `con_4`. tensors: its arrays, each (n, k, rows, columns), float32.
    numbers: its integers and floats in file order.
    """

    name: str
    tensors: tuple[FloatArray, ...] = ()
    numbers: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Network:
    """A network: its layers with parameters or effects, innermost (next to the input) first.

    mean_rgb: the colour that is taken off the input, 0-255 scale. loss_numbers: settings of the loss, in file order.
    """

    mean_rgb: tuple[float, float, float]
    loss_numbers: tuple[float, ...]
    layers: tuple[Layer, ...]


@dataclass(frozen=True, slots=True)
class Cascade:
    """One stage of a shape predictor: `trees` regression trees of `splits` decisions each.

    first, second: (trees, splits) int64, feature pixels compared. threshold: (trees, splits) float32.
    leaves: (trees, splits + 1, 2 * points) float32, what each leaf adds to the shape.
    anchors: (features,) int64, the landmark a feature pixel hangs on. deltas: (features, 2) float32, its offset.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    threshold: FloatArray
    leaves: FloatArray
    anchors: NDArray[np.int64]
    deltas: FloatArray


@dataclass(frozen=True, slots=True)
class ShapePredictor:
    """A cascade of regression trees; `initial_shape` is (2 * points,) float32, x and y by turns, in box units."""

    initial_shape: FloatArray
    cascades: tuple[Cascade, ...]


@dataclass(slots=True)
class _Reader:
    data: bytes
    position: int = field(default=0)

    def take(self, count: int) -> bytes:
        if count < 0 or self.position + count > len(self.data):
            msg = f"the file ends early: {count} bytes wanted at {self.position} of {len(self.data)}"
            raise WeightsFormatError(msg)
        piece = self.data[self.position : self.position + count]
        self.position += count
        return piece

    def integer(self) -> int:
        control = self.take(1)[0]
        count = control & _COUNT_BITS
        if not 1 <= count <= _MOST_INT_BYTES:
            msg = f"not an integer at {self.position - 1}"
            raise WeightsFormatError(msg)
        value = int.from_bytes(self.take(count), "little")
        return -value if control & _SIGN_BIT else value

    def count(self) -> int:
        """A number of items, each of which takes at least one byte of what is left."""
        value = self.integer()
        if not 0 <= value <= len(self.data) - self.position:
            msg = f"an impossible count of {value} at {self.position}"
            raise WeightsFormatError(msg)
        return value

    def real(self) -> float:
        mantissa, exponent = self.integer(), self.integer()
        if exponent in _SPECIAL_FLOATS:
            return _SPECIAL_FLOATS[exponent]
        if abs(exponent) > max(_SPECIAL_FLOATS):
            msg = f"not a float at {self.position}"
            raise WeightsFormatError(msg)
        try:
            return math.ldexp(mantissa, exponent)
        except OverflowError as error:
            raise WeightsFormatError(str(error)) from error

    def name(self) -> str:
        length = self.integer()
        if not 0 < length <= _LONGEST_NAME:
            msg = f"not a layer name at {self.position}"
            raise WeightsFormatError(msg)
        try:
            return self.take(length).decode("ascii")
        except UnicodeDecodeError as error:
            raise WeightsFormatError(str(error)) from error

    def flag(self) -> bool:
        value = self.take(1)
        if value not in (b"0", b"1"):
            msg = f"not a flag at {self.position - 1}"
            raise WeightsFormatError(msg)
        return value == b"1"

    def expect(self, wanted: int, what: str) -> None:
        value = self.integer()
        if value != wanted:
            msg = f"{what} is {value} at {self.position}, not {wanted}"
            raise WeightsFormatError(msg)

    def tensor(self) -> FloatArray:
        self.expect(_TENSOR_VERSION, "the version of a tensor")
        shape = tuple(self.count() for _ in range(4))
        size = shape[0] * shape[1] * shape[2] * shape[3]
        return np.frombuffer(self.take(4 * size), dtype="<f4").reshape(shape)

    def alias(self) -> None:
        self.expect(_ALIAS_VERSION, "the version of an alias")
        for _ in range(4):
            self.integer()

    def matrix(self) -> FloatArray:
        """A float matrix of a shape predictor, flattened; its rows and columns are stored negative."""
        rows, columns = -self.integer(), -self.integer()
        if not (rows >= 0 and columns >= 0 and rows * columns <= len(self.data) - self.position):
            msg = f"an impossible matrix of {rows} by {columns} at {self.position}"
            raise WeightsFormatError(msg)
        return np.array([self.real() for _ in range(rows * columns)], dtype=np.float32)


# What follows the name of each layer, loss and input type: t tensor, a alias, i integer, r real.
_LOSSES = {"loss_mmod_": "iiirrrrrrr", "loss_metric_2": "rr"}
_INPUTS = {"input_rgb_image_pyramid": "rrr", "input_rgb_image_sized": "rrrii"}
_LAYERS = {
    "con_4": "tiiiiiiiaarrrr",
    "affine_": "taai",
    "bn_con2": "taattttiirrrrr",
    "relu_": "",
    "add_prev_": "",
    "max_pool_2": "iiiiii",
    "avg_pool_2": "iiiiii",
    "fc_2": "iitaairrrr",
}


def _read_details(reader: _Reader, known: dict[str, str]) -> Layer:
    name = reader.name()
    if name not in known:
        msg = f"an unknown layer {name!r} at {reader.position}"
        raise WeightsFormatError(msg)
    tensors: list[FloatArray] = []
    numbers: list[float] = []
    for kind in known[name]:
        if kind == "t":
            tensors.append(reader.tensor())
        elif kind == "a":
            reader.alias()
        else:
            numbers.append(reader.integer() if kind == "i" else reader.real())
    return Layer(name, tuple(tensors), tuple(numbers))


def _count_layers(reader: _Reader) -> int:
    """Read the version of every layer, outermost first, and count those that have details."""
    count = 1
    for _ in range(_MOST_LAYERS):
        version = reader.integer()
        if version == _INNERMOST_VERSION:
            return count
        if version not in (_LAYER_VERSION, _TAG_VERSION):
            break
        count += version == _LAYER_VERSION
    msg = f"not a list of layers at {reader.position}"
    raise WeightsFormatError(msg)


def read_network(data: bytes) -> Network:
    """Parse a network file.

    Raises:
        WeightsFormatError: the bytes are damaged or hold something else.
    """
    reader = _Reader(data)
    reader.expect(1, "the version of the loss layer")
    loss = _read_details(reader, _LOSSES)
    count = _count_layers(reader)
    source = _read_details(reader, _INPUTS)
    layers = []
    for index in range(count):
        layers.append(_read_details(reader, _LAYERS))
        for _ in range(3):
            reader.flag()
        for _ in range(3):  # x_grad, cached_output and params_grad or grad_final: training leftovers, empty
            reader.tensor()
        if index == 0:
            reader.integer()  # sample_expansion_factor
    _check_end(reader)
    return Network(source.numbers[:3], loss.numbers, tuple(layers))  # type: ignore[arg-type]


def _check_end(reader: _Reader) -> None:
    if reader.position != len(reader.data):
        msg = f"{len(reader.data) - reader.position} bytes too many"
        raise WeightsFormatError(msg)


_Tree = tuple[list[tuple[int, int, float]], list[FloatArray]]


def _read_tree(reader: _Reader) -> _Tree:
    splits = [(reader.integer(), reader.integer(), reader.real()) for _ in range(reader.count())]
    leaves = [reader.matrix() for _ in range(reader.count())]
    if len(leaves) != len(splits) + 1:
        msg = f"a tree of {len(splits)} splits with {len(leaves)} leaves at {reader.position}"
        raise WeightsFormatError(msg)
    return splits, leaves


def read_shape_predictor(data: bytes) -> ShapePredictor:
    """Parse a shape predictor file; takes over a second, as each of its floats is spelled in pieces.

    Raises:
        WeightsFormatError: the bytes are damaged or hold something else.
    """
    reader = _Reader(data)
    reader.expect(1, "the version of the shape predictor")
    initial = reader.matrix()
    forests = [[_read_tree(reader) for _ in range(reader.count())] for _ in range(reader.count())]
    anchors = [[reader.integer() for _ in range(reader.count())] for _ in range(reader.count())]
    deltas = [[(reader.real(), reader.real()) for _ in range(reader.count())] for _ in range(reader.count())]
    _check_end(reader)
    if not len(forests) == len(anchors) == len(deltas):
        raise WeightsFormatError("the cascades of the shape predictor do not match")
    try:
        cascades = [_cascade(*parts) for parts in zip(forests, anchors, deltas, strict=True)]
    except ValueError as error:  # ragged trees
        raise WeightsFormatError(str(error)) from error
    for cascade in cascades:
        _check_indices(cascade, len(initial))
    return ShapePredictor(initial, tuple(cascades))


def _cascade(forest: list[_Tree], anchors: list[int], deltas: list[tuple[float, float]]) -> Cascade:
    return Cascade(
        first=np.array([[split[0] for split in splits] for splits, _ in forest], dtype=np.int64),
        second=np.array([[split[1] for split in splits] for splits, _ in forest], dtype=np.int64),
        threshold=np.array([[split[2] for split in splits] for splits, _ in forest], dtype=np.float32),
        leaves=np.array([leaves for _, leaves in forest], dtype=np.float32),
        anchors=np.array(anchors, dtype=np.int64),
        deltas=np.array(deltas, dtype=np.float32),
    )


def _check_indices(cascade: Cascade, coordinates: int) -> None:
    features = len(cascade.anchors)
    sound = (
        cascade.deltas.shape == (features, 2)
        and cascade.leaves.shape[-1] == coordinates
        and all(int(i.min()) >= 0 and int(i.max()) < features for i in (cascade.first, cascade.second))
        and int(cascade.anchors.min()) >= 0
        and int(cascade.anchors.max()) * 2 < coordinates
    )
    if not sound:
        raise WeightsFormatError("the trees of the shape predictor point outside it")
