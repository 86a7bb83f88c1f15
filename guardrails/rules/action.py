"""Rules on an action before it runs: who asks, with which amount, and how often."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from guardrails.policy.amount_conditions import LIVE
from guardrails.policy.conditions import as_number
from guardrails.policy.tool_policy import Policy
from guardrails.verdict import ALLOWED, PastAction, ProposedAction, Ruled, Verdict, block, hold

TRUST = "trust_level"

IDENTITY_REQUIRED = "identity_required"
"""The reason, as the code that the model and the operators know it by."""


def check_trust(action: ProposedAction, policy: Policy) -> Verdict:
    """Block a call below the level its tool needs."""
    if action.trust >= action.trust_needed or action.degrades:
        return ALLOWED
    return block(TRUST, IDENTITY_REQUIRED)


FLAGGED = "flagged_turn"

REASON = "What led to this holds instructions for the assistant, so a human looks at it first."
REFUSED = "What led to this holds instructions for the assistant, and the policy refuses it then."


def check_flagged(action: ProposedAction, policy: Policy) -> Verdict:
    """Hold or block a call of a flagged turn."""
    if not action.flagged:
        return ALLOWED
    table = policy.table(action.tool)
    ruled = table.flagged if table is not None and table.flagged is not None else _usual(action)
    if ruled == "run":
        return ALLOWED
    return hold(FLAGGED, REASON) if ruled == "ask" else block(FLAGGED, REFUSED)


def _usual(action: ProposedAction) -> Ruled:
    if action.sensitivity == "read" or (action.sensitivity == "write" and action.trust > 0):
        return "run"
    return "ask"


AMOUNT = "amounts"

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


def check_amount(action: ProposedAction, policy: Policy) -> Verdict:
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
        return block(AMOUNT, "The amount is not a number.")
    if amount <= 0:
        return block(AMOUNT, "The amount is not more than nothing.")
    if amount >= LIMIT:
        return block(AMOUNT, "The amount is larger than any that is allowed.")
    if currency is not None and not (isinstance(currency, str) and _CURRENCY.fullmatch(currency)):
        return block(AMOUNT, "The currency is not a code of three capital letters, such as EUR.")
    if _places(amount) > PLACES.get(str(currency), USUAL_PLACES):
        return block(AMOUNT, "The amount has more decimals than its currency.")
    return ALLOWED


def _places(amount: Decimal) -> int:
    """Return how many decimals count: 80.000 has none, whatever was written."""
    _, digits, exponent = amount.as_tuple()
    written = "".join(map(str, digits)).rstrip("0")
    return max(0, len(written) - len(digits) - exponent) if isinstance(exponent, int) else 0


DUPLICATE = "duplicate"

DUPLICATE_WINDOW = timedelta(hours=24)
LATEST = 100
"""Past calls looked at; whoever has had more in a day is stopped by other rules."""
_IDS = ("_id", "_number", "_ref")
"""How arguments end that say what a payment is for."""
WORDS = frozenset({"reason", "note"})
"""Arguments that say why, and so may differ between two calls that do the same."""


def check_duplicate(action: ProposedAction, policy: Policy) -> Verdict:
    """Hold a sensitive call that does what a recent one did, or may still do."""
    if action.sensitivity != "sensitive" or not action.past:
        return ALLOWED
    wanted = _effect(action.arguments)
    for past in islice(_recent(action), LATEST):
        if _same_payment(past, action) or _has_effect(past.arguments, wanted):
            when = f"{past.at:%Y-%m-%d %H:%M} UTC"
            return hold(DUPLICATE, f"It is the same as the one of {when}, which is {past.state}.")
    return ALLOWED


def _recent(action: ProposedAction) -> Iterator[PastAction]:
    since = action.now - DUPLICATE_WINDOW
    return (
        past
        for past in reversed(action.past)
        if past.tool == action.tool and past.at > since and past.state in LIVE
    )


def _effect(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments so that they are equal for calls that do the same."""
    return {name: _plain(value) for name, value in arguments.items() if name not in WORDS}


def _has_effect(arguments: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    names = arguments.keys() - WORDS
    return names == wanted.keys() and all(_plain(arguments[name]) == wanted[name] for name in names)


def _plain(value: Any) -> Any:
    """Return a value without what makes no difference: case and spaces of text, zeros of a number."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, str):
        text = " ".join(value.split()).casefold().lstrip("#")
        number = as_number(text)
        return text if number is None else _number(number)
    if isinstance(value, int):
        return str(value)
    number = as_number(value)
    return value if number is None else _number(number)


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _same_payment(past: PastAction, action: ProposedAction) -> bool:
    if action.amount is None or not action.amount.is_finite():
        return False
    if (past.amount, past.currency) != (action.amount, action.currency):
        return False
    named = [name for name in action.arguments if name.endswith(_IDS)]
    return bool(named) and all(
        _plain(action.arguments[name]) == _plain(past.arguments.get(name)) for name in named
    )


RATE = "rate"

RATE_WINDOW = timedelta(hours=1)


def check_rate(action: ProposedAction, policy: Policy) -> Verdict:
    """Hold a sensitive call that would be one too many."""
    if action.sensitivity != "sensitive":
        return ALLOWED
    since = action.now - RATE_WINDOW
    before = sum(1 for past in action.past if past.at > since and _counts(past, action))
    if before < policy.sensitive_per_hour:
        return ALLOWED
    return hold(
        RATE, f"The customer had {before} such actions within an hour; {policy.sensitive_per_hour} are usual."
    )


def _counts(past: PastAction, action: ProposedAction) -> bool:
    # A past action does not say how sensitive it was: the same tool was, and whatever moved money.
    alike = past.tool == action.tool or past.amount is not None
    return alike and past.state in LIVE
