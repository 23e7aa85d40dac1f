"""Vectors whose scores can be worked out by hand, and people made up of random ones."""

import itertools
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from likeness.domain.face import FloatArray, Quality
from likeness.evaluation.comparisons import BINS, Comparisons, Scores, Weighing, bins_of, total_weight
from likeness.evaluation.observations import READ, Observations


def at_angles(*degrees: float) -> FloatArray:
    """(n, 2): the score of two of them is the cosine of the angle between them."""
    angle = np.deg2rad(degrees)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


def random_people(sizes: list[int], seed: int = 1) -> tuple[FloatArray, NDArray[np.str_]]:
    """Vectors (n, 6) and persons (n,); pictures of one person lie together, but overlap with others."""
    random = np.random.default_rng(seed)
    person = np.repeat(np.arange(len(sizes)), sizes)
    vector = random.normal(size=(len(sizes), 6))[person] + 0.7 * random.normal(size=(len(person), 6))
    shuffled = random.permutation(len(person))
    vector = (vector / np.linalg.norm(vector, axis=1, keepdims=True))[shuffled].astype(np.float32)
    return vector, np.array([f"person {it:02d}" for it in person[shuffled]])


def tailed(
    people: int, exponent: float, seed: int, *, spread: float = 0.0, copies: NDArray[np.int64] | None = None
) -> Comparisons:
    """Strangers with one score for every two people and a tail of a known exponent: FMR(s) = c * (1 - s) ** exponent.

    Args:
        people: how many.
        exponent: of the tail.
        seed: of what is drawn.
        spread: some people are liked by many: how much `exponent` times the logarithm of their factor varies. Then
            c = exp(spread ** 2), as the factors' powers are lognormal; else c is 1.
        copies: (people,), how many pictures each has, all with the same scores; by default 1.
    """
    random = np.random.default_rng(seed)
    size = np.ones(people, np.int64) if copies is None else copies
    first, second = np.triu_indices(people, 1)
    factor = np.exp(spread / exponent * random.normal(size=people))
    away = random.uniform(size=len(first)) ** (1 / exponent) * factor[first] * factor[second]
    person = np.repeat(np.arange(people), size)
    begin = np.concatenate([[0], np.cumsum(size)[:-1]])
    pairs = [
        (1 - away[chosen], begin[first[chosen]] + one, begin[second[chosen]] + other)
        for one, other in itertools.product(range(int(size.max())), repeat=2)
        for chosen in [(size[first] > one) & (size[second] > other)]
    ]
    score, one, other = (np.concatenate(column) for column in zip(*pairs, strict=True))
    order = np.argsort(-score)
    strangers = Scores(score.astype(np.float32)[order], one[order], other[order])
    return strangers_only(strangers, person, size)


def strangers_only(strangers: Scores, person: NDArray[np.int64], size: NDArray[np.int64]) -> Comparisons:
    """All comparisons of strangers, the highest first, and none of one person."""
    none = strangers.chosen(slice(0, 0))
    places, share = bins_of(strangers.score), 1 / size[person].astype(np.float64)
    weight = {
        Weighing.PAIRS: np.ones(len(strangers)),
        Weighing.PEOPLE: share[strangers.first] * share[strangers.second],
    }
    return Comparisons(
        person=person,
        size=size,
        genuine=none,
        impostors=strangers,
        floor=float(strangers.score[-1]),
        histogram={
            weighing: np.bincount(places, it, minlength=BINS).astype(np.float64) for weighing, it in weight.items()
        },
        total={
            Weighing.PAIRS: total_weight(size.astype(np.float64)),
            Weighing.PEOPLE: total_weight(np.ones(len(size))),
        },
        impostor_count=len(strangers),
    )


DIMENSIONS = 24
ALIKE = 0.999
"""Mirror similarity of a clear picture; a doubtful one has less."""


def seen_people(people: int, seed: int, *, each: int = 2, doubtful: float = 0.08) -> Observations:
    """Pictures of people, whose vectors are random; doubtful ones are drawn towards one place and so are alike."""
    random = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), each)
    vector = random.normal(size=(people, DIMENSIONS))[person] + 0.4 * random.normal(size=(len(person), DIMENSIONS))
    unclear = random.uniform(size=len(person)) < doubtful
    vector[:, 0] += 1 + 3 * unclear
    vector /= np.linalg.norm(vector, axis=1, keepdims=True)
    names = tuple(field.name for field in fields(Quality))
    quality = np.full((len(person), len(names)), 1.0, np.float32)
    quality[:, names.index("mirror_similarity")] = ALIKE - unclear * random.uniform(0.01, 0.1, size=len(person))
    count = len(person)
    return Observations(
        path=np.array([f"{number}.jpg" for number in range(count)]),
        person=np.array([f"person {it:04d}" for it in person]),
        outcome=np.array([READ] * count),
        vector=vector.astype(np.float32),
        quality=quality,
        quality_names=names,
        faces=np.ones(count, np.int64),
        size=np.full((count, 2), 250, np.int64),
        centred=np.ones(count, np.bool_),
    )
