"""Instructions for the model where a reader does not see them: comments, hidden elements, tag characters."""

from __future__ import annotations

from guardrails.incoming import Reading
from guardrails.policy.screening_settings import Screening
from guardrails.verdict import ALLOWED, Verdict, flag, hold

NAME = "hidden_text"
DESCRIPTION = "Flags hidden text that gives instructions to the model; holds a mail with it."
BACKWARDS = ("\u202e", "\u202d")
"""Overrides of the direction of writing: they make a file's name end in what it is not."""


def check(reading: Reading, screening: Screening) -> Verdict:
    """Flag hidden instructions, in a mail hold them; flag a file's name that is written to deceive."""
    found = reading.scan.hidden
    if found.suspect:
        reason = f"Hidden text in it reads like instructions for the model ({', '.join(found.kinds)})."
        return (hold if reading.incoming.source == "mail" else flag)(NAME, reason)
    if reading.incoming.source == "file_name" and any(mark in reading.incoming.text for mark in BACKWARDS):
        return flag(NAME, "The file's name changes the direction of writing, which hides its real ending.")
    return ALLOWED
