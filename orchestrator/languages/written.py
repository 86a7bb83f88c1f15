"""Dates, times, money and lists as people write them in a language; babel knows how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from string import Formatter
from typing import Any

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal

from orchestrator.languages import LANGUAGES


def calendar_date(value: Any, language: str) -> str:
    """Write an ISO date or date and time: "Tuesday, 24 November 2026"; what is none as it is."""
    moment = _moment(value)
    return str(value) if moment is None else format_date(moment, "full", locale=_locale(language))


def clock_time(value: Any, language: str) -> str:
    """Write the date and time of an ISO moment, with its offset where it has one; what is none as it is."""
    moment = _moment(value)
    if moment is None:
        return str(value)
    offset = moment.strftime("%z")
    zone = f" (UTC{offset[:3]}:{offset[3:5]})" if offset and moment.utcoffset() else " UTC" if offset else ""
    form = LANGUAGES.get(language, {}).get("writes", {}).get("moment", "{day}, {clock}")
    return str(form.format(day=calendar_date(value, language), clock=f"{moment:%H:%M}")) + zone


def money(amount: Any, currency: Any, language: str) -> str:
    """Write an amount: "1,299.00 EUR", "1.299,00 EUR"."""
    try:
        text = format_decimal(Decimal(str(amount)), "#,##0.00", locale=_locale(language))
    except InvalidOperation:
        text = str(amount)
    return f"{text} {currency or ''}".strip()


def listed(parts: Sequence[str], language: str) -> str:
    """Join parts with commas and a final "and"."""
    return format_list(list(parts), locale=_locale(language))


def _locale(language: str) -> Locale:
    """English as the British write it: the day before the month."""
    try:
        return Locale.parse("en_GB" if language == "en" else language, sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale.parse("en_GB")


def _moment(value: Any) -> datetime | None:
    if isinstance(value, date):
        return value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # noqa: DTZ001
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None


def fill(template: str, values: Mapping[str, Any], language: str) -> str:
    """Put values into a template's {places}; "" where one of them is missing, null or empty.

    `{until:date}`, `{at:moment}` and `{total:money}` are written as people do; a sum takes its currency from
    `currency` beside it, or is an object of amount and currency itself.
    """
    written = []
    for text, place, form, _ in Formatter().parse(template):
        written.append(text)
        value = values.get(place or "")
        if place and value in (None, "", [], {}):
            return ""
        written.append(_written(value, form or "", values, language) if place else "")
    return "".join(written)


def _written(value: Any, form: str, values: Mapping[str, Any], language: str) -> str:
    if form == "date":
        return calendar_date(value, language)
    if form == "moment":
        return clock_time(value, language)
    if form == "money" and isinstance(value, Mapping):
        return money(value.get("amount"), value.get("currency"), language)
    if form == "money":
        return money(value, values.get("currency"), language)
    return listed([str(each) for each in value], language) if isinstance(value, list) else str(value)
