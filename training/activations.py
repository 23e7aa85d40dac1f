"""Limits the activations of dlib's embedder: derives the limits, measures what they bring, writes both.

Pictures unlike those that the network was trained on drive a few activations of its last stage far beyond the usual,
and whatever else they show, their descriptors then look alike: the tail of false matches. Every rectifier of that stage
is limited to a quantile of what it lets through for one picture of each person of LFW. The quantile is the candidate
with the least FNMR at FMR 1e-4 on LFW, mean of both halves of its people; CFP and London take no part in the choice.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import helper
from rich.progress import track

from likeness.domain.face import FloatArray, ImageArray
from likeness.evaluation.comparisons import Comparisons, Weighing, compare
from likeness.evaluation.rates import fmr_at, fnmr_at, score_at
from likeness.models import packs
from likeness.models.convert import LAST_STAGE_CHANNELS, convert_embedder
from likeness.models.making import weights_path
from likeness.models.manifest import Converted
from likeness.models.views import directions
from likeness.pipeline.stages import load_stages
from training.observe import most_central
from training.pictures import Picture, cfp, lfw, london, models_path, read

MANIFEST = Path(__file__).parents[1] / "src" / "likeness" / "packs" / "default" / "manifest.json"
REPORT = Path(__file__).with_name("activations_report.json")
QUANTILES = (0.9999, 0.9995, 0.999, 0.998, 0.995)
"""Candidates; without limits is one more."""
RATES = (1e-3, 1e-4, 1e-5)
SEED = 20250101
_BATCH = 16

Chips = NDArray[np.uint8]
"""(n, 150, 150, 3), uint8, RGB."""


def chips_of(pictures: list[Picture], models: Path) -> tuple[Chips, NDArray[np.str_]]:
    """The aligned face nearest the centre of every picture with a face, and whose it is."""
    detector, aligner, _ = load_stages(packs.prepare(packs.load("default"), models))
    chips, people = [], []
    for picture in track(pictures, description=f"{pictures[0].data_set:8}"):
        pixels = read(picture.path)
        if faces := detector.detect(pixels):
            height_px, width_px = pixels.shape[:2]
            face = faces[most_central(faces, width_px, height_px)]
            chips.append(aligner.view(pixels, face).chip)
            people.append(picture.person)
    return np.stack(chips), np.array(people)


def last_stage(model: bytes) -> onnx.ModelProto:
    """The network with the rectifiers of its last stage as its outputs, from input to output."""
    graph = onnx.shape_inference.infer_shapes(onnx.load_from_string(model))
    channels = {
        it.name: it.type.tensor_type.shape.dim[1].dim_value
        for it in graph.graph.value_info
        if len(it.type.tensor_type.shape.dim) > 1
    }
    del graph.graph.output[:]
    for node in graph.graph.node:
        if node.op_type == "Relu" and channels[node.output[0]] == LAST_STAGE_CHANNELS:
            graph.graph.output.append(helper.make_tensor_value_info(node.output[0], onnx.TensorProto.FLOAT, None))
    return graph


def limits_of(chips: ImageArray, model: bytes) -> dict[float, tuple[float, ...]]:
    """The limits at each quantile; chips and their mirror images."""
    session = _session(last_stage(model).SerializeToString())
    both = np.concatenate([chips, chips[:, :, ::-1]])
    parts = [
        session.run(None, {"chips": np.ascontiguousarray(part)})
        for part in track(_batches(both), description="activations")
    ]
    quantiles = np.stack([np.quantile(np.concatenate(layer), QUANTILES) for layer in zip(*parts, strict=True)])
    return {
        quantile: tuple(round(float(limit), 3) for limit in quantiles[:, column])
        for column, quantile in enumerate(QUANTILES)
    }


def describe(chips: Chips, model: bytes) -> FloatArray:
    """Unit vectors (n, 128) as `DlibEmbedder.embed` makes them."""
    session = _session(model)
    one, mirrored = (
        directions(
            np.concatenate([session.run(None, {"chips": np.ascontiguousarray(part)})[0] for part in _batches(side)])
        )
        for side in (chips, chips[:, :, ::-1])
    )
    return directions(one + mirrored).astype(np.float32)


def _session(model: bytes) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])


def _batches(chips: Chips) -> list[Chips]:
    return np.array_split(chips, max(1, len(chips) // _BATCH))


def rates(
    vector: FloatArray, person: NDArray[np.str_], thresholds: list[float] | None = None
) -> dict[str, list[float]]:
    """Thresholds, FMR and FNMR, people counting alike; at given thresholds or at those of RATES."""
    compared = compare(vector, person)
    at = thresholds or [score_at(compared, rate, Weighing.PEOPLE) for rate in RATES]
    return {"threshold": _rounded(at), "fmr": _each(fmr_at, compared, at), "fnmr": _each(fnmr_at, compared, at)}


def _each(rate: Any, compared: Comparisons, at: list[float]) -> list[float]:  # noqa: ANN401 - either rate
    return _rounded([rate(compared, limit, Weighing.PEOPLE) for limit in at])


def _rounded(values: list[float]) -> list[float]:
    return [float(f"{value:.4g}") for value in values]


def measured(vectors: dict[str, FloatArray], people: dict[str, NDArray[np.str_]]) -> dict[str, Any]:
    """Rates on every set: at its own thresholds, at those of LFW, and in both halves of LFW's people."""
    whole = rates(vectors["LFW"], people["LFW"])
    result: dict[str, Any] = {"LFW": whole}
    names = np.random.default_rng(SEED).permutation(np.unique(people["LFW"]))
    one = np.isin(people["LFW"], names[: len(names) // 2])
    result["halves"] = [rates(vectors["LFW"][half], people["LFW"][half]) for half in (one, ~one)]
    for name in vectors.keys() - {"LFW"}:
        result[name] = {
            "own_thresholds": rates(vectors[name], people[name]),
            "thresholds_of_lfw": rates(vectors[name], people[name], whole["threshold"]),
        }
    return result


def main() -> None:
    """Derive, measure, choose and write."""
    parser = argparse.ArgumentParser(prog="python -m training.activations", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with lfw, cfp and london")
    parser.add_argument("--models", type=Path, default=models_path(), help="folder of all packs")
    options = parser.parse_args()
    manifest = json.loads(MANIFEST.read_bytes())
    entry = manifest["stages"]["embedder"]["files"][0]
    weights = weights_path(Converted(**entry["origin"])).read_bytes()
    seen = {
        name: chips_of(found(options.data), options.models)
        for name, found in (("LFW", lfw), ("CFP", cfp), ("London", london))
    }
    people = {name: person for name, (_, person) in seen.items()}
    _, first = np.unique(people["LFW"], return_index=True)
    candidates: dict[str, tuple[float, ...]] = {"none": ()}
    found = limits_of(seen["LFW"][0][first], convert_embedder(weights))
    candidates |= {f"{quantile:.2%}": limits for quantile, limits in found.items()}
    report = {
        name: {"limits": limits}
        | measured(
            {key: describe(chips, convert_embedder(weights, limits)) for key, (chips, _) in seen.items()}, people
        )
        for name, limits in candidates.items()
    }
    best = min(report, key=lambda name: float(np.mean([half["fnmr"][1] for half in report[name]["halves"]])))
    entry["origin"]["activation_limits"] = candidates[best]
    model = convert_embedder(weights, candidates[best])
    entry |= {"sha256": hashlib.sha256(model).hexdigest(), "size": len(model)}
    MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n")
    REPORT.write_text(json.dumps({"chosen": best, "rates": RATES, "candidates": report}, indent=1) + "\n")
    json.dump(
        {name: {key: it[key] for key in ("LFW", "CFP", "London")} for name, it in report.items()}, sys.stdout, indent=1
    )
    print(f"\nchosen: {best}")


if __name__ == "__main__":
    main()
