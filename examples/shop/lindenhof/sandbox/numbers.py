"""Numbers a customer writes: orders, telephone numbers, codes, amounts, mail addresses."""

from __future__ import annotations

import re
from decimal import Decimal

from orchestrator.languages.letters import fold

MOST_ORDERS = 3
_LONGEST_CODE = 120

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
_VALUE = r"(?<![\d.,'])(?:\d{1,3}(?:[.,']\d{3}){1,2}(?:[.,]\d{1,2})?|\d{1,7}(?:[.,]\d{1,2})?)(?![.,']?\d)"
_AMOUNT = re.compile(
    rf"(?:(?<![a-z])(?P<before>{_CURRENCY}) ?)?(?P<value>{_VALUE})(?: ?(?P<after>{_CURRENCY})(?![a-z]))?",
    re.IGNORECASE,
)
_FIGURE = re.compile(rf"\b(?:refund|erstattung|rueckerstattung|gutschrift) (?:of|von|ueber) ({_VALUE})")
_CENTS = re.compile(r"[.,](\d{1,2})$")
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
_ONLY_CODE = re.compile(
    r"\W*(?:(?:its|it is|es ist|the|my|der|mein|code|is|ist|lautet|here|hier)\W+){0,5}\d{6}\W*"
)
_MASKED_CODE = re.compile(r"\[code \d{1,3}\]", re.IGNORECASE)


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
    """Find a code of six digits, also in groups or spelled out; a masked one ("[CODE 1]") as it is."""
    found = _MASKED_CODE.search(text) or _CODE.search(_compact(text))
    return found[0] if found else None


def only_code(text: str) -> bool:
    """Tell whether a text says nothing but a code: "482913", "my code is 4 8 2 9 1 3"."""
    if len(text) > _LONGEST_CODE:
        return False
    return bool(_ONLY_CODE.fullmatch(_compact(text)) or _MASKED_CODE.fullmatch(text.strip()))


def without_proofs(text: str) -> str:
    """Leave out mail addresses and, where nothing else is said, a code."""
    return "" if only_code(text) else _EMAIL.sub(" ", text).strip()


def amount(text: str) -> tuple[str, str] | None:
    """Find an amount with its currency, as (`20.00`, `EUR`)."""
    for found in _AMOUNT.finditer(text):
        currency = found["before"] or found["after"]
        if currency:
            code = _CODES.get(currency.lower()[:3]) or _CODES.get(currency[:1]) or currency.upper()[:3]
            return _decimal(found["value"]), code
    return None


def figure(text: str) -> str | None:
    """Find an amount without a currency: "a refund of 20" as `20.00`."""
    found = _FIGURE.search(fold(text))
    return _decimal(found[1]) if found else None


def _decimal(written: str) -> str:
    """Read "1,299", "1.299,00" and "20.5": what one or two digits follow at the end is the decimal sign."""
    cents = _CENTS.search(written)
    whole = re.sub(r"\D", "", written[: cents.start()] if cents else written)
    return f"{Decimal(f'{whole}.{cents[1] if cents else 0}'):.2f}"


def _compact(text: str) -> str:
    """Fold the text, with digits joined that are spelled or written apart."""
    return re.sub(r"(?<=\d)[ -](?=\d)", "", _joined(fold(text)))


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
