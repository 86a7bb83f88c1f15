"""Tells the lines of a mail apart: the customer's own, quoted ones, forwarded ones.

One pass from top to bottom. What introduces a quote decides what follows: marked lines (`>`) end where the
marks end, so words below them are the customer's; without marks all the rest is the other's mail.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from channels.mail.quoting.attribution import (
    announces_quote,
    attribution_at,
    behind_arrows,
    tells_who_and_when,
)
from channels.mail.quoting.body_lines import (
    BodyLines,
    LineKind,
    Marker,
    is_quote,
    is_rule,
    marker_at,
    split,
    unmarked,
)
from channels.mail.quoting.header_block import headers_at, letterhead_above, sender_above
from channels.mail.quoting.signature_lines import mark_signatures
from orchestrator.mail.mail_types import Cut, CutKind

MAX_PASTED = 12
_LINK = re.compile(r"[<(\[]?https?://\S{1,1900}\s?>?\Z")


@dataclass(slots=True)
class _Scan:
    lines: BodyLines
    kinds: list[LineKind] = field(default_factory=list)
    introduced: set[int] = field(default_factory=set)  # quotes that have an attribution of their own
    own: int = 0

    def mark(self, count: int, kind: LineKind) -> None:
        self.kinds.extend([kind] * count)

    def take_back(self, count: int) -> None:
        """The last `count` lines were not what they seemed; they are to be marked anew."""
        if count:
            self.own -= self.kinds[-count:].count(LineKind.OWN)
            del self.kinds[-count:]


class _KindRun(NamedTuple):
    kind: LineKind
    start: int
    end: int


def kinds_of(lines: BodyLines) -> list[LineKind]:
    """The kind of every line of a mail."""
    scan = _Scan(lines=lines)
    while len(scan.kinds) < len(lines.text):
        _step(scan, len(scan.kinds))
    _heal_wrapped(lines, scan.kinds)
    mark_signatures(lines, scan.kinds)
    _keep_answered(scan)
    _mark_unread(lines, scan.kinds)
    return scan.kinds


def _step(scan: _Scan, index: int) -> None:
    text = scan.lines.text[index]
    if not text:
        scan.mark(1, LineKind.BLANK)
        return
    arrows = behind_arrows(scan.lines, index)
    if arrows:
        _introduce(scan, arrows, reach=1)
        return
    if is_quote(text):
        scan.mark(1, LineKind.QUOTE)
        return
    marker = marker_at(text)
    if marker is Marker.FORWARDED:
        _take_rules(scan)
        _forward(scan)
    elif marker is not None:
        _take_rules(scan)
        _introduce(scan, 1, reach=1)
    else:
        _attribution_or_own(scan, index)


def _attribution_or_own(scan: _Scan, index: int) -> None:
    length = attribution_at(scan.lines, index)
    if length:
        _take_rules(scan)
        _introduce(scan, length, reach=2)
        return
    length = _header_block(scan, index)
    if length:
        _introduce(scan, length, reach=1)
    else:
        scan.mark(1, LineKind.OWN)
        scan.own += 1


def _header_block(scan: _Scan, index: int) -> int:
    """How many lines a header block takes from the end of the marked lines on; 0 for none."""
    lines = scan.lines
    above = lines.filled_above(index)
    announced = above >= 0 and (is_rule(lines.text[above]) or marker_at(lines.text[above]) is not None)
    length = headers_at(lines, index, announced=announced)
    if length:
        sender_identity = letterhead_above(lines, index)
        scan.take_back(sender_identity)
        _take_rules(scan)
        return length + sender_identity
    behind = sender_above(lines, index)
    if not behind:
        return 0
    behind += letterhead_above(lines, index - behind)
    scan.take_back(min(behind, len(scan.kinds)))
    return behind + 1


def _take_rules(scan: _Scan) -> None:
    """Ruled lines right above an introduction belong to it."""
    index = len(scan.kinds) - 1
    first = len(scan.kinds)
    while index >= 0 and (scan.kinds[index] is LineKind.BLANK or is_rule(scan.lines.text[index])):
        if scan.kinds[index] is LineKind.OWN:
            first = index
        index -= 1
    count = len(scan.kinds) - first
    scan.take_back(count)
    scan.mark(count, LineKind.HEAD)


def _introduce(scan: _Scan, length: int, *, reach: int) -> None:
    """Marks an introduction and, when no marked quote follows within `reach` filled lines, all the rest."""
    scan.mark(length, LineKind.HEAD)
    quote = _quote_within(scan, reach)
    if quote >= 0:
        scan.mark(quote - len(scan.kinds), LineKind.HEAD)
        scan.introduced.add(quote)
    elif scan.own:
        scan.mark(len(scan.lines.text) - len(scan.kinds), LineKind.QUOTED)


def _forward(scan: _Scan) -> None:
    """Marks a forwarded mail: to the end, or as far as it is marked with `>`."""
    scan.mark(1, LineKind.FORWARDED)
    lines = scan.lines
    end = len(lines.text)
    if _quote_within(scan, 1) >= 0:
        end = len(scan.kinds)
        while end < len(lines.text) and (not lines.text[end] or is_quote(lines.text[end])):
            end += 1
    scan.mark(end - len(scan.kinds), LineKind.FORWARDED)


def _quote_within(scan: _Scan, reach: int) -> int:
    index = len(scan.kinds)
    for _ in range(reach):
        index = scan.lines.next_filled(index)
        if index >= len(scan.lines.text):
            return -1
        if is_quote(scan.lines.text[index]):
            return index
        index += 1
    return -1


def _heal_wrapped(lines: BodyLines, kinds: list[LineKind]) -> None:
    """A line that was wrapped off a long quoted line has lost its mark; give it back."""
    for index in range(1, len(kinds) - 1):
        if kinds[index] is LineKind.OWN and kinds[index - 1] is kinds[index + 1] is LineKind.QUOTE:
            text, before = lines.text[index], lines.text[index - 1]
            torn = len(before) >= 60 and before[-1] not in ".?!:" and text[0].islower()
            torn |= "http" in before and " " not in text
            if torn or _LINK.match(text) is not None:
                kinds[index] = LineKind.QUOTE


def _runs(kinds: list[LineKind]) -> list[_KindRun]:
    runs: list[_KindRun] = []
    for index, kind in enumerate(kinds):
        if kind is LineKind.BLANK:
            continue
        if runs and runs[-1].kind is kind:
            runs[-1] = runs[-1]._replace(end=index + 1)
        else:
            runs.append(_KindRun(kind, index, index + 1))
    return runs


def _keep_answered(scan: _Scan) -> None:
    """Quotes that the customer answers part by part stay in the reply, where they were."""
    runs = [run for run in _runs(scan.kinds) if run.kind in {LineKind.OWN, LineKind.QUOTE}]
    last_own = max((at for at, run in enumerate(runs) if run.kind is LineKind.OWN), default=-1)
    between = _interleaved(runs, scan.introduced)
    for run in runs[: max(last_own, 0)]:
        alone = run.end - run.start == 1 and run.start not in scan.introduced
        if run.kind is LineKind.QUOTE and (between or alone):
            for index in range(run.start, run.end):
                if scan.kinds[index] is LineKind.QUOTE:
                    scan.kinds[index] = LineKind.INLINE
    for run in runs:
        if run.kind is LineKind.QUOTE and run.start not in scan.introduced and _pasted(scan, run):
            scan.kinds[run.start : run.end] = [LineKind.INLINE] * (run.end - run.start)


def _pasted(scan: _Scan, run: _KindRun) -> bool:
    """Whether the customer's own sentence announces a few marked lines: "It says:" and what it says."""
    above = scan.lines.filled_above(run.start)
    first = scan.lines.next_filled(0)  # there an unknown program's attribution would stand
    if above <= first or scan.kinds[above] is not LineKind.OWN or run.end - run.start > MAX_PASTED:
        return False
    announces = scan.lines.text[above]
    if not announces.endswith(":") or announces_quote(announces):
        return False
    return not any(is_quote(unmarked(text)) for text in scan.lines.text[run.start : run.end])


def _interleaved(runs: list[_KindRun], introduced: set[int]) -> bool:
    return any(
        before.kind is LineKind.QUOTE
        and run.kind is LineKind.OWN
        and after.kind is LineKind.QUOTE
        and after.start not in introduced
        for before, run, after in zip(runs, runs[1:], runs[2:], strict=False)
    )


def _mark_unread(lines: BodyLines, kinds: list[LineKind]) -> None:
    """Lines beyond those the rules look at: as the tail they are in, or by their mark alone."""
    unread = lines.raw[len(kinds) :]
    if not unread:
        return
    tail = kinds[-1] if kinds else LineKind.OWN
    if tail in {LineKind.HEAD, LineKind.QUOTED, LineKind.FORWARDED}:
        kinds.extend([LineKind.QUOTED if tail is LineKind.HEAD else tail] * len(unread))
    else:
        kinds.extend(
            [
                LineKind.QUOTE if line[:1] == ">" else LineKind.OWN if line.strip() else LineKind.BLANK
                for line in unread
            ]
        )


_KINDS: Mapping[LineKind, CutKind] = {
    LineKind.QUOTE: CutKind.QUOTE,
    LineKind.HEAD: CutKind.QUOTE,
    LineKind.QUOTED: CutKind.QUOTE,
    LineKind.LOOSE: CutKind.LOOSE,
    LineKind.SIGNATURE: CutKind.SIGNATURE,
}
MAX_PIECES = 500
_Piece = tuple[CutKind, list[str], set[int]]
_MARKS = re.compile(r"\A\s{0,9}(?:[>|]\s?){1,40}")


def cuts(lines: BodyLines, kinds: list[LineKind]) -> tuple[Cut, ...]:
    """The pieces of a mail that are not its reply, in order; a blank line goes with the line above it."""
    pieces: list[_Piece] = []
    open_kind: CutKind | None = None
    for raw, kind in zip(lines.raw, kinds, strict=True):
        if kind is not LineKind.BLANK:
            if _KINDS.get(kind) is not open_kind and kind in _KINDS:
                _begin(pieces, _KINDS[kind])
            open_kind = _KINDS.get(kind)
        if open_kind is not None:
            _, chosen, heads = pieces[-1]
            if kind is LineKind.HEAD:
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


def _head_at(lines: BodyLines, index: int) -> int:
    text = lines.text[index]
    if not text:
        return 0
    if is_rule(text) or marker_at(text) is not None or tells_who_and_when(text):
        return 1
    above = lines.filled_above(index)
    announced = above >= 0 and (is_rule(lines.text[above]) or marker_at(lines.text[above]) is not None)
    return attribution_at(lines, index) or headers_at(lines, index, announced=announced)
