"""Instructions for the model in what comes in: open, hidden from a reader, or encoded."""

from __future__ import annotations

from guardrails.inbound_text import ScannedText
from guardrails.policy.screening_settings import Screening
from guardrails.verdict import ALLOWED, Verdict, flag, hold

OPEN = "prompt_injection"


def check_open(scanned: ScannedText, screening: Screening) -> Verdict:
    """Flag instructions for the model; hold strong ones in a mail, which nobody waits for at a screen."""
    found = scanned.scan.open
    if not found.suspect:
        return ALLOWED
    reason = f"The text reads like instructions for the model ({', '.join(found.kinds)})."
    if found.strong and scanned.incoming.source == "mail":
        return hold(OPEN, reason)
    return flag(OPEN, reason)


HIDDEN = "hidden_text"

BACKWARDS = ("\u202e", "\u202d")
"""Overrides of the direction of writing: they make a file's name end in what it is not."""


def check_hidden(scanned: ScannedText, screening: Screening) -> Verdict:
    """Flag hidden instructions, in a mail hold them; flag a file's name that is written to deceive."""
    found = scanned.scan.hidden
    if found.suspect:
        reason = f"Hidden text in it reads like instructions for the model ({', '.join(found.kinds)})."
        return (hold if scanned.incoming.source == "mail" else flag)(HIDDEN, reason)
    if scanned.incoming.source == "file_name" and any(mark in scanned.incoming.text for mark in BACKWARDS):
        return flag(HIDDEN, "The file's name changes the direction of writing, which hides its real ending.")
    return ALLOWED


ENCODED = "encoded_instructions"


def check_encoded(scanned: ScannedText, screening: Screening) -> Verdict:
    """Flag encoded instructions; in a mail hold them: encoding them is itself a sign of intent."""
    found = scanned.scan.encoded
    if not found.suspect:
        return ALLOWED
    reason = f"Encoded text in it reads like instructions for the model ({', '.join(found.kinds)})."
    return (hold if scanned.incoming.source == "mail" else flag)(ENCODED, reason)
