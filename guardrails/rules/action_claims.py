"""A reply must not say that something was done which was not done."""

from __future__ import annotations

import re

from guardrails.evidence import Evidence
from guardrails.verdict import ALLOWED, Verdict, block

NAME = "action_claims"

CLAIMS = (
    (
        "refund_order",
        re.compile(
            r"\b(i(?:'ve| have)?(?: just| now)? (?:refunded|issued (?:a|the|your) refund)"
            r"|(?:your|the|a) refund (?:has been|was|is being|will be) (?:issued|processed|sent|approved)"
            r"|i(?:'ll| will) (?:refund|issue (?:a|the|your) refund)"
            r"|you(?:'ll| will) (?:get|receive) (?:a|your) refund of"
            r"|(?:habe ich|ich habe) [^.!?]{0,60}erstattet|(?:wurde|wird) [^.!?]{0,40}erstattet"
            r"|ich (?:erstatte|veranlasse (?:die|eine) (?:rück)?erstattung))",
            re.IGNORECASE,
        ),
    ),
    (
        "cancel_order",
        re.compile(
            r"\b(i(?:'ve| have)?(?: just| now)? cancell?ed (?:your|the) order"
            r"|(?:your|the) order (?:#?\d+ )?(?:has been|was) cancell?ed by me"
            r"|ich habe (?:ihre|die) bestellung [^.!?]{0,30}storniert)",
            re.IGNORECASE,
        ),
    ),
    (
        "create_ticket",
        re.compile(
            r"\b(i(?:'ve| have)?(?: just| now)? (?:created|opened|filed) (?:a|the|your) (?:support )?ticket"
            r"|ich habe (?:ein|das|ihr) ticket (?:erstellt|angelegt|eröffnet))",
            re.IGNORECASE,
        ),
    ),
    (
        "schedule_callback",
        re.compile(
            r"\b(i(?:'ve| have)?(?: just| now)? (?:scheduled|booked|arranged) (?:a|the|your) call-?back"
            r"|ich habe (?:einen|den|ihren) rückruf (?:vereinbart|eingetragen|gebucht))",
            re.IGNORECASE,
        ),
    ),
    (
        "change_address",
        re.compile(
            r"\b(i(?:'ve| have)?(?: just| now)? (?:changed|updated) (?:your|the) (?:\w+ )?address"
            r"|ich habe (?:ihre|die) (?:liefer)?adresse [^.!?]{0,20}geändert)",
            re.IGNORECASE,
        ),
    ),
)


def check(reply: str, citations: tuple[str, ...], evidence: Evidence) -> Verdict:
    """Block a reply that claims an action which neither this turn nor this conversation holds as done."""
    for tool, pattern in CLAIMS:
        if not evidence.was_done(tool) and _claimed(pattern, reply, evidence):
            return block(
                NAME,
                f"The reply claims or promises what only the action {tool} does, and it was not done."
                " Say only what was done.",
            )
    return ALLOWED


def _claimed(pattern: re.Pattern[str], reply: str, evidence: Evidence) -> bool:
    """Say whether a sentence of the reply claims the action; a sentence quoted from the facts does not."""
    return any(
        pattern.search(sentence) and not evidence.quotes(sentence)
        for sentence in re.split(r"(?<=[.!?])\s+|\n+", reply)
    )
