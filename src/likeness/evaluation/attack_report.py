"""The report of an evaluation of genuineness: one HTML file that needs nothing else."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from likeness.domain.genuineness import Level
from likeness.evaluation import attack_charts
from likeness.evaluation.attack_rates import SOURCES_NEEDED
from likeness.evaluation.attack_results import GenuinenessEvaluation, Wrong
from likeness.evaluation.attack_wording import (
    KINDS,
    OUTCOMES,
    UNITS,
    basis,
    called,
    counts,
    error_name,
    listed,
    ranked,
    ranked_in,
    told,
    units_in,
)
from likeness.evaluation.attacks import Kind
from likeness.evaluation.rates import ERRORS_NEEDED
from likeness.evaluation.report import environment
from likeness.evaluation.wording import percent, span, starred

_FORMS = (basis, called, counts, error_name, listed, percent, ranked, span, starred, told)


@dataclass(frozen=True, slots=True)
class _Error:
    """An error and its picture as a data URI, where there is one."""

    wrong: Wrong
    picture: Markup | None


def render_attacks(found: GenuinenessEvaluation, pictures: Sequence[bytes | None] = ()) -> str:
    """The page; whatever came from file names is escaped.

    Args:
        found: everything.
        pictures: a small JPEG of each of `found.errors`, None where there is none; empty to show no picture at all.
    """
    units = units_in(found)
    shown = [_uri(it) for it in pictures] if pictures else [None] * len(found.errors)
    # Charts hold numbers and our own words only: no name or path reaches them.
    return (
        environment(_FORMS)
        .get_template("attack_report.html.j2")
        .render(
            found=found,
            units=units,
            unit_names=UNITS,
            kinds=KINDS,
            live=Kind.LIVE,
            shown={unit: ranked_in(found, unit) for unit in units},
            levels=list(Level),
            outcomes=OUTCOMES,
            errors=[_Error(wrong, picture) for wrong, picture in zip(found.errors, shown, strict=True)],
            with_pictures=bool(pictures),
            det={unit: _markup(attack_charts.attack_det_svg(found, unit)) for unit in units},
            histogram={unit: _markup(attack_charts.attack_histogram_svg(found, unit)) for unit in units},
            errors_needed=ERRORS_NEEDED,
            sources_needed=SOURCES_NEEDED,
        )
    )


def _markup(svg: str | None) -> Markup | None:
    return Markup(svg) if svg else None  # noqa: S704 - our own drawing, see above


def _uri(picture: bytes | None) -> Markup | None:
    """Base64 holds nothing that HTML would read."""
    return Markup("data:image/jpeg;base64," + base64.b64encode(picture).decode()) if picture else None  # noqa: S704
