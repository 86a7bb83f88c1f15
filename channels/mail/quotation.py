"""The short quotation below an answer: who wrote when, and the first lines of what the customer wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from channels.mail.header_text import one_line

MOST_LINES: Final = 20
MOST_CHARACTERS: Final = 2_000
_MORE: Final = "[…]"
_LONGEST_NAME: Final = 100
_UNWANTED: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_NEWLINES: Final = re.compile(r"\r\n?|\x85|\u2028|\u2029")


_PLAIN: Final = "%Y-%m-%d %H:%M UTC"
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Attribution:
    """How one language says who wrote: with and without a time, with and without a name."""

    time: str
    on: str
    wrote: str
    you_on: str
    you: str


WORDS: Final = {
    "en": Attribution(
        time="%-d MONTH %Y at %H:%M UTC",
        on="On {when}, {who} wrote:",
        wrote="{who} wrote:",
        you_on="On {when}, you wrote:",
        you="You wrote:",
    ),
    "de": Attribution(
        time="%d.%m.%Y um %H:%M Uhr (UTC)",
        on="Am {when} schrieb {who}:",
        wrote="{who} schrieb:",
        you_on="Am {when} schrieben Sie:",
        you="Sie schrieben:",
    ),
    "fr": Attribution(
        time="%d/%m/%Y à %H:%M (UTC)",
        on="Le {when}, {who} a écrit :",
        wrote="{who} a écrit :",
        you_on="Le {when}, vous avez écrit :",
        you="Vous avez écrit :",
    ),
    "es": Attribution(
        time="%d/%m/%Y a las %H:%M (UTC)",
        on="El {when}, {who} escribió:",
        wrote="{who} escribió:",
        you_on="El {when}, usted escribió:",
        you="Usted escribió:",
    ),
    "it": Attribution(
        time="%d/%m/%Y alle %H:%M (UTC)",
        on="Il {when}, {who} ha scritto:",
        wrote="{who} ha scritto:",
        you_on="Il {when}, Lei ha scritto:",
        you="Lei ha scritto:",
    ),
    "nl": Attribution(
        time="%d-%m-%Y om %H:%M (UTC)",
        on="Op {when} schreef {who}:",
        wrote="{who} schreef:",
        you_on="Op {when} schreef u:",
        you="U schreef:",
    ),
    "pt": Attribution(
        time="%d/%m/%Y às %H:%M (UTC)",
        on="Em {when}, {who} escreveu:",
        wrote="{who} escreveu:",
        you_on="Em {when}, você escreveu:",
        you="Você escreveu:",
    ),
}
"""The line above a quotation; other languages get one without words."""


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
    words = WORDS.get(language.lower().split("-")[0])
    if words is None:
        named = who if not address or who == address else f"{who} <{address}>"
        return ", ".join(part for part in (named, _time(on, _PLAIN) if on else "") if part) + ":"
    if not who:
        return words.you_on.format(when=_time(on, words.time)) if on else words.you
    return words.on.format(who=who, when=_time(on, words.time)) if on else words.wrote.format(who=who)


def _time(on: datetime, pattern: str) -> str:
    moment = on.astimezone(UTC)
    # %B and its like would follow the locale of the process
    return moment.strftime(pattern).replace("MONTH", _MONTHS[moment.month - 1])
