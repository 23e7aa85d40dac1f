"""The results as text, as a plot and as the page `docs/speed.md`."""

import json
from pathlib import Path
from typing import Any

import altair as alt

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results"
PAGE = ROOT / "docs" / "speed.md"

INTRO = """# Speed

Measured by `make bench`, which writes this page, `benchmarks/results/latest.json` and the plot. Machines are noisy: the
ratios, taken in one run, mean more than the milliseconds.
"""


def write(results: dict[str, Any]) -> None:
    """Write `latest.json`, the plot and the page."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "latest.json").write_text(json.dumps(results, indent=2) + "\n")
    _plot(results).save(str(RESULTS / "latest.svg"))
    picture = "![Verifications per second per core](../benchmarks/results/latest.svg)\n"
    PAGE.write_text(f"{INTRO}\n{picture}\n{text(results)}\n")


def text(results: dict[str, Any]) -> str:
    """The results as Markdown, which reads well in a terminal too."""
    machine, memory = results["machine"], results["memory"]
    lines = [
        f"{machine['cpu']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}.",
        f"sgemm peak {results['sgemm_gflops']:.0f} GFLOP/s on one thread.",
        "",
        *_table(("ratio", ""), [(name, f"{value:.2f}") for name, value in results["ratios"].items()]),
        *_table(("reach", ""), [(name, "reached" if it else "NOT REACHED") for name, it in results["reached"].items()]),
        *_table(
            ("every core busy; the client included where it is over HTTP", "per second and core"),
            [(name, f"{rate:.2f}") for name, rate in results["per_second_per_core"].items()],
        ),
        *_table(("stage, one thread", "median ms", "10 %", "90 %"), _timings(results["stages"])),
        "Memory of the server and its workers:",
        f"{memory['before_mb']:.0f} MiB before, {memory['after_mb']:.0f} MiB after {memory['calls']} verifications,",
        f"a growth of {memory['growth']:+.1%}.",
    ]
    return "\n".join(lines)


def _timings(timings: dict[str, Any]) -> list[tuple[str, ...]]:
    return [(name, *(f"{it[key]:.2f}" for key in ("median_ms", "p10_ms", "p90_ms"))) for name, it in timings.items()]


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]

    def line(cells: tuple[str, ...]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"

    return [line(head), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(line, rows), ""]


def _plot(results: dict[str, Any]) -> alt.Chart:
    rates = results["per_second_per_core"]
    rows = [{"what": name, "rate": round(rate, 2)} for name, rate in rates.items() if "clip" not in name]
    base = alt.Chart({"values": rows}).encode(
        x=alt.X("rate:Q", title="pictures or verifications per second per core"),
        y=alt.Y("what:N", title=None, sort="-x", axis=alt.Axis(labelLimit=260)),
    )
    bars = base.mark_bar().encode(
        color=alt.condition("indexof(datum.what, 'dlib') >= 0", alt.value("#8c959f"), alt.value("#0969da"))
    )
    chart: alt.Chart = (bars + base.mark_text(align="left", dx=4).encode(text="rate:Q")).properties(width=520)
    return chart
