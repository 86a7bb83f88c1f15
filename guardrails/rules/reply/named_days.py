"""Dates in a reply must come from the facts of its turn."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, timedelta

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
from guardrails.facts.index import FactIndex
from guardrails.verdict import ALLOWED, Verdict, block

NAME = "dates"

_ECHO = re.compile(r"[„“\"](?:[^„“”\" ]{1,40} ){3,40}[^„“”\"]{1,40}[“”\"]")
"""Four words or more between quotation marks: what the customer wrote is repeated as theirs."""
_WORD = re.compile(r"[^\W\d_]+")


def check(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply with a date that no fact holds."""
    seen = dict(numeric_dates(draft.numbered))
    if names_month(draft.numbered, frozenset(_WORD.findall(draft.numbered))):
        seen |= dict(written_dates(draft.numbered))
    for written, days in seen.items():
        if not any(_holds(index, days) for index in evidence.known) and not _now(days, evidence):
            return block(
                NAME, f"The date {written.strip(' ,')} is in none of the given facts. Name only given dates."
            )
    if named := evidence.first_problem(NAME, draft, _unknown_day):
        return block(NAME, f"Nothing given says that it happens {named}. Name only given dates.")
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
    if any(_holds(index, days) for index in evidence.known):
        return True
    return word in evidence.fresh.lower


def _weekdays(index: FactIndex, evidence: Evidence) -> frozenset[int]:
    """Return the days of the week of the dates near the present that a text names."""
    days = near(index.numeric_days | index.written_days, evidence.moment)
    return evidence.keep(f"weekdays {id(index)}", lambda: frozenset(day.weekday() for day in days))


def _holds(index: FactIndex, days: frozenset[Day]) -> bool:
    return any(index.has_day(day) for day in days)


def _now(days: frozenset[Day], evidence: Evidence) -> bool:
    today: date = evidence.moment.date()
    return any(
        (day.month, day.day) == (today.month, today.day) and day.year in (None, today.year) for day in days
    )
