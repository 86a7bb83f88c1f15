"""A reply may only cite what was retrieved or done in its turn."""

from __future__ import annotations

from guardrails.evidence import Evidence
from guardrails.verdict import ALLOWED, Verdict, block

NAME = "citations"


def check(reply: str, citations: tuple[str, ...], evidence: Evidence) -> Verdict:
    """Block a reply with a citation that is no passage or result of this turn."""
    unknown = [citation for citation in citations if citation not in evidence.citable]
    if not unknown:
        return ALLOWED
    return block(
        NAME,
        f"Cited ids that were not retrieved in this turn: {', '.join(unknown)[:200]}. Cite only given ids.",
    )
