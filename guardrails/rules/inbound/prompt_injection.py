"""Text that gives instructions to the model."""

from __future__ import annotations

from guardrails.incoming import Reading
from guardrails.policy.screening_settings import Screening
from guardrails.verdict import ALLOWED, Verdict, flag, hold

NAME = "prompt_injection"
DESCRIPTION = "Flags text that gives instructions to the model; holds a mail that is hardly anything else."


def check(reading: Reading, screening: Screening) -> Verdict:
    """Flag instructions for the model; hold strong ones in a mail, which nobody waits for at a screen."""
    found = reading.scan.open
    if not found.suspect:
        return ALLOWED
    reason = f"The text reads like instructions for the model ({', '.join(found.kinds)})."
    if found.strong and reading.incoming.source == "mail":
        return hold(NAME, reason)
    return flag(NAME, reason)
