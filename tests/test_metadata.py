"""When two picture files may be of one camera."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from likeness.domain.metadata import CLOCK_SLACK, Metadata, differences

SHOT = datetime(2026, 3, 1, 10, tzinfo=UTC).replace(tzinfo=None)
ONE = Metadata(
    is_jpeg=True,
    width_px=3000,
    height_px=4000,
    make="Maker",
    model="A",
    software="1.2",
    stated_size_px=(4000, 3000),
    orientation=6,
    taken_at=SHOT,
)
NOW = timedelta(seconds=30)


def test_one_camera_agrees_with_itself() -> None:
    assert differences(ONE, replace(ONE, taken_at=SHOT + NOW), NOW) == ()


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"make": "Other"}, "make"),
        ({"model": None}, "model"),
        ({"software": "Editor"}, "software"),
        ({"stated_size_px": (4001, 3000)}, "size"),
        ({"width_px": 2999}, "size"),
        ({"orientation": 1}, "orientation"),
        ({"width_px": 4000, "height_px": 3000}, "orientation"),
        ({"taken_at": None}, "time"),
        ({"taken_at": SHOT - timedelta(days=400)}, "time"),
        ({"taken_at": (SHOT - timedelta(hours=9)).replace(tzinfo=UTC)}, "time"),
    ],
)
def test_each_thing_that_differs_is_told(changes: dict[str, Any], name: str) -> None:
    other = replace(ONE, **changes)
    assert differences(ONE, other, NOW) == (name,)
    assert differences(other, ONE, NOW) == (name,)


@pytest.mark.parametrize("orientation", [5, 7, 8])
def test_a_camera_held_the_other_way_round_is_the_same(orientation: int) -> None:
    assert differences(ONE, replace(ONE, orientation=orientation), NOW) == ()


def test_files_that_say_nothing_agree() -> None:
    assert (
        differences(
            Metadata(is_jpeg=True, width_px=640, height_px=480),
            Metadata(is_jpeg=True, width_px=300, height_px=900),
            NOW,
        )
        == ()
    )


def test_other_formats_are_not_compared_any_further() -> None:
    assert differences(ONE, replace(ONE, is_jpeg=False, model="B"), NOW) == ("format",)


@pytest.mark.parametrize("between", [timedelta(0), timedelta(hours=20)])
def test_shots_may_be_as_far_apart_as_the_calls_and_a_little_more(between: timedelta) -> None:
    limit = between + CLOCK_SLACK
    assert differences(ONE, replace(ONE, taken_at=SHOT + limit), between) == ()
    assert differences(ONE, replace(ONE, taken_at=SHOT + limit + timedelta(seconds=1)), between) == ("time",)


def test_time_zones_are_seen_through() -> None:
    one = replace(ONE, taken_at=SHOT.replace(tzinfo=UTC))
    abroad = one.taken_at.astimezone(timezone(timedelta(hours=9))) if one.taken_at else None
    assert differences(one, replace(one, taken_at=abroad), NOW) == ()


@pytest.mark.parametrize("offset_hours", [-8, 0, 9])
def test_times_of_which_one_tells_its_zone_are_local(offset_hours: int) -> None:
    zoned = replace(ONE, taken_at=SHOT.replace(tzinfo=timezone(timedelta(hours=offset_hours))))
    assert differences(ONE, zoned, NOW) == ()
    assert differences(zoned, ONE, NOW) == ()
