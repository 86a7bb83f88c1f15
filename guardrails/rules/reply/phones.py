"""Telephone numbers in a reply must come from the facts of its turn."""

from __future__ import annotations

import re

from guardrails.draft import Draft
from guardrails.evidence import Evidence
from guardrails.reading.index import PHONE_TAIL
from guardrails.reading.numbers import digits
from guardrails.verdict import ALLOWED, Verdict, block

NAME = "phones"
DESCRIPTION = "Every telephone number stands in a result, a passage or the customer's words."
STAGE = "reply"

PHONE = re.compile(r"(?<![\w.,/-])(?:\+ ?|\(?0{1,2})\d?[\d ()/.-]{5,24}\d(?!\w)")


def check(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply with a telephone number that no fact holds, with or without its country code."""
    for number in dict.fromkeys(map(digits, PHONE.findall(draft.undated))):
        if len(number) >= PHONE_TAIL and not any(index.phone(number) for index in evidence.known):
            return block(
                NAME, "The reply names a telephone number that is in none of the given facts. Leave it out."
            )
    return ALLOWED
