"""MiniFASNet: the graph against the network worked out anew, crops against the rule, and what the authors published."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from likeness.domain.face import Box, FloatArray, ImageArray
from likeness.models import packs
from likeness.models.anchors import Joining
from likeness.models.minifasnet import REASONS, MiniFASNetDetector, surroundings
from likeness.models.minifasnet_graph import ARCHITECTURES, build
from likeness.models.onnx import Session
from likeness.models.pth import StateDictError, read_state_dict
from likeness.models.yunet import Network, YuNetDetector
from tests.models.faces import corners, pictures, read

FILES = {"MiniFASNetV2": "2.7_80x80_MiniFASNetV2.pth", "MiniFASNetV1SE": "4_0_0_80x80_MiniFASNetV1SE.pth"}
# The authors' results beside their sample pictures: the box they drew, and the share of the class that they named,
# which is class 1, live, for the first alone.
PUBLISHED = {
    "image_T1": (Box(106, 148, 313, 360), True, 0.99),
    "image_F1": (Box(178, 136, 401, 361), False, 0.73),
    "image_F2": (Box(120, 252, 372, 508), False, 0.82),
}
Array = NDArray[np.float64]


@pytest.fixture(scope="module")
def weights(published: Path) -> dict[str, dict[str, FloatArray]]:
    return {name: read_state_dict((published / file).read_bytes()) for name, file in FILES.items()}


@pytest.fixture(scope="module")
def stages(all_models_path: Path) -> tuple[YuNetDetector, MiniFASNetDetector]:
    paths = packs.prepare(packs.load("mobile"), all_models_path)
    assert paths.second_opinion is not None
    return (
        YuNetDetector(paths.detector.paths, paths.detector.parameters),
        MiniFASNetDetector(paths.second_opinion.paths, paths.second_opinion.parameters),
    )


class Reference:
    """The published network step by step in float64, nothing folded, its layout read off the tensors' names."""

    def __init__(self, tensors: dict[str, FloatArray]) -> None:
        self.tensors = {name.removeprefix("module."): it.astype(np.float64) for name, it in tensors.items()}

    def normalised(self, x: Array, name: str) -> Array:
        shape = (1, -1, *[1] * (x.ndim - 2))
        weight, bias, mean, variance = (
            self.tensors[f"{name}.{part}"].reshape(shape) for part in ("weight", "bias", "running_mean", "running_var")
        )
        return np.asarray((x - mean) / np.sqrt(variance + 1e-5) * weight + bias)

    def convolved(self, x: Array, name: str, stride: int, padding: int) -> Array:
        weights = self.tensors[f"{name}.weight"]
        padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, weights.shape[2:], (2, 3))[:, :, ::stride, ::stride]
        each = weights.shape[1] == 1
        if each:
            return np.asarray(np.einsum("nchwij,cij->nchw", windows, weights[:, 0]))
        return np.asarray(np.einsum("nchwij,ocij->nohw", windows, weights))

    def unit(self, x: Array, name: str, stride: int = 1, padding: int = 0) -> Array:
        x = self.normalised(self.convolved(x, f"{name}.conv", stride, padding), f"{name}.bn")
        slopes = self.tensors.get(f"{name}.prelu.weight")
        return x if slopes is None else np.where(x < 0, x * slopes[:, None, None], x)

    def block(self, x: Array, name: str, stride: int = 1) -> Array:
        y = self.unit(self.unit(self.unit(x, f"{name}.conv"), f"{name}.conv_dw", stride, 1), f"{name}.project")
        if f"{name}.se_module.fc1.weight" in self.tensors:
            z = y.mean(axis=(2, 3), keepdims=True)
            z = self.normalised(self.convolved(z, f"{name}.se_module.fc1", 1, 0), f"{name}.se_module.bn1")
            z = self.convolved(np.maximum(z, 0), f"{name}.se_module.fc2", 1, 0)
            y = y / (1 + np.exp(-self.normalised(z, f"{name}.se_module.bn2")))
        return x + y if stride == 1 else y

    def probabilities(self, x: Array) -> Array:
        x = self.unit(self.unit(x, "conv1", 2, 1), "conv2_dw", 1, 1)
        for down, stage, blocks in (("conv_23", "conv_3", 4), ("conv_34", "conv_4", 6), ("conv_45", "conv_5", 2)):
            x = self.block(x, down, 2)
            for place in range(blocks):
                x = self.block(x, f"{stage}.model.{place}")
        x = self.unit(self.unit(x, "conv_6_sep"), "conv_6_dw")[:, :, 0, 0]
        x = self.normalised(x @ self.tensors["linear.weight"].T, "bn") @ self.tensors["prob.weight"].T
        return np.asarray(np.exp(x) / np.exp(x).sum(axis=1, keepdims=True))


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_graph_is_the_network(name: str, weights: dict[str, dict[str, FloatArray]], data: Path) -> None:
    small = [cv2.resize(it, (80, 80)) for it in pictures(data, 4)]
    noise = [np.random.default_rng(3).integers(0, 256, (80, 80, 3), np.uint8), np.zeros((80, 80, 3), np.uint8)]
    planes = np.array([it.transpose(2, 0, 1) for it in (*small, *noise)], np.float32)
    found = Session(build(ARCHITECTURES[name], weights[name])).run(pixels=planes)
    np.testing.assert_allclose(found, Reference(weights[name]).probabilities(planes.astype(np.float64)), atol=2e-6)
    assert np.ptp(found[:, 1]) > 0.1  # the pictures are told apart


def test_a_network_is_built_once_and_for_all(weights: dict[str, dict[str, FloatArray]]) -> None:
    for name, architecture in ARCHITECTURES.items():
        assert build(architecture, weights[name]) == build(architecture, weights[name])


def without(name: str) -> Callable[[dict[str, FloatArray]], object]:
    return lambda tensors: tensors.pop(name)


def instead(name: str, array: FloatArray) -> Callable[[dict[str, FloatArray]], object]:
    return lambda tensors: tensors.update({name: array})


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (without("module.conv_4.model.3.conv_dw.bn.running_var"), "running_var is missing"),
        (without("module.prob.weight"), "prob.weight is missing"),
        (
            instead("module.conv_4.model.6.conv.conv.weight", np.ones((1, 1, 1, 1), np.float32)),
            "unknown tensors: module",
        ),
        (instead("FourierGenerator.weight", np.ones(3, np.float32)), "unknown tensors: Fourier"),
        (instead("module.prob.weight", np.ones((4, 128), np.float32)), r"is \(4, 128\), not \(3, 128\)"),
        (instead("module.conv1.bn.weight", np.ones((32, 1), np.float32)), r"is \(32, 1\), not \(32,\)"),
        (instead("module.conv1.bn.running_var", -np.ones(32, np.float32)), "negative variance"),
        (instead("module.conv1.prelu.weight", np.full(32, 1.5, np.float32)), "slope over 1"),
    ],
)
def test_only_the_very_tensors_are_taken(
    how: Callable[[dict[str, FloatArray]], object], said: str, weights: dict[str, dict[str, FloatArray]]
) -> None:
    tensors = dict(weights["MiniFASNetV2"])
    how(tensors)
    with pytest.raises(StateDictError, match=said):
        build(ARCHITECTURES["MiniFASNetV2"], tensors)


def test_one_network_is_not_taken_for_the_other(weights: dict[str, dict[str, FloatArray]]) -> None:
    with pytest.raises(StateDictError, match="not"):
        build(ARCHITECTURES["MiniFASNetV1SE"], weights["MiniFASNetV2"])
    with pytest.raises(StateDictError, match="not"):
        build(ARCHITECTURES["MiniFASNetV2"], weights["MiniFASNetV1SE"])


@pytest.mark.parametrize(
    ("face", "scale", "expected"),
    [
        (Box(40, 30, 50, 42), 2.0, (35, 24, 55, 48)),  # inside: twice as large about its centre
        (Box(40, 30, 51, 42), 2.0, (34, 24, 56, 48)),  # corners rounded down
        (Box(2, 30, 12, 42), 2.0, (0, 24, 20, 48)),  # moved right
        (Box(90, 30, 98, 42), 2.0, (83, 24, 99, 48)),  # moved left
        (Box(40, -4, 50, 8), 2.0, (35, 0, 55, 24)),  # moved down
        (Box(40, 70, 50, 82), 2.0, (35, 55, 55, 79)),  # moved up
        (Box(20, 20, 60, 60), 4.0, (0, 0, 79, 79)),  # no larger than the picture less a pixel, proportions kept
        (Box(-50, -50, 150, 150), 2.7, (10, 0, 89, 79)),  # larger than the picture
    ],
)
def test_crops_follow_the_published_rule(face: Box, scale: float, expected: tuple[int, int, int, int]) -> None:
    image = np.random.default_rng(5).integers(0, 256, (80, 100, 3), np.uint8)
    left, top, right, bottom = expected
    crop = cv2.resize(image[top : bottom + 1, left : right + 1], (80, 80))
    np.testing.assert_array_equal(surroundings(image, face, scale), crop)


def test_any_picture_and_box_gives_a_crop(stages: tuple[YuNetDetector, MiniFASNetDetector]) -> None:
    rng = np.random.default_rng(7)
    for _ in range(50):
        image = rng.integers(0, 256, (*rng.integers(1, 60, 2), 3), np.uint8)
        left, top, side = rng.uniform(-40, 60), rng.uniform(-40, 60), rng.uniform(0.5, 80)
        found = stages[1].look(image, Box(left, top, left + side, top + side))[0]
        assert (found.detector, found.reason in REASONS) == ("minifasnet", True)
        assert 0 <= found.score <= 1


def sample(data: Path, name: str) -> ImageArray:
    return read(data / "edge" / "silentface" / f"{name}.jpg")


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_results_are_repeated(
    name: str, stages: tuple[YuNetDetector, MiniFASNetDetector], weights: dict[str, dict[str, FloatArray]], data: Path
) -> None:
    face, live, share = PUBLISHED[name]
    image, detector = sample(data, name), stages[1]
    sessions = [Session(build(ARCHITECTURES[it], weights[it])) for it in FILES]
    classes = np.mean(
        [
            session.run(
                pixels=surroundings(image, face, scale)[None, :, :, ::-1].transpose(0, 3, 1, 2).astype(np.float32)
            )
            for scale, session in zip((2.7, 4.0), sessions, strict=True)
        ],
        axis=(0, 1),
    )
    assert (classes.argmax() == 1) == live
    assert classes.max() == pytest.approx(share, abs=0.01)
    assert detector.live(image, face).mean() == pytest.approx(classes[1], abs=1e-6)
    assert (classes[1] > 0.98) if live else (classes[1] < 0.2)


def test_the_pack_tells_the_published_samples_apart(
    stages: tuple[YuNetDetector, MiniFASNetDetector], data: Path
) -> None:
    detector, second = stages
    found = {name: second.look(image := sample(data, name), detector.detect(image)[0].box)[0] for name in PUBLISHED}
    live = {name: 1 - it.score for name, it in found.items()}
    assert live["image_T1"] > 0.98
    assert max(live["image_F1"], live["image_F2"]) < 0.2


def test_the_louder_network_is_the_reason(stages: tuple[YuNetDetector, MiniFASNetDetector], data: Path) -> None:
    detector, second = stages
    for image in (*pictures(data, 20), sample(data, "image_F1")):
        box = detector.detect(image)[0].box
        near, far = second.live(image, second.face_box(box))
        assert second.look(image, box)[0].reason == ("near surroundings" if near < far else "far surroundings")
        assert second.look(image, box)[0].score == pytest.approx(1 - (near + far) / 2, abs=1e-6)


def test_faces_are_boxed_as_yunet_saw_them(
    stages: tuple[YuNetDetector, MiniFASNetDetector], all_models_path: Path, data: Path
) -> None:
    detector, second = stages
    stage = packs.paths(packs.load("mobile"), all_models_path).detector
    joining = Joining(*(stage.parameters[name] for name in ("overlap_limit", "pooled_score", "pooled_overlap")))
    for image in pictures(data, 20):
        found, factor = Network(stage.paths[0]).look(image, stage.parameters["least_score"], joining)
        tall = np.array(corners(second.face_box(detector.detect(image)[0].box)))
        seen = found.box / factor
        own = seen[np.abs(seen - tall).max(axis=1).argmin()]
        width_px = tall[2] - tall[0]
        np.testing.assert_allclose(tall, own, atol=0.1 * width_px)  # people's faces are not all as tall
        np.testing.assert_allclose(tall[:2] + tall[2:], own[:2] + own[2:], atol=0.002 * width_px)
