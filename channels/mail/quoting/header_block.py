"""Finds header blocks (From, Sent, To, Subject in some language) that introduce the mail they answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from channels.mail.quoting.attribution import ADDRESS, DATE, TIME, has_moment, opens_with_date
from channels.mail.quoting.body_lines import BodyLines, is_quote, is_rule
from channels.mail.word_lists import words


class Role(StrEnum):
    """What a line of a header block tells."""

    SENDER = "sender"
    SENT = "sent"
    TO = "to"
    COPY = "copy"
    SUBJECT = "subject"
    REST = "rest"


def key(label: str) -> str:
    """A label as the table knows it: lower case, no spaces, no emphasis marks."""
    return label.replace(" ", "").strip("*_[]-").casefold()


def _table() -> dict[str, frozenset[Role]]:
    found: dict[str, set[Role]] = {}
    for row in words("header_labels").values():
        for role, labels in row.items():
            for label in labels:
                found.setdefault(key(label), set()).add(Role(role))
    return {label: frozenset(roles) for label, roles in found.items()}


ROLES: Mapping[str, frozenset[Role]] = _table()
LONGEST = max(len(label) for label in ROLES) + 6


MAX_BLOCK = 24
MAX_CONTINUED = 6
MAX_FILLED_ABOVE = 4
_LABELLED_LINE = re.compile(rf"[\s*_\[]{{0,10}}([^\s:*_\[>-][^:>]{{0,{LONGEST}}}?)[\s*_\]]{{0,6}}:(.*)\Z")
_COMPANY = re.compile(
    r"[^:?!]{2,50}\b(?:corp|inc|ltd|llc|co|gmbh|ag|plc|company|corporation|services|management|resources|group|trading"
    r"|communications)\.?\Z",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Block:
    roles: list[frozenset[Role]] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    end: int = 0

    def has(self, *wanted: Role) -> bool:
        return all(any(role in roles for roles in self.roles) for role in wanted)

    def distinct(self, *wanted: Role) -> bool:
        """Whether each wanted role can be played by a line of its own (labels may be ambiguous)."""
        return self.has(*wanted) and len(self.roles) >= len(wanted)


def headers_at(lines: BodyLines, index: int, *, announced: bool) -> int:
    """How many lines, from `index` on, are a header block; 0 when there is none.

    `announced` says that a ruled line or an "Original Message" stands right above: less evidence will do.
    """
    label = _label(lines.text[index])
    if label is None or (index > 0 and _label(lines.text[index - 1]) is not None):
        return 0  # the line above was part of a block already weighed
    block = _read(lines, index)
    apart = index == 0 or not lines.text[index - 1] or is_rule(lines.text[index - 1])
    if _convincing(block, announced=announced, apart=apart):
        return block.end - index
    return 0


def sender_above(lines: BodyLines, index: int) -> int:
    """How many lines right above `index` (a To: line) tell sender and date, as Lotus Notes lays them out."""
    label = _label(lines.text[index])
    if label is None or not ({Role.TO, Role.REST} & label[0]) or not _addressed_below(lines, index):
        return 0
    position, filled = index - 1, 0
    while position >= 0 and filled < MAX_FILLED_ABOVE and index - position <= 8:
        text = lines.text[position]
        if text:
            filled += 1
            if len(text) > 120 or is_quote(text) or text[-1] in ".!?":
                return 0
            if has_moment(text):
                return index - _name_above(lines, position)
        position -= 1
    return 0


def letterhead_above(lines: BodyLines, index: int) -> int:
    """How many lines right above `index` (a From: line with the date in it) name the sender's company."""
    label = _label(lines.text[index])
    above = lines.filled_above(index)
    if label is None or Role.SENDER not in label[0] or not has_moment(label[1]) or above < 0:
        return 0
    alone = above == 0 or not lines.text[above - 1]
    return index - above if alone and _COMPANY.match(lines.text[above]) is not None else 0


def head_end(lines: BodyLines, start: int) -> int:
    """Where the head of a forwarded mail ends that starts soon below `start`; `start` when it has none."""
    index = lines.next_filled(start)
    for _ in range(MAX_FILLED_ABOVE):
        if index >= len(lines.text):
            break
        length = headers_at(lines, index, announced=True)
        if length or _addressed_below(lines, index):
            return max(index + length, _read(lines, index).end)
        index = lines.next_filled(index + 1)
    return start


def _addressed_below(lines: BodyLines, index: int) -> bool:
    block = _read(lines, index)
    return block.distinct(Role.TO, Role.SUBJECT)


def _name_above(lines: BodyLines, position: int) -> int:
    """Where the name stands that belongs to a date line: the same line, or the one right above."""
    rest = TIME.sub("", DATE.sub("", lines.text[position]))
    above = position - 1
    if len(rest.strip(" APMapm:on")) > 3 or above < 0 or not lines.text[above]:
        return position
    return above if len(lines.text[above]) <= 70 and lines.text[above][-1] not in ".,!?" else position


def _label(text: str) -> tuple[frozenset[Role], str] | None:
    if ":" not in text[: LONGEST + 20]:
        return None
    found = _LABELLED_LINE.match(text)
    if found is None:
        return None
    roles = ROLES.get(key(found[1]))
    return None if roles is None else (roles, found[2])


def _read(lines: BodyLines, start: int) -> _Block:
    block = _Block(end=start)
    for position, label in _labelled(lines, start):
        block.roles.append(label[0])
        block.values.append(label[1])
        block.end = position + 1
    block.end = _with_continuation(lines, block.end)
    return block


def _labelled(lines: BodyLines, start: int) -> Iterator[tuple[int, tuple[frozenset[Role], str]]]:
    """The header lines from `start` on; steps over wrapped values and single blank lines between them."""
    position, continued = start, 0
    while position < len(lines.text) and position - start < MAX_BLOCK:
        label = _label(lines.text[position])
        if label is not None:
            continued = 0
            yield position, label
        elif not lines.text[position]:
            if position + 1 >= len(lines.text) or _label(lines.text[position + 1]) is None:
                return
        else:
            continued += 1
            if continued > MAX_CONTINUED or is_quote(lines.text[position]) or is_rule(lines.text[position]):
                return
        position += 1


def _with_continuation(lines: BodyLines, end: int) -> int:
    """A wrapped subject may run on until the next blank line: one line at most."""
    after = end + 1
    if after < len(lines.text) and lines.text[end] and not lines.text[after] and len(lines.text[end]) < 78:
        before = lines.text[end - 1]
        if len(before) > 60 or lines.raw[end][:1] in " \t":
            return after
    return end


def _names_day(value: str) -> bool:
    """Whether a value is a date that begins with its weekday, as mail programs write it."""
    return DATE.search(value) is not None and not value.strip()[:1].isdigit() and opens_with_date(value)


def _convincing(block: _Block, *, announced: bool, apart: bool) -> bool:
    """Whether the labels found make a header block: enough of them, with an address or a date of sending."""
    addressed = any(ADDRESS.search(value) is not None for value in block.values)
    dated = any(has_moment(value) or _names_day(value) for value in block.values)
    if block.distinct(Role.SENDER, Role.SUBJECT) and (block.has(Role.TO) or block.has(Role.SENT)):
        return addressed or dated or announced
    if announced and (block.distinct(Role.SENDER, Role.SENT) or block.distinct(Role.SENDER, Role.SUBJECT)):
        return True
    pairs = (
        (Role.SENDER, Role.SENT),
        (Role.SENDER, Role.TO),
        (Role.SENDER, Role.SUBJECT),
        (Role.SENT, Role.TO),
    )
    return addressed and apart and any(block.distinct(*pair) for pair in pairs)
