"""`python -m benchmarks`: measure, print ratios, write `benchmarks/results/` and `docs/speed.md`."""

import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from benchmarks import machine, report
from benchmarks.dlib_chain import BusyDlib
from benchmarks.load import Request, connect, memory_mb, send, throughput
from benchmarks.material import SPOKEN_S, Material, make
from benchmarks.stages import SPOKEN, stages, template_gflop
from benchmarks.timing import measure
from likeness.child_server import ChildServer, child_server
from likeness.models import packs
from likeness.settings import Settings

ROUNDS = 3
"""Server and chains take turns, so that a noisy minute hits all of them."""
CLIENTS_PER_CORE = 2
HOG_RATIO, CNN_RATIO, GROWTH = (
    "verify over HTTP / dlib HOG chain, 640x480",
    "verify over HTTP / dlib CNN chain, 640x480",
    0.05,
)
"""The project's reach: at least 4 times dlib's HOG chain and 15 times its CNN chain, memory growing by under 5 %; a
clip of digits is judged within its own duration."""
SPOKEN_RATIO = "duration of a 4 s clip of digits / time to judge it on one core"
LEAST_RATIOS = {HOG_RATIO: 4.0, CNN_RATIO: 15.0, SPOKEN_RATIO: 1.0}
WARM_UP_CALLS = 300
"""Before memory is looked at: arenas and caches have filled."""

console = Console(highlight=False)


def main(
    calls: Annotated[int, typer.Option(help="Verifications of the memory run.")] = 5000,
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> None:
    """Measure every stage, whole verifications over HTTP, dlib's chains and memory, in one run."""
    settings = Settings()
    pack = packs.load(settings.pack)
    paths = packs.prepare(pack, settings.models_path)
    material, cores = make(), os.cpu_count() or 1
    with Progress(console=Console(stderr=True), transient=True) as progress:
        results: dict[str, Any] = {"machine": machine.describe(), "sgemm_gflops": machine.sgemm_peak_gflops()}
        results["template_gflop"] = template_gflop(paths)
        results["stages"] = _stages(progress, stages(paths, material))
        with tempfile.TemporaryDirectory(prefix="likeness-bench-") as folder:
            own = settings.model_copy(update={"data_dir": Path(folder), "models_dir": settings.models_path})
            with child_server(own) as server:
                results["per_second_per_core"] = _rates(progress, server, material, cores)
                results["memory"] = _memory(progress, server, material, cores, calls)
    results["ratios"] = _ratios(results)
    results["reached"] = _reached(results)
    report.write(results)
    print(json.dumps(results, indent=2) if as_json else report.text(results))
    raise typer.Exit(0 if all(results["reached"].values()) else 1)


def _stages(progress: Progress, calls: dict[str, Any]) -> dict[str, Any]:
    task = progress.add_task("stages", total=len(calls))
    timings = {}
    for name, call in calls.items():
        timings[name] = asdict(measure(call))
        progress.advance(task)
    return timings


def _verification(server: ChildServer, picture: bytes, token: str) -> Request:
    fields = {**server.credentials, "token": token, "comparison_type": "0", "uuid": "bench"}
    return Request.form("verify", fields, {"image_ref1": picture})


def _capture(server: ChildServer, material: Material) -> Request:
    return Request.form("validate_still", server.credentials, {"video": material.clip})


def _rates(progress: Progress, server: ChildServer, material: Material, cores: int) -> dict[str, float]:
    """Calls per second and core, of the server and of dlib's chains by turns, every core busy."""
    capture = _capture(server, material)
    token = send(connect(server), capture)["token_still"]
    dlib, clients = BusyDlib(cores), CLIENTS_PER_CORE * cores

    def over_http(request: Request, calls_per_core: int) -> Callable[[], float]:
        return lambda: throughput(server, request, calls_per_core * cores, clients, lambda: None) / cores

    runs: dict[str, Callable[[], float]] = {
        "verify, 640x480 reference": over_http(_verification(server, material.small, token), 200),
        "dlib HOG chain, 640x480": lambda: dlib.per_second_per_core("hog", material.small, 30),
        "dlib CNN chain, 640x480": lambda: dlib.per_second_per_core("cnn", material.small, 3),
        "verify, 12-megapixel reference": over_http(_verification(server, material.large, token), 80),
        "dlib HOG chain, 12-megapixel": lambda: dlib.per_second_per_core("hog", material.large, 5),
        "validate_still, 2 s clip": over_http(capture, 12),
    }
    task = progress.add_task("server and dlib by turns", total=ROUNDS * len(runs))
    rates: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            rates[name].append(run())
            progress.advance(task)
    dlib.close()
    return {name: sorted(values)[ROUNDS // 2] for name, values in rates.items()}


def _memory(progress: Progress, server: ChildServer, material: Material, cores: int, calls: int) -> dict[str, Any]:
    token = send(connect(server), _capture(server, material))["token_still"]
    requests = [_verification(server, picture, token) for picture in (material.small, material.large)]
    task = progress.add_task("memory", total=calls + WARM_UP_CALLS)
    tick = partial(progress.advance, task)

    def run(count: int) -> None:
        # Mostly small pictures with some large ones among them, so that sizes keep changing.
        for request, share in ((requests[0], 0.45), (requests[1], 0.1), (requests[0], 0.45)):
            throughput(server, request, max(1, round(count * share)), CLIENTS_PER_CORE * cores, tick)

    run(WARM_UP_CALLS)
    before_mb = memory_mb(server)
    run(calls)
    after_mb = memory_mb(server)
    return {"calls": calls, "before_mb": before_mb, "after_mb": after_mb, "growth": after_mb / before_mb - 1}


def _reached(results: dict[str, Any]) -> dict[str, bool]:
    reached = {f"{name}: at least {least:g}": results["ratios"][name] >= least for name, least in LEAST_RATIOS.items()}
    return reached | {f"memory growth under {GROWTH:.0%}": results["memory"]["growth"] < GROWTH}


def _ratios(results: dict[str, Any]) -> dict[str, float]:
    rates = results["per_second_per_core"]
    small, large = rates["verify, 640x480 reference"], rates["verify, 12-megapixel reference"]
    template_s = results["stages"]["template (chip and mirror image)"]["median_ms"] / 1000
    return {
        HOG_RATIO: small / rates["dlib HOG chain, 640x480"],
        CNN_RATIO: small / rates["dlib CNN chain, 640x480"],
        "verify over HTTP / dlib HOG chain, 12-megapixel": large / rates["dlib HOG chain, 12-megapixel"],
        SPOKEN_RATIO: SPOKEN_S / (results["stages"][SPOKEN]["median_ms"] / 1000),
        "template / sgemm peak": results["template_gflop"] / template_s / results["sgemm_gflops"],
    }


if __name__ == "__main__":
    typer.run(main)
