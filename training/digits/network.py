"""The network's training: digits spoken by many voices, drawn anew for every step and spoilt in every way.

PyTorch is needed here and nowhere else (`pip install torch`; the CPU build is enough); see CONTRIBUTING.md.
"""

# mypy: disable-error-code="misc,no-any-return"

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.progress import Progress
from torch import nn
from torch.nn import functional

from likeness.models.digits_ctc import BLANK, SYMBOLS
from likeness.models.digits_features import BANDS
from training.digits.drawing import Lesson, varied
from training.digits.voices import seeded

CHANNELS = 128
KERNEL = 9
BLOCKS_EARLY, BLOCKS_LATE = 2, 5
"""Before and after the second halving of the times: 40 ms each at the end, and about 1.7 s seen at once."""
DROPPED = 0.1
BATCH = 32
RATE = 3e-3
DECAY = 1e-2
LARGEST_GRADIENT = 2.0
KEPT_EVERY = 50
"""Steps after which an interrupted training goes on from where it was."""


class Block(nn.Module):
    """A depthwise and a pointwise convolution, added to what came in."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv1d(CHANNELS, CHANNELS, KERNEL, padding=KERNEL // 2, groups=CHANNELS, bias=False),
            nn.Conv1d(CHANNELS, CHANNELS, 1, bias=False),
            nn.BatchNorm1d(CHANNELS),
            nn.ReLU(),
            nn.Dropout(DROPPED),
        )

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """(n, CHANNELS, times) of the same size."""
        return maps + self.layers(maps)


def halving(channels: int) -> list[nn.Module]:
    """Half as many times."""
    return [nn.Conv1d(channels, CHANNELS, 5, 2, 2, bias=False), nn.BatchNorm1d(CHANNELS), nn.ReLU()]


class Listener(nn.Module):
    """Features (n, frames, BANDS) to log probabilities (n, frames / 4, SYMBOLS)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *halving(BANDS),
            *(Block() for _ in range(BLOCKS_EARLY)),
            *halving(CHANNELS),
            *(Block() for _ in range(BLOCKS_LATE)),
            nn.Conv1d(CHANNELS, SYMBOLS, 1),
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Natural logarithms."""
        scores = self.layers(features.transpose(1, 2)).transpose(1, 2)
        return functional.log_softmax(scores, dim=2)


def batch(taught: Sequence[Lesson], rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor, list[str]]:
    """Features padded to one length, how many times of each count, and the digits."""
    chosen = [taught[place] for place in rng.integers(len(taught), size=BATCH)]
    seen = [varied(lesson, rng) for lesson in chosen]
    longest = max(features.shape[0] for features in seen)
    padded = np.stack([np.pad(features, ((0, longest - features.shape[0]), (0, 0)), "edge") for features in seen])
    times = torch.tensor([(features.shape[0] + 3) // 4 for features in seen])
    return torch.from_numpy(padded), times, [lesson.digits for lesson in chosen]


def loss_of(network: Listener, features: torch.Tensor, times: torch.Tensor, digits: list[str]) -> torch.Tensor:
    """CTC's, a string's mean."""
    targets = torch.tensor([int(digit) + 1 for string in digits for digit in string])
    lengths = torch.tensor([len(string) for string in digits])
    found = network(features).transpose(0, 1)
    return functional.ctc_loss(found, targets, times, lengths, blank=BLANK, reduction="sum", zero_infinity=True) / BATCH


def trained(name: str, taught: Sequence[Lesson], steps: int, work: Path) -> Listener:
    """A network taught by these utterances; goes on from where it was, if it was.

    Args:
        name: seeds the draws and names what is kept in `work`.
        taught: utterances.
        steps: of BATCH utterances each.
        work: where its state is kept.
    """
    torch.manual_seed(int(seeded(name).integers(2**31)))
    network = Listener()
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, steps, pct_start=0.15)
    kept, start = work / f"{name}.pt", 0
    if kept.exists():
        state: dict[str, Any] = torch.load(kept, weights_only=True)
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        schedule.load_state_dict(state["schedule"])
        start = state["step"]
    network.train()
    with Progress() as progress:
        task = progress.add_task(name, total=steps, completed=start)
        for step in range(start, steps):
            optimiser.zero_grad()
            loss = loss_of(network, *batch(taught, seeded(f"{name} {step}")))
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), LARGEST_GRADIENT)
            optimiser.step()
            schedule.step()
            progress.update(task, advance=1, description=f"{name} {loss.item():.2f}")
            if (step + 1) % KEPT_EVERY == 0 or step + 1 == steps:
                torch.save(
                    {
                        "network": network.state_dict(),
                        "optimiser": optimiser.state_dict(),
                        "schedule": schedule.state_dict(),
                        "step": step + 1,
                    },
                    kept,
                )
    return network.eval()


def exported(network: Listener) -> bytes:
    """The network as ONNX: input `features` (1, frames, BANDS), output (1, times, SYMBOLS)."""
    import io  # noqa: PLC0415

    file = io.BytesIO()
    example = torch.zeros(1, 300, BANDS)
    torch.onnx.export(
        network,
        (example,),
        file,
        input_names=["features"],
        output_names=["log_probabilities"],
        dynamic_axes={"features": {1: "frames"}, "log_probabilities": {1: "times"}},
        dynamo=False,
    )
    return file.getvalue()
