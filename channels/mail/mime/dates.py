"""Dates in any form that mail programs have used."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_COMMENT = re.compile(r"\([^()]{0,60}\)")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?")
_OFFSET = re.compile(r"([+-]\d{2}):?(\d{2})\b")
_DOTS = re.compile(r"(\d{1,2})\.(\d{2})\.(\d{2})(?=\s)")  # 21.43.05: hours with dots


def read_date(value: str) -> datetime | None:
    """The moment, in UTC, or None when `value` is no date between 1971 and 2199."""
    text = _COMMENT.sub(" ", value[:200]).strip()
    for read in (_standard, _standard_with_dots, _iso):
        try:
            moment = read(text)
            if moment is not None and 1971 <= moment.year < 2200:
                return moment
        except Exception:  # the standard library raises half a dozen kinds here
            continue
    return None


def _standard(text: str) -> datetime | None:
    return _utc(parsedate_to_datetime(text))


def _standard_with_dots(text: str) -> datetime | None:
    return _utc(parsedate_to_datetime(_DOTS.sub(r"\1:\2:\3", text)))


def _iso(text: str) -> datetime | None:
    if re.match(r"\d{4}-\d{2}-\d{2}T", text):
        try:
            return _utc(datetime.fromisoformat(text.split(maxsplit=1)[0]))
        except ValueError:
            pass  # nearly ISO: the pattern below takes it
    match = _ISO.search(text)
    if match is None:
        return None
    offset = _OFFSET.search(text, match.end())
    zone = f"{offset[1]}:{offset[2]}" if offset else "+00:00"
    day = f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}"
    time = f"{int(match[4] or 0):02}:{match[5] or '00'}:{match[6] or '00'}"
    return _utc(datetime.fromisoformat(f"{day}T{time}{zone}"))


def _utc(moment: datetime) -> datetime:
    """Without a zone (`-0000`), the sender meant UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
