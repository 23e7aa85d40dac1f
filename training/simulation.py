"""What calibrations and intervals are worth with few people, by simulation: `python -m training.simulation`.

Every two people get a score drawn from pack default's own curve, independent of all others. Prints the true FMR, over
the nominal one, at thresholds that a tail fitted to so many people gives; and how much wider than the true spread of a
counted FMR the bootstrap's is.
"""

import argparse

import numpy as np
from rich.progress import track

from likeness.domain.confidence import Calibration
from likeness.evaluation import bootstrap, tail
from likeness.evaluation.comparisons import Comparisons, Scores, Weighing
from likeness.models import packs

PEOPLE = (50, 100, 150, 300)
RATES = (1e-3, 1e-4, 1e-5)
SEED = 20250101


def strangers(curve: Calibration, people: int, random: np.random.Generator) -> Comparisons:
    """One picture each, and a score for every two."""
    first, second = np.triu_indices(people, 1)
    score, log10_fmr = (np.array(column) for column in zip(*curve.knots, strict=True))
    drawn = np.interp(-np.log10(random.uniform(size=len(first))), -log10_fmr, score).astype(np.float32)
    order = np.argsort(-drawn)
    one_each = np.arange(people)
    return Comparisons(
        person=one_each,
        size=np.ones(people, np.int64),
        genuine=Scores(np.zeros(0, np.float32), np.zeros(0, np.int64), np.zeros(0, np.int64)),
        impostors=Scores(drawn[order], first[order], second[order]),
        floor=-1.0,
        histogram={},
        total=dict.fromkeys(Weighing, float(len(first))),
        impostor_count=len(first),
    )


def carried(curve: Calibration, compared: Comparisons) -> list[float]:
    """True FMR over nominal at the fitted thresholds of RATES."""
    fitted = tail.fit(tail.Impostors.of(compared))
    return [curve.fmr(fitted.score_at(rate)) / rate for rate in RATES]


def width(curve: Calibration, compared: Comparisons, seed: int) -> float:
    """Spread of the resampled FMR at 1e-3 over that of a binomial count, which independent pairs have."""
    matched = compared.impostors.chosen(compared.impostors.score >= np.float32(curve.score_at(RATES[0])))
    draws = bootstrap.draw(len(compared.size), seed)
    spread = float(bootstrap.fmr_of(compared, matched, Weighing.PEOPLE, draws).std())
    return spread / float(np.sqrt(RATES[0] / len(compared.impostors)))


def main() -> None:
    """Draw and print."""
    parser = argparse.ArgumentParser(prog="python -m training.simulation", description=__doc__)
    parser.add_argument("--repeats", type=int, default=40, help="calibrations of each number of people")
    repeats = parser.parse_args().repeats
    curve = Calibration.from_dict(packs.require_calibration(packs.load("default")))
    random = np.random.default_rng(SEED)
    for people in PEOPLE:
        sets = [strangers(curve, people, random) for _ in track(range(repeats), description=f"{people:3} people")]
        ratios = np.array([carried(curve, compared) for compared in sets])
        low, middle, high = (np.quantile(ratios, part, axis=0) for part in (0, 0.5, 1))
        for column, rate in enumerate(RATES):
            told = f"true FMR {middle[column]:.2f} times nominal ({low[column]:.2f} to {high[column]:.2f})"
            print(f"{people} people, {rate:g}: {told}")
    widths = [width(curve, compared, SEED + number) for number, compared in enumerate(sets)]
    print(f"bootstrap of FMR at 1e-3, {PEOPLE[-1]} people: {np.median(widths):.2f} times as wide as the truth")


if __name__ == "__main__":
    main()
