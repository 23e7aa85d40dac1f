"""Fits the network of head pose and writes `src/likeness/pose/pose.onnx`.

Needs PyTorch (`pip install torch`; the CPU build is enough) and pack `mobile`, whose detector's points tell how the
faces fitted to are turned (`geometry.py`); see CONTRIBUTING.md.
"""

import argparse
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import Progress
from torch import nn
from torch.nn import functional

from likeness.domain.face import FloatArray, ImageArray
from likeness.models import shared
from likeness.models.pose import CROP_PX, CROP_TIMES, PADDING_LEVEL
from training.pictures import models_path
from training.selfie import export
from training.selfie.geometry import Array
from training.selfie.labels import Labelled, fitted_people, labelled
from training.selfie.material import CROP_PX as MATERIAL_PX
from training.selfie.material import CROP_TIMES as MATERIAL_TIMES
from training.selfie.material import SEED, Faces

CHANNELS = (16, 32, 32, 64, 64, 96)
STRIDES = (2, 1, 2, 1, 2, 2)
"""Of the convolutions, the first 5 x 5, the others 3 x 3; 4 x 4 places are left for the linear layer."""
SCALE_DEG = 30.0
"""What the network answers 1 for."""
STEPS, BATCH, RATE, DECAY = 2400, 96, 3e-3, 1e-3
BIN_DEG, RARE_TIMES = 10.0, 12.0
"""Yaws are drawn evenly by bins, but no face more often than so many times as the most frequent yaw's."""
TURN_DEG, SHIFT, GROW = 25.0, 0.08, 0.15
"""How far crops are turned in their plane; shifted, in widths of the face; and grown or shrunk, as a part."""
KEPT_EVERY = 200
"""Steps after which an interrupted training goes on from where it was."""


def build() -> nn.Sequential:
    """Convolutions, each with batch normalisation and ReLU, then a linear layer; batches of 96 pass in seconds."""
    layers: list[Any] = []
    before = 3
    for place, (channels, stride) in enumerate(zip(CHANNELS, STRIDES, strict=True)):
        size = 3 if place else 5
        layers += [
            nn.Conv2d(before, channels, size, stride, size // 2, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
        ]
        before = channels
    return nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.2), nn.Linear(before * 16, 3))


def drawn_shares(yaw_deg: Array) -> Array:
    """(n,): how often each face is drawn, so that all yaws are, as far as there are faces."""
    place = np.floor(np.abs(yaw_deg) / BIN_DEG).astype(int)
    counts = np.bincount(place)
    share = np.minimum(1 / counts[place], RARE_TIMES / counts.max())
    return np.asarray(share / share.sum(), np.float64)


def varied(crop: ImageArray, pose: Array, chance: np.random.Generator) -> tuple[ImageArray, FloatArray]:
    """One face as another camera would show it: turned, shifted, mirrored, lit and cut otherwise; and its pose."""
    turn_deg = chance.uniform(-TURN_DEG, TURN_DEG)
    face_px = MATERIAL_PX / MATERIAL_TIMES
    scale = CROP_PX / CROP_TIMES / face_px * np.exp(chance.uniform(-GROW, GROW))
    middle = (MATERIAL_PX - 1) / 2
    matrix = cv2.getRotationMatrix2D((middle, middle), -turn_deg, scale)
    shift_px = chance.uniform(-SHIFT, SHIFT, 2) * CROP_PX / CROP_TIMES
    matrix[:, 2] = matrix[:, 2] + (CROP_PX - 1) / 2 - middle + shift_px
    size, grey = (CROP_PX, CROP_PX), (PADDING_LEVEL,) * 3
    seen = np.asarray(cv2.warpAffine(crop, matrix, size, flags=cv2.INTER_AREA, borderValue=grey), np.float32)
    told = pose + np.array((0.0, 0.0, turn_deg))
    if chance.random() < 0.5:  # noqa: PLR2004  as often as not
        seen, told = seen[:, ::-1], told * np.array((-1, 1, -1))
    return _filmed(_framed(seen, chance), chance), told.astype(np.float32)


def _framed(seen: FloatArray, chance: np.random.Generator) -> FloatArray:
    """Cut by the picture's border on some side, as faces are that fill it; where there is one must not tell yaw."""
    framed = seen.copy()
    for turn in range(4):
        if chance.random() < 0.25:  # noqa: PLR2004  one side in four
            np.rot90(framed, turn)[: chance.integers(1, CROP_PX // 6)] = PADDING_LEVEL
    return framed


def _filmed(seen: FloatArray, chance: np.random.Generator) -> ImageArray:
    """Brighter or darker, flatter, in other colours, blurred, noisy."""
    lit = (seen - 128) * chance.uniform(0.6, 1.3) + 128 + chance.uniform(-35, 35)
    lit = lit * chance.uniform(0.85, 1.15, 3).astype(np.float32)
    if chance.random() < 0.2:  # noqa: PLR2004  black and white, as some pictures are
        lit = np.repeat(lit.mean(axis=2, keepdims=True), 3, axis=2)
    if chance.random() < 0.4:  # noqa: PLR2004
        lit = np.asarray(cv2.GaussianBlur(lit, (0, 0), chance.uniform(0.4, 1.6)), np.float32)
    return np.clip(lit + chance.normal(0, chance.uniform(0, 8), lit.shape), 0, 255).astype(np.uint8)


def train(material: Labelled, work: Path, steps: int) -> nn.Sequential:
    """Fit a network; an interrupted run goes on where it stopped."""
    torch.manual_seed(SEED)
    network = build()
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    kept, start = work / "pose.pt", 0
    if kept.exists():
        state = torch.load(kept, weights_only=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        start = state["step"]
    drawn = drawn_shares(material.pose[:, 0])
    network.train()
    with Progress() as progress:
        task = progress.add_task("pose", total=steps, completed=start)
        for step in range(start, steps):
            loss = _loss(network, material, drawn, np.random.default_rng((SEED, step)))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            progress.update(task, completed=step + 1, description=f"pose, loss {loss.item():.4f}")
            if (step + 1) % KEPT_EVERY == 0:
                _keep(kept, network, optimiser, schedule, step + 1)
    kept.unlink(missing_ok=True)
    network.eval()
    return network


def _keep(kept: Path, network: nn.Sequential, optimiser: Any, schedule: Any, step: int) -> None:  # noqa: ANN401  of PyTorch
    parts = {"network": network, "optimiser": optimiser, "schedule": schedule}
    unfinished = kept.with_suffix(".part")
    torch.save({"step": step} | {name: part.state_dict() for name, part in parts.items()}, unfinished)
    unfinished.rename(kept)


def _loss(network: nn.Sequential, material: Labelled, drawn: Array, chance: np.random.Generator) -> torch.Tensor:
    chosen = chance.choice(len(drawn), BATCH, p=drawn)
    made = [varied(material.faces.crop[place], material.pose[place], chance) for place in chosen]
    pixels = torch.from_numpy(np.stack([crop for crop, _ in made])).permute(0, 3, 1, 2).float() / 255 - 0.5
    told = np.stack([pose for _, pose in made])
    # Little of the pitch of a profile is seen, and its label says as little.
    weight = np.stack([np.ones(BATCH), np.cos(np.radians(told[:, 0])) ** 2, np.ones(BATCH)], axis=1)
    answer = network(pixels)
    each = functional.smooth_l1_loss(answer, torch.from_numpy(told / SCALE_DEG), reduction="none", beta=0.2)
    return (each * torch.from_numpy(weight.astype(np.float32))).mean()


def layers_of(network: nn.Sequential) -> export.Layers:
    """Weights and biases, batch normalisation folded into its convolution."""
    folded: export.Layers = []
    parts: list[Any] = list(network)
    for place, part in enumerate(parts):
        if isinstance(part, nn.Conv2d):
            norm: Any = parts[place + 1]
            factor = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            weight = part.weight * factor[:, None, None, None]
            folded.append((_array(weight), _array(norm.bias - norm.running_mean * factor)))
    last: Any = parts[-1]
    return [*folded, (_array(last.weight), _array(last.bias))]


def _array(values: torch.Tensor) -> FloatArray:
    found: NDArray[np.float32] = values.detach().numpy()
    return found


def main() -> None:
    """Label, fit and write."""
    parser = argparse.ArgumentParser(prog="python -m training.selfie.network", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with lfw, cfp and london")
    parser.add_argument("--models", type=Path, default=models_path(), help="folder of all packs")
    parser.add_argument("--work", type=Path, default=Path("build/selfie"), help="where observations are kept")
    parser.add_argument("--steps", type=int, default=STEPS, help="of BATCH faces each")
    parser.add_argument("--output", type=Path, default=shared.path(shared.POSE))
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    by_pack, _ = labelled(options.data, options.models, options.work)
    parts = [one for of_set in by_pack.values() for one in of_set.values()]
    faces = Faces.joined([_without_vectors(one.faces) for one in parts])
    material = Labelled(faces, np.concatenate([one.pose for one in parts]))
    network = train(material.at(material.usable & fitted_people(faces)), options.work, options.steps)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_bytes(export.network(layers_of(network), STRIDES, SCALE_DEG))


def _without_vectors(faces: Faces) -> Faces:
    """The same, without templates, whose length differs by pack."""
    columns = {name: getattr(faces, name) for name in Faces.__slots__}
    return Faces(**columns | {"vector": np.empty((len(faces), 0), np.float32)})


if __name__ == "__main__":
    main()
