import pytest

from likeness.domain.capture import DetectorScore
from likeness.domain.errors import EngineError
from likeness.domain.genuineness import VERDICTS, GenuinenessThresholds, Level
from likeness.domain.verdict import FaceGenuineness

HALF = {"detectors": {name: {level: {"value": 0.5} for level in Level} for name in VERDICTS}}
THRESHOLDS = GenuinenessThresholds.from_dict(HALF)


def verdict(**scores: float) -> FaceGenuineness:
    given = [DetectorScore(name, score, "because") for name, score in scores.items()]
    return THRESHOLDS.judge(given, Level.NORMAL)[0]


def test_one_detector_is_enough_whatever_the_others_say() -> None:
    assert verdict(screen=0.0, print=0.0, cutout=0.0, generated=0.0) is FaceGenuineness.PASSED
    assert verdict(screen=0.5, print=0.0, cutout=0.0, generated=0.0) is FaceGenuineness.SCREEN_REPLAY
    assert verdict(minifasnet=0.9, screen=0.0) is FaceGenuineness.SCREEN_REPLAY
    assert verdict(print=0.0, cutout=0.9) is FaceGenuineness.MASK
    assert verdict(generated=1.0, screen=0.4999) is FaceGenuineness.FACEGEN


@pytest.mark.parametrize("scores", [(), (DetectorScore("oracle", 0.0, "because"),)])
def test_nothing_passes_that_no_known_detector_judged(scores: tuple[DetectorScore, ...]) -> None:
    with pytest.raises(EngineError):
        THRESHOLDS.judge(scores, Level.NORMAL)


def test_of_several_the_mask_is_named_then_the_screen() -> None:
    assert verdict(generated=1.0, screen=0.9, print=0.6) is FaceGenuineness.MASK
    assert verdict(generated=1.0, screen=0.6) is FaceGenuineness.SCREEN_REPLAY


def test_each_level_is_followed_by_a_stricter_one() -> None:
    assert [level.one_up() for level in Level] == [Level.NORMAL, Level.STRICT, Level.STRICTEST, Level.STRICTEST]


def test_a_judgement_tells_score_threshold_and_reason() -> None:
    _, judged = THRESHOLDS.judge(
        [DetectorScore("screen", 0.7, "bezel"), DetectorScore("print", 0.2, "halftone")], Level.STRICT
    )
    assert [(it.detector, it.score, it.threshold, it.believed, it.reason) for it in judged] == [
        ("screen", 0.7, 0.5, True, "bezel"),
        ("print", 0.2, 0.5, False, "halftone"),
    ]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"oracle": {key: {"value": 0.5} for key in Level}}, "oracle"),
        ({"screen": {"relaxed": {"value": 0.5}}}, "screen"),
        ({"screen": {key: {"value": place / 10} for place, key in enumerate(Level)}}, "rise"),
        ({"screen": {key: {"value": float("nan")} for key in Level}}, "finite"),
        ({"screen": {key: {"value": 0.5} for key in (*map(str, Level), "harshest")}}, "harshest"),
    ],
)
def test_thresholds_that_do_not_fit_are_refused(entries: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GenuinenessThresholds.from_dict({"detectors": entries})
