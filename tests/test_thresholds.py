import json
import math
from dataclasses import fields
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from likeness.domain.face import FloatArray
from likeness.domain.thresholds import Thresholds, shipped_thresholds
from likeness.pipeline.clip import SAMPLED_FRAMES
from training.footage import Columns, face_frames, stranger_share
from training.observe import Observed

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
    assert 2 <= thresholds.min_face_frames <= SAMPLED_FRAMES
    assert thresholds.max_stranger_share * thresholds.min_face_frames < 1  # no stranger where frames are few


def test_the_wire_page_states_the_figures_for_clips() -> None:
    page = (Path(__file__).parent.parent / "docs" / "wire.md").read_text("utf-8")
    thresholds = shipped_thresholds()
    assert f"fewer than {thresholds.min_face_frames:.0f} of the up to {SAMPLED_FRAMES} sampled frames" in page
    assert f"in {100 * thresholds.crowded_share:.0f} % or more of the frames with a face" in page


def seen(faces: list[int], vectors: FloatArray | None = None) -> Columns:
    """A clip's columns: whether each frame has a face, and which."""
    same = np.tile(np.eye(128, dtype=np.float32)[:1], (len(faces), 1))
    return {"subject": np.array(faces) - 1, "vector": same if vectors is None else vectors}


def test_frames_asked_for_are_what_short_genuine_clips_have() -> None:
    whole, holed = seen([1] * 500), seen([1, 1, 0, 1, 1] * 100)
    assert face_frames({"a": whole}).value == 5
    assert face_frames({"a": holed}).value == 4
    mended = seen([1] * 495 + [1, 1, 0, 1, 1])
    assert face_frames({"a": mended}).value == 5
    assert face_frames({"a": mended}).observed["clips_refused"] == 0.01


def test_strangers_tolerated_are_those_of_genuine_clips() -> None:
    sets = {"two": Observed(*_two_people())}
    one = np.tile(np.eye(128, dtype=np.float32)[:1], (10, 1))
    assert stranger_share({"a": seen([1] * 10, one)}, sets, 0.9).value == 0.1  # one odd frame always
    odd = one.copy()
    odd[4] = np.eye(128)[1]
    derived = stranger_share({"a": seen([1] * 10, one)}, sets, 0.9)
    assert derived.observed["two_swaps_seen"]["5 frames"] == dict.fromkeys("1234", 1.0)
    tolerant = stranger_share({"a": seen([1] * 10, odd)}, sets, 0.9)
    assert tolerant.value == 0.9  # were the odd frame the best, all others would be strangers
    assert tolerant.observed["refused_if_none_were_tolerated"] == 1


def _two_people() -> tuple[NDArray[Any], ...]:
    none = np.zeros(2)
    return np.array(["a", "b"]), np.eye(2, 128, dtype=np.float32), none, np.zeros(2, np.int64), none, none, none


def test_a_missing_or_unknown_threshold_is_refused() -> None:
    with pytest.raises(ValueError, match="min_sharpness"):
        Thresholds.from_dict({name: entry for name, entry in ENTRIES.items() if name != "min_sharpness"})
    with pytest.raises(ValueError, match="luck"):
        Thresholds.from_dict(ENTRIES | {"luck": {"value": 1}})
    with pytest.raises(ValueError, match="finite"):
        Thresholds.from_dict(ENTRIES | {"min_sharpness": {"value": math.nan}})
