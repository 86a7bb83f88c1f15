"""Checks of single values in a policy file; each raises ValueError with the end of a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from guardrails.policy.hours import Period
from guardrails.policy.values import as_number

LONGEST_TEXT = 200
TOO_LARGE = Decimal(10**15)

_YEARLY = re.compile(r"[0-9]{2}-[0-9]{2}", re.ASCII)
_LINK = re.compile(r"https?://[^\s<>\"']{3,500}", re.ASCII)
_MAIL = re.compile(r"[^\s@,<>\"']{1,64}@[A-Za-z0-9.-]{1,255}", re.ASCII)
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{2,30}", re.ASCII)
_E164 = re.compile(r"\+[1-9][0-9]{4,14}", re.ASCII)
_SIP = re.compile(r"sips?:[^\s<>\"']{1,200}", re.ASCII)


def as_test_table(value: Any) -> Any:
    """Turn `"x"` into `{equals = "x"}` and `["x", "y"]` into `{in = ["x", "y"]}`."""
    if isinstance(value, list):
        return {"in": value}
    return value if isinstance(value, Mapping) else {"equals": value}


def check_plain(value: Any) -> str | bool | Decimal:
    """Accept text, true or false, or a number."""
    if isinstance(value, str) and len(value) <= LONGEST_TEXT:
        return value
    if isinstance(value, bool):
        return value
    number = as_number(value)
    if number is None or abs(number) >= TOO_LARGE:
        raise ValueError(f"give a text of at most {LONGEST_TEXT} letters, a number, true or false")
    return number


def check_clock(value: Any) -> str:
    """Accept open, closed or a period."""
    if value in ("open", "closed"):
        return str(value)
    try:
        return check_period(value)
    except ValueError:
        raise ValueError("write open, closed or a period like 22:00-06:00") from None


def check_period(value: Any) -> str:
    """Accept a period of the clock."""
    return str(Period.parse(_text(value, "a period like 09:00-17:00")))


def check_zone(value: Any) -> str:
    """Accept a time zone by its IANA name."""
    zone = _text(value, "a time zone like Europe/Berlin")
    try:
        return ZoneInfo(zone).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("no such time zone; write it like Europe/Berlin") from None


def check_holiday(value: Any) -> date | str:
    """Accept 2026-12-24, or 12-25 for every year."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    text = _text(value, "a day like 2026-12-24, or 12-25 for every year")
    try:
        if _YEARLY.fullmatch(text):
            date.fromisoformat(f"2000-{text}")  # a leap year, so that 02-29 is a day
            return text
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("write a day like 2026-12-24, or 12-25 for every year") from None


def check_link(value: Any) -> str:
    """Accept an http or https address; what begins with it is allowed."""
    return _matched(value, _LINK, "a link like https://shop.example/help")


def check_mail_address(value: Any) -> str:
    """Accept an e-mail address."""
    return _matched(value, _MAIL, "an e-mail address like help@shop.example").lower()


def check_phone(value: Any) -> str:
    """Accept a phone number as it would be written in a reply."""
    return _matched(value, _PHONE, "a phone number like +49 30 123456")


def check_transfer(value: Any) -> str:
    """Accept a phone number in E.164, or a SIP address."""
    text = _text(value, "a number like +4930123456 or a SIP address")
    if _E164.fullmatch(text) or _SIP.fullmatch(text):
        return text
    raise ValueError("write a number like +4930123456, or a SIP address like sip:desk@shop.example")


def _matched(value: Any, pattern: re.Pattern[str], like: str) -> str:
    text = _text(value, like)
    if not pattern.fullmatch(text):
        raise ValueError(f"write {like}")
    return text


def _text(value: Any, like: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"write {like}")
    return value
