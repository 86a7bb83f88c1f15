"""More messages than a person writes."""

from __future__ import annotations

from guardrails.incoming import Reading
from guardrails.policy.screening_settings import Screening
from guardrails.verdict import ALLOWED, Verdict, hold

NAME = "flooding"
SHORT = 16
"""Characters; whoever says yes seven times in an hour floods nobody."""
DESCRIPTION = "Holds what comes in faster, or more often the same, than the policy allows."


def check(reading: Reading, screening: Screening) -> Verdict:
    """Hold a message beyond the policy's limits, before a model request is spent on it."""
    incoming = reading.incoming
    if incoming.recent > screening.flood_messages:
        return hold(NAME, f"More than {screening.flood_messages} messages in 10 minutes.")
    if incoming.repeats > screening.flood_repeats and len(incoming.text.strip()) > SHORT:
        return hold(NAME, f"The same text more than {screening.flood_repeats} times in an hour.")
    return ALLOWED
