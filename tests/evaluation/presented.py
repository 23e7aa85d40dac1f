"""Made-up presentations: what detectors might have said of files that are not there."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from likeness.domain.capture import DetectorScore
from likeness.domain.genuineness import GenuinenessThresholds
from likeness.evaluation.attack_measure import measure_attacks
from likeness.evaluation.attack_results import AttacksMade, GenuinenessEvaluation
from likeness.evaluation.attacks import Found, Kind, Presentation, Unit
from likeness.evaluation.presentations import JUDGED, Looked

ROOT = Path("/presented")
LIMITS = {"relaxed": 0.9, "normal": 0.8, "strict": 0.6, "strictest": 0.4}
DETECTORS = ("screen", "print", "cutout", "generated")
THRESHOLDS = GenuinenessThresholds.from_dict(
    {"detectors": {name: {level: {"value": value} for level, value in LIMITS.items()} for name in DETECTORS}}
)
Case = tuple[Presentation, Looked]


def said(screen: float = 0.1, printed: float = 0.1, cutout: float = 0.1, made: float = 0.1) -> Looked:
    """Of a picture: one score per detector, its reason being its name in capitals."""
    scores = zip(DETECTORS, (screen, printed, cutout, made), strict=True)
    return Looked(JUDGED, tuple(DetectorScore(name, score, name.upper()) for name, score in scores))


def case(kind: Kind, name: str, looked: Looked, unit: Unit = Unit.PICTURE) -> Case:
    """`name` is `SOURCE/FILE`."""
    return Presentation(ROOT / kind / name, kind, name.split("/", maxsplit=1)[0], unit), looked


def measured(cases: Sequence[Case], level: str = "normal") -> GenuinenessEvaluation:
    ordered = sorted(cases, key=lambda it: (list(Kind).index(it[0].kind), it[0].source, str(it[0].path)))
    made = AttacksMade(
        "now", "likeness", "likeness evaluate", "toy 1", {}, dict.fromkeys(DETECTORS, LIMITS), str(ROOT), level, 1000, 7
    )
    found = Found(ROOT, tuple(it for it, _ in ordered), {".txt": 2}, ("spoof",))
    return measure_attacks(made, found, [it for _, it in ordered], THRESHOLDS)


def drawn(rng: np.random.Generator, kind: Kind, count: int, unit: Unit = Unit.PICTURE) -> list[Case]:
    """Scores as real ones are spread: attacks high for one detector, from nine sources."""
    own = {Kind.REPLAY: 0, Kind.PRINT: 1, Kind.MASK: 2, Kind.GENERATED: 3}.get(kind)
    cases = []
    for place in range(count):
        odds = rng.normal(-3, 1.5, len(DETECTORS))
        if own is not None:
            odds[own] += rng.normal(5, 1.5)
        values = 1 / (1 + np.exp(-odds))
        looked = said(*(float(it) for it in values))
        if unit is Unit.CLIP:
            looked = Looked(looked.outcome, looked.scores, (looked.scores,) * 3)
        cases.append(case(kind, f"source{place % 9}/{place}.jpg", looked, unit))
    return cases
