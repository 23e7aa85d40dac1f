"""The charts of a report, as SVG to stand in an HTML page: text in the page's colour, no script, nothing fetched."""

import re
from typing import Any

import altair as alt
import vl_convert

from likeness.evaluation.results import Curve, Evaluation, Histogram, Stratum

WIDTH_PX, HEIGHT_PX = 620, 340
BLUE, ORANGE, GREEN = "#2f81c7", "#d1622b", "#3d9a50"
"""Told apart on a light and on a dark page, and by people who do not see red and green apart."""

_VEGA_LITE = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
_PANEL_PX = 150
_LEAST_FNMR = 1e-3  # the axis ends there
_BASE = 0.8  # of the bars: below a single comparison, so that it shows
_NAMES = {"pairs": "every pair alike", "people": "every two people alike"}


def det_svg(found: Evaluation) -> str:
    """FNMR over FMR, both on log axes, with the shipped thresholds marked."""
    rows = [row for curve in found.curves for row in _curve_rows(curve)]
    marks = [
        {"fmr": it.fmr.value, "fnmr": max(it.fnmr.value, _LEAST_FNMR), "name": it.nominal, "kind": _NAMES[it.weighing]}
        for it in found.at_thresholds
        if it.fmr.value > 0 and it.fnmr.value == it.fnmr.value
    ]
    colour = alt.Color("kind:N", title=None, scale=alt.Scale(domain=list(_NAMES.values()), range=[ORANGE, BLUE]))
    rates = alt.Axis(format="~e", values=[10.0**power for power in range(-8, 1)])
    x = alt.X("fmr:Q", title="false-match rate", scale=alt.Scale(type="log"), axis=rates)
    y = alt.Y(
        "fnmr:Q",
        title="false-non-match rate",
        scale=alt.Scale(type="log", domain=[_LEAST_FNMR, 1]),
        axis=alt.Axis(format="~%", values=[0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1]),
    )
    lines = alt.Chart(values(rows)).mark_line(clip=True).encode(x=x, y=y, color=colour, order="score:Q")
    points = alt.Chart(values(marks)).encode(x=x, y=y, color=colour)
    chart = (
        lines
        + points.mark_point(filled=True, size=60)
        + points.mark_text(dx=8, dy=-8, align="left").encode(text="name:N")
    )
    return svg(chart.properties(width=WIDTH_PX, height=HEIGHT_PX), "det")


def _curve_rows(curve: Curve) -> list[dict[str, Any]]:
    rows = zip(curve.score, curve.fmr, curve.fnmr, strict=True)
    return [
        {"score": score, "fmr": fmr, "fnmr": fnmr, "kind": _NAMES[curve.weighing]}
        for score, fmr, fnmr in rows
        if fmr > 0 and fnmr > 0
    ]


def histogram_svg(found: Evaluation) -> str:
    """How many comparisons of each kind have which score, on a log axis, with the shipped thresholds marked."""
    rows = _histogram_rows(found.histogram)
    base = alt.Chart(values(rows)).mark_bar(opacity=0.6)
    counts = alt.Axis(format="~s", values=[10**power for power in range(12)])
    bars = base.encode(
        x=alt.X(
            "low:Q",
            title="score (cosine similarity)",
            scale=alt.Scale(zero=False, nice=False),
            axis=alt.Axis(tickCount=10),
        ),
        x2="high:Q",
        y=alt.Y("count:Q", title="comparisons", scale=alt.Scale(type="log", domainMin=_BASE, nice=False), axis=counts),
        y2="base:Q",
        color=alt.Color(
            "kind:N", title=None, scale=alt.Scale(domain=["strangers", "one person"], range=[ORANGE, BLUE])
        ),
    )
    weighing = found.curves[0].weighing
    marks = [{"score": it.score, "name": it.nominal} for it in found.at_thresholds if it.weighing == weighing]
    limits = alt.Chart(values(marks)).encode(x="score:Q")
    rules = limits.mark_rule(strokeDash=[4, 3], opacity=0.7)
    names = limits.mark_text(angle=270, align="right", dy=-6, y=4).encode(text="name:N")
    return svg((bars + rules + names).properties(width=WIDTH_PX, height=HEIGHT_PX), "histogram")


def _histogram_rows(histogram: Histogram) -> list[dict[str, Any]]:
    width = 2 / len(histogram.genuine)
    return [
        {"low": -1 + place * width, "high": -1 + (place + 1) * width, "count": count, "base": _BASE, "kind": kind}
        for kind, counts in (("strangers", histogram.impostors), ("one person", histogram.genuine))
        for place, count in enumerate(counts)
        if count
    ]


def strata_svg(found: Evaluation, names: dict[str, str]) -> str:
    """FNMR at the shipped thresholds of 1e-3 and 1e-4 by the third of the worse picture, a panel for each quality."""
    rows = [row for it in found.strata for row in _stratum_rows(it, names)]
    order = list(dict.fromkeys(row["quality"] for row in rows))
    thirds = alt.X("third:N", title=None, sort=["best", "middle", "worst"], axis=alt.Axis(labelAngle=0))
    colour = alt.Color("nominal:N", title="threshold of", scale=alt.Scale(range=[BLUE, ORANGE]))
    offset = alt.XOffset("nominal:N")
    y = alt.Y("low:Q", title="FNMR", axis=alt.Axis(format="~%", tickCount=5))
    base = alt.Chart(values(rows))
    bars = base.mark_rule(strokeWidth=2).encode(x=thirds, xOffset=offset, y=y, y2="high:Q", color=colour)
    points = base.mark_point(filled=True, size=50).encode(
        x=thirds, xOffset=offset, y=alt.Y("value:Q", title="FNMR"), color=colour
    )
    layers = (bars + points).properties(width=_PANEL_PX, height=150)
    return svg(layers.facet(facet=alt.Facet("quality:N", title=None, sort=order), columns=4), "strata")


def _stratum_rows(stratum: Stratum, names: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "quality": names.get(stratum.quality, stratum.quality),
            "third": stratum.third,
            "nominal": nominal,
            "value": stratum.fnmr[nominal].value,
            "low": stratum.fnmr[nominal].low,
            "high": stratum.fnmr[nominal].high,
        }
        for nominal in ("1e-3", "1e-4")
    ]


def values(rows: list[dict[str, Any]]) -> alt.InlineData:
    """Rows to draw, by name of the field."""
    return alt.InlineData(rows)


def svg(chart: alt.TopLevelMixin, name: str) -> str:
    """As SVG whose text and lines have the page's text colour, and whose ids are unlike those of other charts."""
    specification = chart.to_dict()
    ink = "currentColor"
    faint = {"gridColor": ink, "gridOpacity": 0.15, "domainColor": ink, "tickColor": ink}
    text = {"labelColor": ink, "titleColor": ink, "labelFontSize": 12, "titleFontSize": 13, "titleFontWeight": "normal"}
    specification["config"] = {
        "background": None,
        "view": {"stroke": None},
        "axis": {**faint, **text},
        "legend": {**text, "orient": "top", "labelLimit": 0},
        "title": {"color": ink, "fontSize": 13},
        "header": {"labelColor": ink, "labelFontSize": 13},
        "text": {"color": ink, "fontSize": 12},
        "rule": {"color": ink},
    }
    # Not by way of altair, which knows no `currentColor`.
    drawn = vl_convert.vegalite_to_svg(specification, vl_version=_VEGA_LITE)
    unique = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", drawn)
    return unique.replace("<svg ", f'<svg role="img" aria-label="{name}" ', 1)
