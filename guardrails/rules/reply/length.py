"""A reply must not be longer than its channel takes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from guardrails.draft import Draft
from guardrails.evidence import Evidence
from guardrails.verdict import ALLOWED, Verdict, block

NAME = "length"
DESCRIPTION = "A whole reply has at most 4,000 characters in a chat, 20,000 in a mail, 600 when it is spoken."
STAGE = "reply"

LONGEST: Mapping[str, int] = MappingProxyType({"chat": 4_000, "mail": 20_000, "voice": 600})
"""Characters by channel; any other channel is held to that of a chat."""


def check(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a whole reply that is too long for its channel; a piece says nothing of the length."""
    most = LONGEST.get(draft.channel, LONGEST["chat"])
    if not draft.whole or len(draft.text) <= most:
        return ALLOWED
    return block(
        NAME, f"The reply has {len(draft.text)} characters; at most {most} fit here. Write a shorter one."
    )
