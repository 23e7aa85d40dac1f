"""From which cosine on a front and a side face show one person: at a false-match rate, with what it costs by yaw."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.selfie.geometry import Array
from training.selfie.material import SEED
from training.selfie.posed import LIMIT_DEG, Posed

FMR = 0.01
"""Of strangers' side selfies that may pass for the front's: a false one costs an attacker the right side of another
face, and the front is compared with the reference at its own, far stricter rate."""
SIDES_DEG = ((20, 30), (30, 40), (40, 50), (50, 60), (60, 70), (70, 90))
DRAWS = 500
"""Of people, with replacement, for intervals."""
INTERVAL = (2.5, 97.5)
PEOPLE_LEAST = 10
"""With fewer people an interval over people says nothing."""
TURNED_DEG = 30.0
"""Strangers of LFW who are turned less look to the embedders like frontal ones, and weigh nothing here."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Every front face against every side face: cosine (n, m); people of both, (n,) and (m,); yaw of the side, (m,)."""

    score: Array
    front: NDArray[np.str_]
    side: NDArray[np.str_]
    yaw_deg: Array
    same_picture: NDArray[np.bool_]

    @classmethod
    def of(cls, front: Posed, side: Posed) -> "Pairs":
        """Of the faces found."""
        one, other = front.at(front.faces.found), side.at(side.faces.found)
        return cls(
            (one.faces.vector @ other.faces.vector.T).astype(np.float64),
            one.faces.person,
            other.faces.person,
            np.abs(other.pose[:, 0]),
            one.faces.name[:, None] == other.faces.name[None],
        )

    @property
    def genuine(self) -> NDArray[np.bool_]:
        """(n, m)."""
        return np.asarray((self.front[:, None] == self.side[None]) & ~self.same_picture)

    @property
    def impostor(self) -> NDArray[np.bool_]:
        """(n, m)."""
        return np.asarray(self.front[:, None] != self.side[None])

    def within(self, front: NDArray[np.bool_], side: NDArray[np.bool_]) -> "Pairs":
        """Of the chosen faces."""
        return Pairs(
            self.score[np.ix_(front, side)],
            self.front[front],
            self.side[side],
            self.yaw_deg[side],
            self.same_picture[np.ix_(front, side)],
        )

    def half(self, *, second: bool) -> "Pairs":
        """Of every second person: the first half or the second."""
        people = np.unique(np.concatenate([self.front, self.side]))
        chosen = np.random.default_rng(SEED).permutation(people)[int(second) :: 2]
        return self.within(np.isin(self.front, chosen), np.isin(self.side, chosen))


def threshold(pairs: Pairs, fmr: float = FMR) -> float:
    """The cosine that this share of the impostors' pairs reaches."""
    return round(float(np.quantile(pairs.score[pairs.impostor], 1 - fmr, method="higher")) + 5e-5, 4)


def rates(pairs: Pairs, similarity: float) -> dict[str, Any]:
    """Of a set: FMR, and FNMR with its interval over people, by yaw of the side face."""
    strangers = pairs.score[pairs.impostor]
    answer: dict[str, Any] = {
        "people": len(np.unique(np.concatenate([pairs.front, pairs.side]))),
        "impostor_pairs": len(strangers),
        "fmr": _three(np.mean(strangers >= similarity)) if len(strangers) else None,
        "fnmr": _missed(pairs, similarity, np.ones(len(pairs.side), bool)),
        "fnmr_by_yaw_deg": {},
    }
    for low, high in SIDES_DEG:
        inside = (pairs.yaw_deg >= low) & (pairs.yaw_deg < high)
        if pairs.genuine[:, inside].any():
            answer["fnmr_by_yaw_deg"][f"{low}-{high}"] = _missed(pairs, similarity, inside)
    return answer


def _missed(pairs: Pairs, similarity: float, inside: NDArray[np.bool_]) -> dict[str, Any]:
    """FNMR of the chosen sides, every side face counting alike, and the interval over people drawn anew."""
    genuine = pairs.genuine[:, inside]
    counted = genuine.sum(axis=0)
    chosen = counted > 0
    missed = (genuine & (pairs.score[:, inside] < similarity)).sum(axis=0)[chosen] / counted[chosen]
    person = pairs.side[inside][chosen]
    people, of = np.unique(person, return_inverse=True)
    total, faces = np.bincount(of, missed), np.bincount(of)
    draws = np.random.default_rng(SEED).integers(0, len(people), (DRAWS, len(people)))
    drawn = total[draws].sum(axis=1) / faces[draws].sum(axis=1)
    return {
        "rate": _three(missed.mean()),
        "rate_95": [_three(it) for it in np.percentile(drawn, INTERVAL)] if len(people) >= PEOPLE_LEAST else None,
        "people": len(people),
        "side_faces": int(chosen.sum()),
    }


def entry(sets: dict[str, Pairs], session: Pairs) -> dict[str, Any]:
    """The threshold: the highest that any set asks for; and what it does, on halves of people it was not taken from."""
    each = {name: threshold(pairs) for name, pairs in sets.items()}
    value = max(each.values())
    crossed = {}
    for name, pairs in sets.items():
        for second in (False, True):
            other = max(threshold(one.half(second=not second)) for one in sets.values())
            crossed[f"{name}, half {int(second) + 1}, threshold of the other"] = {"similarity": other} | rates(
                pairs.half(second=second), other
            )
    return {
        "value": value,
        "unit": "cosine of the front's and the side's templates",
        "data": "CFP, frontal x profile; LFW, looking ahead x turned by over 30 degrees; impostors of either sex",
        "budget": f"at most {FMR:.0%} of strangers' pairs pass in either set: the higher of both thresholds",
        "observed": {
            "thresholds": each,
            "all_people": {name: rates(pairs, value) for name, pairs in sets.items()},
            "other_people": crossed,
            "one_session": rates(session, value),
        },
        "command": "python -m training.selfie --data DIR",
    }


def ahead_and_turned(posed: Posed, least_deg: float) -> tuple[Posed, Posed]:
    """Those who look ahead, and those turned by `least_deg` at least."""
    yaw = np.abs(np.nan_to_num(posed.pose[:, 0], nan=-1.0))
    return posed.at((yaw >= 0) & (yaw < LIMIT_DEG)), posed.at(yaw >= least_deg)


def _three(value: np.floating[Any] | float) -> float:
    return float(f"{float(value):.3g}")
