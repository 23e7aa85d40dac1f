"""docs/accuracy.md, from the reports of `training.accuracy`, `.activations`, `.variants` and of `benchmarks.packs`."""

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from likeness.domain.confidence import PINS
from likeness.evaluation.rates import ERRORS_NEEDED
from training.accuracy import PROFILES, REPORT, SETS
from training.activations import REPORT as ACTIVATIONS
from training.variants import REPORT as VARIANTS

HERE = Path(__file__).parent
TEMPLATE = HERE / "accuracy.template.md"
COSTS = HERE.parent / "benchmarks" / "results" / "packs.json"
ORDER = ("default", "mobile", "mobile+dlib")
RESTS_ON = {"counted": "counting", "fitted": "fit", "extrapolated": "extrapolation"}
SHOWN_RATES = ("1e-3", "1e-4", "1e-5")
SHOWN_STRATA = ("face_width_px", "sharpness", "brightness", "frontalness", "landmark_spread", "mirror_similarity")
Report = dict[str, Any]


def accuracy(thresholds: Report) -> str:
    """The page."""
    reports, costs = _load(REPORT), _load(COSTS)
    default, mobile, fused = (reports[name] for name in ORDER)
    data = default["sets"]["LFW"]["data"]
    people = default["calibration"]["people"]
    five = [it for it in default["sets"]["LFW"]["fused"] if it["pictures"] == max(SHOWN_FUSED)]
    return TEMPLATE.read_text("utf-8").format(
        default_3=_measured(default, "1e-3"),
        default_4=_measured(default, "1e-4"),
        mobile_4=_measured(mobile, "1e-4"),
        mobile_5=_measured(mobile, "1e-5"),
        fused_5=_measured(fused, "1e-5"),
        pairs_of_people=people * (people - 1) // 2,
        lfw=f"LFW (deep-funneled; {data['pictures']:,} pictures of {data['people']:,} people)",
        machine=f"{costs['machine']['cpu']}, {costs['machine']['cores']} cores",
        packs=_lines(_pack(name, reports[name], costs["packs"][name]) for name in ORDER),
        doubt_share=f"{default['calibration']['doubtful']['share_of_pictures']:.0%}",
        thresholds=_thresholds(reports),
        tails="; ".join(_tail(name, reports[name]["calibration"]["tail"]) for name in ORDER),
        carried=_carried(reports),
        halves=_halves(reports),
        profile_pairs=default["sets"][PROFILES]["data"]["genuine"],
        profiles=_profiles(reports),
        strata=_strata(reports),
        fused=_fused(reports),
        fused_fmr=f"{five[0]['fmr']['1e-4'] / 1e-4:.1f}",
        activations=_activations(_load(ACTIVATIONS)),
        variants=_variants(_load(VARIANTS)),
        top_share=f"{default['uneven']['people_share']:.0%}",
        top_part=f"{default['uneven']['take_part_in']:.0%}",
        top_mobile=f"{mobile['uneven']['take_part_in']:.0%}",
        fair_part=f"{default['uneven']['if_all_were_equal']:.0%}",
        decisions=_lines(
            [f"`{name}`", f"{item['value']:g}", item["unit"], item["data"], item["budget"]]
            for name, item in thresholds.items()
        ),
    )


SHOWN_FUSED = (2, 3, 5)


def _load(path: Path) -> Report:
    loaded: Report = json.loads(path.read_text("utf-8"))
    return loaded


def _lines(rows: Iterable[Iterable[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _table(heading: list[str], rows: Iterable[Iterable[str]]) -> str:
    return "\n".join([_lines([heading]), "|" + "---|" * len(heading), _lines(rows)])


def _percent(value: float) -> str:
    return f"{value:.1%}" if math.isfinite(value) else "-"


def _estimate(estimate: Report) -> str:
    star = "" if estimate["supported"] else "\\*"
    if estimate["low"] is None:
        return f"{_percent(estimate['value'])}{star}"
    return f"{_percent(estimate['value'])}{star} ({_percent(estimate['low'])} to {_percent(estimate['high'])})"


def _at_rate(found: Report, fmr: str) -> Report:
    """FNMR at a measured FMR, people counting alike where they are known."""
    of_rate = {it["weighing"]: it["fnmr"] for it in found["at_rates"] if it["fmr"] == fmr}
    chosen: Report = of_rate.get("people") or of_rate["pairs"]
    return chosen


def _at_threshold(found: Report, nominal: str, weighing: str = "people") -> Report:
    of_rate = {it["weighing"]: it for it in found["at_thresholds"] if it["nominal"] == nominal}
    chosen: Report = of_rate.get(weighing) or of_rate["pairs"]
    return chosen


def _measured(report: Report, fmr: str) -> str:
    return _percent(_at_rate(report["sets"]["LFW"], fmr)["value"])


def _pack(name: str, report: Report, cost: Report) -> list[str]:
    found = report["sets"]["LFW"]
    rates = [_estimate(_at_rate(found, fmr)) for fmr in ("1e-3", "1e-4", "1e-5")]
    ms = [f"{cost['ms'][stage]:.1f}" for stage in ("detect", "align", "template", "whole 640x480 picture")]
    return [f"`{name}`", _estimate(found["acquisition"]["rate"]), *rates, *ms, str(cost["memory_mb"])]


def _thresholds(reports: Report) -> str:
    heading = ["pack", "FMR", "confidence", "cosine", "95 %", "rests on", "FNMR", "doubtful"]
    rows = []
    for name in ORDER:
        calibration = reports[name]["calibration"]
        for fmr, it in calibration["thresholds"].items():
            low, high = it["score_95"]
            fnmr = f"{_percent(it['fnmr'])} ({' to '.join(_percent(end) for end in it['fnmr_95'])})"
            doubtful = f"{calibration['doubtful']['scores'][fmr]:.4f}" if calibration["doubtful"] else "the same"
            rests_on = RESTS_ON[it["rests_on"]]
            rows.append(
                [
                    f"`{name}`",
                    fmr,
                    f"{PINS[fmr]}",
                    f"{it['score']:.4f}",
                    f"{low:.4f} to {high:.4f}",
                    rests_on,
                    fnmr,
                    doubtful,
                ]
            )
    return _table(heading, rows)


def _tail(name: str, tail: Report) -> str:
    low, high = tail["exponent_95"]
    misfit = f"largest misfit {tail['max_residual_log10']} in log10"
    return f"`{name}` from {tail['start_fmr']:g} down, exponent {tail['exponent']} ({low} to {high}), {misfit}"


def _carried(reports: Report) -> str:
    heading = [
        "pack",
        "on",
        "pairs of strangers",
        *(f"FMR at {it}" for it in PINS),
        *(f"FNMR at {it}" for it in SHOWN_RATES),
    ]
    rows = []
    for name in ORDER:
        for data_set in SETS:
            found = reports[name]["sets"][data_set]
            at = [_at_threshold(found, fmr) for fmr in PINS]
            fmr = [_multiple(it["fmr"], float(it["nominal"])) for it in at]
            fnmr = [_estimate(it["fnmr"]) for it in at[: len(SHOWN_RATES)]]
            rows.append([f"`{name}`", data_set, f"{found['data']['impostors']:,}", *fmr, *fnmr])
    return _table(heading, rows)


def _multiple(fmr: Report, nominal: float) -> str:
    star = "" if fmr["supported"] else "\\*"
    if fmr["low"] is None:
        return f"{fmr['value'] / nominal:.2f}x{star}"
    return f"{fmr['value'] / nominal:.2f}x{star} ({fmr['low'] / nominal:.2f} to {fmr['high'] / nominal:.2f})"


def _halves(reports: Report) -> str:
    heading = ["pack", "half", *(f"FMR at {it}" for it in PINS), *(f"FNMR at {it}" for it in SHOWN_RATES)]
    rows = []
    for name in ORDER:
        for number, half in enumerate(reports[name]["halves"]):
            fmr = [_counted(half[rate], float(rate)) for rate in PINS]
            fnmr = [_percent(half[rate]["fnmr"]) for rate in SHOWN_RATES]
            direction = ("first to second", "second to first")[number]
            rows.append([f"`{name}`", direction, *fmr, *fnmr])
    return _table(heading, rows)


def _counted(half: Report, nominal: float) -> str:
    star = "" if half["independent_errors"] >= ERRORS_NEEDED else "\\*"
    return f"{half['fmr'] / nominal:.2f}x{star}"


def _profiles(reports: Report) -> str:
    rows = []
    for name in ORDER:
        found = reports[name]["sets"][PROFILES]
        failures = _estimate(found["acquisition"]["rate"])
        fnmr = [_estimate(_at_threshold(found, fmr)["fnmr"]) for fmr in ("1e-3", "1e-4")]
        fmr = [_multiple(_at_threshold(found, it)["fmr"], float(it)) for it in ("1e-3", "1e-4")]
        rows.append([f"`{name}`", failures, *fnmr, *fmr])
    heading = ["pack", "failure to acquire", "FNMR at the shipped 1e-3", "at 1e-4", "FMR at 1e-3", "at 1e-4"]
    return _table(heading, rows)


def _strata(reports: Report) -> str:
    heading = ["pack", "quality", "best third", "middle", "worst"]
    rows = []
    for name in ORDER[:2]:
        found = reports[name]["sets"]["LFW"]["strata"]
        for quality in SHOWN_STRATA:
            thirds = {it["third"]: it for it in found if it["quality"] == quality}
            if thirds:
                cells = [_stratum(thirds.get(third)) for third in ("best", "middle", "worst")]
                rows.append([f"`{name}`", quality.replace("_px", "").replace("_", " "), *cells])
    return _table(heading, rows)


def _stratum(stratum: Report | None) -> str:
    if stratum is None:
        return "-"
    fmr = stratum["fmr"]["1e-4"]
    star = "" if stratum["false_matches"]["1e-4"] >= ERRORS_NEEDED else "\\*"
    told = "-" if fmr is None else f"{_number(fmr) / 1e-4:.2f}x{star}"
    return f"{_percent(stratum['fnmr']['1e-4']['value'])} ({told})"


def _number(rate: float | Report) -> float:
    return float(rate["value"] if isinstance(rate, dict) else rate)


def _fused(reports: Report) -> str:
    rows = []
    for name in ORDER:
        found = {it["pictures"]: it for it in reports[name]["sets"]["LFW"]["fused"]}
        cells = [_one_to_several(found[k]) for k in SHOWN_FUSED if k in found]
        rows.append([f"`{name}`", *cells])
    return _table(["pack", *(f"{k} pictures" for k in SHOWN_FUSED)], rows)


def _one_to_several(fused: Report) -> str:
    one, several = (_percent(fused[name]["1e-4"]) for name in ("one_at_own", "at_own"))
    return f"{one} → {several} ({fused['people']} people)"


def _rates(values: list[float]) -> str:
    return " / ".join(f"{100 * value:.1f}" for value in values) + " %"


def _fmrs(values: list[float]) -> str:
    return " / ".join(f"{value:.1e}" for value in values)


def _activations(report: Report) -> str:
    rows = []
    for name, found in report["candidates"].items():
        halves = _rates([half["fnmr"][1] for half in found["halves"]])
        cfp = found["CFP"]
        title = f"**{name}** (chosen)" if name == report["chosen"] else name
        rows.append(
            [
                title,
                _rates(found["LFW"]["fnmr"]),
                halves,
                _rates(cfp["own_thresholds"]["fnmr"]),
                _fmrs(cfp["thresholds_of_lfw"]["fmr"]),
            ]
        )
    return _lines(rows)


def _variants(report: Report) -> str:
    return _lines(
        [
            name,
            _rates(found["LFW"]["fnmr"]),
            _rates(found["CFP"]["own_thresholds"]["fnmr"]),
            _fmrs(found["CFP"]["thresholds_of_lfw"]["fmr"]),
        ]
        for name, found in report["variants"].items()
    )
