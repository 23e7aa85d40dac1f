"""`python -m benchmarks`: measure, print ratios, write `benchmarks/results/` and `docs/speed.md`."""

import json
import os
import tempfile
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from benchmarks import machine, report
from benchmarks.dlib_chain import DlibChain
from benchmarks.load import Request, connect, memory_mb, send, throughput
from benchmarks.material import Material, make
from benchmarks.stages import EMBEDDER_GFLOP, stages
from benchmarks.timing import measure
from likeness.child_server import ChildServer, child_server
from likeness.models import packs
from likeness.settings import Settings

ROUNDS = 3
"""The chains take turns, so that a noisy minute hits all of them."""
CLIENTS_PER_CORE = 2
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
        results["stages"] = _stages(progress, stages(paths, material))
        results["chains"] = _chains(progress, material)
        with tempfile.TemporaryDirectory(prefix="likeness-bench-") as folder:
            own = settings.model_copy(update={"data_dir": Path(folder), "models_dir": settings.models_path})
            with child_server(own) as server:
                results["http"] = _http(progress, server, material, cores)
                results["memory"] = _memory(progress, server, material, cores, calls)
    results["ratios"] = _ratios(results)
    report.write(results)
    print(json.dumps(results, indent=2) if as_json else report.text(results))


def _stages(progress: Progress, calls: dict[str, Any]) -> dict[str, Any]:
    task = progress.add_task("stages", total=len(calls))
    timings = {}
    for name, call in calls.items():
        timings[name] = asdict(measure(call))
        progress.advance(task)
    return timings


def _chains(progress: Progress, material: Material) -> dict[str, Any]:
    chain = DlibChain()
    runs = {
        "dlib HOG chain, 640x480": lambda: chain.hog(material.small),
        "dlib CNN chain, 640x480": lambda: chain.cnn(material.small),
        "dlib HOG chain, 12-megapixel": lambda: chain.hog(material.large),
    }
    task = progress.add_task("dlib", total=len(runs))
    timings = {}
    for name, call in runs.items():
        timings[name] = asdict(measure(call, limit_s=8, max_calls=60))
        progress.advance(task)
    return timings


def _verification(server: ChildServer, picture: bytes, token: str) -> Request:
    fields = {**server.credentials, "token": token, "comparison_type": "0", "uuid": "bench"}
    return Request.form("verify", fields, {"image_ref1": picture})


def _capture(server: ChildServer, material: Material) -> Request:
    return Request.form("validate_still", server.credentials, {"video": material.clip})


def _http(progress: Progress, server: ChildServer, material: Material, cores: int) -> dict[str, Any]:
    capture = _capture(server, material)
    token = send(connect(server), capture)["token_still"]
    runs = {
        "verify, 640x480 reference": (_verification(server, material.small, token), 200 * cores),
        "verify, 12-megapixel reference": (_verification(server, material.large, token), 80 * cores),
        "validate_still, 2 s clip": (capture, 12 * cores),
    }
    task = progress.add_task("over HTTP", total=ROUNDS * sum(calls for _, calls in runs.values()))
    rates: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, (request, calls) in runs.items():
            tick = partial(progress.advance, task)
            rates[name].append(throughput(server, request, calls, CLIENTS_PER_CORE * cores, tick) / cores)
    return {name: {"per_second_per_core": sorted(values)[ROUNDS // 2]} for name, values in rates.items()}


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


def _ratios(results: dict[str, Any]) -> dict[str, float]:
    def per_second(chain: str) -> float:
        return 1000 / float(results["chains"][chain]["median_ms"])

    small = results["http"]["verify, 640x480 reference"]["per_second_per_core"]
    large = results["http"]["verify, 12-megapixel reference"]["per_second_per_core"]
    template_s = results["stages"]["template (chip and mirror image)"]["median_ms"] / 1000
    return {
        "verify over HTTP / dlib HOG chain, 640x480": small / per_second("dlib HOG chain, 640x480"),
        "verify over HTTP / dlib CNN chain, 640x480": small / per_second("dlib CNN chain, 640x480"),
        "verify over HTTP / dlib HOG chain, 12-megapixel": large / per_second("dlib HOG chain, 12-megapixel"),
        "template / sgemm peak": EMBEDDER_GFLOP / template_s / results["sgemm_gflops"],
    }


if __name__ == "__main__":
    typer.run(main)
