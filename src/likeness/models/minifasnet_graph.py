"""Builds the two networks of Silent-Face-Anti-Spoofing as ONNX graphs out of their published tensors.

Zhu Ying and others, Minivision: "Silent-Face-Anti-Spoofing" (2020): MobileFaceNet, pruned channel by channel, which is
why the inner widths look arbitrary. A block is a convolution of 1 x 1, one of 3 x 3 in each channel, and one of 1 x 1
back, around which its input is added; in the SE variant the last block of each stage weighs its channels (Hu, Shen,
Sun 2018, "Squeeze-and-excitation networks").
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper

from likeness.domain.face import FloatArray
from likeness.models.convert import Graph
from likeness.models.pth import StateDictError

SIDE_PX = 80
"""Side of the square picture that both networks take."""
_CLASSES = 3
# What every name begins with: the authors saved the networks from inside PyTorch's DataParallel.
_PREFIX = "module."
# PyTorch's default of batch normalisation; not kept in a state dict.
_EPSILON = 1e-5
# Channels between the stages, and those of the description that the classes are told from.
_FIRST, _SECOND, _THIRD, _LAST, _DESCRIBED = 32, 64, 128, 512, 128
# Inner channels of the blocks that halve the picture, the same in both networks.
_HALVING_23, _HALVING_34, _HALVING_45 = 103, 231, 308
# How many times fewer channels there are inside the weighing of channels.
_SQUEEZE = 4
# What is left of the side of 80 pixels, halved four times.
_LEFT_PX = 5

Weights = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Architecture:
    """What the two networks differ in.

    third, fourth, fifth: inner channels of the blocks of a stage. weighs: whether its last block weighs its channels.
    """

    third: tuple[int, ...]
    fourth: tuple[int, ...]
    fifth: tuple[int, ...]
    weighs: bool


ARCHITECTURES = {
    "MiniFASNetV2": Architecture((13, 13, 13, 13), (231, 52, 26, 77, 26, 26), (26, 26), weighs=False),
    "MiniFASNetV1SE": Architecture((13, 26, 13, 52), (154, 52, 26, 52, 26, 26), (26, 26), weighs=True),
}


def build(architecture: Architecture, tensors: Mapping[str, FloatArray]) -> bytes:
    """Build one network.

    Input `pixels`: float32 (n, 3, 80, 80), BGR, 0-255 scale. Output `probabilities`: float32 (n, 3); 1 is a live face.

    Args:
        architecture: of `ARCHITECTURES`.
        tensors: those of the published file, by name, all of them and no other.

    Raises:
        StateDictError: a tensor is missing, unknown, of another shape or of values that no trained network has.
    """
    builder = _Builder(dict(tensors))
    current = builder.convolved("conv1", "pixels", (_FIRST, 3, 3, 3), stride=2)
    current = builder.convolved("conv2_dw", current, (_FIRST, 1, 3, 3))
    current = builder.block("conv_23", current, (_FIRST, _HALVING_23, _SECOND), stride=2)
    current = builder.stage("conv_3", current, _SECOND, architecture.third, weighs=architecture.weighs)
    current = builder.block("conv_34", current, (_SECOND, _HALVING_34, _THIRD), stride=2)
    current = builder.stage("conv_4", current, _THIRD, architecture.fourth, weighs=architecture.weighs)
    current = builder.block("conv_45", current, (_THIRD, _HALVING_45, _THIRD), stride=2)
    current = builder.stage("conv_5", current, _THIRD, architecture.fifth, weighs=architecture.weighs)
    current = builder.convolved("conv_6_sep", current, (_LAST, _THIRD, 1, 1))
    current = builder.convolved("conv_6_dw", current, (_LAST, 1, _LEFT_PX, _LEFT_PX), bends=False, padding=0)
    builder.classify(current)
    if builder.tensors:
        msg = f"unknown tensors: {', '.join(sorted(builder.tensors)[:3])}"
        raise StateDictError(msg)
    return builder.graph.model(
        "minifasnet",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["n", 3, SIDE_PX, SIDE_PX])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", _CLASSES])],
    )


@dataclass(slots=True)
class _Builder:
    """A growing graph, and the tensors that are not in it yet."""

    tensors: dict[str, FloatArray]
    graph: Graph = field(default_factory=Graph)

    def take(self, name: str, *shape: int) -> Weights:
        """A tensor, which must be there and of this shape, in float64."""
        tensor = self.tensors.pop(_PREFIX + name, None)
        if tensor is None or tensor.shape != shape:
            msg = f"tensor {_PREFIX + name} is missing" if tensor is None else f"{name} is {tensor.shape}, not {shape}"
            raise StateDictError(msg)
        return tensor.astype(np.float64)

    def normalisation(self, name: str, channels: int) -> tuple[Weights, Weights]:
        """Factors and summands of a batch normalisation."""
        weight, bias, mean, variance = (
            self.take(f"{name}.{part}", channels) for part in ("weight", "bias", "running_mean", "running_var")
        )
        if variance.min() < 0:
            msg = f"{name} has a negative variance"
            raise StateDictError(msg)
        factor = weight / np.sqrt(variance + _EPSILON)
        return factor, bias - mean * factor

    def constant(self, values: Weights) -> str:
        return self.graph.constant(values.astype(np.float32))

    def folded(
        self, names: tuple[str, str], source: str, shape: tuple[int, int, int, int], stride: int, padding: int
    ) -> str:
        """A convolution and the batch normalisation behind it, by their names, as one convolution.

        A filter of one channel stands for one filter in each channel.
        """
        factor, summand = self.normalisation(names[1], shape[0])
        weights = self.take(f"{names[0]}.weight", *shape) * factor[:, None, None, None]
        groups = shape[0] if shape[1] == 1 else 1
        return self.graph.node(
            "Conv",
            source,
            self.constant(weights),
            self.constant(summand),
            group=groups,
            pads=[padding] * 4,
            strides=[stride] * 2,
        )

    def convolved(  # noqa: PLR0913 - what a convolution is
        self,
        name: str,
        source: str,
        shape: tuple[int, int, int, int],
        *,
        stride: int = 1,
        padding: int | None = None,
        bends: bool = True,
    ) -> str:
        """A convolution that keeps the size unless said otherwise, normalised, behind it a rectifier where it bends."""
        names = (f"{name}.conv", f"{name}.bn")
        result = self.folded(names, source, shape, stride, shape[2] // 2 if padding is None else padding)
        return self.rectified(f"{name}.prelu", result, shape[0]) if bends else result

    def rectified(self, name: str, source: str, channels: int) -> str:
        """Negative values times the channel's slope; as no slope is over 1, the greater of the value and that."""
        slopes = self.take(f"{name}.weight", channels)
        if slopes.max() > 1:
            msg = f"{name} has a slope over 1"
            raise StateDictError(msg)
        return self.graph.node("Max", source, self.graph.node("Mul", source, self.constant(slopes[:, None, None])))

    def block(self, name: str, source: str, channels: tuple[int, int, int], stride: int = 1) -> str:
        """Three convolutions; channels: before, inside and behind them."""
        before, inside, behind = channels
        result = self.convolved(f"{name}.conv", source, (inside, before, 1, 1))
        result = self.convolved(f"{name}.conv_dw", result, (inside, 1, 3, 3), stride=stride)
        return self.convolved(f"{name}.project", result, (behind, inside, 1, 1), bends=False)

    def stage(self, name: str, source: str, channels: int, inner: tuple[int, ...], *, weighs: bool) -> str:
        """Blocks one after another, each added to its input."""
        for place, inside in enumerate(inner):
            block = f"{name}.model.{place}"
            result = self.block(block, source, (channels, inside, channels))
            if weighs and place == len(inner) - 1:
                result = self.weighed(f"{block}.se_module", result, channels)
            source = self.graph.node("Add", source, result)
        return source

    def weighed(self, name: str, source: str, channels: int) -> str:
        """Every channel times a weight, 0 to 1, that depends on the means of all."""
        inside = channels // _SQUEEZE
        current = self.graph.node("GlobalAveragePool", source)
        current = self.folded((f"{name}.fc1", f"{name}.bn1"), current, (inside, channels, 1, 1), 1, 0)
        current = self.graph.node("Relu", current)
        current = self.folded((f"{name}.fc2", f"{name}.bn2"), current, (channels, inside, 1, 1), 1, 0)
        return self.graph.node("Mul", source, self.graph.node("Sigmoid", current))

    def classify(self, source: str) -> None:
        """Three linear steps in a row, description, normalisation and classes, are one matrix and a summand."""
        described = self.take("linear.weight", _DESCRIBED, _LAST)
        factor, summand = self.normalisation("bn", _DESCRIBED)
        classes = self.take("prob.weight", _CLASSES, _DESCRIBED)
        flat = self.graph.node("Flatten", source)
        scores = self.graph.node("MatMul", flat, self.constant((classes * factor @ described).T))
        scores = self.graph.node("Add", scores, self.constant(classes @ summand))
        self.graph.node("Softmax", scores, axis=1)
        self.graph.rename_output("probabilities")
