from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from likeness.settings import Settings

FLOATS = [name for name, field in Settings.model_fields.items() if field.annotation is float]


@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize("value", ["inf", "nan", "1e300"])
def test_no_time_is_boundless(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"LIKENESS_{name.upper()}", value)
    with pytest.raises(ValidationError):
        Settings()


def test_the_longest_time_can_be_reckoned_with() -> None:
    longest = Settings(keep_pictures_days=36_500, keep_records_days=36_500)
    for days in (longest.keep_pictures_days, longest.keep_records_days):
        assert datetime.now(UTC) - timedelta(days=days) < datetime.now(UTC) + timedelta(days=days)


def test_the_references_of_one_verify_may_wait() -> None:
    with pytest.raises(ValidationError):
        Settings(queue_limit=1)
    assert Settings(queue_limit=2).queue_limit == 2
