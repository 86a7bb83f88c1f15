"""Mails of one click: reactions and answers to invitations, which belong to their thread and ask nothing."""

from __future__ import annotations

import re

from channels.mail.mime.charsets import decode_bytes
from channels.mail.mime.clean import clean_text
from channels.mail.mime.notes import Notes
from channels.mail.mime.structure import Part

REACTION, CALENDAR_REPLY = "reaction", "calendar_reply"

# RFC 9078 has a disposition; programs have types of their own, such as text/vnd.google.email-reaction+json.
_REACTION = re.compile(r"(?:text|application)/(?:[\w.+-]*[.+-])?reactions?(?:[.+-][\w.+-]*)?")
_CALENDARS = {"text/calendar", "application/ics"}
_ANSWERS = {
    "REPLY",
    "REFRESH",
    "DECLINECOUNTER",
}  # RFC 5546; COUNTER proposes, CANCEL tells
_METHOD = re.compile(r"(?im)^METHOD(?:;[^:\n]{0,100})?:\s*([A-Z-]{1,30})\s*$")
_COMMENT = re.compile(r"(?im)^COMMENT(?:;[^:\n]{0,300})?:[^\S\n]*\S")
_ASKS = re.compile("[?\u061f\uff1f](?![\\w=&%/-])")
_LINK = re.compile(r"https?://\S{1,2000}")
_LARGEST = 200_000  # bytes


def gesture(part: Part) -> str | None:
    """`reaction`, `calendar_reply`, or None for a mail with words of its own."""
    if _is_reaction(part):
        return REACTION
    return CALENDAR_REPLY if _is_calendar_reply(part) else None


def _is_reaction(part: Part) -> bool:
    """The part, or one of the forms in which it says the same; a reaction beside other words is a message."""
    if not part.children:
        return part.disposition == "reaction" or _REACTION.fullmatch(part.type) is not None
    if part.type == "multipart/alternative":
        return any(_is_reaction(child) for child in part.children)
    return part.type.startswith("multipart/") and all(_is_reaction(child) for child in part.children)


def _is_calendar_reply(part: Part) -> bool:
    """An answer to an invitation without a comment: the text beside it is its program's, unless it asks."""
    texts = [
        clean_text(_text(leaf))
        for leaf in part.leaves()
        if leaf.type in _CALENDARS and leaf.disposition != "attachment"
    ]
    methods = {found[1].upper() for text in texts if (found := _METHOD.search(text))}
    if not methods or not methods <= _ANSWERS or any(_COMMENT.search(text) for text in texts):
        return False
    plain = (leaf for leaf in part.leaves() if leaf.type == "text/plain" and leaf.disposition != "attachment")
    return not any(_ASKS.search(_LINK.sub("", clean_text(_text(leaf)))) for leaf in plain)


def _text(leaf: Part) -> str:
    return decode_bytes(leaf.decoded(Notes())[:_LARGEST], leaf.parameters.get("charset") or "utf-8")[0]
