"""Instructions for the model in another code: base64, hexadecimal, rot13, backwards."""

from __future__ import annotations

from guardrails.incoming import Reading
from guardrails.policy.screening_settings import Screening
from guardrails.verdict import ALLOWED, Verdict, flag, hold

NAME = "encoded_instructions"
DESCRIPTION = "Flags encoded text that gives instructions to the model; holds a mail with it."


def check(reading: Reading, screening: Screening) -> Verdict:
    """Flag encoded instructions; in a mail hold them: encoding them is itself a sign of intent."""
    found = reading.scan.encoded
    if not found.suspect:
        return ALLOWED
    reason = f"Encoded text in it reads like instructions for the model ({', '.join(found.kinds)})."
    return (hold if reading.incoming.source == "mail" else flag)(NAME, reason)
