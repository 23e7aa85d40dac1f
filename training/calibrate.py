"""Turns the scores of strangers into false-match rates: writes the calibration file of a pack.

Every picture of a data set laid out like LFW (`<person>/<picture>`) is read as the server reads it and every pair of
different people is compared. Pairs of people count alike, however many pictures they have. Wrong labels and twins in
the data make the highest few scores of "strangers" those of one person, so that below a false-match rate of TAIL_END
the rates come from a fitted tail instead of from counting.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likeness.domain.confidence import PINS, Calibration
from training.observe import Observed, observe, open_reader
from training.pictures import cfp, lfw, london, models_path

TAIL_START, TAIL_END = -2.0, -4.5
"""log10 of the false-match rates between which the tail is fitted: above it is bulk, beyond it wrong labels show."""
TAIL_STEP = 0.05
COUNTED = (-0.02, -0.05, -0.1, -0.2, -0.3, -0.5, -0.75, -1.0, -1.25, -1.5, -1.75)
"""log10 rates of the knots that are simply counted."""
FITTED = tuple(float(rate) for rate in np.arange(-2.0, -6.01, -0.5))
"""log10 rates of the knots taken from the fitted tail."""
SEED = 20250101
REPORT = Path(__file__).with_name("calibration_report.json")

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Scores of pairs, highest first, with the share of the weight at or above each; both (n,)."""

    score: Vector
    share: Vector

    @classmethod
    def of(cls, score: Vector, weight: Vector) -> "Scores":
        """Sort pairs by score."""
        order = np.argsort(-score)
        return cls(score[order], np.cumsum(weight[order]) / weight.sum())

    def at_or_above(self, score: float) -> float:
        """Share of the weight of pairs that score at least this."""
        count = int(np.searchsorted(-self.score, -score, side="right"))
        return float(self.share[count - 1]) if count else 0.0

    def where(self, share: float) -> float:
        """The score that this share of the weight reaches."""
        return float(self.score[min(int(np.searchsorted(self.share, share)), len(self.score) - 1)])


def pairs(seen: Observed, *, by_people: bool = True) -> tuple[Scores, Scores]:
    """Scores of strangers and of pairs of one person; `by_people`: every two people, or every person, count alike."""
    vectors, person = seen.vector[seen.found], seen.person[seen.found]
    _, number, count = np.unique(person, return_inverse=True, return_counts=True)
    first, second = np.triu_indices(len(vectors), 1)
    score = np.concatenate([row[index + 1 :] for index, row in enumerate(vectors @ vectors.T)]).astype(np.float64)
    same = number[first] == number[second]
    size = count[number].astype(np.float64)
    strangers = 1 / (size[first[~same]] * size[second[~same]]) if by_people else np.ones(int((~same).sum()))
    genuine = 1 / (size[first[same]] * (size[first[same]] - 1)) if by_people else np.ones(int(same.sum()))
    return Scores.of(score[~same], strangers), Scores.of(score[same], genuine)


def fit_tail(strangers: Scores) -> tuple[float, float, float]:
    """Slope and intercept of log10 rate over log10(1 - score), and the greatest residual in log10 rate.

    A score cannot exceed 1; a generalised Pareto tail that ends there is a straight line in these coordinates.
    """
    rates = np.arange(TAIL_START, TAIL_END - TAIL_STEP / 2, -TAIL_STEP)
    places = np.log10(1 - np.array([strangers.where(10.0**rate) for rate in rates]))
    slope, intercept = np.polyfit(places, rates, 1)
    return float(slope), float(intercept), float(np.abs(slope * places + intercept - rates).max())


def knots(strangers: Scores, slope: float, intercept: float) -> list[tuple[float, float]]:
    """Counted knots, then those of the tail, then its tangent at the last one continued to a score of 1.

    The tangent errs on the strangers' side: the fitted tail falls faster.
    """
    result = [(float(strangers.score[-1]), 0.0)]
    result += [(strangers.where(10.0**rate), rate) for rate in COUNTED]
    result += [(1 - 10 ** ((rate - intercept) / slope), rate) for rate in FITTED]
    score, rate = result[-1]
    tangent = -slope / ((1 - score) * np.log(10))
    result.append((1.0, rate + float(tangent) * (1 - score)))
    return [(round(score, 5), round(rate, 4)) for score, rate in result]


def calibrate(seen: Observed, pack: str, data_set: str) -> dict[str, Any]:
    """The contents of `calibration.json`."""
    strangers, genuine = pairs(seen)
    slope, intercept, residual = fit_tail(strangers)
    result: dict[str, Any] = {
        "pack": pack,
        "data_set": data_set,
        "command": f"python -m training.calibrate --data DIR/lfw --pack {pack}",
        "people": len(np.unique(seen.person)),
        "pictures": len(seen.person),
        "failures_to_acquire": int((~seen.found).sum()),
        "impostor_pairs": len(strangers.score),
        "genuine_pairs": len(genuine.score),
        "weights": "every two people, and every person, count alike",
        "tail": {
            "model": "log10(FMR) = slope * log10(1 - score) + intercept",
            "slope": round(slope, 4),
            "intercept": round(intercept, 4),
            "fitted_between_log10_fmr": [TAIL_START, TAIL_END],
            "max_residual_log10": round(residual, 3),
            "beyond_1e-6": "the tangent at 1e-6 continued to a score of 1",
        },
        "knots": knots(strangers, slope, intercept),
    }
    curve = Calibration.from_dict(result)
    result["thresholds"] = {name: round(curve.score_at(float(name)), 4) for name in PINS}
    result["fnmr"] = {name: rounded(1 - genuine.at_or_above(limit)) for name, limit in result["thresholds"].items()}
    return result


def rounded(rate: float) -> float:
    """Three significant digits."""
    return float(f"{rate:.3g}")


def observed(seen: Observed, thresholds: dict[str, float]) -> dict[str, Any]:
    """Error rates of one set at another's thresholds, people counting alike and plainly counted."""
    result: dict[str, Any] = {
        "people": len(np.unique(seen.person)),
        "pictures": len(seen.person),
        "failures_to_acquire": int((~seen.found).sum()),
    }
    for name, by_people in (("people_alike", True), ("pairs_alike", False)):
        strangers, genuine = pairs(seen, by_people=by_people)
        result |= {"impostor_pairs": len(strangers.score), "genuine_pairs": len(genuine.score)}
        result[name] = {
            "fmr": {key: rounded(strangers.at_or_above(limit)) for key, limit in thresholds.items()},
            "fnmr": {key: rounded(1 - genuine.at_or_above(limit)) for key, limit in thresholds.items()},
        }
    return result


def halves(seen: Observed) -> tuple[Observed, Observed]:
    """The data set in two halves of other people."""
    people = np.random.default_rng(SEED).permutation(np.unique(seen.person))
    one = np.isin(seen.person, people[: len(people) // 2])
    return tuple(
        Observed(**{name: getattr(seen, name)[chosen] for name in Observed.__slots__}) for chosen in (one, ~one)
    )  # type: ignore[return-value]


def uneven(seen: Observed, limit: float, people_share: float = 0.05) -> dict[str, float]:
    """How the false matches at a score are spread: the part in which the people most often mistaken take part."""
    _, number, count = np.unique(seen.person[seen.found], return_inverse=True, return_counts=True)
    vectors = seen.vector[seen.found]
    weight = (vectors @ vectors.T >= limit) & (number[:, None] != number)
    shared = weight / count[number][:, None] / count[number]
    by_person = np.zeros((len(count), len(vectors)))
    np.add.at(by_person, number, shared)
    between = np.stack([np.bincount(number, row, minlength=len(count)) for row in by_person])
    worst = np.argsort(-between.sum(axis=1))[: round(people_share * len(count))]
    outside = np.ones(len(count), np.bool_)
    outside[worst] = False
    return {
        "people_share": people_share,
        "take_part_in": rounded(1 - float(between[np.ix_(outside, outside)].sum() / between.sum())),
        "if_all_were_equal": rounded(1 - (1 - people_share) ** 2),
    }


def validate(seen: Observed, others: dict[str, Observed], result: dict[str, Any]) -> dict[str, Any]:
    """How the thresholds carry over: from half of the people to the other half, and to other data sets."""
    first, second = halves(seen)
    carried: dict[str, Any] = {f"{result['data_set']} itself": observed(seen, result["thresholds"])}
    for name, known, new in (("A to B", first, second), ("B to A", second, first)):
        limits = calibrate(known, result["pack"], name)["thresholds"]
        carried[f"half {name}"] = {"thresholds": limits} | observed(new, limits)
    return carried | {name: observed(other, result["thresholds"]) for name, other in others.items()}


def main() -> None:
    """Observe, calibrate, validate and write."""
    parser = argparse.ArgumentParser(prog="python -m training.calibrate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of LFW; cfp and london beside it are used too")
    parser.add_argument("--pack", default="default")
    parser.add_argument("--models", type=Path, default=models_path(), help="folder of all packs")
    parser.add_argument("--work", type=Path, default=Path("build/observed"), help="where observations are kept")
    parser.add_argument("--json", action="store_true", help="print the whole report")
    options = parser.parse_args()
    reader = open_reader(options.models, options.pack)
    seen = observe(lfw(options.data), reader, options.work, centred=True)
    beside = {"CFP frontal": cfp(options.data.parent), "London": london(options.data.parent)}
    others = {name: observe(found, reader, options.work) for name, found in beside.items() if found}
    result = calibrate(seen, options.pack, "LFW, deep-funneled")
    target = Path(__file__).parents[1] / "src" / "likeness" / "packs" / options.pack / "calibration.json"
    target.write_text(json.dumps(result, indent=1) + "\n")
    report = {
        "calibration": result,
        "carried_over": validate(seen, others, result),
        "uneven": uneven(seen, result["thresholds"]["1e-4"]),
    }
    REPORT.write_text(json.dumps(report, indent=1) + "\n")
    json.dump(report if options.json else result["thresholds"], sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
