"""Letters: mails that answer no mail, and the words of the one that brings a code."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from orchestrator.languages.wording import say

CHANNEL = "letter"
"""The name under which a queued letter finds its sender."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """One letter on its way out; `kind` is code or follow_up, `attempt` starts at 1.

    `message_id` is the message whose words it brings, `by_person` says that an operator wrote them.
    """

    id: UUID
    conversation_id: UUID
    kind: str
    channel: str
    address: str
    subject: str
    text: str = field(repr=False)
    language: str
    written_at: datetime
    attempt: int
    message_id: UUID | None = None
    by_person: bool = False
    doubts: int = 0

    @property
    def lane(self) -> str:
        """Return the recipient's domain."""
        return self.address.rpartition("@")[2].lower()


def code_words(code: str, *, business: str, channel: str, language: str, minutes: int) -> tuple[str, str]:
    """Return subject and text of the letter with a code, in English where we don't speak the language."""
    place = channel if channel in ("mail", "voice") else "chat"
    text = say("code_letter", language).format(
        business=business, where=say(f"code_by_{place}", language), code=code, minutes=minutes
    )
    return say("code_subject", language), text
