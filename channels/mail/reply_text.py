"""Separates what a customer wrote from what their mail program put around it."""

from __future__ import annotations

from dataclasses import dataclass

from channels.mail.quoting.attribution import part_shared
from channels.mail.quoting.body_lines import BodyLines, LineKind, split
from channels.mail.quoting.header_block import head_end
from channels.mail.quoting.line_kinds import cuts, kinds_of
from orchestrator.mail.mail_types import Cut

_REPLY = frozenset({LineKind.OWN, LineKind.INLINE})
_PARTS = {
    LineKind.OWN: "reply",
    LineKind.INLINE: "reply",
    LineKind.QUOTE: "quoted",
    LineKind.HEAD: "quoted",
    LineKind.QUOTED: "quoted",
    LineKind.SIGNATURE: "signature",
    LineKind.LOOSE: "signature",
    LineKind.FORWARDED: "forwarded",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplyText:
    """The four parts of a mail body; every line that is not blank is in exactly one of them, in order."""

    reply: str
    """The customer's words; quotes they answer part by part stay in place. Empty only for a blank body."""

    quoted: str
    """Quotes with their attribution lines and header blocks."""

    signature: str
    """What follows a delimiter, device lines, legal notices, footers of mailing lists."""

    forwarded: str
    """A mail passed on, from its "Forwarded message" line to its end."""

    cut: tuple[Cut, ...] = ()
    """What `quoted` and `signature` hold, piece by piece in the order of the body."""


def extract_reply(body: str) -> ReplyText:
    """Separates a plain-text mail body into reply, quotes, signature and forwarded mail.

    Pure, never raises, in time linear in the length of the body. Folds and never drops: a sign-off with a
    name ("Best regards, Anna") stays in the reply. When nothing would be left for the reply, the best of the
    rest becomes it: the forwarded mail's text, else marked lines that nothing introduces, else the signature,
    else the quote.
    """
    lines = part_shared(split(body.lstrip("\ufeff").rstrip()))
    kinds = kinds_of(lines)
    if not _REPLY.intersection(kinds):
        _fall_back(lines, kinds)
    parts = _gather(lines, kinds)
    return ReplyText(
        reply=_text(parts["reply"]),
        quoted=_text(parts["quoted"]),
        signature=_text(parts["signature"]),
        forwarded=_text(parts["forwarded"]),
        cut=cuts(lines, kinds),
    )


def _text(lines: list[str]) -> str:
    return "\n".join(lines).strip()


def _gather(lines: BodyLines, kinds: list[LineKind]) -> dict[str, list[str]]:
    """The lines of every part; a blank line goes with the line above it."""
    parts: dict[str, list[str]] = {"reply": [], "quoted": [], "signature": [], "forwarded": []}
    chosen = parts["reply"]
    for raw, kind in zip(lines.raw, kinds, strict=True):
        if kind is not LineKind.BLANK:
            chosen = parts[_PARTS[kind]]
        chosen.append(raw)
    return parts


def _fall_back(lines: BodyLines, kinds: list[LineKind]) -> None:
    """Gives the reply words when only forwarded, signature or quoted lines were found."""
    if LineKind.FORWARDED in kinds:
        start = kinds.index(LineKind.FORWARDED)
        if _become_own(kinds, head_end(lines, start + 1), {LineKind.FORWARDED}):
            return
    marked = (
        {LineKind.QUOTE} if LineKind.HEAD not in kinds else set()
    )  # nobody else is named: they mark their own
    for candidates in (
        marked,
        {LineKind.SIGNATURE, LineKind.LOOSE},
        {LineKind.QUOTE},
        {LineKind.QUOTED},
        {LineKind.HEAD},
        {LineKind.FORWARDED},
    ):
        if _become_own(kinds, 0, candidates):
            return


def _become_own(kinds: list[LineKind], start: int, candidates: set[LineKind]) -> bool:
    found = False
    for index in range(start, len(kinds)):
        if kinds[index] in candidates:
            kinds[index] = LineKind.OWN
            found = True
    return found
