"""The networks' training: two small branches, for texture and surroundings, whose log-odds add up.

PyTorch is needed here and nowhere else (`pip install torch`; the CPU build is enough); see CONTRIBUTING.md.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import Progress
from torch import nn
from torch.nn import functional

from likeness.domain.face import FloatArray, ImageArray
from training.genuineness.material import SEED, Material
from training.genuineness.weighting import weights

CHANNELS = (12, 24, 24, 48, 48, 64, 64)
STRIDES = (2, 2, 1, 2, 1, 2, 1)
"""Of the convolutions, the first 5 x 5, the others 3 x 3: 0.1 million weights a branch, about 2 ms a face."""
BATCH = 96
RATE = 3e-3
DECAY = 1e-3
BRANCH_SHARE = 0.3
"""Weight of each branch's own loss beside that of their sum: keeps both of use by themselves."""
SHIFT_PX = 4
"""Views are shifted by up to so many pixels, as detectors' boxes are."""
KEPT_EVERY = 100
"""Steps after which an interrupted training goes on from where it was."""

FloatVector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Recipe:
    """name: of the network; steps: of BATCH faces each."""

    name: str
    steps: int


class Branch(nn.Module):
    """Convolutions, each with batch normalisation and ReLU; the mean over the picture; one number."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 3
        for place, (channels, stride) in enumerate(zip(CHANNELS, STRIDES, strict=True)):
            size = 3 if place else 5
            layers += [
                nn.Conv2d(before, channels, size, stride, size // 2, bias=False),
                nn.BatchNorm2d(channels),
                nn.ReLU(),
            ]
            before = channels
        self.layers = nn.Sequential(*layers)
        self.out = nn.Linear(before, 1)
        self.drop = nn.Dropout(0.2)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """(n,) log-odds of (n, 3, side, side), 0 to 1."""
        seen: torch.Tensor = self.out(self.drop(self.layers(pixels - 0.5).mean(dim=(2, 3))))
        return seen[:, 0]


class Network(nn.Module):
    """Both branches."""

    def __init__(self) -> None:
        super().__init__()
        self.texture = Branch()
        self.surroundings = Branch()

    def forward(self, texture: torch.Tensor, surroundings: torch.Tensor) -> torch.Tensor:
        """(n, 2) log-odds that the views add."""
        return torch.stack([self.texture(texture), self.surroundings(surroundings)], dim=1)


def train(recipe: Recipe, material: Material, work: Path) -> Network:
    """Fit a network; an interrupted run goes on where it stopped, a finished one is taken from `work`."""
    torch.manual_seed(SEED)
    network = Network()
    network.to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=recipe.steps)
    drawn = weights(material)
    kept = work / f"{recipe.name}-{_state(recipe, material, drawn)}.pt"
    start = 0
    if kept.exists():
        state = torch.load(kept, weights_only=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        start = state["step"]
    network.train()
    with Progress() as progress:
        task = progress.add_task(f"{recipe.name:22}", total=recipe.steps, completed=start)
        for step in range(start, recipe.steps):
            chance = np.random.default_rng((SEED, step))
            chosen = chance.choice(len(material), BATCH, p=drawn)
            loss = _loss(network, material, chosen, chance)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            progress.update(task, completed=step + 1, description=f"{recipe.name:22} loss {loss.item():.3f}")
            if (step + 1) % KEPT_EVERY == 0 or step + 1 == recipe.steps:
                _keep(kept, network, optimiser, schedule, step + 1)
    network.eval()
    return network


def _loss(
    network: Network,
    material: Material,
    chosen: NDArray[np.intp],
    chance: np.random.Generator,
) -> torch.Tensor:
    flip = chance.random(len(chosen)) < 0.5
    shift = chance.integers(-SHIFT_PX, SHIFT_PX + 1, 4)
    # Half the time of float32 on processors that know bfloat16, and as good.
    with torch.autocast("cpu", torch.bfloat16):
        evidence = network(
            _tensor(_moved(material.texture[chosen], flip, shift[:2])),
            _tensor(_moved(material.surroundings[chosen], flip, shift[2:])),
        ).float()
    target = torch.from_numpy(material.attack[chosen].astype(np.float32))
    loss = functional.binary_cross_entropy_with_logits(evidence.sum(dim=1), target)
    for branch in range(2):
        loss = loss + BRANCH_SHARE * functional.binary_cross_entropy_with_logits(evidence[:, branch], target)
    return loss


def _moved(pixels: ImageArray, flip: NDArray[np.bool_], shift: NDArray[np.int64]) -> ImageArray:
    pixels = pixels.copy()
    pixels[flip] = pixels[flip, :, ::-1]
    return np.roll(pixels, tuple(int(it) for it in shift), axis=(1, 2))


def _tensor(pixels: ImageArray) -> torch.Tensor:
    planes = torch.from_numpy(pixels).permute(0, 3, 1, 2).to(torch.float32) / 255
    return planes.contiguous(memory_format=torch.channels_last)


def evidence(network: Network, material: Material) -> FloatVector:
    """(n, 2) log-odds that both views add, for every face."""
    network.eval()
    with torch.no_grad():
        parts = [
            network(_tensor(material.texture[at : at + 256]), _tensor(material.surroundings[at : at + 256])).numpy()
            for at in range(0, len(material), 256)
        ]
    return np.concatenate(parts).astype(np.float64) if parts else np.empty((0, 2))


def folded(branch: Branch) -> list[tuple[FloatArray, FloatArray]]:
    """Weight and bias of each convolution with its normalisation folded in, then of the last, linear layer."""
    out: list[tuple[FloatArray, FloatArray]] = []
    layers = list(branch.layers)
    for convolution, norm in zip(layers[::3], layers[1::3], strict=True):
        if not (isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)):
            raise TypeError(type(convolution).__name__)
        if norm.running_var is None or norm.running_mean is None:
            raise TypeError("a normalisation that kept no mean")
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        weight = convolution.weight * scale[:, None, None, None]
        bias = norm.bias - norm.running_mean * scale
        out.append((_array(weight), _array(bias)))
    return [*out, (_array(branch.out.weight), _array(branch.out.bias))]


def _array(values: torch.Tensor) -> FloatArray:
    return np.asarray(values.detach().contiguous().numpy(), np.float32)


def _keep(kept: Path, network: Network, optimiser: Any, schedule: Any, step: int) -> None:  # noqa: ANN401 - torch's
    unfinished = kept.with_suffix(".part")
    state = {
        "network": network.state_dict(),
        "optimiser": optimiser.state_dict(),
        "schedule": schedule.state_dict(),
        "step": step,
    }
    torch.save(state, unfinished)
    unfinished.rename(kept)


def _state(recipe: Recipe, material: Material, drawn: FloatVector) -> str:
    """Digest of whatever the weights depend on."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    parts: Sequence[NDArray[Any]] = (material.texture, material.surroundings, material.attack, drawn)
    for part in parts:
        digest.update(np.ascontiguousarray(part).tobytes())
    digest.update(f"{recipe}".encode())
    return digest.hexdigest()[:12]
