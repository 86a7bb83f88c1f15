"""Tells the lines of a mail apart: the customer's own, quoted ones, forwarded ones.

One pass from top to bottom. What introduces a quote decides what follows: marked lines (`>`) end where the
marks end, so words below them are the customer's; without marks all the rest is the other's mail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from channels.mail.quoting.attribution import announces_quote, attribution_at, behind_arrows
from channels.mail.quoting.headers import headers_at, letterhead_above, sender_above
from channels.mail.quoting.lines import Kind, Lines, is_quote, is_rule, unmarked
from channels.mail.quoting.markers import Marker, marker_at
from channels.mail.quoting.signature import mark_signatures

MAX_PASTED = 12
_LINK = re.compile(r"[<(\[]?https?://\S{1,1900}\s?>?\Z")


@dataclass(slots=True)
class _Scan:
    lines: Lines
    kinds: list[Kind] = field(default_factory=list)
    introduced: set[int] = field(default_factory=set)  # quotes that have an attribution of their own
    own: int = 0

    def mark(self, count: int, kind: Kind) -> None:
        self.kinds.extend([kind] * count)

    def take_back(self, count: int) -> None:
        """The last `count` lines were not what they seemed; they are to be marked anew."""
        if count:
            self.own -= self.kinds[-count:].count(Kind.OWN)
            del self.kinds[-count:]


class _Run(NamedTuple):
    kind: Kind
    start: int
    end: int


def kinds_of(lines: Lines) -> list[Kind]:
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
        scan.mark(1, Kind.BLANK)
        return
    arrows = behind_arrows(scan.lines, index)
    if arrows:
        _introduce(scan, arrows, reach=1)
        return
    if is_quote(text):
        scan.mark(1, Kind.QUOTE)
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
        scan.mark(1, Kind.OWN)
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
    while index >= 0 and (scan.kinds[index] is Kind.BLANK or is_rule(scan.lines.text[index])):
        if scan.kinds[index] is Kind.OWN:
            first = index
        index -= 1
    count = len(scan.kinds) - first
    scan.take_back(count)
    scan.mark(count, Kind.HEAD)


def _introduce(scan: _Scan, length: int, *, reach: int) -> None:
    """Marks an introduction and, when no marked quote follows within `reach` filled lines, all the rest."""
    scan.mark(length, Kind.HEAD)
    quote = _quote_within(scan, reach)
    if quote >= 0:
        scan.mark(quote - len(scan.kinds), Kind.HEAD)
        scan.introduced.add(quote)
    elif scan.own:
        scan.mark(len(scan.lines.text) - len(scan.kinds), Kind.QUOTED)


def _forward(scan: _Scan) -> None:
    """Marks a forwarded mail: to the end, or as far as it is marked with `>`."""
    scan.mark(1, Kind.FORWARDED)
    lines = scan.lines
    end = len(lines.text)
    if _quote_within(scan, 1) >= 0:
        end = len(scan.kinds)
        while end < len(lines.text) and (not lines.text[end] or is_quote(lines.text[end])):
            end += 1
    scan.mark(end - len(scan.kinds), Kind.FORWARDED)


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


def _heal_wrapped(lines: Lines, kinds: list[Kind]) -> None:
    """A line that was wrapped off a long quoted line has lost its mark; give it back."""
    for index in range(1, len(kinds) - 1):
        if kinds[index] is Kind.OWN and kinds[index - 1] is kinds[index + 1] is Kind.QUOTE:
            text, before = lines.text[index], lines.text[index - 1]
            torn = len(before) >= 60 and before[-1] not in ".?!:" and text[0].islower()
            torn |= "http" in before and " " not in text
            if torn or _LINK.match(text) is not None:
                kinds[index] = Kind.QUOTE


def _runs(kinds: list[Kind]) -> list[_Run]:
    runs: list[_Run] = []
    for index, kind in enumerate(kinds):
        if kind is Kind.BLANK:
            continue
        if runs and runs[-1].kind is kind:
            runs[-1] = runs[-1]._replace(end=index + 1)
        else:
            runs.append(_Run(kind, index, index + 1))
    return runs


def _keep_answered(scan: _Scan) -> None:
    """Quotes that the customer answers part by part stay in the reply, where they were."""
    runs = [run for run in _runs(scan.kinds) if run.kind in {Kind.OWN, Kind.QUOTE}]
    last_own = max((at for at, run in enumerate(runs) if run.kind is Kind.OWN), default=-1)
    between = _interleaved(runs, scan.introduced)
    for run in runs[: max(last_own, 0)]:
        alone = run.end - run.start == 1 and run.start not in scan.introduced
        if run.kind is Kind.QUOTE and (between or alone):
            for index in range(run.start, run.end):
                if scan.kinds[index] is Kind.QUOTE:
                    scan.kinds[index] = Kind.INLINE
    for run in runs:
        if run.kind is Kind.QUOTE and run.start not in scan.introduced and _pasted(scan, run):
            scan.kinds[run.start : run.end] = [Kind.INLINE] * (run.end - run.start)


def _pasted(scan: _Scan, run: _Run) -> bool:
    """Whether the customer's own sentence announces a few marked lines: "It says:" and what it says."""
    above = scan.lines.filled_above(run.start)
    first = scan.lines.next_filled(0)  # there an unknown program's attribution would stand
    if above <= first or scan.kinds[above] is not Kind.OWN or run.end - run.start > MAX_PASTED:
        return False
    announces = scan.lines.text[above]
    if not announces.endswith(":") or announces_quote(announces):
        return False
    return not any(is_quote(unmarked(text)) for text in scan.lines.text[run.start : run.end])


def _interleaved(runs: list[_Run], introduced: set[int]) -> bool:
    return any(
        before.kind is Kind.QUOTE
        and run.kind is Kind.OWN
        and after.kind is Kind.QUOTE
        and after.start not in introduced
        for before, run, after in zip(runs, runs[1:], runs[2:], strict=False)
    )


def _mark_unread(lines: Lines, kinds: list[Kind]) -> None:
    """Lines beyond those the rules look at: as the tail they are in, or by their mark alone."""
    unread = lines.raw[len(kinds) :]
    if not unread:
        return
    tail = kinds[-1] if kinds else Kind.OWN
    if tail in {Kind.HEAD, Kind.QUOTED, Kind.FORWARDED}:
        kinds.extend([Kind.QUOTED if tail is Kind.HEAD else tail] * len(unread))
    else:
        kinds.extend(
            [Kind.QUOTE if line[:1] == ">" else Kind.OWN if line.strip() else Kind.BLANK for line in unread]
        )
