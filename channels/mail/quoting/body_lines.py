"""One mail body as numbered lines, each also in the cleaned form that the rules look at, and the lines that
announce the mail below them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from channels.mail.word_lists import words

_WORDS = words("markers")
_ORIGINAL, _FORWARDED = frozenset(_WORDS["original"]), frozenset(_WORDS["forwarded"])
_ORIGINAL_OPENINGS, _FORWARDED_OPENINGS = (
    tuple(_WORDS[name]) for name in ("original_openings", "forwarded_openings")
)
MAX_LINES = 2_000
"""Lines looked at by rules; beyond them only `>` counts, so that the time stays linear and short."""

MAX_LENGTH = 2_000
"""Characters; no rule looks at a longer line."""

# Zero-width, bidi and soft-hyphen characters carry no words; exotic spaces count as a space.
_INVISIBLE = dict.fromkeys(
    [
        0x00AD,
        0x034F,
        0x061C,
        0x180E,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x206A),
        0xFEFF,
    ]
)
_SPACES = dict.fromkeys([0x09, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
_CLEAN = {**_INVISIBLE, **_SPACES, 0x0B: " ", 0x0C: " ", 0xFF1E: ">", 0xFF1A: ":"}

_QUOTE = re.compile(r">|&gt;|\|(?: [^|]{0,1990})?\Z|[A-Z][A-Za-z]{0,2}>(?=[\s>])")
_RULE = re.compile(r"[-_=*~#+\u2010-\u2015\u2500\u2501\u2550]{5,}\Z")


class LineKind(Enum):
    """What a line is to the reader."""

    BLANK = auto()
    OWN = auto()  # the customer's words
    QUOTE = auto()  # marked with > as somebody else's
    INLINE = auto()  # a quote that the customer answers below it: stays in the reply
    HEAD = auto()  # attribution or header block above a quote
    QUOTED = auto()  # unmarked text below one
    SIGNATURE = auto()
    LOOSE = auto()  # looks like a signature, notice or device line, and may be the customer's words
    FORWARDED = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class BodyLines:
    """The body's lines: `raw` as they came, `text` cleaned and stripped ('' beyond `MAX_LINES`)."""

    raw: list[str]
    text: list[str]

    def next_filled(self, start: int) -> int:
        """The first line at or after `start` that is not blank; the number of lines when there is none."""
        index = start
        while index < len(self.text) and not self.text[index]:
            index += 1
        return index

    def filled_above(self, start: int) -> int:
        """The last line before `start` that is not blank; -1 when there is none."""
        index = start - 1
        while index >= 0 and not self.text[index]:
            index -= 1
        return index


def split(body: str) -> BodyLines:
    """Body to lines; any mix of CR, LF and CRLF ends one."""
    raw = body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return BodyLines(raw=raw, text=[_clean(line) for line in raw[:MAX_LINES]])


def _clean(line: str) -> str:
    if len(line) > MAX_LENGTH:
        return "> …" if line.lstrip()[:1] == ">" else "…"
    return (line if line.isascii() and "\t" not in line else line.translate(_CLEAN)).strip()


def is_quote(text: str) -> bool:
    """Whether a cleaned line is marked as quoted: `>`, `> >`, `|`, `AB>`, an escaped `&gt;`."""
    return _QUOTE.match(text) is not None


def is_rule(text: str) -> bool:
    """Whether a cleaned line is a ruled line: five or more dashes, underscores or the like."""
    return _RULE.match(text) is not None


def unmarked(text: str) -> str:
    """A cleaned line without the first of its marks."""
    return text.removeprefix(">").lstrip()


def unquoted(text: str) -> str:
    """A cleaned line without its `>` marks."""
    return text.lstrip("> ")


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
    if (set_apart and words in _ORIGINAL) or words.startswith(_ORIGINAL_OPENINGS):
        return Marker.ORIGINAL
    if (set_apart and words in _FORWARDED) or (ruled and words.startswith(_FORWARDED_OPENINGS)):
        return Marker.FORWARDED
    return Marker.REPLY_ABOVE if any(phrase in words for phrase in _WORDS["reply_above"]) else None
