"""The tail of the impostor scores beyond what counting supports.

A cosine cannot exceed 1. The peaks over a high threshold u of a variable with such an end follow, as u rises, a
generalised Pareto distribution of negative shape (Pickands 1975, Annals of Statistics 3:119); with its end fixed at 1
one parameter is left:

    FMR(s) = FMR(u) * ((1 - s) / (1 - u)) ** exponent

The exponent is the maximum-likelihood one (Hill 1975, Annals of Statistics 3:1163, after the change of variable
-log(1 - s)). Wrong labels and people under two names make the highest scores of "strangers" those of one person, so
that the scores above a second threshold v count as being above v, and no more (censoring, as in survival analysis):
which pairs these are is decided by rank alone, and by how far they exceed v does not matter.
"""

from dataclasses import dataclass

import numpy as np

from likeness.evaluation.bootstrap import Draws, impostor_totals, pair_draws
from likeness.evaluation.comparisons import Comparisons, Mask, Scores, Vector, Weighing, weight_of

START_FMR = 1e-3
"""The tail starts at this rate, or at a higher one where the people are too few."""
START_PAIRS = 300
"""Pairs of people that the tail has to rest on: the exponent's standard error is then 1 / sqrt(300), 6 %."""
FURTHEST = 30
"""How far below its start a tail is trusted that had to start above START_FMR, where the theory hardly holds yet: with
150 people it starts at 0.027, and 1e-3 comes out 0.45 to 1.44 times nominal (`training.simulation`)."""
CENSORED_PAIRS = 30
"""Pairs of people at the top that are counted, but not by how much they exceed: room for the wrong labels of a large
set of press photographs, whose number nobody knows, at the cost of a tenth of what the tail rests on."""
_NEARLY = 1.01  # scores come in steps
_CELLS = 8_000_000  # numbers at once


@dataclass(frozen=True, slots=True)
class Tail:
    """FMR(s) from a start upwards; `censored` is the score above which scores only count."""

    start: float
    start_fmr: float
    exponent: float
    censored: float

    def begins_at(self, fmr: float) -> bool:
        """Whether the tail starts at this rate or a lower one, so that the rate is counted."""
        return self.start_fmr <= fmr * _NEARLY

    def supports(self, fmr: float) -> bool:
        """Whether the tail starts late enough, or the rate is near enough to its start."""
        return self.begins_at(START_FMR) or fmr >= self.start_fmr / FURTHEST

    def score_at(self, fmr: float) -> float:
        """The score of a rate at or below the start's."""
        return float(1 - (1 - self.start) * (fmr / self.start_fmr) ** (1 / self.exponent))

    def log10_fmr(self, score: Vector) -> Vector:
        """(n,): at scores from the start to below 1."""
        return np.asarray(np.log10(self.start_fmr) + self.exponent * np.log10((1 - score) / (1 - self.start)))


@dataclass(frozen=True, slots=True, eq=False)
class Impostors:
    """Impostor comparisons, the highest score first, and the weight of all, kept or not: so many pairs of people."""

    pairs: Scores
    weight: Vector
    total: float

    @classmethod
    def of(cls, compared: Comparisons) -> "Impostors":
        """All, every two people counting alike."""
        return cls(compared.impostors, compared.impostor_weight(Weighing.PEOPLE), compared.total[Weighing.PEOPLE])

    def among(self, compared: Comparisons, chosen: Mask, total: float) -> "Impostors":
        """Some of them, chosen by (m,), which with those that are not kept weigh `total`."""
        kept = self.pairs.chosen(chosen)
        return Impostors(kept, weight_of(compared, kept, Weighing.PEOPLE), total)


def fit(impostors: Impostors) -> Tail:
    """Fit the tail.

    Raises:
        ValueError: there are too few people, or their scores do not fall off.
    """
    if impostors.total <= 0:
        raise ValueError("no impostor comparisons at all")
    start_fmr = max(START_FMR, START_PAIRS / impostors.total)
    censored_fmr = min(CENSORED_PAIRS / impostors.total, start_fmr / 3)
    share = np.cumsum(impostors.weight) / impostors.total
    start, censored = (int(np.searchsorted(share, rate)) for rate in (start_fmr, censored_fmr))
    if start >= len(share) or censored >= start:
        raise ValueError("too few impostor comparisons for a tail")
    score = impostors.pairs.score.astype(np.float64)
    if not score[start] < min(1, score[censored]):
        raise ValueError("the highest impostor scores are all the same")
    beyond, within, weight = float(impostors.weight[:censored].sum()), slice(censored, start), impostors.weight
    excess = np.log((1 - score[start]) / np.maximum(1 - score[: start + 1], 1e-9))
    known = float(weight[within].sum())
    exponent = known / (float((weight[within] * excess[within]).sum()) + beyond * float(excess[censored]))
    return Tail(float(score[start]), float(share[start]), exponent, float(score[censored]))


def resampled(impostors: Impostors, compared: Comparisons, tail: Tail, draws: Draws) -> list[Tail]:
    """The tail of each resample of people; both thresholds stay where they are.

    Args:
        impostors: what the tail was fitted to.
        compared: the comparisons they are of.
        tail: from `fit`.
        draws: see `bootstrap.draw`.
    """
    looked_at = impostors.pairs.score >= np.float32(tail.start)
    pairs, weight = impostors.pairs.chosen(looked_at), impostors.weight[looked_at]
    score = pairs.score.astype(np.float64)
    beyond = score > tail.censored
    excess = np.log((1 - tail.start) / (1 - np.minimum(score, tail.censored)))
    columns = np.column_stack([weight, weight * ~beyond, weight * excess])
    rows = max(1, _CELLS // len(pairs))
    parts = [draws[top : top + rows] for top in range(0, len(draws), rows)]
    sums = np.concatenate([pair_draws(compared, pairs, part) @ columns for part in parts])
    rates = sums[:, 0] / impostor_totals(compared, Weighing.PEOPLE, draws)
    return [
        Tail(tail.start, float(rate), float(known / far), tail.censored)
        for rate, (_, known, far) in zip(rates, sums, strict=True)
        if min(rate, known, far) > 0
    ]
