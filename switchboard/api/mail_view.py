"""A whole mail to be read: its head, its text, and what its HTML says, as text."""

from __future__ import annotations

from typing import Any

from channels.mail.html_text import html_to_text
from channels.mail.mime.clean import clean_line
from channels.mail.mime.headers import read_headers
from channels.mail.mime.notes import Notes
from channels.mail.mime.words import decode_words
from channels.mail.parse import parse_mail

MOST_HEADERS = 200
LONGEST_HEADER = 2_000
LONGEST_TEXT = 200_000


def mail_view(raw: bytes) -> dict[str, Any]:
    """Return a mail as a JSON object. Nothing in it is markup; texts are bounded (200,000 characters)."""
    mail = parse_mail(raw)
    html = html_to_text(mail.html)[0] if mail.html else None
    return {
        "headers": _headers(raw),
        "from": {"address": mail.from_address, "name": mail.from_name},
        "to": mail.to,
        "cc": mail.cc,
        "reply_to": mail.reply_to,
        "subject": mail.subject,
        "date": mail.date,
        "message_id": mail.message_id,
        "text": mail.text[:LONGEST_TEXT],
        "html_text": html[:LONGEST_TEXT] if html is not None else None,
        "attachments": [
            {"name": each.name, "media_type": each.media_type, "size": each.size, "note": each.note}
            for each in mail.attachments
        ],
        "automatic": mail.automatic,
        "security": mail.security,
        "notes": mail.notes,
        "size": len(raw),
    }


def _headers(raw: bytes) -> list[dict[str, str]]:
    head, _ = read_headers(raw, 0, len(raw), Notes(), whole=True)
    return [
        {"name": name, "value": clean_line(decode_words(head.decoded(value)), LONGEST_HEADER)}
        for name, value in head.fields[:MOST_HEADERS]
    ]
