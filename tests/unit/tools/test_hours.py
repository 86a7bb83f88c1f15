from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.hours import BusinessHours

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = BusinessHours(zone=BERLIN, opens=time(9), closes=time(17), days=(1, 2, 3, 4, 5))


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-24T09:00+01:00", True),
        ("2026-11-24T08:59+01:00", False),
        ("2026-11-24T16:59+01:00", True),
        ("2026-11-24T17:00+01:00", False),
        ("2026-11-24T22:00+09:00", True),
        ("2026-11-28T12:00+01:00", False),
        ("2026-07-06T07:00+00:00", True),
    ],
)
def test_open_in_the_desks_own_time(moment: str, is_open: bool) -> None:
    assert HOURS.is_open(datetime.fromisoformat(moment)) is is_open


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-24T08:00+01:00", "2026-11-24T09:00+01:00"),
        ("2026-11-24T18:00+01:00", "2026-11-25T09:00+01:00"),
        ("2026-11-27T18:00+01:00", "2026-11-30T09:00+01:00"),
        ("2026-10-24T12:00+02:00", "2026-10-26T09:00+01:00"),
    ],
)
def test_the_next_opening(moment: str, opening: str) -> None:
    assert HOURS.next_opening(datetime.fromisoformat(moment)) == datetime.fromisoformat(opening)


@given(st.integers(0, 366 * 1_440), st.sets(st.integers(1, 7), min_size=1))
def test_it_always_opens_again_within_eight_days(minutes: int, days: set[int]) -> None:
    hours = BusinessHours(zone=BERLIN, opens=time(9), closes=time(17), days=tuple(sorted(days)))
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    opening = hours.next_opening(moment)
    assert 0 < (opening - moment).total_seconds() < 8 * 86_400
    assert hours.is_open(opening)


def test_they_can_be_told() -> None:
    assert str(HOURS) == "Mon, Tue, Wed, Thu, Fri 09:00-17:00 Europe/Berlin"
