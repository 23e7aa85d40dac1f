"""Converts the default weights, dlib's own files, to ONNX graphs; deterministic to the byte.

What dlib does before and after the network, and how, is written in the modules that run the graphs.
"""

from dataclasses import dataclass, field

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from likeness.models.dlib_format import FloatArray, Layer, Network, WeightsFormatError, read_network

# Fixed, so that the same weights give the same bytes whatever version of `onnx` writes them.
OPSET, IR_VERSION = 17, 8
PRODUCER = "likeness"
# dlib/dnn/input.h divides by 256, not 255.
INPUT_SCALE = 256.0
# What the metric network was trained on: chips of 150 by 150 pixels.
CHIP_SIDE_PX = 150
# Channels of the metric network's last stage, whose activations may be limited.
LAST_STAGE_CHANNELS = 256


@dataclass(slots=True)
class Graph:
    """A growing ONNX graph; nodes and values are numbered in order of creation."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    values: list[onnx.TensorProto] = field(default_factory=list)

    def constant(self, array: NDArray[np.generic]) -> str:
        """Add a constant and return its name."""
        name = f"w{len(self.values)}"
        little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        kind = helper.np_dtype_to_tensor_dtype(array.dtype)
        self.values.append(helper.make_tensor(name, kind, array.shape, little.tobytes(), raw=True))
        return name

    def node(self, kind: str, *inputs: str, **attributes: int | list[int]) -> str:
        """Add a node of one output and return the output's name."""
        name = f"n{len(self.nodes)}"
        node = helper.make_node(kind, inputs, [name], name=name)
        node.attribute.extend(helper.make_attribute(key, value) for key, value in sorted(attributes.items()))
        self.nodes.append(node)
        return name

    def rename_output(self, name: str) -> None:
        """Give the last node's output its public name."""
        self.nodes[-1].output[0] = name

    def model(self, title: str, inputs: list[onnx.ValueInfoProto], outputs: list[onnx.ValueInfoProto]) -> bytes:
        """Serialise the graph."""
        graph = helper.make_graph(self.nodes, title, inputs, outputs, initializer=self.values)
        model = helper.make_model(
            graph, producer_name=PRODUCER, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
        )
        onnx.checker.check_model(model, full_check=True)
        data: bytes = model.SerializeToString(deterministic=True)
        return data


@dataclass(slots=True)
class _Convolution:
    """A convolution while the affine layer behind it is folded in, in float64."""

    weights: NDArray[np.float64]
    bias: NDArray[np.float64]
    strides: tuple[int, int]
    padding: tuple[int, int]

    def scale(self, gamma: NDArray[np.float64], beta: NDArray[np.float64]) -> None:
        self.weights = self.weights * gamma[:, None, None, None]
        self.bias = self.bias * gamma + beta


def _convolution(layer: Layer, channels: int) -> _Convolution:
    filters, rows, columns, stride_y, stride_x, pad_y, pad_x = (int(n) for n in layer.numbers[:7])
    flat = layer.tensors[0].astype(np.float64).ravel()
    size = filters * channels * rows * columns
    if flat.size != size + filters:
        msg = f"a convolution of {flat.size} parameters, not {size + filters}"
        raise WeightsFormatError(msg)
    weights = flat[:size].reshape(filters, channels, rows, columns)
    return _Convolution(weights, flat[size:], (stride_y, stride_x), (pad_y, pad_x))


def _fold(convolution: _Convolution, layer: Layer) -> None:
    gamma, beta = layer.tensors[0].astype(np.float64).ravel().reshape(2, -1)
    if layer.name == "bn_con2":
        mean, variance = (layer.tensors[i].astype(np.float64).ravel() for i in (3, 4))
        gamma = gamma / np.sqrt(variance + layer.numbers[-1])
        beta = beta - mean * gamma
    convolution.scale(gamma, beta)


def _emit(graph: Graph, convolution: _Convolution, source: str) -> str:
    weights = graph.constant(convolution.weights.astype(np.float32))
    bias = graph.constant(convolution.bias.astype(np.float32))
    pads = [*convolution.padding, *convolution.padding]
    return graph.node("Conv", source, weights, bias, strides=list(convolution.strides), pads=pads)


def _normalise(graph: Graph, mean_rgb: tuple[float, ...], source: str) -> str:
    """From float32 (n, height, width, 3) RGB, 0-255 scale, to (n, 3, height, width) around zero."""
    pixels = graph.node("Transpose", source, perm=[0, 3, 1, 2])
    mean = graph.constant(np.array(mean_rgb, dtype=np.float32).reshape(1, 3, 1, 1))
    # Dividing by a power of two is exact, so multiplying by its inverse is the same.
    scale = graph.constant(np.array(1 / INPUT_SCALE, dtype=np.float32))
    return graph.node("Mul", graph.node("Sub", pixels, mean), scale)


def convert_detector(data: bytes) -> bytes:
    """Turn `mmod_human_face_detector.dat` into ONNX.

    Input `pixels`: float32 (height, width, 3), RGB, 0-255 scale. Output `scores`: float32 (rows, columns).

    Raises:
        WeightsFormatError: the bytes are damaged or hold something else.
    """
    network = read_network(data)
    graph = Graph()
    batch = graph.node("Unsqueeze", "pixels", graph.constant(np.array([0], dtype=np.int64)))
    current = _normalise(graph, network.mean_rgb, batch)
    channels = 3
    for layer, following in _pairs(network):
        if layer.name == "con_4":
            convolution = _convolution(layer, channels)
            if following is not None and following.name == "bn_con2":
                _fold(convolution, following)
            current = _emit(graph, convolution, current)
            channels = convolution.weights.shape[0]
        elif layer.name == "relu_":
            current = graph.node("Relu", current)
    graph.node("Squeeze", current, graph.constant(np.array([0, 1], dtype=np.int64)))
    graph.rename_output("scores")
    return graph.model(
        "detector",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["height", "width", 3])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["rows", "columns"])],
    )


def _pairs(network: Network) -> list[tuple[Layer, Layer | None]]:
    return list(zip(network.layers, [*network.layers[1:], None], strict=True))


@dataclass(slots=True)
class _Plane:
    """A value of the embedder while it is built: its name, channels and side in pixels."""

    name: str
    channels: int
    side_px: int


def _pool(graph: Graph, layer: Layer, plane: _Plane) -> _Plane:
    rows, columns, stride_y, stride_x, *_ = (int(n) for n in layer.numbers)
    if rows == 0:  # dlib's avg_pool_everything
        return _Plane(graph.node("GlobalAveragePool", plane.name), plane.channels, 1)
    kind = "MaxPool" if layer.name == "max_pool_2" else "AveragePool"
    name = graph.node(kind, plane.name, kernel_shape=[rows, columns], strides=[stride_y, stride_x])
    return _Plane(name, plane.channels, (plane.side_px - rows) // stride_y + 1)


def _padded(graph: Graph, plane: _Plane, channels: int, side_px: int) -> str:
    """Zeros behind the last channel, row and column, as dlib's add_prev assumes where operands differ."""
    more, further = channels - plane.channels, side_px - plane.side_px
    if more == further == 0:
        return plane.name
    pads = graph.constant(np.array([0, 0, 0, 0, 0, more, further, further], dtype=np.int64))
    return graph.node("Pad", plane.name, pads)


def _add(graph: Graph, one: _Plane, other: _Plane) -> _Plane:
    channels, side_px = max(one.channels, other.channels), max(one.side_px, other.side_px)
    name = graph.node("Add", *(_padded(graph, plane, channels, side_px) for plane in (one, other)))
    return _Plane(name, channels, side_px)


def convert_embedder(data: bytes, activation_limits: tuple[float, ...] = ()) -> bytes:
    """Turn `dlib_face_recognition_resnet_model_v1.dat` into ONNX.

    Input `chips`: uint8 (n, 150, 150, 3), RGB. Output `descriptors`: float32 (n, 128), not normalised.

    Args:
        data: the weights.
        activation_limits: none, for the network as dlib runs it, or the greatest value that each rectifier of the last
            stage lets through, from input to output. Pictures unlike those of the training drive single activations
            far up and thereby look alike; `training.activations` derives the limits and measures what they bring
            (cf. Sun, Guo and Li 2021, "ReAct: Out-of-distribution detection with rectified activations").

    Raises:
        WeightsFormatError: the bytes are damaged or hold something else, or there are not as many limits as rectifiers.
    """
    network = read_network(data)
    if network.layers[-1].name != "fc_2":
        raise WeightsFormatError("the last layer is not the descriptor's")
    graph = Graph()
    flat = graph.node("Flatten", _residual_network(graph, network, list(activation_limits)))
    graph.node("MatMul", flat, graph.constant(_matrix(network.layers[-1])))
    graph.rename_output("descriptors")
    return graph.model(
        "embedder",
        [helper.make_tensor_value_info("chips", TensorProto.UINT8, ["n", CHIP_SIDE_PX, CHIP_SIDE_PX, 3])],
        [helper.make_tensor_value_info("descriptors", TensorProto.FLOAT, ["n", 128])],
    )


def _residual_network(graph: Graph, network: Network, limits: list[float]) -> str:
    """All but the last layer, from `chips` on; uses the limits up."""
    pixels = graph.node("Cast", "chips", to=TensorProto.FLOAT)
    plane = _Plane(_normalise(graph, network.mean_rgb, pixels), 3, CHIP_SIDE_PX)
    shortcut, limited = plane, bool(limits)
    for layer, following in _pairs(network):
        if layer.name == "con_4":
            plane = _embedder_convolution(graph, layer, following, plane)
        elif layer.name == "avg_pool_2" and layer.numbers[0] > 0:  # pools what goes past the block
            shortcut = _pool(graph, layer, shortcut)
        elif layer.name in ("max_pool_2", "avg_pool_2"):
            plane = shortcut = _pool(graph, layer, plane)
        elif layer.name == "add_prev_":
            shortcut = plane = _add(graph, plane, shortcut)
        elif layer.name == "relu_":
            # A block begins behind the rectifier that follows an addition; inside a block `shortcut` must stay.
            begins = shortcut is plane
            last_stage = limited and plane.channels == LAST_STAGE_CHANNELS
            plane = _Plane(_rectified(graph, plane.name, limits if last_stage else None), plane.channels, plane.side_px)
            shortcut = plane if begins else shortcut
    if limits:
        raise WeightsFormatError("there are more activation limits than rectifiers")
    return plane.name


def _rectified(graph: Graph, source: str, limits: list[float] | None) -> str:
    """Negative values become zero; those over the next of the limits, which is used up, become that."""
    if limits is None:
        return graph.node("Relu", source)
    if not limits:
        raise WeightsFormatError("there are fewer activation limits than rectifiers")
    bounds = (graph.constant(np.array(bound, dtype=np.float32)) for bound in (0.0, limits.pop(0)))
    return graph.node("Clip", source, *bounds)


def _embedder_convolution(graph: Graph, layer: Layer, following: Layer | None, plane: _Plane) -> _Plane:
    convolution = _convolution(layer, plane.channels)
    if following is None or following.name != "affine_":
        raise WeightsFormatError("a convolution without its affine layer")
    _fold(convolution, following)
    filters, _, rows, _ = convolution.weights.shape
    side_px = (plane.side_px + 2 * convolution.padding[0] - rows) // convolution.strides[0] + 1
    return _Plane(_emit(graph, convolution, plane.name), filters, side_px)


def _matrix(layer: Layer) -> FloatArray:
    """The weights of the fully connected layer, (inputs, outputs)."""
    outputs, inputs = (int(n) for n in layer.numbers[:2])
    return layer.tensors[0].reshape(inputs, outputs)
