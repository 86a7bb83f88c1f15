"""Finds the lines that announce the mail below them: original message, forwarded message, reply above."""

from __future__ import annotations

from enum import Enum, auto

from channels.mail.quoting.marker_words import (
    FORWARDED,
    FORWARDED_OPENINGS,
    ORIGINAL,
    ORIGINAL_OPENINGS,
    REPLY_ABOVE,
)

MAX_MARKER = 160
_EDGES = "-_=*~#<>[]( )\u2010\u2011\u2012\u2013\u2014\u2015\u2500\u2501|+:"
_RULED = ("--", "__", "==", "**", "~~", "##", "\u2010\u2010", "\u2013\u2013", "\u2014", "\u2500\u2500", "__")


class Marker(Enum):
    """What an announcing line announces."""

    ORIGINAL = auto()
    FORWARDED = auto()
    REPLY_ABOVE = auto()


def marker_at(text: str) -> Marker | None:
    """What a cleaned line announces, or None for an ordinary one."""
    ruled = text.startswith(_RULED)
    if len(text) > MAX_MARKER and not ruled:
        return None
    words = text[:MAX_MARKER].strip(_EDGES).casefold()
    if ruled:
        # The mail below may have been glued to the closing dashes.
        words = words.partition("--")[0].rstrip(_EDGES)
    set_apart = ruled or text.endswith(":")
    if (set_apart and words in ORIGINAL) or words.startswith(ORIGINAL_OPENINGS):
        return Marker.ORIGINAL
    if (set_apart and words in FORWARDED) or (ruled and words.startswith(FORWARDED_OPENINGS)):
        return Marker.FORWARDED
    return Marker.REPLY_ABOVE if any(phrase in words for phrase in REPLY_ABOVE) else None
