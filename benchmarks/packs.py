"""`python -m benchmarks.packs`: what a face costs with each pack, in one run; writes `benchmarks/results/packs.json`.

Packs take turns, so that a noisy minute hits all of them. Memory is that of a fresh process that holds one pack as a
worker does, after it has looked at pictures.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import psutil
import typer
from rich.console import Console
from rich.progress import track

from benchmarks import machine
from benchmarks.material import Material, make
from benchmarks.stages import stages
from benchmarks.timing import Timing, measure
from likeness.domain.capture import ImageRequest
from likeness.models import packs
from likeness.pipeline.stages import load_pipelines
from likeness.settings import Settings

RESULTS = Path(__file__).parent / "results" / "packs.json"
ROUNDS = 5
STAGES = {
    "detect": "detect",
    "align": "five points and alignment",
    "template": "template (chip and mirror image)",
    "whole 640x480 picture": "whole 640x480 picture",
    "whole 12-megapixel picture": "whole 12-megapixel picture",
}
"""Names here, and those of `benchmarks.stages`."""
PICTURES = 50
"""Looked at before memory is read."""
MEBIBYTE = 2**20

console = Console(highlight=False)


def main(
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
    memory_of: Annotated[str | None, typer.Option(help="Print the memory of a process with this pack alone.")] = None,
) -> None:
    """Measure every pack; their files have to be there (`likeness models pull`)."""
    models_path = Settings().models_path
    material = make()
    if memory_of is not None:
        typer.echo(memory_mb(memory_of, models_path, material))
        return
    found = {name: packs.prepare(packs.load(name), models_path) for name in packs.names()}
    calls = {name: stages(paths, material) for name, paths in found.items()}
    timings: dict[str, dict[str, list[Timing]]] = {name: {stage: [] for stage in STAGES} for name in found}
    for _ in track(range(ROUNDS), description="rounds", console=Console(stderr=True)):
        for name in found:
            for stage, key in STAGES.items():
                timings[name][stage].append(measure(calls[name][key], limit_s=1.0))
    measured: dict[str, dict[str, Any]] = {
        name: {"ms": _least(timings[name]), "memory_mb": _memory_of_child(name)} for name in found
    }
    results = {"command": "python -m benchmarks.packs", "machine": machine.describe(), "packs": measured}
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    if as_json:
        typer.echo(json.dumps(results, indent=1))
        return
    for name, result in measured.items():
        told = ", ".join(f"{stage} {ms:.1f} ms" for stage, ms in result["ms"].items())
        console.print(f"{name}: {told}; {result['memory_mb']} MiB")


def _least(timings: dict[str, list[Timing]]) -> dict[str, float]:
    """The median call of the quietest round, in milliseconds."""
    return {stage: round(min(it.median_ms for it in rounds), 2) for stage, rounds in timings.items()}


def memory_mb(name: str, models_path: Path, material: Material) -> int:
    """Resident memory of this process with a pack loaded, in MiB."""
    pipelines = load_pipelines(packs.prepare(packs.load(name), models_path))
    for _ in range(PICTURES):
        pipelines.image.observe(material.small, ImageRequest(), lambda _: None)
    return round(psutil.Process().memory_info().rss / MEBIBYTE)


def _memory_of_child(name: str) -> int:
    command = [sys.executable, "-m", "benchmarks.packs", "--memory-of", name]
    return int(subprocess.run(command, capture_output=True, check=True, text=True, timeout=120).stdout)  # noqa: S603


if __name__ == "__main__":
    typer.run(main)
