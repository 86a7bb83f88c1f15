"""Answers to compose, with everything but what a test is about filled in."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from channels.mail.compose import compose
from orchestrator.mail.mail_types import MailFile, OutgoingMail

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def answer(**changes: Any) -> OutgoingMail:
    fields: dict[str, Any] = {
        "from_address": "support@example.com",
        "from_name": "Example Shop",
        "to": "ada@example.org",
        "subject": "Where is my parcel?",
        "text": "Hello Ada,\n\nyour parcel arrives on Monday.",
        "language": "en",
        "in_reply_to": "<q1@example.org>",
        "message_id": "<m1@example.com>",
        "reply_to": "support+token@example.com",
        "date": NOON,
    }
    files = changes.pop("attachments", ())
    attachments = tuple(MailFile(name=name, media_type=kind, data=data) for name, kind, data in files)
    return OutgoingMail(**{**fields, **changes}, attachments=attachments)


def parsed(**changes: Any) -> EmailMessage:
    return read(compose(answer(**changes)))


def read(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)


def part(message: EmailMessage, subtype: str) -> str:
    found = message.get_body((subtype,))
    assert found is not None
    return str(cast(EmailMessage, found).get_content()).replace("\r\n", "\n")
