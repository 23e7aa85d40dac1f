"""The network of head pose as ONNX, as `models/pose.py` runs it."""

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

from likeness.domain.face import FloatArray
from likeness.models.pose import CROP_PX

Layers = list[tuple[FloatArray, FloatArray]]
"""Weight and bias of each convolution, then of the last, linear layer."""


def network(layers: Layers, strides: tuple[int, ...], scale_deg: float) -> bytes:
    """`pose` (n, 3) in degrees of `face` (n, CROP_PX, CROP_PX, 3), uint8; the layers answer in units of scale_deg."""
    constants = {
        "unit": np.array(1 / 255, np.float32),
        "half": np.array(0.5, np.float32),
        "degrees": np.array(scale_deg, np.float32),
    }
    nodes = [
        helper.make_node("Cast", ["face"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["float", "unit"], ["whole"]),
        helper.make_node("Sub", ["whole", "half"], ["centred"]),
        helper.make_node("Transpose", ["centred"], ["x0"], perm=[0, 3, 1, 2]),
    ]
    for place, ((weight, bias), stride) in enumerate(zip(layers[:-1], strides, strict=True)):
        # Half the bytes on disk; the runtime turns them back once, when it loads.
        constants |= {f"h{place}": weight.astype(np.float16), f"b{place}": bias}
        nodes += [
            helper.make_node("Cast", [f"h{place}"], [f"w{place}"], to=TensorProto.FLOAT),
            helper.make_node(
                "Conv",
                [f"x{place}", f"w{place}", f"b{place}"],
                [f"c{place}"],
                strides=[stride, stride],
                pads=[weight.shape[2] // 2] * 4,
            ),
            helper.make_node("Relu", [f"c{place}"], [f"x{place + 1}"]),
        ]
    weight, bias = layers[-1]
    constants |= {"w": weight, "b": bias}
    nodes += [
        helper.make_node("Flatten", [f"x{len(strides)}"], ["flat"]),
        helper.make_node("Gemm", ["flat", "w", "b"], ["units"], transB=1),
        helper.make_node("Mul", ["units", "degrees"], ["pose"]),
    ]
    return _model(nodes, constants)


def _model(nodes: list[NodeProto], constants: dict[str, np.ndarray]) -> bytes:
    graph = helper.make_graph(
        nodes,
        "pose",
        [helper.make_tensor_value_info("face", TensorProto.UINT8, ["n", CROP_PX, CROP_PX, 3])],
        [helper.make_tensor_value_info("pose", TensorProto.FLOAT, ["n", 3])],
        [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in constants.items()],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made)
    return bytes(made.SerializeToString())
