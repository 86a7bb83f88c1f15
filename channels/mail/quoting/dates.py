"""Evidence that a line speaks of a moment or an address: what attribution and header lines are made of."""

from __future__ import annotations

import re

from channels.mail.quoting.attribution_words import WEEKDAYS

# 03.04.2023, 3/4/23, 2023-04-03, 2023年4月3日, 3 mars 2023, March 3, 2023, 3. maalisk. 2023
DATE = re.compile(
    r"\d{1,4}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{1,4}"
    r"|\d{1,2}[./-][^\W\d_]{3,10}\.?[./-]\s?\d{2,4}"
    r"|\d{2,4}\s?[年년]\s?\d{1,2}\s?[月월]"
    r"|\d{1,2}(?:st|nd|rd|th|\.|er|º|-?(?:го|е))?,?\s(?:de\s|d['’]|of\s|tháng\s)?[^\W_]{1,14}\.?,?\s(?:de[l]?\s|tháng\s)?\d{2,4}"
    r"|[^\W\d_]{3,12}\.?\s\d{1,2}(?:st|nd|rd|th)?(?:,|\.)?\s\d{2,4}"
    r"|\d{4}\.?\s[^\W\d_]{3,12}\.?\s\d{1,2}"
)
TIME = re.compile(
    r"(?<!\d)\d{1,2}\s?[:.h時시点點]\s?\d{2}(?!\d)|\d\s?[時시点點]|\d\s?(?:am|pm)\b", re.IGNORECASE
)
ADDRESS = re.compile(r"[^\s<>()@\[\]\"',;:]{1,100}@[^\s<>()@\[\]\"',;:]{1,100}")
ENDS_IN_ADDRESS = re.compile(r"[<(\[]\s?(?:mailto:)?[^\s<>()@]{1,100}@[^\s<>()@]{1,100}[>)\]]{1,3}\s?:?\Z")
_FIRST_WORD = re.compile(r"[\W_]{0,6}([^\W\d_]{1,14})")


def opens_with_date(text: str) -> bool:
    """Whether a line begins with a digit or the name of a weekday."""
    stripped = text.lstrip("-*_<>[(\"' \u2010\u2011\u2012\u2013\u2014\u2015")
    if stripped[:1].isdigit():
        return True
    word = _FIRST_WORD.match(stripped)
    return word is not None and word[1].casefold() in WEEKDAYS


def has_moment(text: str) -> bool:
    """Whether a line names a date together with a time of day."""
    return DATE.search(text) is not None and TIME.search(text) is not None
