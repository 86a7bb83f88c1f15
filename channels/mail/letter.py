"""One letter as a mail: it answers none, comes from our first address and has the same bytes on every try."""

from __future__ import annotations

from channels.mail.compose import Answer
from orchestrator.letters import Letter
from orchestrator.mail_tokens import MailTokens

FOLLOW_UP = "follow_up"


def letter_id(letter: Letter, mailbox: str) -> str:
    """Return the Message-ID of a letter from `mailbox`, with angle brackets, the same on every try."""
    return f"<{letter.id}@{mailbox.rpartition('@')[2]}>"


def written(letter: Letter, *, mailbox: str, business: str, tokens: MailTokens) -> Answer:
    """Return what the mail of a letter consists of.

    The answer to a follow-up goes on with its conversation; nothing leads back to where a code was asked for.
    """
    local, _, domain = mailbox.rpartition("@")
    token = tokens.make(letter.conversation_id) if letter.kind == FOLLOW_UP else None
    return Answer(
        from_address=mailbox,
        from_name=business,
        to=letter.address,
        subject=letter.subject,
        text=letter.text,
        language=letter.language,
        message_id=letter_id(letter, mailbox),
        reply_to=f"{local}+{token}@{domain}" if token else None,
        date=letter.written_at,
        initial=True,
        by_person=letter.by_person,
    )
