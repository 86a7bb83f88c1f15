"""Sentences in two languages, with dates and money as people write them there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

_MONTHS = {
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ),
    "de": (
        "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
        "November", "Dezember",
    ),
}  # fmt: skip
_DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Phrase:
    """The same sentence in both languages; `{names}` are filled in by `to`."""

    en: str
    de: str

    def to(self, language: str, **values: object) -> str:
        """Return it in a language, `en` for every other than `de`."""
        return (self.de if language == "de" else self.en).format(**values)


def calendar_date(value: Any, language: str) -> str:
    """Write an ISO date or date and time: "Tuesday, 24 November 2026", "Dienstag, 24. November 2026"."""
    moment = _moment(value)
    if moment is None:
        return str(value)
    day, month = _DAYS[language][moment.weekday()], _MONTHS[language][moment.month - 1]
    dot = "." if language == "de" else ""
    return f"{day}, {moment.day}{dot} {month} {moment.year}"


def clock_time(value: Any, language: str) -> str:
    """Write the date and time of an ISO moment, with its offset where it has one."""
    moment = _moment(value)
    if moment is None:
        return str(value)
    offset = moment.strftime("%z")
    zone = f" (UTC{offset[:3]}:{offset[3:5]})" if offset and moment.utcoffset() else " UTC" if offset else ""
    at = "um" if language == "de" else "at"
    clock = f"{moment:%H:%M}" + (" Uhr" if language == "de" else "")
    return f"{calendar_date(value, language)} {at} {clock}{zone}"


def money(amount: Any, currency: Any, language: str) -> str:
    """Write an amount: "1,299.00 EUR", "1.299,00 EUR"."""
    try:
        text = f"{Decimal(str(amount)):,.2f}"
    except InvalidOperation:
        text = str(amount)
    if language == "de":
        text = text.translate(str.maketrans(",.", ".,"))
    return f"{text} {currency or ''}".strip()


def listed(parts: Sequence[str], language: str) -> str:
    """Join parts with commas and a final "and"."""
    last = " und " if language == "de" else " and "
    return last.join([*([", ".join(parts[:-1])] if len(parts) > 1 else []), *parts[-1:]])


def _moment(value: Any) -> datetime | None:
    if isinstance(value, date):
        return value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # noqa: DTZ001
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None
