"""From what the detectors said of every file to everything an evaluation of genuineness says."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from likeness.domain.genuineness import GenuinenessThresholds, Judged, Level
from likeness.domain.verdict import FaceGenuineness
from likeness.evaluation.attack_detectors import curves, detectors, histograms
from likeness.evaluation.attack_groups import Group, Row, Verdict, groups_of, passed, sources, verdicts
from likeness.evaluation.attack_rates import log_odds, rate_of
from likeness.evaluation.attack_results import (
    AtLevel,
    AttacksMade,
    Files,
    GenuinenessEvaluation,
    Headline,
    NotJudged,
    OfSource,
    Rate,
    Wrong,
)
from likeness.evaluation.attacks import EXPECTED, Found, Kind, Unit
from likeness.evaluation.comparisons import Mask
from likeness.evaluation.measure import shown
from likeness.evaluation.presentations import Looked


def measure_attacks(
    made: AttacksMade, found: Found, looked: Sequence[Looked], thresholds: GenuinenessThresholds
) -> GenuinenessEvaluation:
    """Everything that is said of a folder.

    Args:
        made: what is known without looking.
        found: the files.
        looked: what came of each of its presentations.
        thresholds: at which each detector is believed.

    Raises:
        EngineError: a detector without thresholds.
    """
    groups, root, level, seed = groups_of(found, looked), found.folder, Level(made.level), made.seed
    given = {it: [verdicts(group, thresholds, it) for group in groups] for it in Level}
    at_levels = [
        _at_level(group, these, it, seed) for it in Level for group, these in zip(groups, given[it], strict=True)
    ]
    by_unit = [here for unit in Unit if (here := [it for it in groups if it.unit is unit and it.judged])]
    return GenuinenessEvaluation(
        made=made,
        ignored=found.ignored,
        passed_over=found.passed_over,
        files=tuple(_files(group, seed) for group in groups),
        headlines=tuple(_headline(at_levels, here[0].unit, it) for here in by_unit for it in Level),
        at_levels=tuple(at_levels),
        by_source=tuple(
            it
            for place, group in enumerate(groups)
            for it in _by_source(group, {asked: of_all[place] for asked, of_all in given.items()}, seed)
        ),
        detectors=tuple(it for here in by_unit for it in detectors(here, thresholds, level, seed)),
        curves=tuple(it for here in by_unit for it in curves(here)),
        histograms=tuple(it for here in by_unit for it in histograms(here)),
        errors=tuple(
            it for group, these in zip(groups, given[level], strict=True) for it in _wrong(group, these, root)
        ),
        not_judged=tuple(it for group in groups for it in _not_judged(group, root)),
    )


def _erred(kind: Kind, these: Sequence[Verdict]) -> Mask:
    """(n,): attacks that passed, or live people who did not."""
    return ~passed(these) if kind is Kind.LIVE else passed(these)


def _files(group: Group, seed: int) -> Files:
    presented = (*group.judged, *group.refused)
    refused = np.arange(len(presented)) >= len(group.judged)
    return Files(
        unit=group.unit,
        kind=group.kind,
        sources=len({row.shown.source for row in (*presented, *group.damaged)}),
        files=len(presented) + len(group.damaged),
        judged=len(group.judged),
        refused=_outcomes(group.refused),
        damaged=_outcomes(group.damaged),
        non_response=rate_of(refused, sources(presented), seed),
    )


def _outcomes(rows: Sequence[Row]) -> dict[str, int]:
    return dict(sorted(Counter(row.looked.outcome for row in rows).items()))


def _at_level(group: Group, these: Sequence[Verdict], level: Level, seed: int) -> AtLevel:
    stopped = np.concatenate([~passed(these), np.ones(len(group.refused), np.bool_)])
    where = sources(group.judged)
    expected = None
    if group.kind is not Kind.LIVE:
        expected = rate_of(np.array([it.called is EXPECTED[group.kind] for it in these], np.bool_), where, seed)
    return AtLevel(
        unit=group.unit,
        kind=group.kind,
        level=level,
        error=rate_of(_erred(group.kind, these), where, seed),
        expected=expected,
        not_accepted=rate_of(stopped, sources((*group.judged, *group.refused)), seed),
        verdicts={name: count for name in FaceGenuineness if (count := sum(it.called is name for it in these))},
    )


def _headline(at_levels: Sequence[AtLevel], unit: Unit, level: Level) -> Headline:
    here = {it.kind: it.error for it in at_levels if (it.unit, it.level) == (unit, level) and it.error.of}
    attacks = {kind: error for kind, error in here.items() if kind != Kind.LIVE}
    worst = max(attacks, key=lambda kind: attacks[kind].value) if attacks else None
    return Headline(unit, level, worst, attacks[worst] if worst else None, here.get(Kind.LIVE))


def _by_source(group: Group, given: dict[Level, list[Verdict]], seed: int) -> list[OfSource]:
    judged, refused = sources(group.judged), sources(group.refused)
    result = []
    for source in sorted({*judged.tolist(), *refused.tolist()}):
        here = judged == source
        error: dict[str, Rate] = {
            level: rate_of(_erred(group.kind, these)[here], judged[here], seed) for level, these in given.items()
        }
        result.append(OfSource(group.unit, group.kind, source, int(here.sum()), int((refused == source).sum()), error))
    return result


def _wrong(group: Group, these: Sequence[Verdict], root: Path) -> list[Wrong]:
    erred = _erred(group.kind, these)
    together = zip(group.judged, these, erred, strict=True)
    return [_error(group, row, verdict, root) for row, verdict, is_wrong in together if is_wrong]


def _error(group: Group, row: Row, verdict: Verdict, root: Path) -> Wrong:
    loudest = max(verdict.judged, key=_margin)
    return Wrong(
        unit=group.unit,
        kind=group.kind,
        source=row.shown.source,
        path=shown(str(row.shown.path), root),
        verdict=verdict.called,
        detector=loudest.detector,
        score=loudest.score,
        threshold=loudest.threshold,
        reason=loudest.reason,
    )


def _not_judged(group: Group, root: Path) -> list[NotJudged]:
    return [
        NotJudged(group.unit, group.kind, row.shown.source, shown(str(row.shown.path), root), row.looked.outcome)
        for row in (*group.refused, *group.damaged)
    ]


def _margin(judged: Judged) -> float:
    """How far a score is above its threshold, in log-odds."""
    score, threshold = log_odds(np.array([judged.score, judged.threshold]))
    return float(score - threshold)
