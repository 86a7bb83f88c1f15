"""Amounts, dates, ids and long numbers in a reply must come from the facts of its turn."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from functools import lru_cache

from guardrails.claims.clauses import asks, conditional, denies
from guardrails.draft import Draft, ReplySentence
from guardrails.evidence import Evidence
from guardrails.facts.day_facts import (
    Day,
    names_month,
    near,
    numeric_dates,
    relative_days,
    weekdays,
    written_dates,
)
from guardrails.facts.figures import (
    CODE,
    LONE_DIGITS,
    PERCENT,
    RUN,
    SPACED,
    TOKEN,
    MoneyAmount,
    amounts,
    around_digits,
    code,
    digits,
    percentages,
    values,
    without_amounts,
)
from guardrails.facts.index import PHONE_TAIL, FactIndex
from guardrails.facts.plain_text import holds_any
from guardrails.verdict import ALLOWED, Verdict, block
from guardrails.vocabulary import Vocabulary

AMOUNTS = "amounts"

_PROVEN = re.compile(
    r"\b(?:total\w*|price\w*|charged|balance|credit\w*|worth|you(?:'ve| have)? paid|costs?|gesamt\w*"
    r"|summe|preis\w*|abgebucht|guthaben"
    r"|kostet|kosten|wert|gezahlt|bezahlt)\b"
)
_ASKED = re.compile(
    r"\b(?:you (?:\w+ )?(?:asked|wrote|said|mentioned|want\w*|would like)|sie (?:\w+ )?(?:möchten"
    r"|wünschen|schrieben)|gewünscht\w*)\b"
)
_SORRY = re.compile(r"\b(?:sorry|apolog\w{1,8}|leid|entschuldig\w{1,5})\b")
_DOLLARS = frozenset({"USD", "CAD", "AUD"})


def check_amounts(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply with an amount, or its currency, that no fact holds."""
    named: dict[MoneyAmount, bool] = {}
    for sentence in draft.sentences:
        proven = _PROVEN.search(sentence.lower) is not None and not (
            _ASKED.search(sentence.lower) or _SORRY.search(sentence.lower)
        )
        for amount in amounts(sentence.counted):
            named[amount] = named.get(amount, False) or proven
    for amount, proven in named.items():
        if not any(_holds_amount(index, amount) for index in (evidence.proven if proven else evidence.known)):
            return block(
                AMOUNTS,
                f"The amount {amount.written} is in none of the given facts. Name only given amounts.",
            )
    for value in percentages(draft.numbered):
        if not any(value in index.percentages for index in evidence.known):
            return block(
                AMOUNTS, f"The percentage {value} % is in none of the given facts. Name only given ones."
            )
    return ALLOWED


def _holds_amount(index: FactIndex, amount: MoneyAmount) -> bool:
    found = not amount.values.isdisjoint(index.numbers)
    found = found or (index.worded is not None and not amount.values.isdisjoint(index.worded.numbers))
    return found and _same_currency(index.currencies, amount.currency)


def _same_currency(known: frozenset[str], currency: str) -> bool:
    return not known or currency in known or (currency in _DOLLARS and bool(known & _DOLLARS))


DATES = "dates"

_ECHO = re.compile(r"[„“\"](?:[^„“”\" ]{1,40} ){3,40}[^„“”\"]{1,40}[“”\"]")
"""Four words or more between quotation marks: what the customer wrote is repeated as theirs."""
_WORD = re.compile(r"[^\W\d_]+")


def check_days(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply with a date that no fact holds."""
    seen = dict(numeric_dates(draft.numbered))
    if names_month(draft.numbered, frozenset(_WORD.findall(draft.numbered))):
        seen |= dict(written_dates(draft.numbered))
    for written, days in seen.items():
        if not any(_holds_day(index, days) for index in evidence.known) and not _now(days, evidence):
            return block(
                DATES, f"The date {written.strip(' ,')} is in none of the given facts. Name only given dates."
            )
    if named := evidence.first_problem(DATES, draft, _unknown_day):
        return block(DATES, f"Nothing given says that it happens {named}. Name only given dates.")
    return ALLOWED


def _unknown_day(sentence: ReplySentence, evidence: Evidence) -> str | None:
    text = _ECHO.sub(" ", sentence.counted).replace("guten morgen", " ")
    if not evidence.vocabulary.wording("events").search(text) or asks(text) or denies(text):
        return None
    for word, ahead in relative_days(text):
        if not conditional(text, text.find(word)) and not _meant(word, ahead, evidence):
            return word
    for day in weekdays(_WORD.findall(text)) - _of_dates_beside(text, evidence):
        if not any(day in index.weekdays or day in _weekdays(index, evidence) for index in evidence.known):
            return "on that day of the week"
    return None


def _of_dates_beside(text: str, evidence: Evidence) -> frozenset[int]:
    """Return the days of the week of the dates a sentence names, which are checked by themselves."""
    named = {**dict(numeric_dates(text)), **dict(written_dates(text))}
    years = range(evidence.moment.year - 1, evidence.moment.year + 2)
    found = set()
    for each in frozenset().union(*named.values()):
        for year in years if each.year is None else (each.year,):
            with suppress(ValueError):  # the 29th of February of most years
                found.add(date(year, each.month, each.day).weekday())
    return frozenset(found)


def _meant(word: str, ahead: int, evidence: Evidence) -> bool:
    target = evidence.moment.date() + timedelta(days=ahead)
    days = frozenset((Day(target.year, target.month, target.day),))
    if any(_holds_day(index, days) for index in evidence.known):
        return True
    return word in evidence.fresh.lower


def _weekdays(index: FactIndex, evidence: Evidence) -> frozenset[int]:
    """Return the days of the week of the dates near the present that a text names."""
    days = near(index.numeric_days | index.written_days, evidence.moment)
    return evidence.keep(f"weekdays {id(index)}", lambda: frozenset(day.weekday() for day in days))


def _holds_day(index: FactIndex, days: frozenset[Day]) -> bool:
    return any(index.has_day(day) for day in days)


def _now(days: frozenset[Day], evidence: Evidence) -> bool:
    today: date = evidence.moment.date()
    return any(
        (day.month, day.day) == (today.month, today.day) and day.year in (None, today.year) for day in days
    )


IDENTIFIERS = "identifiers"

_LONG_NUMBER = 4  # digits from which a number is never "just a number"
_NOUNS = r"ticket|callback|rückruf|invoice|rechnung|case|vorgang|tracking|number|nummer|no\.|nr\.|id"
_VOUCHER = re.compile(
    r"\b(?i:code|gutschein\w{0,20}|coupon\w{0,10}|voucher\w{0,10}|promo\w{0,10})\W{1,4}(?:(?i:code|is"
    r"|lautet|ist|with)\W{1,3}){0,2}"
    r"[\"'“„(]?([A-Z][A-Z0-9-]{3,40})\b"
)
_MEASURE = re.compile(r"\d+-?[a-z]+(?:-[a-z]+)*")
_RISING = re.compile(r"0?1?2?3?4?5?6?7?8?9?")


def check_identifiers(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply with a number, id or code that no fact holds; small counts are free."""
    text = PERCENT.sub(" ; ", without_amounts(draft.undated))
    for number in dict.fromkeys(_numbers(text, evidence.vocabulary)):
        if not _known_number(number, evidence):
            return block(
                IDENTIFIERS,
                f"The number {number[:40]} is in none of the given facts. Name only given numbers.",
            )
    for each in dict.fromkeys(_codes(around_digits(draft.bare), draft.bare)):
        if not _given_code(each, evidence):
            return block(
                IDENTIFIERS, f"The code {each[:40]} is in none of the given facts. Name only given codes."
            )
    return ALLOWED


@lru_cache(maxsize=8)
def _named_id(vocabulary: Vocabulary) -> re.Pattern[str]:
    """Finds a short number behind a noun that makes it an id."""
    nouns = "|".join(filter(None, (vocabulary.id_nouns, _NOUNS)))
    return re.compile(
        rf"(?:#|\b(?:{nouns})(?:(?: number| nummer|snummer| no\.?| nr\.?| id)?[ :#]{{1,3}})(?:[a-z]-)?)"
        r"(\d{2,3})(?![\d.,:]?\d| ?(?:%|x|×|days|tage))"
    )


def _given_code(found: str, evidence: Evidence) -> bool:
    if any(found.lower() in index.words for index in evidence.known):
        return True
    return any(code(found) in index.codes for index in evidence.known)


def _numbers(text: str, vocabulary: Vocabulary) -> Iterator[str]:
    for pattern in (SPACED, RUN, LONE_DIGITS):
        yield from pattern.findall(text)
    for token in TOKEN.findall(text):
        if len(digits(token)) >= _LONG_NUMBER or re.search(r"[.,]\d\d$", token):
            yield token
    yield from _named_id(vocabulary).findall(text)


def _known_number(number: str, evidence: Evidence) -> bool:
    if any(_holds_number(index, number) for index in evidence.known):
        return True
    parts = re.findall(r"\d+", number)
    if number.isdecimal() and _is_year(number, evidence):
        return True
    if len(parts) < 2 or TOKEN.fullmatch(number):
        return False
    if all(len(part) == 1 for part in parts):
        return len(parts) < _LONG_NUMBER and _RISING.fullmatch("".join(parts)) is not None
    return all(
        _is_year(part, evidence) or any(part in index.tokens for index in evidence.known) for part in parts
    )


def _holds_number(index: FactIndex, number: str) -> bool:
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
    if holds_any(text.lower(), ("code", "gutschein", "coupon", "voucher", "promo")):
        yield from _VOUCHER.findall(text)
