import json
import math
from dataclasses import fields
from importlib import resources

import pytest

from likeness.domain.thresholds import Thresholds, shipped_thresholds

ENTRIES = json.loads((resources.files("likeness") / "thresholds.json").read_text("utf-8"))
NAMES = [field.name for field in fields(Thresholds)]


@pytest.mark.parametrize("name", NAMES)
def test_every_threshold_says_where_it_comes_from(name: str) -> None:
    entry = ENTRIES[name]
    assert math.isfinite(entry["value"])
    assert all(entry[key] for key in ("unit", "data", "budget", "observed"))
    assert entry["command"].startswith("python -m training.")


def test_the_file_is_what_decisions_get() -> None:
    thresholds = shipped_thresholds()
    assert {name: getattr(thresholds, name) for name in NAMES} == {
        name: entry["value"] for name, entry in ENTRIES.items()
    }
    assert thresholds.largest_face_ratio > 1
    assert thresholds.min_brightness < thresholds.max_brightness
    assert thresholds.replay_score_strict <= thresholds.replay_score


def test_a_missing_or_unknown_threshold_is_refused() -> None:
    with pytest.raises(ValueError, match="min_sharpness"):
        Thresholds.from_dict({name: entry for name, entry in ENTRIES.items() if name != "min_sharpness"})
    with pytest.raises(ValueError, match="luck"):
        Thresholds.from_dict(ENTRIES | {"luck": {"value": 1}})
    with pytest.raises(ValueError, match="finite"):
        Thresholds.from_dict(ENTRIES | {"min_sharpness": {"value": math.nan}})
