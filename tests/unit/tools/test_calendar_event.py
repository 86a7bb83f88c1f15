"""An event as a calendar reads it (RFC 5545): short lines, escaped text, the same bytes every time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from tools.calendar_event import calendar_event

START = datetime(2026, 12, 1, 10, 0, tzinfo=timezone(timedelta(hours=1)))


def event(summary: str = "Callback: a lamp", description: str = "+4930901820") -> bytes:
    return calendar_event(
        uid="1@callback",
        stamp=datetime(2026, 11, 29, tzinfo=UTC),
        start=START,
        minutes=15,
        summary=summary,
        description=description,
    )


def read(data: bytes) -> dict[str, str]:
    """Unfold and unescape, as a reader does."""
    lines = data.replace(b"\r\n ", b"").decode().split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    return {name: value for name, _, value in pairs}


def unescaped(value: str) -> str:
    out, rest = "", value
    while rest:
        if rest[0] == "\\":
            out += {"n": "\n"}.get(rest[1], rest[1])
            rest = rest[2:]
        else:
            out += rest[0]
            rest = rest[1:]
    return out


def test_an_event_is_whole() -> None:
    data = event()
    assert data.startswith(b"BEGIN:VCALENDAR\r\n")
    assert data.endswith(b"END:VCALENDAR\r\n")
    found = read(data)
    assert found["METHOD"] == "PUBLISH"
    assert found["DTSTART"] == "20261201T090000Z"
    assert found["DURATION"] == "PT15M"
    assert found["UID"] == "1@callback"
    assert event() == data


@given(text=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_any_text_comes_back_and_no_line_is_long(text: str) -> None:
    data = event(f"{text};a,b\\c\nd")
    assert unescaped(read(data)["SUMMARY"]) == f"{text};a,b\\c\nd"
    assert max(len(line) for line in data.split(b"\r\n")) <= 75


def test_nothing_gets_into_the_calendar() -> None:
    data = event("x\r\nEND:VCALENDAR\nATTENDEE:mailto:eve@example.com")
    assert data.count(b"\r\nEND:VCALENDAR") == 1
    assert b"\r\nATTENDEE" not in data
