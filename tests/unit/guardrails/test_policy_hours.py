"""Opening hours: periods, holidays, midnight, and days on which the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.policy.opening_hours import DAYS, OpeningHours, Period, office_hours
from tests.unit.guardrails.actions import policy

TEXT = """[hours]
zone = "Europe/Berlin"
mon = ["09:00-12:00", "13:00-17:00"]
tue = ["09:00-17:00"]
fri = ["22:00-06:00"]
sun = ["01:30-02:30", "02:45-04:00"]
holidays = ["12-25", 2026-11-24, "2027-01-04"]
"""
HOURS = policy(TEXT).hours


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-23T11:59+01:00", True),
        ("2026-11-23T12:00+01:00", False),
        ("2026-11-23T13:00+01:00", True),
        ("2026-11-24T10:00+01:00", False),  # a holiday of that year
        ("2027-11-23T10:00+01:00", True),
        ("2027-01-04T10:00+01:00", False),
        ("2026-11-27T21:59+01:00", False),
        ("2026-11-27T23:00+01:00", True),
        ("2026-11-28T05:59+01:00", True),  # Saturday, still Friday's period
        ("2026-11-28T06:00+01:00", False),
        ("2026-12-25T23:00+01:00", False),  # Friday, but every year a holiday
        ("2026-12-26T01:00+01:00", False),
        ("2026-03-29T00:45Z", True),  # 01:45, before the clocks go forward
        ("2026-03-29T01:00Z", True),  # 03:00: 02:00 to 03:00 does not exist
        ("2026-03-29T02:00Z", False),  # 04:00
        ("2026-10-25T00:15Z", True),  # 02:15 for the first time
        ("2026-10-25T00:35Z", False),  # 02:35 for the first time
        ("2026-10-25T01:15Z", True),  # 02:15 for the second time
        ("2026-10-25T01:50Z", True),  # 02:50 for the second time
    ],
)
def test_open_by_what_the_clocks_show(moment: str, is_open: bool) -> None:
    assert HOURS.is_open(at(moment)) is is_open


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-23T08:00+01:00", "2026-11-23T09:00+01:00"),
        ("2026-11-23T09:00+01:00", "2026-11-23T13:00+01:00"),
        ("2026-11-23T17:00+01:00", "2026-11-27T22:00+01:00"),  # Tuesday is a holiday
        ("2026-12-22T18:00+01:00", "2026-12-27T01:30+01:00"),
        ("2026-03-29T00:30Z", "2026-03-29T03:00+02:00"),  # the 02:45 that does not exist
        ("2026-10-25T00:35Z", "2026-10-25T02:45+02:00"),
        ("2026-10-25T00:50Z", "2026-10-25T02:45+01:00"),  # the clocks show it twice
    ],
)
def test_the_next_opening(moment: str, opening: str) -> None:
    assert HOURS.next_opening(at(moment)) == at(opening).astimezone(ZoneInfo("Europe/Berlin"))


def test_a_desk_that_never_opens_has_no_next_opening() -> None:
    every_day = frozenset((month, day) for month in range(1, 13) for day in range(1, 32))
    shut = OpeningHours(zone=ZoneInfo("UTC"), week=office_hours().week, yearly=every_day)
    assert shut.next_opening(at("2026-11-23T08:00Z")) is None


def test_they_can_be_told() -> None:
    assert str(office_hours()) == "Mon, Tue, Wed, Thu, Fri 09:00-17:00 Europe/Berlin"
    told = "Mon 09:00-12:00, 13:00-17:00; Tue 09:00-17:00; Fri 22:00-06:00; Sun 01:30-02:30, 02:45-04:00"
    assert str(HOURS) == f"{told} Europe/Berlin"


@pytest.mark.parametrize(
    "text",
    ["9-17", "09:00-09:00", "24:00-06:00", "08:00-24:30", "25:00-26:00", "09:60-10:00", "09:00-١٧:00", ""],
)
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        Period.parse(text)


def test_a_whole_day_is_a_period() -> None:
    night_and_day = OpeningHours(zone=ZoneInfo("Europe/Berlin"), week=((Period.parse("00:00-24:00"),),) * 7)
    moments = (at("2026-10-24T20:00Z") + timedelta(minutes=7 * step) for step in range(200))
    assert all(map(night_and_day.is_open, moments))


PERIODS = st.builds(Period, opens=st.integers(0, 1439), closes=st.integers(0, 1440)).filter(
    lambda period: period.opens != period.closes
)
ZONES = st.sampled_from(["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])


@given(
    st.lists(st.lists(PERIODS, max_size=2), min_size=7, max_size=7).filter(any),
    ZONES,
    st.integers(0, 3 * 366 * 1440),
)
def test_it_is_open_at_the_next_opening_and_shut_until_then(
    week: list[list[Period]], zone: str, minutes: int
) -> None:
    hours = OpeningHours(zone=ZoneInfo(zone), week=tuple(map(tuple, week)))
    moment = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    opening = hours.next_opening(moment)
    assert opening is not None
    assert moment < opening.astimezone(UTC) < moment + timedelta(days=16)
    assert hours.is_open(opening)
    assert (opening.tzinfo, len(DAYS)) == (ZoneInfo(zone), 7)
    if not hours.is_open(moment):
        between = (opening.astimezone(UTC) - moment) / 20
        assert not any(hours.is_open(moment + between * step) for step in range(20))
