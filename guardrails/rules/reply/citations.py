"""A reply may only cite what was retrieved or done in its turn."""

from __future__ import annotations

from guardrails.draft import Draft
from guardrails.evidence import Evidence
from guardrails.verdict import ALLOWED, Verdict, block

NAME = "citations"
DESCRIPTION = "Every cited id is a passage or a result of this turn."
STAGE = "reply"


def check(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply with a citation that is no passage or result of this turn; a piece has none yet."""
    unknown = [citation for citation in draft.citations if citation not in evidence.citable]
    if not draft.whole or not unknown:
        return ALLOWED
    return block(
        NAME,
        f"Cited ids that were not retrieved in this turn: {', '.join(unknown)[:200]}. Cite only given ids.",
    )
