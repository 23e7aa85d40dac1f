"""Trained models as ONNX, as `likeness.models` runs them."""

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

from likeness.domain.face import FloatArray
from likeness.models.attack_network import SURROUNDINGS_PX, TEXTURE_PX
from training.genuineness.regression import CLIP, Regression

Layers = list[tuple[FloatArray, FloatArray]]
"""Weight and bias of each convolution, then of the last, linear layer."""
Constants = dict[str, np.ndarray]
"""Values of a graph, by name."""


def network(texture: Layers, surroundings: Layers, strides: tuple[int, ...]) -> bytes:
    """The network of `AttackNetwork`: `evidence` (2,) of `texture` and `surroundings`, (1, side, side, 3), uint8."""
    constants: Constants = {
        "unit": np.array(1 / 255, np.float32),
        "half": np.array(0.5, np.float32),
        "flat": np.array([-1], np.int64),
    }
    nodes: list[NodeProto] = []
    for name, layers in (("texture", texture), ("surroundings", surroundings)):
        of_view, its_constants = _view(name, layers, strides)
        nodes += of_view
        constants |= its_constants
    nodes += [
        helper.make_node("Concat", ["texture_out", "surroundings_out"], ["both"], axis=1),
        helper.make_node("Reshape", ["both", "flat"], ["evidence"]),
    ]
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.UINT8, [1, side, side, 3])
        for name, side in (("texture", TEXTURE_PX), ("surroundings", SURROUNDINGS_PX))
    ]
    return _model(nodes, "attack", inputs, 2, constants)


def _view(name: str, layers: Layers, strides: tuple[int, ...]) -> tuple[list[NodeProto], Constants]:
    """Nodes and constants from input `name` to `<name>_out`, (1, 1): -0.5 to 0.5, convolutions, mean, linear layer."""
    constants: Constants = {}
    nodes = [
        helper.make_node("Cast", [name], [f"{name}_float"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{name}_float", "unit"], [f"{name}_unit"]),
        helper.make_node("Sub", [f"{name}_unit", "half"], [f"{name}_centred"]),
        helper.make_node("Transpose", [f"{name}_centred"], [f"{name}_0"], perm=[0, 3, 1, 2]),
    ]
    for place, ((weight, bias), stride) in enumerate(zip(layers[:-1], strides, strict=True)):
        # Half the bytes on disk; the runtime turns them back once, when it loads.
        constants |= {f"{name}_h{place}": weight.astype(np.float16), f"{name}_b{place}": bias}
        nodes += [
            helper.make_node("Cast", [f"{name}_h{place}"], [f"{name}_w{place}"], to=TensorProto.FLOAT),
            helper.make_node(
                "Conv",
                [f"{name}_{place}", f"{name}_w{place}", f"{name}_b{place}"],
                [f"{name}_c{place}"],
                strides=[stride, stride],
                pads=[weight.shape[2] // 2] * 4,
            ),
            helper.make_node("Relu", [f"{name}_c{place}"], [f"{name}_{place + 1}"]),
        ]
    weight, bias = layers[-1]
    constants |= {f"{name}_w": weight, f"{name}_b": bias}
    nodes += [
        helper.make_node("GlobalAveragePool", [f"{name}_{len(strides)}"], [f"{name}_mean"]),
        helper.make_node("Flatten", [f"{name}_mean"], [f"{name}_flat"]),
        helper.make_node("Gemm", [f"{name}_flat", f"{name}_w", f"{name}_b"], [f"{name}_out"], transB=1),
    ]
    return nodes, constants


def regression(model: Regression, groups: dict[str, int]) -> bytes:
    """The network of `ReplayRegression`: `evidence` (groups,) of `features`; groups: how many features are in each.

    The bias is shared out evenly.
    """
    membership = np.repeat(np.eye(len(groups), dtype=np.float32), list(groups.values()), axis=0)
    constants: Constants = {
        "mean": model.mean.astype(np.float32),
        "deviation": model.deviation.astype(np.float32),
        "low": np.array(-CLIP, np.float32),
        "high": np.array(CLIP, np.float32),
        "weight": model.weight.astype(np.float32),
        "membership": membership,
        "bias": np.full(len(groups), model.bias / len(groups), np.float32),
    }
    nodes = [
        helper.make_node("Sub", ["features", "mean"], ["centred"]),
        helper.make_node("Div", ["centred", "deviation"], ["scaled"]),
        helper.make_node("Clip", ["scaled", "low", "high"], ["cut"]),
        helper.make_node("Mul", ["cut", "weight"], ["contributions"]),
        helper.make_node("MatMul", ["contributions", "membership"], ["groups"]),
        helper.make_node("Add", ["groups", "bias"], ["evidence"]),
    ]
    inputs = [helper.make_tensor_value_info("features", TensorProto.FLOAT, [len(model.weight)])]
    return _model(nodes, "replay", inputs, len(groups), constants)


def _model(
    nodes: list[NodeProto],
    name: str,
    inputs: list[onnx.ValueInfoProto],
    numbers: int,
    constants: Constants,
) -> bytes:
    graph = helper.make_graph(
        nodes,
        name,
        inputs,
        [helper.make_tensor_value_info("evidence", TensorProto.FLOAT, [numbers])],
        [numpy_helper.from_array(np.ascontiguousarray(value), key) for key, value in constants.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made)
    return bytes(made.SerializeToString())
