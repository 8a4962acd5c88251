"""How long one request may take, as kubectl reads it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_svcdoctor.collect.connection import parse_duration
from kubectl_svcdoctor.errors import UserError


@pytest.mark.parametrize(("text", "seconds"), [
    ("90", 90.0), ("5s", 5.0), ("2m", 120.0), ("3h", 10_800.0), ("1h30m", 5_400.0), ("1.5m", 90.0), (".5s", 0.5), ("500ms", 0.5),
    ("1500us", 0.0015), ("+3s", 3.0), ("1m0.5s", 60.5), ("0", None), ("0s", None), ("", None), ("007", 7.0),
])
def test_durations(text: str, seconds: float | None) -> None:
    assert parse_duration(text) == (pytest.approx(seconds) if seconds else None)


@pytest.mark.parametrize("text", ["5x", "-5", "-5s", "s", "5 s", "1h30", "1e3", "٣", "٣s", "9" * 400, "1,5s", " 5"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_duration(text)
    assert caught.value.message == (
        f'invalid timeout value "{text}": write whole seconds, or a number with a unit, such as 30, 5s, 2m or 1h30m')
    assert caught.value.exit_status == 2


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59))
@settings(deadline=None)
def test_hours_minutes_and_seconds_add_up(hours: int, minutes: int, seconds: int) -> None:
    total = hours * 3600 + minutes * 60 + seconds
    assert parse_duration(f"{hours}h{minutes}m{seconds}s") == parse_duration(str(total)) == (total or None)
