"""What a recogniser makes of the trials, and what that comes to: thresholds and rates."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likeness.domain.sound import Sound
from likeness.evaluation.rates import wilson
from likeness.models.digits import DigitRecogniser
from training.digits.sounds import Condition
from training.digits.trials import Trial
from training.digits.voices import STRING_DIGITS

BUDGETS = {"normal": 0.01, "strict": 0.002}
"""Share of wrong digits, of the kind that passes most often, that each level may accept."""
UNBUDGETED = "one too many"
"""Reported but not limited: who reads all four digits and one more by mistake read what was asked for, and what the
recogniser hears twice is most often of this kind. Limited to 1 % too, it would cost half of GRID's right digits."""
RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Row:
    """A trial and what was heard; right: the score of what was said, NaN where that is not four digits."""

    voice: str
    source: str
    condition: Condition
    right: float
    exact: bool
    wrong: dict[str, list[float]]

    @property
    def group(self) -> str:
        """Each person is one, and all voices of programs together: few sounds say little by themselves."""
        if self.source in ("FSDD", "GRID"):
            return f"{self.source} {self.voice}"
        return "programs" if self.source in ("espeak-ng", "flite") else self.source


def listened(recogniser: DigitRecogniser, trials: Iterable[Trial]) -> list[Row]:
    """Hear every trial, and score each string that might have been asked."""
    rows = []
    for trial in trials:
        sound = Sound(trial.samples, 0.0)
        asked = [trial.said, *(string for many in trial.wrong.values() for string in many)]
        digits, scores = recogniser.listen(sound, asked)
        others = iter(scores[1:])
        wrong = {kind: [next(others) for _ in many] for kind, many in trial.wrong.items()}
        four = len(trial.said) == STRING_DIGITS
        right, exact = (scores[0], digits == trial.said) if four else (np.nan, False)
        rows.append(Row(trial.voice, trial.source, trial.condition, right, exact, wrong))
    return rows


def wrong_scores(rows: Sequence[Row], kind: str) -> NDArray[np.float64]:
    """Scores of one kind of wrong digits."""
    return np.asarray([score for row in rows for score in row.wrong.get(kind, [])])


def kinds(rows: Sequence[Row]) -> list[str]:
    """All kinds of wrong digits."""
    return list(dict.fromkeys(kind for row in rows for kind in row.wrong))


def groups(rows: Sequence[Row]) -> list[str]:
    """All groups with digits in them."""
    return sorted({row.group for row in rows if not np.isnan(row.right)})


def accepted_wrong(rows: Sequence[Row], kind: str, threshold: float) -> float:
    """Share of a kind that passes: the mean over the groups that have it, of whatever size."""
    shares = []
    for group in {row.group for row in rows}:
        scores = wrong_scores([row for row in rows if row.group == group], kind)
        shares += [float(np.mean(scores >= threshold))] if scores.size else []
    return float(np.mean(shares))


def threshold_at(rows: Sequence[Row], budget: float) -> float:
    """The least score, in hundredths, at which no kind of wrong digits but UNBUDGETED passes more than the budget."""
    budgeted = [kind for kind in kinds(rows) if kind != UNBUDGETED]
    scores = np.concatenate([wrong_scores(rows, kind) for kind in budgeted])
    low, high = int(100 * np.quantile(scores, 0.5)), int(100 * scores.max()) + 1
    while low < high:
        middle = (low + high) // 2
        kept = all(accepted_wrong(rows, kind, middle / 100) <= budget for kind in budgeted)
        low, high = (low, middle) if kept else (middle + 1, high)
    return low / 100


def rate(passed: NDArray[np.bool_], voices: Sequence[str]) -> dict[str, Any]:
    """A share and its interval of 95 %: voices drawn anew where there are several, else Wilson's."""
    names = sorted(set(voices))
    if len(names) == 1:
        low, high = wilson(float(passed.sum()), passed.size)
    else:
        # Counts by voice, so that what one voice says stays together.
        place = np.asarray([names.index(voice) for voice in voices])
        hits, tries = np.bincount(place, passed), np.bincount(place)
        draws = np.random.default_rng(0).multinomial(len(names), np.full(len(names), 1 / len(names)), RESAMPLES)
        low, high = np.quantile(draws @ hits / np.maximum(draws @ tries, 1), [0.025, 0.975]).tolist()
    return {
        "rate": round(float(passed.mean()), 4),
        "interval": [round(low, 4), round(high, 4)],
        "tried": int(passed.size),
        "voices": len(names),
    }


def rows_of(rows: Sequence[Row], group: str) -> list[Row]:
    """Those of a group."""
    return [row for row in rows if row.group == group]


def rates_by_noise(rows: Sequence[Row], passes: Callable[[Row], bool]) -> dict[str, Any]:
    """Shares of sounds with four digits that pass, by strength of noise."""
    table = {}
    for ratio_db in sorted({row.condition.ratio_db for row in rows}, reverse=True):
        chosen = [row for row in rows if row.condition.ratio_db == ratio_db and not np.isnan(row.right)]
        name = f"{ratio_db:.0f} dB" if np.isfinite(ratio_db) else "clean"
        table[name] = rate(np.asarray([passes(row) for row in chosen]), [row.voice for row in chosen])
    return table


def right_rates(rows: Sequence[Row], threshold: float) -> dict[str, Any]:
    """Shares of right digits that reach the threshold, by strength of noise."""
    return rates_by_noise(rows, lambda row: row.right >= threshold)


def wrong_rates(rows: Sequence[Row], threshold: float) -> dict[str, Any]:
    """Shares of wrong digits that pass, by kind."""
    table = {}
    for kind in kinds(rows):
        scored = [(score >= threshold, row.voice) for row in rows for score in row.wrong.get(kind, [])]
        table[kind] = rate(np.asarray([passed for passed, _ in scored]), [voice for _, voice in scored])
    return table


def summary(rows: Sequence[Row], thresholds: dict[str, float]) -> dict[str, Any]:
    """Rates by group and level, and how often the likeliest string is the right one."""
    result: dict[str, Any] = {}
    for group in groups(rows):
        chosen = rows_of(rows, group)
        result[group] = {"exactly heard": rates_by_noise(chosen, lambda row: row.exact)}
        for level, threshold in thresholds.items():
            result[group][level] = {
                "right accepted": right_rates(chosen, threshold),
                "wrong accepted": wrong_rates(chosen, threshold),
            }
    return result
