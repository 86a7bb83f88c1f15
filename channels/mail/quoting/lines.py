"""One mail body as numbered lines, each also in the cleaned form that the rules look at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

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


class Kind(Enum):
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
class Lines:
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


def split(body: str) -> Lines:
    """Body to lines; any mix of CR, LF and CRLF ends one."""
    raw = body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return Lines(raw=raw, text=[_clean(line) for line in raw[:MAX_LINES]])


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
