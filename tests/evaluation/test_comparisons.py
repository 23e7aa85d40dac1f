"""How many scores of strangers are kept: enough for rates and for a calibration's tail, and never too many."""

import numpy as np
import pytest
from numpy.typing import NDArray

from likeness.domain.face import FloatArray
from likeness.evaluation import comparisons, tail
from likeness.evaluation.comparisons import Weighing, compare
from likeness.evaluation.tail import Impostors

DIMENSIONS = 64


def strangers(people: int, each: int) -> tuple[FloatArray, NDArray[np.str_]]:
    """Vectors (people * each, DIMENSIONS) of no likeness, and persons (people * each,)."""
    vector = np.random.default_rng(people).normal(size=(people * each, DIMENSIONS))
    vector /= np.linalg.norm(vector, axis=1, keepdims=True)
    return vector.astype(np.float32), np.repeat([f"person {it:04d}" for it in range(people)], each)


@pytest.mark.parametrize(("people", "each"), [(100, 30), (50, 30), (300, 14)])
def test_a_tail_can_be_fitted_to_few_people_with_many_pictures(people: int, each: int) -> None:
    compared = compare(*strangers(people, each))
    impostors = Impostors.of(compared)
    start_fmr = max(tail.START_FMR, tail.START_PAIRS / impostors.total)
    assert tail.fit(impostors).start_fmr == pytest.approx(start_fmr, rel=0.01)
    assert len(compared.impostors) <= compared.impostor_count * comparisons.TAIL_SHARE_MAX * 1.01


@pytest.mark.parametrize(("people", "each"), [(150, 20), (300, 14)])
def test_so_can_one_to_their_tenth_with_a_doubtful_picture(people: int, each: int) -> None:
    compared = compare(*strangers(people, each))
    doubtful = np.random.default_rng(1).uniform(size=people * each) < 0.05
    chosen = doubtful[compared.impostors.first] | doubtful[compared.impostors.second]
    share = 1 - (1 - doubtful.mean()) ** 2
    among = Impostors.of(compared).among(compared, chosen, share * compared.total[Weighing.PEOPLE])
    assert tail.fit(among).exponent > 0


def test_a_tail_gets_what_it_needs_and_no_more_than_there_is_memory_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert comparisons.TAIL_PAIRS == 12 * tail.START_PAIRS
    assert comparisons.TAIL_SHARE > tail.START_FMR
    vector, person = strangers(300, 2)
    monkeypatch.setattr(comparisons, "KEPT_MIN", 0)
    monkeypatch.setattr(comparisons, "KEPT_MAX", 1000)
    wanted = comparisons.TAIL_PAIRS / (300 * 299 / 2)
    assert len(compare(vector, person).impostors) == pytest.approx(wanted * 300 * 299 / 2 * 4, rel=0.02)
    monkeypatch.setattr(comparisons, "TAIL_MAX", 5000)
    assert len(compare(vector, person).impostors) == pytest.approx(5000, rel=0.02)
    monkeypatch.setattr(comparisons, "TAIL_PAIRS", 0)
    assert len(compare(vector, person).impostors) == pytest.approx(1000, rel=0.02)
