"""What a rule says of a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Judgement(StrEnum):
    """What is to become of a value, from the mildest to the strictest."""

    ALLOW = "allow"
    FLAG = "flag"
    """Allowed, but noted, and what follows from it is treated with more care."""
    REDACT = "redact"
    HOLD = "hold"
    """A human decides."""
    BLOCK = "block"


SEVERITY = {judgement: place for place, judgement in enumerate(Judgement)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """One rule's verdict; `reason` is a sentence an operator, and a model asked to mend it, can read.

    `text` is what stands instead of a redacted value, None for every other judgement.
    """

    judgement: Judgement
    rule: str = ""
    reason: str = ""
    text: str | None = None

    @property
    def blocked(self) -> bool:
        """Say whether the value must not be used without a human."""
        return self.judgement in (Judgement.BLOCK, Judgement.HOLD)


ALLOWED = Verdict(judgement=Judgement.ALLOW)


def flag(rule: str, reason: str) -> Verdict:
    """Return a verdict that allows and is noted."""
    return Verdict(judgement=Judgement.FLAG, rule=rule, reason=reason)


def redact(rule: str, reason: str, text: str) -> Verdict:
    """Return a verdict that puts `text` in the value's place."""
    return Verdict(judgement=Judgement.REDACT, rule=rule, reason=reason, text=text)


def hold(rule: str, reason: str) -> Verdict:
    """Return a verdict that leaves it to a human."""
    return Verdict(judgement=Judgement.HOLD, rule=rule, reason=reason)


def block(rule: str, reason: str) -> Verdict:
    """Return a verdict that blocks."""
    return Verdict(judgement=Judgement.BLOCK, rule=rule, reason=reason)


def strictest(*verdicts: Verdict) -> Verdict:
    """Return the strictest verdict, the first one among equals; ALLOWED when there is none."""
    return max(verdicts, key=lambda verdict: SEVERITY[verdict.judgement], default=ALLOWED)
