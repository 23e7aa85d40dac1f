"""What each detector of attacks does by itself: how it ranks, when it is believed, what reasons it gives."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from likeness.domain.genuineness import GenuinenessThresholds, Level
from likeness.evaluation.attack_groups import Group, Verdict, sources, verdicts
from likeness.evaluation.attack_rates import LOG_ODDS_MAX, auc, det, histogram, rate_of
from likeness.evaluation.attack_results import DetCurve, OfDetector, Rate, ScoreHistogram
from likeness.evaluation.attacks import OWN_KIND, Kind, Unit


def detectors(
    groups: Sequence[Group], thresholds: GenuinenessThresholds, level: Level, seed: int
) -> tuple[OfDetector, ...]:
    """Of each detector that judged any of these.

    Args:
        groups: of one unit, each with something judged.
        thresholds: at which each is believed.
        level: at which reasons are counted.
        seed: of the resamples.
    """
    by_level = {it: [verdicts(group, thresholds, it) for group in groups] for it in Level}
    return tuple(
        OfDetector(
            unit=groups[0].unit,
            detector=name,
            own=OWN_KIND.get(name),
            auc={group.kind: auc(group.scores(name), live.scores(name)) for live, group in _against_live(groups)},
            frame_auc=_frame_auc(groups, name),
            believed={it: _believed(groups, given, name, seed) for it, given in by_level.items()},
            reasons=_reasons(groups, by_level[level], name),
        )
        for name in _names(groups)
    )


def curves(groups: Sequence[Group]) -> tuple[DetCurve, ...]:
    """Each detector on the kind of attack that it is made for, where that was presented, and live people too."""
    result = []
    for live, group in _against_live(groups):
        for name in _names(groups):
            if OWN_KIND.get(name) is group.kind:
                columns = det(group.scores(name), live.scores(name))
                result.append(DetCurve(group.unit, name, group.kind, *(tuple(map(float, it)) for it in columns)))
    return tuple(result)


def histograms(groups: Sequence[Group]) -> tuple[ScoreHistogram, ...]:
    """Of every detector, how all kinds score."""
    return tuple(
        ScoreHistogram(
            groups[0].unit,
            name,
            -LOG_ODDS_MAX,
            LOG_ODDS_MAX,
            {group.kind: histogram(group.scores(name)) for group in groups},
        )
        for name in _names(groups)
    )


def _names(groups: Sequence[Group]) -> list[str]:
    """In the order in which the engine tells them."""
    return list(dict.fromkeys(it.detector for group in groups for row in group.judged for it in row.looked.scores))


def _against_live(groups: Sequence[Group]) -> list[tuple[Group, Group]]:
    """Each kind of attack beside the live people; nothing where there are none."""
    live = next((group for group in groups if group.kind is Kind.LIVE), None)
    return [(live, group) for group in groups if group is not live] if live else []


def _frame_auc(groups: Sequence[Group], name: str) -> dict[str, float]:
    if groups[0].unit is not Unit.CLIP:
        return {}
    return {group.kind: auc(group.frame_scores(name), live.frame_scores(name)) for live, group in _against_live(groups)}


def _believed(groups: Sequence[Group], given: Sequence[Sequence[Verdict]], name: str, seed: int) -> dict[str, Rate]:
    result: dict[str, Rate] = {}
    for group, of_group in zip(groups, given, strict=True):
        mask = np.array([it.believes(name) for it in of_group], np.bool_)
        result[group.kind] = rate_of(mask, sources(group.judged), seed)
    return result


def _reasons(groups: Sequence[Group], given: Sequence[Sequence[Verdict]], name: str) -> dict[str, dict[str, int]]:
    result: dict[str, dict[str, int]] = {}
    for group, of_group in zip(groups, given, strict=True):
        heard = [it.reason for one in of_group for it in one.judged if it.detector == name and it.believed]
        if heard:
            result[group.kind] = dict(Counter(heard).most_common())
    return result
