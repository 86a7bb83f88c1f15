"""Amounts of money in a reply must come from the facts of its turn."""

from __future__ import annotations

import re

from guardrails.draft import Draft
from guardrails.evidence import Evidence
from guardrails.facts.figures import MoneyAmount, amounts, percentages
from guardrails.facts.index import FactIndex
from guardrails.verdict import ALLOWED, Verdict, block

NAME = "amounts"

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


def check(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply with an amount, or its currency, that no fact holds."""
    named: dict[MoneyAmount, bool] = {}
    for sentence in draft.sentences:
        proven = _PROVEN.search(sentence.lower) is not None and not (
            _ASKED.search(sentence.lower) or _SORRY.search(sentence.lower)
        )
        for amount in amounts(sentence.counted):
            named[amount] = named.get(amount, False) or proven
    for amount, proven in named.items():
        if not any(_holds(index, amount) for index in (evidence.proven if proven else evidence.known)):
            return block(
                NAME, f"The amount {amount.written} is in none of the given facts. Name only given amounts."
            )
    for value in percentages(draft.numbered):
        if not any(value in index.percentages for index in evidence.known):
            return block(
                NAME, f"The percentage {value} % is in none of the given facts. Name only given ones."
            )
    return ALLOWED


def _holds(index: FactIndex, amount: MoneyAmount) -> bool:
    found = not amount.values.isdisjoint(index.numbers)
    found = found or (index.worded is not None and not amount.values.isdisjoint(index.worded.numbers))
    return found and _same_currency(index.currencies, amount.currency)


def _same_currency(known: frozenset[str], currency: str) -> bool:
    return not known or currency in known or (currency in _DOLLARS and bool(known & _DOLLARS))
