"""Numbers a customer writes: orders, telephone numbers, codes, amounts, mail addresses."""

from __future__ import annotations

import re
from decimal import Decimal

from orchestrator.inference.sandbox.text import fold

MOST_ORDERS = 3

_DIGITS = {
    "zero": "0", "oh": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9", "null": "0", "eins": "1", "zwei": "2", "zwo": "2", "drei": "3",
    "vier": "4", "fuenf": "5", "sechs": "6", "sieben": "7", "acht": "8", "neun": "9",
}  # fmt: skip
_DIGIT = "|".join(_DIGITS)
_SPOKEN = re.compile(rf"\b(?:{_DIGIT})(?:[ ,-]+(?:{_DIGIT})){{2,}}\b")
_SPACED = re.compile(r"(?<![\d.,:+])\d(?: \d){2,11}(?![\d.,:])")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_CURRENCY = r"eur(?:os?)?|usd|gbp|chf|sek|jpy|dollars?|pounds?|franken|francs?|€|\$|£"
_AMOUNT = re.compile(
    rf"(?:(?P<before>{_CURRENCY}) ?)?\b(?P<value>\d{{1,7}}(?:[.,]\d{{1,2}})?)\b(?: ?(?P<after>{_CURRENCY}))?",
    re.IGNORECASE,
)
_CODES = {"€": "EUR", "eur": "EUR", "$": "USD", "dol": "USD", "usd": "USD", "£": "GBP", "pou": "GBP"}
_DATE_OR_TIME = re.compile(
    r"\b\d{4}-\d\d-\d\d\b(?:[t ]\d\d:\d\d(?::\d\d)?)?(?:z\b|[+-]\d\d:?\d\d)?"
    r"|\b\d{1,2}\.\d{1,2}\.(?:\d{4}|\d\d)?(?!\d)|\b\d{1,2}[:.]\d\d(?: ?uhr| ?[ap]m)?\b(?!\.)"
    r"|\b\d{1,2} ?(?:uhr|[ap]m|oclock|h)\b"
)
_PHONE = re.compile(r"(?<![\w#])\+?\(?\d[\d ()/.-]{5,22}\d(?!\w)")
_OWN_PHONE = re.compile(r"(?:\+|00?)[1-9(]")
_NAMED_ORDER = re.compile(
    r"(?:#|\b(?:orders?|bestellungen|bestellung|bestell\w*|auftrag\w*|number|nummer|nr|no|num)\b[ .:]*)"
    r"(?:(?:number|nummer|nr|no|num|id|is|ist|lautet|with|mit|der|the|and|und)\b[ .:]*)*#?[ ]?(\d{3,12})\b"
)
_BARE_ORDER = re.compile(
    r"(?<![\d.,:/#-])\b\d{4,10}\b(?![.,:/-]\d)(?! ?(?:days?|tage?n?|%|percent|prozent|mal|times))"
)
_CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")


def order_ids(text: str) -> tuple[str, ...]:
    """Find order numbers: "#1042", "order no. 1042", "1 0 4 2", "one zero four two", a bare 1042; at most 3.

    Telephone numbers, dates, times, amounts and mail addresses are not taken for orders.
    """
    folded = _joined(_without(fold(text), _EMAIL, _DATE_OR_TIME))
    for found in _PHONE.findall(folded):
        if _OWN_PHONE.match(found):
            folded = folded.replace(found, " ")
    folded = _AMOUNT.sub(lambda found: " " if found["before"] or found["after"] else found[0], folded)
    found = [*_NAMED_ORDER.findall(folded), *_BARE_ORDER.findall(folded)]
    return tuple(dict.fromkeys(found))[:MOST_ORDERS]


def phone_number(text: str) -> str | None:
    """Find a telephone number of 7 to 15 digits, as written but without spaces and brackets."""
    for found in _PHONE.findall(_without(_symbols(text), _EMAIL, _DATE_OR_TIME)):
        digits = re.sub(r"[^\d+]", "", found)
        if 7 <= len(digits.lstrip("+")) <= 15:
            return digits
    return None


def mail_address(text: str) -> str | None:
    """Find a mail address, lower case."""
    found = _EMAIL.search(text)
    return found[0].lower().rstrip(".") if found else None


def one_time_code(text: str) -> str | None:
    """Find a code of six digits, also written in two groups or with spaces."""
    compact = re.sub(r"(?<=\d)[ -](?=\d)", "", fold(text))
    found = _CODE.search(compact)
    return found[0] if found else None


def amount(text: str) -> tuple[str, str] | None:
    """Find an amount with its currency, as (`20.00`, `EUR`)."""
    for found in _AMOUNT.finditer(text):
        currency = found["before"] or found["after"]
        if currency:
            code = _CODES.get(currency.lower()[:3]) or _CODES.get(currency[:1]) or currency.upper()[:3]
            return f"{Decimal(found['value'].replace(',', '.')):.2f}", code
    return None


def _without(text: str, *patterns: re.Pattern[str]) -> str:
    for pattern in patterns:
        text = pattern.sub(" ; ", text)
    return text


def _symbols(text: str) -> str:
    """Fold all but what telephone numbers are written with."""
    return fold(text.replace("\u2011", "-").replace("\u2013", "-"))


def _joined(folded: str) -> str:
    """Join digits that were spelled one by one."""
    spoken = _SPOKEN.sub(lambda found: "".join(_DIGITS[w] for w in re.findall(_DIGIT, found[0])), folded)
    return _SPACED.sub(lambda found: found[0].replace(" ", ""), spoken)
