"""What the reply is freed of, piece by piece: quotes with the heads in them, loose ends, signatures."""

from __future__ import annotations

import re
from collections.abc import Mapping

from channels.mail.quoting.attribution import attribution_at, tells_who_and_when
from channels.mail.quoting.headers import headers_at
from channels.mail.quoting.lines import Kind, Lines, is_rule, split
from channels.mail.quoting.markers import marker_at
from orchestrator.mail.read_mail import Cut, CutKind

_KINDS: Mapping[Kind, CutKind] = {
    Kind.QUOTE: CutKind.QUOTE,
    Kind.HEAD: CutKind.QUOTE,
    Kind.QUOTED: CutKind.QUOTE,
    Kind.LOOSE: CutKind.LOOSE,
    Kind.SIGNATURE: CutKind.SIGNATURE,
}
MAX_PIECES = 500
_Piece = tuple[CutKind, list[str], set[int]]
_MARKS = re.compile(r"\A\s{0,9}(?:[>|]\s?){1,40}")


def cuts(lines: Lines, kinds: list[Kind]) -> tuple[Cut, ...]:
    """The pieces of a mail that are not its reply, in order; a blank line goes with the line above it."""
    pieces: list[_Piece] = []
    open_kind: CutKind | None = None
    for raw, kind in zip(lines.raw, kinds, strict=True):
        if kind is not Kind.BLANK:
            if _KINDS.get(kind) is not open_kind and kind in _KINDS:
                _begin(pieces, _KINDS[kind])
            open_kind = _KINDS.get(kind)
        if open_kind is not None:
            _, chosen, heads = pieces[-1]
            if kind is Kind.HEAD:
                heads.add(len(chosen))
            chosen.append(raw)
    return tuple(_cut(*piece) for piece in pieces)


def _begin(pieces: list[_Piece], kind: CutKind) -> None:
    """Begin a piece; after many, the last one takes in all that follows."""
    if len(pieces) < MAX_PIECES:
        pieces.append((kind, [], set()))
    elif pieces[-1][0] is not kind:
        pieces[-1] = (CutKind.LOOSE, *pieces[-1][1:])


def _cut(kind: CutKind, chosen: list[str], heads: set[int]) -> Cut:
    text = "\n".join(chosen).rstrip()
    heads = {head for head in heads if head <= text.count("\n")}
    if kind is CutKind.QUOTE:
        heads |= _heads_inside(text)
    return Cut(kind=kind, text=text, heads=frozenset(heads))


def _heads_inside(quote: str) -> set[int]:
    """The attribution lines and header blocks of older mails inside a quote."""
    lines = split("\n".join(_MARKS.sub("", line) for line in quote.split("\n")))
    heads: set[int] = set()
    index = 0
    while index < len(lines.text):
        length = _head_at(lines, index)
        heads.update(range(index, index + length))
        index += length or 1
    return heads


def _head_at(lines: Lines, index: int) -> int:
    text = lines.text[index]
    if not text:
        return 0
    if is_rule(text) or marker_at(text) is not None or tells_who_and_when(text):
        return 1
    above = lines.filled_above(index)
    announced = above >= 0 and (is_rule(lines.text[above]) or marker_at(lines.text[above]) is not None)
    return attribution_at(lines, index) or headers_at(lines, index, announced=announced)
