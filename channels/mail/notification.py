"""A notification as a mail: it answers none, comes from our first address, is the same on every try."""

from __future__ import annotations

from channels.mail.compose import Answer
from orchestrator.mail.notifications import Notification
from orchestrator.mail.reply_tokens import MailTokens

FOLLOW_UP = "follow_up"


def notification_id(notification: Notification, mailbox: str) -> str:
    """Return the Message-ID of a notification from `mailbox`, with angle brackets, the same on every try."""
    return f"<{notification.id}@{mailbox.rpartition('@')[2]}>"


def written(notification: Notification, *, mailbox: str, business: str, tokens: MailTokens) -> Answer:
    """Return what the mail of a notification consists of.

    The answer to a follow-up goes on with its conversation; nothing leads back to where a code was asked for.
    """
    local, _, domain = mailbox.rpartition("@")
    token = tokens.make(notification.conversation_id) if notification.kind == FOLLOW_UP else None
    return Answer(
        from_address=mailbox,
        from_name=business,
        to=notification.address,
        subject=notification.subject,
        text=notification.text,
        language=notification.language,
        message_id=notification_id(notification, mailbox),
        reply_to=f"{local}+{token}@{domain}" if token else None,
        date=notification.written_at,
        initial=True,
        by_person=notification.by_person,
    )
