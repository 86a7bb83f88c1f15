"""What a rule says of a value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Judgement(StrEnum):
    """Allow it, or block it with a reason."""

    ALLOW = "allow"
    BLOCK = "block"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """One rule's verdict; `reason` is a sentence an operator, and a model asked to mend it, can read."""

    judgement: Judgement
    rule: str = ""
    reason: str = ""

    @property
    def blocked(self) -> bool:
        """Say whether the value must not be used."""
        return self.judgement is Judgement.BLOCK


ALLOWED = Verdict(judgement=Judgement.ALLOW)


def block(rule: str, reason: str) -> Verdict:
    """Return a verdict that blocks."""
    return Verdict(judgement=Judgement.BLOCK, rule=rule, reason=reason)
