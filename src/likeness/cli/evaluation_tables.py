"""What `likeness evaluate` prints for people."""

import typer

from likeness.cli.printing import print_fields, print_table
from likeness.evaluation.results import Calibrated, Estimate, Evaluation, WorstPair
from likeness.evaluation.wording import (
    Form,
    counted,
    made_of,
    percent,
    rate,
    ratio,
    span,
    starred,
    stricter,
    whose,
    with_interval,
)

SHOWN = ("1e-3", "1e-4")
UNSUPPORTED = "* fewer than 10 independent errors: the data cannot support this figure."


def print_evaluation(found: Evaluation) -> None:
    """Print everything but the curves."""
    _summary(found)
    typer.echo("Error rates at thresholds measured on these pictures (FNMR at FMR):")
    print_table(
        ("comparisons", "FMR", "score", "FNMR", "95 %", "false matches", "independent"),
        [
            (
                it.weighing,
                it.fmr,
                f"{it.score:.4f}",
                *_cells(it.fnmr, percent),
                it.false_matches,
                f"{it.independent_errors:.1f}",
            )
            for it in found.at_rates
        ],
    )
    if found.at_thresholds:
        _shipped(found)
    else:
        typer.echo("The pack is not calibrated: it has no thresholds that could be checked.")
    if found.strata:
        _strata(found)
    if found.fused:
        _fused(found)
    typer.echo(UNSUPPORTED)
    _worst("Strangers that score highest (look for wrong labels first):", found.highest_impostors)
    _worst("Pictures of one person that score lowest:", found.lowest_genuine)


def _summary(found: Evaluation) -> None:
    made, data, acquisition = found.made, found.data, found.acquisition
    failures = ", ".join(f"{count} {reason}" for reason, count in acquisition.failures.items()) or "none"
    people = f" of {data.people:,} people" if data.people else ""
    print_fields(
        [
            ("pack", made.pack),
            ("pictures", f"{data.pictures:,}{people}"),
            ("left out, not central", data.not_centred or None),
            ("comparisons", f"{data.genuine:,} of one person, {data.impostors:,} of strangers"),
            ("calibration", made.calibration and _file(made.calibration)),
            ("failure to acquire", f"{with_interval(acquisition.rate, percent)}: {failures}"),
            ("intervals", f"95 %, {made.resamples:,} resamples of {made.units}, seed {made.seed}"),
        ]
    )
    typer.echo("")


def _file(calibration: Calibrated) -> str:
    whom = "the operator's own" if calibration.own else "shipped"
    return f"{whom}, of {made_of(calibration)}; sha256 {calibration.sha256}"


def _shipped(found: Evaluation) -> None:
    typer.echo(f"At the {whose(found.made.calibration)} (calibrated on {found.made.calibrated_on}):")
    print_table(
        ("comparisons", "nominal FMR", "score", "FMR", "95 %", "x nominal", "false matches", "FNMR", "95 %"),
        [
            (
                *(it.weighing, it.nominal, f"{it.score:.4f}", *_cells(it.fmr, rate), ratio(it.ratio)),
                *(it.false_matches, *_cells(it.fnmr, percent)),
            )
            for it in found.at_thresholds
        ],
    )
    if found.doubtful:
        typer.echo(stricter(found.doubtful))
        typer.echo("")


def _strata(found: Evaluation) -> None:
    thresholds = whose(found.made.calibration)
    typer.echo(f"By the worse picture's quality, at the {thresholds} (every two people count alike):")
    print_table(
        ("quality", "third", "values", "FNMR at 1e-3", "FNMR at 1e-4", "FMR at 1e-3", "FMR at 1e-4"),
        [
            (
                *(it.quality, it.third, it.span),
                *(with_interval(it.fnmr[nominal], percent) for nominal in SHOWN),
                *(counted(it, nominal) for nominal in SHOWN),
            )
            for it in found.strata
        ],
    )


def _fused(found: Evaluation) -> None:
    typer.echo("Several pictures per template, against one picture of the same people (FNMR, one -> several):")
    shipped = [nominal for nominal in SHOWN if nominal in found.fused[0].fnmr]
    print_table(
        (
            *("pictures", "people", "probes"),
            *(f"FNMR at threshold {it}" for it in shipped),
            *(f"FMR at threshold {it}" for it in shipped),
            *(f"FNMR at own FMR {it}" for it in found.fused[0].at_own),
        ),
        [
            (
                *(it.pictures, it.people, f"{it.probes:,}"),
                *(f"{percent(it.one_fnmr[name])} -> {percent(it.fnmr[name])}" for name in shipped),
                *(f"{rate(it.one_fmr[name])} -> {rate(it.fmr[name])}" for name in shipped),
                *(f"{percent(it.one_at_own[name])} -> {percent(it.at_own[name])}" for name in it.at_own),
            )
            for it in found.fused
        ],
    )


def _worst(title: str, pairs: tuple[WorstPair, ...]) -> None:
    typer.echo(f"\n{title}")
    print_table(
        ("score", "confidence", "first", "second"),
        [
            (f"{it.score:.4f}", "" if it.confidence is None else f"{it.confidence:.1f}", it.first, it.second)
            for it in pairs
        ],
    )


def _cells(estimate: Estimate, form: Form) -> tuple[str, str]:
    return starred(estimate, form), span(estimate, form)
