"""Every comparison of a data set, in bounded memory: all genuine scores, the highest impostor scores, histograms."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import FloatArray

Vector = NDArray[np.float64]
Indices = NDArray[np.int64]
Mask = NDArray[np.bool_]

BINS = 20_000
"""Of the histograms, over scores from -1 to 1: each 0.0001 wide, a fiftieth of what a tenfold rate takes."""
KEPT_SHARE, KEPT_MIN, KEPT_MAX = 0.012, 200_000, 5_000_000
"""Impostor scores kept exactly: somewhat over the highest hundredth, so that a rate of 1e-2 and below is counted; never
fewer than KEPT_MIN, nor many more than KEPT_MAX, which take 100 MB, unless a tail needs them."""
TAIL_SHARE, TAIL_PAIRS, TAIL_SHARE_MAX, TAIL_MAX = 0.0015, 3600, 0.5, 20_000_000
"""Kept for a calibration's tail, every two people counting alike: somewhat over `tail.START_FMR`, and 12 times the
`tail.START_PAIRS` pairs of people, so that they are there also among the tenth of comparisons with a doubtful picture;
no more than the upper half of all. Of few people with many pictures that is far more than KEPT_SHARE. Never many more
than TAIL_MAX, which take 400 MB, and three times as much while they are sorted: enough for 1e-3 of 200,000 pictures."""
_BLOCK = 2_000_000  # scores at once


class Weighing(StrEnum):
    """How comparisons count. PAIRS: each alike. PEOPLE: every two people alike, and every person alike.

    With PAIRS, people with many pictures decide the rates.
    """

    PAIRS = "pairs"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Comparisons: score (m,), float32, and the two pictures compared, first and second (m,), as places in a list."""

    score: FloatArray
    first: Indices
    second: Indices

    def __len__(self) -> int:
        return len(self.score)

    def chosen(self, which: Mask | Indices | slice) -> "Scores":
        """Some of them."""
        return Scores(self.score[which], self.first[which], self.second[which])


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    """The comparisons of n pictures of p people.

    person: (n,), place of the person. size: (p,), pictures of each.
    genuine: every comparison of one person, the lowest score first.
    impostors: those of different people, the highest first; complete from `floor` up.
    histogram: weight of all impostors in BINS bins from -1 to 1, for each weighing.
    total: weight of all impostors. listed: whether the comparisons are an explicit list instead of all possible ones.
    """

    person: Indices
    size: Indices
    genuine: Scores
    impostors: Scores
    floor: float
    histogram: dict[Weighing, Vector]
    total: dict[Weighing, float]
    impostor_count: int
    listed: bool = False

    def genuine_weight(self, weighing: Weighing) -> Vector:
        """(g,): of each genuine comparison."""
        if weighing is Weighing.PAIRS or self.listed:
            return np.ones(len(self.genuine))
        size = self.size[self.person[self.genuine.first]].astype(np.float64)
        return 2 / (size * (size - 1))

    def impostor_weight(self, weighing: Weighing) -> Vector:
        """(m,): of each impostor comparison that is kept."""
        return weight_of(self, self.impostors, weighing)


def weight_of(compared: Comparisons, impostors: Scores, weighing: Weighing) -> Vector:
    """(m,): weight of impostor comparisons."""
    if weighing is Weighing.PAIRS or compared.listed:
        return np.ones(len(impostors))
    share = 1 / compared.size.astype(np.float64)
    return np.asarray(share[compared.person[impostors.first]] * share[compared.person[impostors.second]])


def total_weight(people_weight: Vector) -> float:
    """Weight of all comparisons of two different people, each pair weighing the product of the two: (S^2 - sum w^2)/2.

    Args:
        people_weight: (p,): of each person's pictures together.
    """
    return float((people_weight.sum() ** 2 - np.square(people_weight).sum()) / 2)


def compare(vector: FloatArray, person: NDArray[np.str_]) -> Comparisons:
    """Compare every two pictures.

    Args:
        vector: (n, d), float32, unit length.
        person: (n,), whom each picture shows.
    """
    _, number, size = np.unique(person, return_inverse=True, return_counts=True)
    number = number.astype(np.int64)
    share = 1 / size[number].astype(np.float64)
    histogram = {weighing: np.zeros(BINS) for weighing in Weighing}
    for top, score, strangers in _blocks(vector, number):
        rows, columns = np.nonzero(strangers)
        places = bins_of(score[strangers])
        histogram[Weighing.PAIRS] += np.bincount(places, minlength=BINS)
        weight = share[rows + top] * share[columns + top]
        histogram[Weighing.PEOPLE] += np.bincount(places, weight, minlength=BINS)
    floor = _floor(histogram)
    genuine, impostors = _collect(vector, number, floor)
    return Comparisons(
        person=number,
        size=size.astype(np.int64),
        genuine=genuine,
        impostors=impostors,
        floor=floor,
        histogram=histogram,
        total={
            Weighing.PAIRS: total_weight(size.astype(np.float64)),
            Weighing.PEOPLE: total_weight(np.ones(len(size))),
        },
        impostor_count=int(histogram[Weighing.PAIRS].sum()),
    )


def compare_listed(
    vector: FloatArray, unit: NDArray[np.str_], first: Indices, second: Indices, same: Mask
) -> Comparisons:
    """Compare the pictures of a list of pairs; every pair weighs alike.

    Args:
        vector: (n, d), float32, unit length.
        unit: (n,), what is drawn anew in a bootstrap: the person, or the picture where people are not known.
        first: (m,), places of the first picture of each pair.
        second: (m,), of the other.
        same: (m,), whether they show one person.
    """
    _, number, size = np.unique(unit, return_inverse=True, return_counts=True)
    score = np.einsum("ij,ij->i", vector[first], vector[second]).astype(np.float32)
    listed = Scores(score, first.astype(np.int64), second.astype(np.int64))
    genuine, impostors = listed.chosen(same), listed.chosen(~same)
    counted = np.bincount(bins_of(impostors.score), minlength=BINS).astype(np.float64)
    return Comparisons(
        person=number.astype(np.int64),
        size=size.astype(np.int64),
        genuine=genuine.chosen(np.argsort(genuine.score, kind="stable")),
        impostors=impostors.chosen(np.argsort(-impostors.score, kind="stable")),
        floor=-np.inf,
        histogram=dict.fromkeys(Weighing, counted),
        total=dict.fromkeys(Weighing, float(len(impostors))),
        impostor_count=len(impostors),
        listed=True,
    )


def bins_of(score: FloatArray) -> Indices:
    """(m,): the bin of each score."""
    return np.clip((score.astype(np.float64) + 1) * (BINS / 2), 0, BINS - 1).astype(np.int64)


def bin_edges() -> Vector:
    """(BINS + 1,): from -1 to 1."""
    return np.linspace(-1, 1, BINS + 1)


def _blocks(vector: FloatArray, number: Indices) -> Iterator[tuple[int, FloatArray, Mask]]:
    """The upper triangle, some rows at a time: place of the first row and column, scores, which are of strangers."""
    rows, top = max(1, _BLOCK // max(1, len(vector))), 0
    while top < len(vector):
        block = vector[top : top + rows]
        score = block @ vector[top:].T
        strangers = number[top : top + len(block), None] != number[None, top:]
        yield top, score, np.triu(strangers, 1)
        top += rows


def _floor(histogram: dict[Weighing, Vector]) -> float:
    """The bin edge from which impostor scores are kept."""
    count, people = (histogram[weighing][::-1].cumsum() for weighing in (Weighing.PAIRS, Weighing.PEOPLE))
    pairs_of_people = max(1.0, float(people[-1]))
    tail_share = max(TAIL_SHARE, min(TAIL_SHARE_MAX, TAIL_PAIRS / pairs_of_people))
    counted = max(
        np.searchsorted(count, min(max(KEPT_SHARE * count[-1], KEPT_MIN), count[-1])),
        np.searchsorted(people, KEPT_SHARE * people[-1]),
    )
    fitted = np.searchsorted(people, tail_share * people[-1])
    most, most_fitted = (np.searchsorted(count, limit) for limit in (KEPT_MAX, TAIL_MAX))
    last = max(min(counted, most), min(fitted, most_fitted))
    return float(bin_edges()[::-1][min(int(last), BINS - 1) + 1])


def _collect(vector: FloatArray, number: Indices, floor: float) -> tuple[Scores, Scores]:
    """All genuine comparisons and the impostors from `floor` up, both sorted."""
    genuine: list[Scores] = []
    impostors: list[Scores] = []
    for top, score, strangers in _blocks(vector, number):
        same = np.triu(number[top : top + len(score), None] == number[None, top:], 1)
        for kept, chosen in ((genuine, same), (impostors, strangers & (score >= floor))):
            rows, columns = np.nonzero(chosen)
            kept.append(Scores(score[chosen], rows + top, columns + top))
    lowest_first, highest_first = _joined(genuine), _joined(impostors)
    return (
        lowest_first.chosen(np.argsort(lowest_first.score, kind="stable")),
        highest_first.chosen(np.argsort(-highest_first.score, kind="stable")),
    )


def _joined(parts: list[Scores]) -> Scores:
    columns = (np.concatenate([getattr(part, name) for part in parts]) for name in ("score", "first", "second"))
    return Scores(*columns)
