"""Converts dlib's five-point shape predictor to an ONNX graph: gathers in place of walks through trees."""

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

from likeness.models.convert import Graph
from likeness.models.dlib_format import Cascade, FloatArray, ShapePredictor, WeightsFormatError, read_shape_predictor

# The answers to a tree's splits, one bit each, index a table of leaves; more splits would make it too large.
_MOST_SPLITS = 15


def convert_landmarks(data: bytes) -> bytes:
    """Turn `shape_predictor_5_face_landmarks.dat` into ONNX.

    Inputs: `pixels`, uint8 (height * width, 3), RGB; `size`, int32 (2,), the picture's width and height in pixels;
    `corner`, float64 (2,), x and y of the centre of the box's first pixel; `span`, float64 (2,), from there to the
    centre of its last one. Output `shape`: float32 (10,), x and y by turns in units of the box.

    Raises:
        WeightsFormatError: the bytes are damaged or hold something else.
    """
    predictor = read_shape_predictor(data)
    graph = Graph()
    builder = _Builder(graph, predictor)
    shape = graph.constant(predictor.initial_shape)
    for cascade in predictor.cascades:
        shape = builder.stage(cascade, shape)
    graph.rename_output("shape")
    return graph.model(
        "landmarks",
        [
            helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["pixels", 3]),
            helper.make_tensor_value_info("size", TensorProto.INT32, [2]),
            helper.make_tensor_value_info("corner", TensorProto.DOUBLE, [2]),
            helper.make_tensor_value_info("span", TensorProto.DOUBLE, [2]),
        ],
        [helper.make_tensor_value_info("shape", TensorProto.FLOAT, [len(predictor.initial_shape)])],
    )


class _Builder:
    """Adds stage after stage to the graph; holds the constants that stages share."""

    def __init__(self, graph: Graph, predictor: ShapePredictor) -> None:
        self._graph = graph
        self._turn = graph.constant(_similarity(predictor.initial_shape))
        self._tables: dict[int, str] = {}
        self._half = graph.constant(np.array(0.5))
        self._none = graph.constant(np.array(0, dtype=np.int32))
        self._channels = graph.constant(np.array(3, dtype=np.int32))
        self._square = graph.constant(np.array([2, 2], dtype=np.int64))
        self._flat = graph.constant(np.array([-1], dtype=np.int64))
        self._points = graph.constant(np.array([-1, 2], dtype=np.int64))
        self._across = graph.constant(np.array([1], dtype=np.int64))
        self._first = graph.constant(np.array(0, dtype=np.int64))
        self._first_axis = graph.constant(np.array([0], dtype=np.int64))
        self._last = graph.constant(np.array(-1, dtype=np.int64))
        one = graph.constant(np.array([1], dtype=np.int32))
        width = graph.node("Gather", "size", self._first_axis)
        self._strides = graph.node("Concat", one, width, axis=0)

    def stage(self, cascade: Cascade, shape: str) -> str:
        """One stage: look at the feature pixels, ask every tree, add what their leaves say."""
        graph = self._graph
        values = self._features(cascade, shape)
        trees, splits = cascade.first.shape
        # GatherElements, on flat indices, takes a fifth of Gather's time. All first splits come before all second ones.
        first, second = (graph.constant(a.T.ravel()) for a in (cascade.first, cascade.second))
        seen, against = (graph.node("GatherElements", values, pixel) for pixel in (first, second))
        threshold = graph.constant(cascade.threshold.T.ravel())
        answers = graph.node("Greater", graph.node("Sub", seen, against), threshold)
        rows = graph.constant(np.array([splits, trees], dtype=np.int64))
        table = graph.node("Reshape", graph.node("Cast", answers, to=TensorProto.FLOAT), rows)
        bits = graph.constant((2.0 ** np.arange(splits)).astype(np.float32)[None, :])
        sums = graph.node("Reshape", graph.node("MatMul", bits, table), self._flat)
        code = graph.node("Cast", sums, to=TensorProto.INT64)
        leaf = graph.node("GatherElements", self._table(splits), code)
        offset = graph.constant(np.arange(trees) * (splits + 1))
        leaves = graph.constant(cascade.leaves.reshape(trees * (splits + 1), -1))
        moves = graph.node("Gather", leaves, graph.node("Add", leaf, offset))
        # dlib adds the leaves to the shape one by one in float32; CumSum keeps that order.
        start = graph.node("Unsqueeze", shape, self._first_axis)
        running = graph.node("CumSum", graph.node("Concat", start, moves, axis=0), self._first)
        return graph.node("Gather", running, self._last, axis=0)

    def _features(self, cascade: Cascade, shape: str) -> str:
        """Grey values of the feature pixels, float32 (features,); 0 outside the picture."""
        graph = self._graph
        turned = graph.node("MatMul", self._turn, graph.node("Cast", shape, to=TensorProto.DOUBLE))
        turn = graph.node("Reshape", graph.node("Cast", turned, to=TensorProto.FLOAT), self._square)
        offsets = graph.node("MatMul", graph.constant(cascade.deltas), turn)
        landmarks = graph.node("Reshape", shape, self._points)
        anchors = graph.node("Gather", landmarks, graph.constant(cascade.anchors), axis=0)
        places = graph.node("Cast", graph.node("Add", offsets, anchors), to=TensorProto.DOUBLE)
        exact = graph.node("Add", graph.node("Mul", places, "span"), "corner")
        rounded = graph.node("Floor", graph.node("Add", exact, self._half))
        pixel = graph.node("Cast", rounded, to=TensorProto.INT32)
        within = graph.node("And", graph.node("GreaterOrEqual", pixel, self._none), graph.node("Less", pixel, "size"))
        inside = graph.node("ReduceMin", graph.node("Cast", within, to=TensorProto.INT32), axes=[1], keepdims=0)
        index = graph.node("ReduceSum", graph.node("Mul", pixel, self._strides), self._across, keepdims=0)
        colours = graph.node("Gather", "pixels", graph.node("Mul", index, inside), axis=0)
        total = graph.node("ReduceSum", graph.node("Cast", colours, to=TensorProto.INT32), self._across, keepdims=0)
        grey = graph.node("Mul", graph.node("Div", total, self._channels), inside)
        return graph.node("Cast", grey, to=TensorProto.FLOAT)

    def _table(self, splits: int) -> str:
        if splits not in self._tables:
            self._tables[splits] = self._graph.constant(_leaf_table(splits))
        return self._tables[splits]


def _similarity(initial: FloatArray) -> NDArray[np.float64]:
    """Least squares, once for all: maps a shape to the turn-and-scale from the initial shape to it.

    Returns:
        (4, 10), float64; its product with a shape is the transposed 2x2 matrix, row by row.
    """
    points = initial.astype(np.float64).reshape(-1, 2)
    centred = (points - points.mean(axis=0)) / ((points - points.mean(axis=0)) ** 2).sum()
    cosine = centred.ravel()
    sine = np.stack([-centred[:, 1], centred[:, 0]], axis=1).ravel()
    return np.stack([cosine, sine, -sine, cosine])


def _leaf_table(splits: int) -> NDArray[np.int64]:
    """For every combination of answers (bit i: split i says yes, go to 2i+1) the leaf that is reached."""
    if splits > _MOST_SPLITS:
        msg = f"trees of {splits} splits are too large"
        raise WeightsFormatError(msg)
    codes = np.arange(2**splits)
    node = np.zeros_like(codes)
    while (node < splits).any():
        inner = node < splits
        yes = (codes >> np.minimum(node, splits - 1)) & 1
        node = np.where(inner, 2 * node + 2 - yes, node)
    leaves: NDArray[np.int64] = node - splits
    return leaves
