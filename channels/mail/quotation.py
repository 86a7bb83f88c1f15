"""The short quotation below an answer: who wrote when, and the first lines of what the customer wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from babel.dates import format_datetime

from channels.mail.header_text import one_line
from channels.mail.word_lists import words

MOST_LINES: Final = 20
MOST_CHARACTERS: Final = 2_000
_MORE: Final = "[…]"
_LONGEST_NAME: Final = 100
_UNWANTED: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_NEWLINES: Final = re.compile(r"\r\n?|\x85|\u2028|\u2029")
_PLAIN: Final = "y-MM-dd HH:mm 'UTC'"
_WORDS: Final = words("quotation")
"""By language; others get a line without words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShortQuote:
    """An attribution line and the quoted lines; both empty when there is nothing to quote."""

    attribution: str
    lines: tuple[str, ...]


def plain_text(text: str) -> str:
    """Give text with `\\n` line ends and without control characters that mail programs stumble over."""
    return _UNWANTED.sub("", _NEWLINES.sub("\n", text))


def short_quote(text: str, *, name: str, address: str, on: datetime | None, language: str) -> ShortQuote:
    """Quote at most 20 lines and 2,000 characters of `text`; `[…]` says that there was more."""
    kept = plain_text(text[: 4 * MOST_CHARACTERS]).strip("\n").rstrip()
    if not kept:
        return ShortQuote(attribution="", lines=())
    lines = [line.rstrip() for line in kept[:MOST_CHARACTERS].split("\n")[:MOST_LINES]]
    if len("\n".join(lines)) < len(kept) or len(text) > 4 * MOST_CHARACTERS:
        lines.append(_MORE)
    line = attribution(name=name, address=address, on=on, language=language)
    return ShortQuote(attribution=line, lines=tuple(lines))


def attribution(*, name: str, address: str = "", on: datetime | None, language: str) -> str:
    """Say who wrote and when (in UTC), as mail programs of that language do.

    In a language that is not known here no word is used: `Ada <ada@example.org>, 2026-05-04 09:00 UTC:`.
    """
    who = one_line(name, _LONGEST_NAME) or one_line(address, _LONGEST_NAME)
    tag = language.lower().split("-")[0]
    if tag not in _WORDS:
        named = who if not address or who == address else f"{who} <{address}>"
        return ", ".join(part for part in (named, _time(on, _PLAIN, "en")) if part) + ":"
    says: dict[str, str] = _WORDS[tag]
    told = {"who": who, "when": _time(on, says["time"], tag)}
    if not who:
        return says["you_on" if on else "you"].format(**told)
    return says["on" if on else "wrote"].format(**told)


def _time(on: datetime | None, pattern: str, language: str) -> str:
    return format_datetime(on.astimezone(UTC), pattern, tzinfo=UTC, locale=language) if on else ""
