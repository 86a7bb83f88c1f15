"""Ids of all kinds, and every long number, must come from the facts of the turn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from guardrails.draft import Draft
from guardrails.evidence import Evidence
from guardrails.facts.figures import (
    CODE,
    LONE_DIGITS,
    PERCENT,
    RUN,
    SPACED,
    TOKEN,
    around_digits,
    code,
    digits,
    values,
    without_amounts,
)
from guardrails.facts.index import PHONE_TAIL, FactIndex
from guardrails.verdict import ALLOWED, Verdict, block
from guardrails.vocabulary import Vocabulary

NAME = "identifiers"

_LONG = 4  # digits from which a number is never "just a number"
_NOUNS = r"ticket|callback|rückruf|invoice|rechnung|case|vorgang|tracking|number|nummer|no\.|nr\.|id"
_VOUCHER = re.compile(
    r"\b(?i:code|gutschein\w{0,20}|coupon\w{0,10}|voucher\w{0,10}|promo\w{0,10})\W{1,4}(?:(?i:code|is"
    r"|lautet|ist|with)\W{1,3}){0,2}"
    r"[\"'“„(]?([A-Z][A-Z0-9-]{3,40})\b"
)
_MEASURE = re.compile(r"\d+-?[a-z]+(?:-[a-z]+)*")
_RISING = re.compile(r"0?1?2?3?4?5?6?7?8?9?")


def check(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply with a number, id or code that no fact holds; small counts are free."""
    text = PERCENT.sub(" ; ", without_amounts(draft.undated))
    for number in dict.fromkeys(_numbers(text, evidence.vocabulary)):
        if not _known(number, evidence):
            return block(
                NAME, f"The number {number[:40]} is in none of the given facts. Name only given numbers."
            )
    for each in dict.fromkeys(_codes(around_digits(draft.bare), draft.bare)):
        if not _given(each, evidence):
            return block(NAME, f"The code {each[:40]} is in none of the given facts. Name only given codes.")
    return ALLOWED


@lru_cache(maxsize=8)
def _named_id(vocabulary: Vocabulary) -> re.Pattern[str]:
    """Finds a short number behind a noun that makes it an id."""
    nouns = "|".join(filter(None, (vocabulary.id_nouns, _NOUNS)))
    return re.compile(
        rf"(?:#|\b(?:{nouns})(?:(?: number| nummer|snummer| no\.?| nr\.?| id)?[ :#]{{1,3}})(?:[a-z]-)?)"
        r"(\d{2,3})(?![\d.,:]?\d| ?(?:%|x|×|days|tage))"
    )


def _given(found: str, evidence: Evidence) -> bool:
    if any(found.lower() in index.words for index in evidence.known):
        return True
    return any(code(found) in index.codes for index in evidence.known)


def _numbers(text: str, vocabulary: Vocabulary) -> Iterator[str]:
    for pattern in (SPACED, RUN, LONE_DIGITS):
        yield from pattern.findall(text)
    for token in TOKEN.findall(text):
        if len(digits(token)) >= _LONG or re.search(r"[.,]\d\d$", token):
            yield token
    yield from _named_id(vocabulary).findall(text)


def _known(number: str, evidence: Evidence) -> bool:
    if any(_holds(index, number) for index in evidence.known):
        return True
    parts = re.findall(r"\d+", number)
    if number.isdecimal() and _is_year(number, evidence):
        return True
    if len(parts) < 2 or TOKEN.fullmatch(number):
        return False
    if all(len(part) == 1 for part in parts):
        return len(parts) < _LONG and _RISING.fullmatch("".join(parts)) is not None
    return all(
        _is_year(part, evidence) or any(part in index.tokens for index in evidence.known) for part in parts
    )


def _holds(index: FactIndex, number: str) -> bool:
    bare = digits(number)
    if bare in index.runs or (bare.lstrip("0") or "0") in index.numbers:
        return True
    if (TOKEN.fullmatch(number) or SPACED.fullmatch(number)) and not values(number).isdisjoint(index.numbers):
        return True
    if len(bare) >= PHONE_TAIL and index.phone(bare):
        return True
    return index.worded is not None and (bare in index.worded.runs or bare in index.worded.numbers)


def _is_year(number: str, evidence: Evidence) -> bool:
    return len(number) == 4 and abs(int(number) - evidence.moment.year) <= 1


def _codes(figures: str, text: str) -> Iterator[str]:
    for found in CODE.findall(figures):
        if len(digits(found)) > 2 and not _MEASURE.fullmatch(found.lower()):
            yield found
    if any(stem in text.lower() for stem in ("code", "gutschein", "coupon", "voucher", "promo")):
        yield from _VOUCHER.findall(text)
