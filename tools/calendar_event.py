"""One date as an iCalendar file (RFC 5545), to be put into any calendar."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

WIDTH: Final = 75
"""Octets of a line (RFC 5545 3.1)."""
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def calendar_event(
    *, uid: str, stamp: datetime, start: datetime, minutes: int, summary: str, description: str
) -> bytes:
    """Return a published event of `minutes` from `start`; the same values give the same bytes.

    `uid` names it for ever, `stamp` is when it was made. Times are aware and written in UTC.
    """
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Switchboard//Callbacks//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{_text(uid)}",
        f"DTSTAMP:{_time(stamp)}",
        f"DTSTART:{_time(start)}",
        f"DURATION:PT{minutes}M",
        f"SUMMARY:{_text(summary)}",
        f"DESCRIPTION:{_text(description)}",
        "STATUS:CONFIRMED",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return b"".join(_folded(line.encode("utf-8", "replace")) for line in lines)


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(value: str) -> str:
    """Escape a text value (RFC 5545 3.3.11)."""
    escaped = _CONTROLS.sub("", value).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\n", "\\n")


def _folded(line: bytes) -> bytes:
    """Fold a line, never inside a character: each further line begins with a blank."""
    parts, rest, width = [], line, WIDTH
    while len(rest) > width:
        cut = width
        while rest[cut] & 0xC0 == 0x80:
            cut -= 1
        parts.append(rest[:cut])
        rest, width = rest[cut:], WIDTH - 1
    return b"\r\n ".join([*parts, rest]) + b"\r\n"
