"""Separates what a customer wrote from what their mail program put around it."""

from __future__ import annotations

from dataclasses import dataclass

from channels.mail.quoting.attribution import part_shared
from channels.mail.quoting.cuts import cuts
from channels.mail.quoting.headers import head_end
from channels.mail.quoting.lines import Kind, Lines, split
from channels.mail.quoting.scan import kinds_of
from orchestrator.mail.read_mail import Cut

_REPLY = frozenset({Kind.OWN, Kind.INLINE})
_PARTS = {
    Kind.OWN: "reply",
    Kind.INLINE: "reply",
    Kind.QUOTE: "quoted",
    Kind.HEAD: "quoted",
    Kind.QUOTED: "quoted",
    Kind.SIGNATURE: "signature",
    Kind.LOOSE: "signature",
    Kind.FORWARDED: "forwarded",
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


def _gather(lines: Lines, kinds: list[Kind]) -> dict[str, list[str]]:
    """The lines of every part; a blank line goes with the line above it."""
    parts: dict[str, list[str]] = {"reply": [], "quoted": [], "signature": [], "forwarded": []}
    chosen = parts["reply"]
    for raw, kind in zip(lines.raw, kinds, strict=True):
        if kind is not Kind.BLANK:
            chosen = parts[_PARTS[kind]]
        chosen.append(raw)
    return parts


def _fall_back(lines: Lines, kinds: list[Kind]) -> None:
    """Gives the reply words when only forwarded, signature or quoted lines were found."""
    if Kind.FORWARDED in kinds:
        start = kinds.index(Kind.FORWARDED)
        if _become_own(kinds, head_end(lines, start + 1), {Kind.FORWARDED}):
            return
    marked = {Kind.QUOTE} if Kind.HEAD not in kinds else set()  # nobody else is named: they mark their own
    for candidates in (
        marked,
        {Kind.SIGNATURE, Kind.LOOSE},
        {Kind.QUOTE},
        {Kind.QUOTED},
        {Kind.HEAD},
        {Kind.FORWARDED},
    ):
        if _become_own(kinds, 0, candidates):
            return


def _become_own(kinds: list[Kind], start: int, candidates: set[Kind]) -> bool:
    found = False
    for index in range(start, len(kinds)):
        if kinds[index] in candidates:
            kinds[index] = Kind.OWN
            found = True
    return found
