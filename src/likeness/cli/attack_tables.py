"""What `likeness evaluate genuineness` prints for people."""

from collections.abc import Sequence

import typer

from likeness.cli.printing import print_fields, print_table
from likeness.domain.genuineness import Level
from likeness.evaluation.attack_results import GenuinenessEvaluation, OfSource, Wrong
from likeness.evaluation.attack_wording import (
    KINDS,
    OUTCOMES,
    UNITS,
    basis,
    called,
    error_name,
    headline,
    listed,
    ranked,
    ranked_in,
    told,
    units_in,
)
from likeness.evaluation.attacks import Kind, Unit

LISTED_MOST = 20
"""Errors of a kind that are printed; JSON and the report have all."""
UNSUPPORTED = "* fewer than 10 errors: the data cannot support this figure."


def print_attacks(found: GenuinenessEvaluation) -> None:
    """Print everything but the curves."""
    made = found.made
    print_fields(
        [
            ("pack", made.pack),
            ("files", f"{sum(it.files for it in found.files):,}"),
            (
                "intervals",
                f"95 %, {made.resamples:,} resamples of sources and at least Wilson's; seed {made.seed}",
            ),
            ("level", made.level),
        ]
    )
    typer.echo("")
    for it in found.headlines:
        if it.level == made.level:
            typer.echo(headline(it))
    typer.echo("\nWhat was presented; what is refused before it is judged counts in no APCER or BPCER:")
    print_table(
        ("judged as", "kind", "sources", "files", "judged", "refused before", "not readable"),
        [
            (
                *(UNITS[Unit(it.unit)].lower(), KINDS[Kind(it.kind)], it.sources, f"{it.files:,}", f"{it.judged:,}"),
                *(listed(it.refused, OUTCOMES), listed(it.damaged, OUTCOMES)),
            )
            for it in found.files
        ],
    )
    for unit in units_in(found):
        _unit(found, unit)
    typer.echo(UNSUPPORTED)
    _errors("Attacks that passed", [it for it in found.errors if it.kind != Kind.LIVE])
    _errors("Live people who did not pass", [it for it in found.errors if it.kind == Kind.LIVE])


def _unit(found: GenuinenessEvaluation, unit: str) -> None:
    name = UNITS[Unit(unit)]
    at_levels = [it for it in found.at_levels if it.unit == unit and it.error.of]
    by_kind = {kind: [it for it in at_levels if it.kind == kind] for kind in dict.fromkeys(it.kind for it in at_levels)}
    typer.echo(f"{name}, error rates at every level:")
    print_table(
        ("kind", "rate", *Level, "intervals from"),
        [
            (KINDS[Kind(kind)], error_name(kind), *(told(it.error) for it in rows), basis(rows[0].error))
            for kind, rows in by_kind.items()
        ],
    )
    typer.echo(f"{name}, what became of each kind at level {found.made.level}:")
    print_table(
        ("kind", "verdicts", "given the verdict of its kind", "not accepted, for whatever reason"),
        [
            (KINDS[Kind(it.kind)], listed(it.verdicts), told(it.expected) if it.expected else "", told(it.not_accepted))
            for it in at_levels
            if it.level == found.made.level
        ],
    )
    typer.echo(
        f"{name}, by source, the worst first, at most {LISTED_MOST} a kind (intervals as if files were independent):"
    )
    print_table(
        ("kind", "source", "judged", "refused before", "rate", *Level),
        [
            (
                *(KINDS[Kind(it.kind)], it.source, f"{it.judged:,}", f"{it.refused:,}", error_name(it.kind)),
                *(told(it.error[level]) for level in Level),
            )
            for kind in by_kind
            for it in _worst_sources(found, unit, kind)
        ],
    )
    _detectors(found, unit)


def _worst_sources(found: GenuinenessEvaluation, unit: str, kind: str) -> list[OfSource]:
    """Those with the highest rate at the evaluation's level; those of which nothing was judged last."""
    here = [it for it in found.by_source if (it.unit, it.kind) == (unit, kind)]
    worst_first = sorted(here, key=lambda it: -it.error[found.made.level].value if it.judged else 1)
    return worst_first[:LISTED_MOST]


def _detectors(found: GenuinenessEvaluation, unit: str) -> None:
    here = [it for it in found.detectors if it.unit == unit]
    shown = ranked_in(found, unit)
    with_frames = " (of single frames)" if unit == Unit.CLIP else ""
    typer.echo(f"{UNITS[Unit(unit)]}, each detector by itself: AUC{with_frames}, and live people whom it refuses:")
    print_table(
        ("detector", "made for", *(f"AUC {kind}" for kind in shown), *Level),
        [
            (
                *(it.detector, KINDS[Kind(it.own)] if it.own else ""),
                *(_auc(it.auc[kind], it.frame_auc.get(kind)) for kind in shown),
                *(told(it.believed[level].get(Kind.LIVE)) for level in Level),
            )
            for it in here
        ],
    )
    if any(it.reasons for it in here):
        typer.echo(f"{UNITS[Unit(unit)]}, reasons given at level {found.made.level}:")
        print_table(
            ("detector", "kind shown", "reasons"),
            [(it.detector, KINDS[Kind(kind)], listed(given)) for it in here for kind, given in it.reasons.items()],
        )


def _auc(value: float, of_frames: float | None) -> str:
    return ranked(value) if of_frames is None else f"{ranked(value)} ({ranked(of_frames)})"


def _errors(title: str, errors: Sequence[Wrong]) -> None:
    if not errors:
        typer.echo(f"\n{title}: none.")
        return
    more = f"; the first {LISTED_MOST}, all with --json or --report" if len(errors) > LISTED_MOST else ""
    typer.echo(f"\n{title}: {len(errors):,}{more}")
    print_table(
        ("kind", "source", "loudest detector", "file"),
        [(KINDS[Kind(it.kind)], it.source, called(it), it.path) for it in errors[:LISTED_MOST]],
    )
