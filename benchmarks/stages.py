"""Each stage of the pipeline alone, on one thread."""

import math
from collections.abc import Callable

import cv2
import onnx

from benchmarks.material import Material
from likeness.domain.capture import ImageRequest
from likeness.models.alignment import face_chip
from likeness.models.detector import Detector
from likeness.models.embedder import Embedder
from likeness.models.genuineness import ReplayDetector
from likeness.models.landmarks import Landmarks
from likeness.models.packs import ModelPaths
from likeness.pipeline.clip import decode_clip
from likeness.pipeline.image import decode
from likeness.pipeline.picture import DETECTION_SIDE_PX
from likeness.pipeline.quality import measure
from likeness.pipeline.stages import load_pipelines

TEMPLATE_CHIPS = 2
"""A template is made of the chip and its mirror image."""


def template_gflop(paths: ModelPaths) -> float:
    """Billions of multiplications and additions in one template, counted over the embedder's convolutions."""
    model = onnx.shape_inference.infer_shapes(onnx.load(paths.embedder.paths[0]))
    weights = {tensor.name: math.prod(tensor.dims) for tensor in model.graph.initializer}
    shapes = {value.name: value.type.tensor_type.shape.dim for value in model.graph.value_info}
    total = 0
    for node in model.graph.node:
        if node.op_type == "Conv":  # each weight meets every place of the output once
            total += 2 * weights[node.input[1]] * math.prod(dim.dim_value for dim in shapes[node.output[0]][2:])
    return TEMPLATE_CHIPS * total / 1e9


def stages(paths: ModelPaths, material: Material) -> dict[str, Callable[[], object]]:
    """What is measured, by name: each stage on the 640x480 picture unless its name says otherwise."""
    cv2.setNumThreads(1)
    if paths.landmarks is None:
        raise NotImplementedError
    detector, landmarks = Detector(*paths.detector.paths), Landmarks(*paths.landmarks.paths)
    embedder, replay = Embedder(*paths.embedder.paths), ReplayDetector(*paths.genuineness.paths)
    whole = load_pipelines(paths)
    pixels = decode(material.small, DETECTION_SIDE_PX).pixels
    box = detector.detect(pixels)[0].box
    points = landmarks.locate(pixels, box)
    chip = face_chip(pixels, points)
    return {
        "decode 640x480 JPEG": lambda: decode(material.small, DETECTION_SIDE_PX),
        "decode 12-megapixel JPEG": lambda: decode(material.large, DETECTION_SIDE_PX),
        "detect": lambda: detector.detect(pixels),
        "five points": lambda: landmarks.locate(pixels, box),
        "align": lambda: face_chip(pixels, points),
        "quality": lambda: measure(chip, box.width_px),
        "template (chip and mirror image)": lambda: embedder.embed(chip),
        "screen detector, one frame": lambda: replay.score(pixels, box),
        "decode 2 s clip": lambda: decode_clip(material.clip),
        "whole 640x480 picture": lambda: whole.image.observe(material.small, ImageRequest(), lambda _: None),
        "whole 12-megapixel picture": lambda: whole.image.observe(material.large, ImageRequest(), lambda _: None),
        "whole 2 s clip": lambda: whole.clip.observe(material.clip, lambda _: None),
    }
