"""Mail addresses in a reply must come from the facts of its turn."""

from __future__ import annotations

from guardrails.draft import Draft
from guardrails.evidence import Evidence
from guardrails.reading.contacts import emails
from guardrails.verdict import ALLOWED, Verdict, block

NAME = "mail_addresses"
DESCRIPTION = "Every e-mail address stands in a result, a passage or the customer's words."
STAGE = "reply"


def check(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply with an e-mail address that no fact holds."""
    for address in dict.fromkeys(emails(draft.addressed)):
        if not any(address in index.emails for index in evidence.known):
            return block(
                NAME, "The reply names an e-mail address that is in none of the given facts. Leave it out."
            )
    return ALLOWED
