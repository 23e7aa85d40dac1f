"""The report of an evaluation: one HTML file that needs nothing else, for people who were not there."""

from collections.abc import Callable, Iterable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from likeness.evaluation import charts
from likeness.evaluation.rates import ERRORS_NEEDED, NOMINAL
from likeness.evaluation.results import Evaluation
from likeness.evaluation.wording import (
    QUALITIES,
    counted,
    made_of,
    percent,
    rate,
    ratio,
    same_data,
    span,
    starred,
    stricter,
    whose,
    with_interval,
)

FAILURES = {
    "NO_FACE": "no face found",
    "IMAGE_FORMAT": "not a picture, or a damaged one",
    "IMAGE_SIZE": "over 4096 pixels wide or high",
    "UNREADABLE": "the file cannot be read",
    "ENGINE": "the worker failed",
}
WEIGHINGS = {"pairs": "every pair alike", "people": "every two people alike"}
_FORMS = (counted, made_of, percent, rate, ratio, same_data, span, starred, stricter, whose, with_interval)


def environment(forms: Iterable[Callable[..., object]]) -> Environment:
    """Where pages are made: what is put into them is escaped; they may call `forms` by their names."""
    pages = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.globals |= {form.__name__: form for form in forms}
    return pages


def render(found: Evaluation) -> str:
    """The page; whatever came from file names is escaped."""
    pages = environment(_FORMS)
    # Charts hold numbers and our own words only: no name or path reaches them.
    return pages.get_template("report.html.j2").render(
        found=found,
        det=Markup(charts.det_svg(found)),  # noqa: S704
        histogram=Markup(charts.histogram_svg(found)),  # noqa: S704
        strata=Markup(charts.strata_svg(found, QUALITIES)) if found.strata else "",  # noqa: S704
        qualities=QUALITIES,
        failures=FAILURES,
        weighings=WEIGHINGS,
        nominal=list(NOMINAL),
        errors_needed=ERRORS_NEEDED,
    )
