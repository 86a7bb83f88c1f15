"""The short quotation below an answer: who wrote when, and the first lines of what the customer wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from channels.mail.encoded import one_line

MOST_LINES: Final = 20
MOST_CHARACTERS: Final = 2_000
_MORE: Final = "[…]"
_LONGEST_NAME: Final = 100
_UNWANTED: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_NEWLINES: Final = re.compile(r"\r\n?|\x85|\u2028|\u2029")


@dataclass(frozen=True, kw_only=True, slots=True)
class Quote:
    """An attribution line and the quoted lines; both empty when there is nothing to quote."""

    attribution: str
    lines: tuple[str, ...]


def plain_text(text: str) -> str:
    """Give text with `\\n` line ends and without control characters that mail programs stumble over."""
    return _UNWANTED.sub("", _NEWLINES.sub("\n", text))


def short_quote(text: str, *, name: str, on: datetime | None, language: str) -> Quote:
    """Quote at most 20 lines and 2,000 characters of `text`; `[…]` says that there was more."""
    kept = plain_text(text[: 4 * MOST_CHARACTERS]).strip("\n").rstrip()
    if not kept:
        return Quote(attribution="", lines=())
    lines = [line.rstrip() for line in kept[:MOST_CHARACTERS].split("\n")[:MOST_LINES]]
    if len("\n".join(lines)) < len(kept) or len(text) > 4 * MOST_CHARACTERS:
        lines.append(_MORE)
    return Quote(attribution=attribution(name=name, on=on, language=language), lines=tuple(lines))


def attribution(*, name: str, on: datetime | None, language: str) -> str:
    """Say who wrote, in German or else in English; times are given in UTC."""
    who = one_line(name, _LONGEST_NAME)
    german = language.lower().split("-")[0] == "de"
    return _german(who, on) if german else _english(who, on)


def _english(who: str, on: datetime | None) -> str:
    when = f"On {_time(on, '%Y-%m-%d at %H:%M')} UTC, " if on else ""
    line = f"{when}{who or 'you'} wrote:"
    return line[0].upper() + line[1:]


def _german(who: str, on: datetime | None) -> str:
    verb = f"schrieb {who}" if who else "schrieben Sie"
    if on:
        return f"Am {_time(on, '%d.%m.%Y um %H:%M')} Uhr (UTC) {verb}:"
    return f"{who} schrieb:" if who else "Sie schrieben:"


def _time(on: datetime, pattern: str) -> str:
    return on.astimezone(UTC).strftime(pattern)
