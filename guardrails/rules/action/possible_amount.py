"""An amount must be one that money can have."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from guardrails.policy.conditions import as_number
from guardrails.policy.tool_policy import Policy
from guardrails.verdict import ALLOWED, ProposedAction, Verdict, block

NAME = "amounts"

LIMIT = Decimal(1_000_000_000)
USUAL_PLACES = 2
# Minor units other than two, source: ISO 4217.
# fmt: off
NO_PLACES = frozenset((
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF",
    "XPF",
))
# fmt: on
THREE_PLACES = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))
PLACES = {**dict.fromkeys(NO_PLACES, 0), **dict.fromkeys(THREE_PLACES, 3)}
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


def check(action: ProposedAction, policy: Policy) -> Verdict:
    """Block a call whose amount, as its preview or else its arguments give it, makes no sense."""
    if action.amount is not None:
        return _judged(action.amount, action.currency)
    if action.sensitivity == "sensitive" and action.arguments.get("amount") is not None:
        return _judged(_read(action.arguments["amount"]), action.arguments.get("currency"))
    return ALLOWED


def _read(value: Any) -> Decimal | None:
    return None if isinstance(value, bool) else as_number(value)


def _judged(amount: Decimal | None, currency: Any) -> Verdict:
    if amount is None or not amount.is_finite():
        return block(NAME, "The amount is not a number.")
    if amount <= 0:
        return block(NAME, "The amount is not more than nothing.")
    if amount >= LIMIT:
        return block(NAME, "The amount is larger than any that is allowed.")
    if currency is not None and not (isinstance(currency, str) and _CURRENCY.fullmatch(currency)):
        return block(NAME, "The currency is not a code of three capital letters, such as EUR.")
    if _places(amount) > PLACES.get(str(currency), USUAL_PLACES):
        return block(NAME, "The amount has more decimals than its currency.")
    return ALLOWED


def _places(amount: Decimal) -> int:
    """Return how many decimals count: 80.000 has none, whatever was written."""
    _, digits, exponent = amount.as_tuple()
    written = "".join(map(str, digits)).rstrip("0")
    return max(0, len(written) - len(digits) - exponent) if isinstance(exponent, int) else 0
