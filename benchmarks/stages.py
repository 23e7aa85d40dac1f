"""Each stage of the pipeline alone, on one thread."""

import math
from collections.abc import Callable
from pathlib import Path

import cv2
import onnx

from benchmarks.material import Material
from likeness.domain.capture import AS_SELFIE, ClipRequest, ImageRequest
from likeness.models.packs import ModelPaths
from likeness.pipeline.clip import decode_clip
from likeness.pipeline.image import decode
from likeness.pipeline.picture import DETECTION_SIDE_PX
from likeness.pipeline.quality import measure
from likeness.pipeline.sound import decode_sound
from likeness.pipeline.stages import load_genuineness, load_pipelines, load_stages

SPOKEN = "whole 4 s clip of digits, 640x480"
TEMPLATE_CHIPS = 2
"""A template is made of the chip and its mirror image."""


def template_gflop(paths: ModelPaths) -> float:
    """Billions of multiplications and additions in one template, counted over the embedders' convolutions."""
    parts = [paths.embedder, *(part for _, part in paths.embedder.parts)]
    return TEMPLATE_CHIPS * sum(_gflop(path) for part in parts for path in part.paths)


def _gflop(path: Path) -> float:
    model = onnx.shape_inference.infer_shapes(onnx.load(path))
    weights = {tensor.name: math.prod(tensor.dims) for tensor in model.graph.initializer}
    shapes = {value.name: value.type.tensor_type.shape.dim for value in model.graph.value_info}
    total = 0
    for node in model.graph.node:
        if node.op_type == "Conv":  # each weight meets every place of the output once
            total += 2 * weights[node.input[1]] * math.prod(dim.dim_value for dim in shapes[node.output[0]][2:])
    return total / 1e9


def stages(paths: ModelPaths, material: Material) -> dict[str, Callable[[], object]]:
    """What is measured, by name: each stage on the 640x480 picture unless its name says otherwise."""
    cv2.setNumThreads(1)
    detector, aligner, embedder = load_stages(paths)
    genuineness, whole = load_genuineness(paths), load_pipelines(paths)
    pixels = decode(material.small, DETECTION_SIDE_PX).pixels
    face = detector.detect(pixels)[0]
    view = aligner.view(pixels, face)
    return {
        "decode 640x480 JPEG": lambda: decode(material.small, DETECTION_SIDE_PX),
        "decode 12-megapixel JPEG": lambda: decode(material.large, DETECTION_SIDE_PX),
        "detect": lambda: detector.detect(pixels),
        "five points and alignment": lambda: aligner.view(pixels, face),
        "quality": lambda: measure(view, face.box.width_px, 1.0),
        "template (chip and mirror image)": lambda: embedder.embed(view),
        "detectors of attacks, one frame": lambda: genuineness.look(pixels, face.box),
        "decode 2 s clip": lambda: decode_clip(material.clip),
        "whole 640x480 picture": lambda: whole.image.observe(material.small, ImageRequest(), lambda _: None),
        "whole 12-megapixel picture": lambda: whole.image.observe(material.large, ImageRequest(), lambda _: None),
        SPOKEN: lambda: whole.clip.observe(material.spoken, ClipRequest(digits="4071"), lambda _: None),
        "decode 4 s clip and its sound": lambda: (
            decode_clip(material.spoken, spoken=True),
            decode_sound(material.spoken),
        ),
        "whole selfie, 640x480": lambda: whole.image.observe(material.small, AS_SELFIE, lambda _: None),
        "whole 2 s clip": lambda: whole.clip.observe(material.clip, ClipRequest(), lambda _: None),
    }
