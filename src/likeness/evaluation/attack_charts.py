"""The charts of a report on genuineness; see `charts`."""

import math
from statistics import NormalDist
from typing import Any

import altair as alt

from likeness.evaluation.attack_results import DetCurve, GenuinenessEvaluation, ScoreHistogram
from likeness.evaluation.attack_wording import KINDS
from likeness.evaluation.attacks import ATTACKS, OWN_KIND, Kind
from likeness.evaluation.charts import BLUE, GREEN, ORANGE, svg, values

_Panel = alt.LayerChart | alt.FacetChart  # the latter never, but altair says so
_PANEL_PX = 400
_ENDS = (0.001, 0.999)
"""Rates beyond are drawn there: few collections tell them apart, and the deviate of 0 is infinite."""
_TICKS = (0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999)
_SCORES = (0.0001, 0.01, 0.5, 0.99, 0.9999)
_FIRST, _ALL = "the detector of this kind", "all together, at each level"
_LIVE, _OWN, _OTHER = "live people", "attacks of its kind", "other attacks"


def attack_det_svg(found: GenuinenessEvaluation, unit: str) -> str | None:
    """APCER over BPCER on normal-deviate axes, a panel for each kind of attack; None without both rates."""
    panels = [_panel(found, unit, kind) for kind in ATTACKS if _points(found, unit, kind)]
    if not panels:
        return None
    chart = alt.concat(*panels, columns=2, spacing=30)
    return svg(chart, f"det-{unit}")


def _panel(found: GenuinenessEvaluation, unit: str, kind: Kind) -> _Panel:
    of_kind = [it for it in found.curves if (it.unit, it.kind) == (unit, kind)]
    seconds = [
        name for name, of in OWN_KIND.items() if name != _first(of) and any(it.detector == name for it in found.curves)
    ]
    names = [_FIRST, *seconds, _ALL]
    colour = alt.Color(
        "who:N", title=None, scale=alt.Scale(domain=names, range=[BLUE, *[GREEN] * len(seconds), ORANGE])
    )
    x = alt.X("x:Q", title="BPCER (live people refused)", scale=_scale(), axis=_axis())
    y = alt.Y("y:Q", title="APCER (attacks passed)", scale=_scale(), axis=_axis())
    rows = [row for curve in of_kind for row in _curve_rows(curve)]
    lines = alt.Chart(values(rows)).mark_line(interpolate="step-after").encode(x=x, y=y, color=colour, order="place:Q")
    points = alt.Chart(values(_points(found, unit, kind))).encode(x=x, y=y, color=colour)
    marks = points.mark_point(filled=True, size=60, opacity=1)
    texts = points.mark_text(dx=7, dy=-7, align="left").encode(text="level:N")
    return alt.layer(lines, marks, texts).properties(width=_PANEL_PX, height=320, title=KINDS[kind])


def _first(kind: Kind) -> str:
    return next(name for name, of in OWN_KIND.items() if of is kind)


def _curve_rows(curve: DetCurve) -> list[dict[str, Any]]:
    who = _FIRST if curve.detector == _first(Kind(curve.kind)) else curve.detector
    rows = zip(curve.apcer, curve.bpcer, strict=True)
    return [
        {"place": at, "x": _deviate(bpcer), "y": _deviate(apcer), "who": who} for at, (apcer, bpcer) in enumerate(rows)
    ]


def _points(found: GenuinenessEvaluation, unit: str, kind: Kind) -> list[dict[str, Any]]:
    """Levels with the same rates have one point, named after all of them."""
    here = {(it.kind, it.level): it.error for it in found.at_levels if it.unit == unit and it.error.of}
    levels: dict[tuple[float, float], list[str]] = {}
    for (of, level), error in here.items():
        if of == kind and (Kind.LIVE, level) in here:
            levels.setdefault((here[Kind.LIVE, level].value, error.value), []).append(level)
    return [
        {"x": _deviate(bpcer), "y": _deviate(apcer), "level": ", ".join(names), "who": _ALL}
        for (bpcer, apcer), names in levels.items()
    ]


def _deviate(rate: float) -> float:
    low, high = _ENDS
    return NormalDist().inv_cdf(min(max(rate, low), high))


def _scale() -> alt.Scale:
    return alt.Scale(domain=[_deviate(it) for it in _ENDS], nice=False)


def _axis() -> alt.Axis:
    return _named([(_deviate(it), f"{100 * it:g}%") for it in _TICKS])


def _named(ticks: list[tuple[float, str]]) -> alt.Axis:
    """An axis whose ticks have names of their own; a tick's name is the one of the nearest place."""
    cases = " : ".join(f"abs(datum.value - ({place:.6f})) < 0.001 ? '{name}'" for place, name in ticks)
    return alt.Axis(values=[place for place, _ in ticks], labelExpr=f"{cases} : ''")


def attack_histogram_svg(found: GenuinenessEvaluation, unit: str) -> str | None:
    """Share of each kind's presentations by score, a panel for each detector, thresholds marked."""
    panels = [_bars(it, found.made.thresholds[it.detector]) for it in found.histograms if it.unit == unit]
    if not panels:
        return None
    return svg(alt.concat(*panels, columns=2, spacing=30), f"histogram-{unit}")


def _bars(histogram: ScoreHistogram, thresholds: dict[str, float]) -> _Panel:
    width = (histogram.high - histogram.low) / len(next(iter(histogram.counts.values())))
    rows = [
        {"low": histogram.low + place * width, "share": share, "who": who}
        for who, shares in _shares(histogram).items()
        for place, share in enumerate([*shares, shares[-1]])
    ]
    colour = alt.Color("who:N", title=None, scale=alt.Scale(domain=[_LIVE, _OWN, _OTHER], range=[BLUE, ORANGE, GREEN]))
    scale = alt.Scale(domain=[histogram.low, histogram.high], nice=False)
    x = alt.X("low:Q", title="score", scale=scale, axis=_named([(_logit(it), f"{it:g}") for it in _SCORES]))
    y = alt.Y("share:Q", title="share of presentations", axis=alt.Axis(format="~%", tickCount=5), stack=None)
    bars = alt.Chart(values(rows)).mark_area(interpolate="step-after", opacity=0.5).encode(x=x, y=y, color=colour)
    limits = [{"at": min(max(_logit(it), histogram.low), histogram.high)} for it in thresholds.values()]
    rules = alt.Chart(values(limits)).mark_rule(strokeDash=[4, 3], opacity=0.7).encode(x=alt.X("at:Q", title="score"))
    return alt.layer(bars, rules).properties(width=_PANEL_PX, height=170, title=histogram.detector)


def _shares(histogram: ScoreHistogram) -> dict[str, list[float]]:
    """Each kind as shares of its own number, so that kinds of unlike size can be compared."""
    own = OWN_KIND.get(histogram.detector)
    summed: dict[str, list[int]] = {}
    for kind, counted in histogram.counts.items():
        who = _LIVE if kind == Kind.LIVE else _OWN if kind == own else _OTHER
        summed[who] = [a + b for a, b in zip(summed.get(who, [0] * len(counted)), counted, strict=True)]
    return {who: [count / (sum(counted) or 1) for count in counted] for who, counted in summed.items()}


def _logit(score: float) -> float:
    least = 1e-9
    kept = min(max(score, least), 1 - least)
    return math.log(kept / (1 - kept))
