"""A reply is no longer than its channel takes, and cites only what was retrieved or done in its turn."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from guardrails.draft import Draft
from guardrails.evidence import Evidence
from guardrails.verdict import ALLOWED, Verdict, block

LENGTH = "length"

LONGEST: Mapping[str, int] = MappingProxyType({"chat": 4_000, "mail": 20_000, "voice": 600})
"""Characters by channel; any other channel is held to that of a chat."""


def check_length(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a whole reply that is too long for its channel; a piece says nothing of the length."""
    most = LONGEST.get(draft.channel, LONGEST["chat"])
    if not draft.whole or len(draft.text) <= most:
        return ALLOWED
    return block(
        LENGTH, f"The reply has {len(draft.text)} characters; at most {most} fit here. Write a shorter one."
    )


CITATIONS = "citations"


def check_citations(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply with a citation that is no passage or result of this turn; a piece has none yet."""
    unknown = [citation for citation in draft.citations if citation not in evidence.citable]
    if not draft.whole or not unknown:
        return ALLOWED
    return block(
        CITATIONS,
        f"Cited ids that were not retrieved in this turn: {', '.join(unknown)[:200]}. Cite only given ids.",
    )
