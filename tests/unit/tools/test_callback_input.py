from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.tools.callers import NOW
from tools.hours import BusinessHours
from tools.schedule_callback import dialable, due
from tools.tool import ToolError

HOURS = BusinessHours(zone=ZoneInfo("Europe/Berlin"), opens=time(9), closes=time(17), days=(1, 2, 3, 4, 5))
ANYTHING = st.text(st.characters(exclude_categories=()), max_size=40)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-11-25T10:30", datetime(2026, 11, 25, 9, 30, tzinfo=UTC)),
        ("2026-11-25 10:30", datetime(2026, 11, 25, 9, 30, tzinfo=UTC)),
        ("2026-11-25T10:30:15.75", datetime(2026, 11, 25, 9, 30, 15, tzinfo=UTC)),
        ("2026-11-25T10:30:00Z", datetime(2026, 11, 25, 10, 30, tzinfo=UTC)),
        ("2026-11-25t10:30z", datetime(2026, 11, 25, 10, 30, tzinfo=UTC)),
        ("2026-11-25T10:30-05:00", datetime(2026, 11, 25, 15, 30, tzinfo=UTC)),
        ("20261125T1030", datetime(2026, 11, 25, 9, 30, tzinfo=UTC)),
        ("2026-W48-3T10:30", datetime(2026, 11, 25, 9, 30, tzinfo=UTC)),
        ("2026-11-24T10:01", datetime(2026, 11, 24, 9, 1, tzinfo=UTC)),
        ("2027-01-23T10:00", datetime(2027, 1, 23, 9, 0, tzinfo=UTC)),
    ],
)
def test_iso_times_with_and_without_offset(when: str, expected: datetime) -> None:
    assert due(when, HOURS, NOW) == expected


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ("tomorrow at ten", "invalid_time"),
        ("2026-11-25", "invalid_time"),
        ("2026-W48-3", "invalid_time"),
        ("20261125", "invalid_time"),
        ("10:30", "invalid_time"),
        ("2026-02-30T10:00", "invalid_time"),
        ("2026-11-25T25:00", "invalid_time"),
        ("0001-01-01T00:00+23:00", "invalid_time"),
        ("9999-12-31T23:59-23:00", "invalid_time"),
        ("", "invalid_time"),
        ("2026-11-24T10:00", "time_in_past"),
        ("2026-11-24T09:59", "time_in_past"),
        ("2020-01-01T10:00Z", "time_in_past"),
        ("2027-01-23T10:01", "time_too_far"),
        ("9999-01-01T00:00", "time_too_far"),
    ],
)
def test_times_nobody_can_call_at(when: str, code: str) -> None:
    with pytest.raises(ToolError) as caught:
        due(when, HOURS, NOW)
    assert caught.value.code == code


@given(st.integers(1, 59 * 86_400), st.integers(-840, 840))
def test_an_offset_is_honoured(seconds: int, minutes: int) -> None:
    moment = NOW + timedelta(seconds=seconds)
    written = moment.astimezone(timezone(timedelta(minutes=minutes))).isoformat()
    assert due(written, HOURS, NOW) == moment


@given(ANYTHING | st.from_regex(r"\d{4}-?\d\d-?\d\d[T ]\d\d:?\d\d([+-]\d\d:\d\d|Z)?", fullmatch=True))
def test_any_text_is_a_time_in_bounds_or_an_error(when: str) -> None:
    try:
        moment = due(when, HOURS, NOW)
    except ToolError as error:
        assert error.code in ("invalid_time", "time_in_past", "time_too_far")  # noqa: PT017
    else:
        assert NOW < moment <= NOW + timedelta(days=60)


@pytest.mark.parametrize(
    ("phone", "region", "expected"),
    [
        ("+49 30 901820", "DE", "+4930901820"),
        ("030 901820", "DE", "+4930901820"),
        ("(030) 90-18-20", "DE", "+4930901820"),
        ("0049 30 901820", "DE", "+4930901820"),
        ("+1 (415) 555-2671", "DE", "+14155552671"),
        ("415-555-2671", "US", "+14155552671"),
        ("tel:+44-20-7946-0958", "DE", "+442079460958"),
        ("+49 30 901820 ext. 12", "DE", "+4930901820;ext=12"),
    ],
)
def test_phone_numbers_become_dialable(phone: str, region: str, expected: str) -> None:
    assert dialable(phone, region) == expected


@pytest.mark.parametrize(
    "phone",
    [
        "",
        "12",
        "112",
        "call me",
        "+49",
        "+999 123456",
        "0900 5 123456",
        "+1 900 555 0123",
        "1" * 40,
        "+4930'; --",
    ],
)
def test_numbers_nobody_should_call(phone: str) -> None:
    with pytest.raises(ToolError) as caught:
        dialable(phone, "DE")
    assert caught.value.code == "invalid_phone"


@given(ANYTHING | st.text("+0123456789 ()-/.", max_size=40))
def test_any_text_is_a_number_or_an_error(phone: str) -> None:
    try:
        number = dialable(phone, "DE")
    except ToolError as error:
        assert error.code == "invalid_phone"  # noqa: PT017
    else:
        assert number.startswith("+")
        assert number.split(";ext=")[0][1:].isdecimal()
        assert dialable(number, "US") == number
