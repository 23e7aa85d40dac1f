"""What `likeness calibrate` does."""

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from likeness import logs
from likeness.cli.evaluate import Chosen
from likeness.cli.printing import print_fields, print_json, print_table
from likeness.cli.reading import read, tell_passed_over
from likeness.domain.confidence import PINS
from likeness.evaluation.calibration import Source
from likeness.evaluation.calibration import calibrate as calibration_of
from likeness.evaluation.dataset import faces_in
from likeness.evaluation.measure import compare_all
from likeness.evaluation.observations import NOT_CENTRED, READ, Observations
from likeness.evaluation.wording import UNKNOWN, percent
from likeness.models import calibrations, packs
from likeness.models.making import write_whole

_WORDS = {
    "counted": "counting",
    "fitted": "the fitted tail",
    "extrapolated": "extrapolation: NOT SUPPORTED by so few people",
}


def calibrate(folder: Path, pictures: str, output: Path | None, name: str | None, chosen: Chosen) -> None:
    """See `likeness calibrate --help`."""
    logs.configure(chosen.settings.log_format)
    models_path = chosen.settings.models_path
    pack = packs.load(chosen.settings.pack)  # without its own calibration, which may be of other models or damaged
    target = output or models_path / pack.name / calibrations.OWN_NAME
    found = faces_in(folder, pictures)
    tell_passed_over(folder, found)
    with read(found, pack, chosen, landmark_spread=False) as seen:
        with Console(stderr=True).status("fitting the tail and drawing people anew"):
            made = calibration_of(_source(pack, seen, name or folder.resolve().name), compare_all(seen, chosen.seed))
        write_whole(target, (json.dumps(made, indent=1) + "\n").encode())
        if chosen.as_json:
            print_json(made)
        else:
            _print(made, target)


def _source(pack: packs.Pack, seen: Observations, data_set: str) -> Source:
    used = seen.outcome != NOT_CENTRED
    return Source(
        pack=pack.name,
        model_digests=pack.comparing_digests,
        data_set=data_set,
        command=shlex.join(["likeness", *(Path(it).name if Path(it).is_absolute() else it for it in sys.argv[1:])]),
        pictures=int(used.sum()),
        failures_to_acquire=int((used & (seen.outcome != READ)).sum()),
    )


def _print(made: dict[str, Any], target: Path) -> None:
    tail, doubtful = made["tail"], made["doubtful"]
    print_fields(
        [
            ("pack", made["pack"]),
            ("data set", f"{made['data_set']}: {made['pictures']:,} pictures of {made['people']:,} people"),
            ("failures to acquire", made["failures_to_acquire"]),
            ("pairs", f"{made['impostor_pairs']:,} of strangers, {made['genuine_pairs']:,} of one person"),
            (
                "tail",
                f"from {tail['start_fmr']:g} down, exponent {tail['exponent']} (95 %: {_span(tail['exponent_95'])})",
            ),
            ("largest misfit", f"{tail['max_residual_log10']} in log10 of the rate"),
        ]
    )
    print_table(
        ("FMR", "confidence", "score", "95 %", "rests on", "FNMR", "95 %", "score if doubtful"),
        [
            (
                rate,
                PINS[rate],
                f"{it['score']:.4f}",
                _span(it["score_95"]),
                _WORDS[it["rests_on"]],
                *_rate(it["fnmr"], it["fnmr_95"]),
                f"{doubtful['scores'][rate]:.4f}" if doubtful else "",
            )
            for rate, it in made["thresholds"].items()
        ],
    )
    if doubtful:
        share = f"{doubtful['share_of_pictures']:.0%}"
        typer.echo(
            f"Doubtful: a face less than {doubtful['below']} alike to its mirror image, as {share} of these are."
        )
    else:
        typer.echo(
            "No stricter thresholds for doubtful faces: strangers match no more often with them than with others."
        )
    typer.echo(f"The calibration is written to {target}; servers take it from their next start on.")


def _rate(share: float | None, ends: list[float | None]) -> tuple[str, str]:
    """A share and its interval; nothing where nobody had two pictures."""
    if share is None:
        return UNKNOWN, UNKNOWN
    return percent(share), " to ".join(percent(end) for end in ends if end is not None)


def _span(ends: list[float]) -> str:
    return " to ".join(f"{end:g}" for end in ends)
