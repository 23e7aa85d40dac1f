"""What several pictures per template are worth: templates fused from k pictures against the person's other pictures."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from likeness.domain.face import FloatArray, Template
from likeness.evaluation.comparisons import BINS, Comparisons, Indices, Mask, Vector, bins_of
from likeness.evaluation.rates import score_of_share, share_above
from likeness.evaluation.results import Fused
from likeness.pipeline.face import fuse

PICTURES = (2, 3, 5)
"""How many pictures are fused; each is held against one picture of the same people as the template."""
OWN = {"1e-3": 1e-3, "1e-4": 1e-4}
"""False-match rates measured on the fused templates' own comparisons."""

_PEOPLE_AT_ONCE = 200


@dataclass(frozen=True, slots=True, eq=False)
class _Trial:
    """Scores of templates against single pictures: genuine (m,) with weights (m,); impostors as a histogram (BINS,)."""

    genuine: FloatArray
    weight: Vector
    impostors: Vector

    def fnmr(self, score: float) -> float:
        return float(self.weight[self.genuine < score].sum() / self.weight.sum())

    def fmr(self, score: float) -> float:
        return share_above(self.impostors, score)

    def at_own(self) -> dict[str, float]:
        return {name: self.fnmr(score_of_share(self.impostors, rate)) for name, rate in OWN.items()}


def fused(
    compared: Comparisons, vector: FloatArray, limits: Mapping[str, float], seed: int, pack: str
) -> tuple[Fused, ...]:
    """For each number of pictures of which at least two people have more; people and pairs of people count alike.

    Args:
        compared: of which pictures are of whom.
        vector: (n, d), the templates of single pictures.
        limits: scores of the thresholds, by nominal rate.
        seed: decides which pictures are fused.
        pack: of the templates.
    """
    shuffled = np.random.default_rng(seed).permutation(len(vector))
    order = shuffled[np.argsort(compared.person[shuffled], kind="stable")]
    starts = np.concatenate([[0], np.cumsum(compared.size)[:-1]])
    result = []
    for pictures in PICTURES:
        people = np.flatnonzero(compared.size > pictures)
        if len(people) < 2:  # noqa: PLR2004 - no strangers
            break
        enrolled = np.stack([order[starts[person] : starts[person] + pictures] for person in people])
        result.append(_fused(compared, vector, limits, people, enrolled, pack))
    return tuple(result)


def _fused(  # noqa: PLR0913, PLR0917 - of one kind, and used once
    compared: Comparisons,
    vector: FloatArray,
    limits: Mapping[str, float],
    people: Indices,
    enrolled: Indices,
    pack: str,
) -> Fused:
    probes = np.ones(len(vector), np.bool_)
    probes[enrolled.ravel()] = False
    many = np.stack([fuse([Template(pack, vector[place]) for place in row]).vector for row in enrolled])
    several, one = (_try(compared, vector, people, it, probes) for it in (many, vector[enrolled[:, 0]]))
    return Fused(
        pictures=enrolled.shape[1],
        people=len(people),
        probes=len(several.genuine),
        fnmr={name: several.fnmr(score) for name, score in limits.items()},
        one_fnmr={name: one.fnmr(score) for name, score in limits.items()},
        fmr={name: several.fmr(score) for name, score in limits.items()},
        one_fmr={name: one.fmr(score) for name, score in limits.items()},
        at_own=several.at_own(),
        one_at_own=one.at_own(),
    )


def _try(compared: Comparisons, vector: FloatArray, people: Indices, template: FloatArray, probes: Mask) -> _Trial:
    """Templates (q, d) of q people against every picture that is in no template."""
    owner = compared.person[probes]
    share = 1 / np.bincount(owner, minlength=len(compared.size)).clip(1)[owner]
    genuine, weight, impostors = [], [], np.zeros(BINS)
    for start in range(0, len(people), _PEOPLE_AT_ONCE):
        rows = slice(start, start + _PEOPLE_AT_ONCE)
        score = template[rows] @ vector[probes].T
        same = owner[None, :] == people[rows, None]
        weights = np.broadcast_to(share, score.shape)
        genuine.append(score[same])
        weight.append(weights[same])
        impostors += np.bincount(bins_of(score[~same]), weights[~same], minlength=BINS)
    return _Trial(np.concatenate(genuine), np.concatenate(weight), impostors)
