"""Tells from the customer's own words what their mail program, company or mailing list put below them.

Only what is certain leaves the reply: the `-- ` delimiter, device lines, legal notices, list footers. A
sign-off with a name ("Best regards, Anna") and contact lines without a delimiter stay in it: losing words
is worse than keeping too many.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from channels.mail.quoting.legal_words import (
    BANNER_OPENINGS,
    DISCLAIMER_OPENINGS,
    FOOTER_HINTS,
    LEGAL_HINTS,
)
from channels.mail.quoting.lines import Kind, Lines, is_rule
from channels.mail.quoting.signature_words import DEVICE_LINES, SENTENCE_WORDS

MAX_DEVICE_LINE = 120
MAX_LOOSE_LINES = 14
MAX_LOOSE_LENGTH = 90
MAX_SHORT_LINES = 8
MAX_FOOTER_LINES = 14
MAX_LEGAL_LINES = 12

_DEVICE = re.compile(rf"[<(\[*_\s-]{{0,4}}(?:{'|'.join(DEVICE_LINES)})[>)\]*_.\s]{{0,4}}\Z", re.IGNORECASE)
_POSTSCRIPT = re.compile(r"p\.?\s?p?\.?\s?s\b|n\.?b\.?\s?:|edit:", re.IGNORECASE)
_STROKES = frozenset({"--", "__", "==", "++", "\u2013\u2013"})
_LOOSE = frozenset({"--", "__", "---", "___", "==", "===", "++", "\u2013\u2013"})
_DELIMITED = re.compile(r"(?:--|__)\s{0,2}[^\W\d_][\w.'’-]{1,20}(?:\s[\w.'’-]{1,20}){0,3}\Z")


def mark_signatures(lines: Lines, kinds: list[Kind]) -> None:
    """Marks signature lines among the own lines, in place."""
    segments = list(_segments(kinds[: len(lines.text)]))
    for number, (start, end) in enumerate(segments):
        cut = _delimiter(lines, start, end, last=number == len(segments) - 1)
        _mark(kinds, cut, _postscript(lines, cut, end))
        footer = _footer(lines, start, cut)
        _mark(kinds, footer, cut)
        _legal(lines, kinds, start, footer)
        _devices(lines, kinds, start, footer)


def _segments(kinds: list[Kind]) -> Iterator[tuple[int, int]]:
    """Start and end of every stretch of own lines, with the blank lines in it."""
    start = -1
    for index, kind in enumerate([*kinds, Kind.QUOTED]):
        if kind is Kind.OWN and start < 0:
            start = index
        elif start >= 0 and kind not in {Kind.OWN, Kind.BLANK}:
            yield start, index
            start = -1


def _mark(kinds: list[Kind], start: int, end: int) -> None:
    for index in range(start, end):
        if kinds[index] is Kind.OWN:
            kinds[index] = Kind.SIGNATURE


def _delimiter(lines: Lines, start: int, end: int, *, last: bool) -> int:
    """Where the signature starts in the lines `start` to `end`; `end` when there is none."""
    repeated = {text for text in _LOOSE if lines.text[start:end].count(text) > 1}
    for index in range(start, end):
        text = lines.text[index]
        certain = text not in repeated or lines.raw[index].endswith((" ", "\u00a0"))
        if certain and text[:2] in _STROKES and len(text) < 64 and _delimits(lines, index, end, last=last):
            return index
    return end


def _postscript(lines: Lines, start: int, end: int) -> int:
    """Where a postscript below a signature starts; `end` when there is none."""
    for index in range(start + 1, end):
        if not lines.text[index - 1] and _POSTSCRIPT.match(lines.text[index]) is not None:
            return index
    return end


def _delimits(lines: Lines, index: int, end: int, *, last: bool) -> bool:
    if lines.raw[index].lstrip("\ufeff") in {"-- ", "--\u00a0", "--=20"}:
        return True
    text, below = lines.text[index], _filled(lines, index + 1, end)
    if text in _LOOSE:
        return (last or text == "--") and _loose_tail(below, strict=text not in {"--", "__"})
    named = _DELIMITED.match(text) is not None and text.lstrip("-_ ")[0].isupper()
    apart = index == 0 or not lines.text[index - 1]
    return named and apart and (not below or _loose_tail(below, strict=True))


def _filled(lines: Lines, start: int, end: int) -> list[str]:
    """The filled lines of a stretch; not many more than the longest signature has."""
    return list(
        islice((lines.text[index] for index in range(start, end) if lines.text[index]), MAX_LOOSE_LINES + 1)
    )


def _loose_tail(below: list[str], *, strict: bool) -> bool:
    """Whether the filled lines below a delimiter without its space look like a signature: few and short."""
    if not below:
        return False
    if strict:
        return len(below) <= MAX_SHORT_LINES and all(
            len(line) <= 70 and line[-1] not in ".?!" for line in below
        )
    return len(below) <= MAX_LOOSE_LINES and len(below[0]) <= MAX_LOOSE_LENGTH


def _footer(lines: Lines, start: int, end: int) -> int:
    """Where a mailing list's footer starts: a long ruled line, links and addresses below it to the end."""
    index = end - 1
    while index > start and end - index <= 2 * MAX_FOOTER_LINES:
        text = lines.text[index]
        if is_rule(text) and len(text) >= 10:
            below = [line.casefold() for line in lines.text[index + 1 : end] if line]
            listed = any(hint in line for line in below for hint in FOOTER_HINTS)
            if below and len(below) <= MAX_FOOTER_LINES and listed and _no_prose(below):
                return index
        index -= 1
    return end


def _no_prose(below: list[str]) -> bool:
    return sum(len(line) > 78 for line in below) <= 1 or any(hint in below[0] for hint in FOOTER_HINTS[:6])


def _paragraphs(lines: Lines, start: int, end: int) -> Iterator[tuple[int, int]]:
    index = start
    while index < end:
        first = lines.next_filled(index)
        if first >= end:
            return
        index = first
        while index < end and lines.text[index]:
            index += 1
        yield first, index


def _legal(lines: Lines, kinds: list[Kind], start: int, end: int) -> None:
    """Legal notices, to the end of the stretch; a mail server's warning above the text, one paragraph."""
    for number, (first, past) in enumerate(_paragraphs(lines, start, end)):
        opening = lines.text[first].lstrip('*_ -"').casefold()
        if opening.startswith(BANNER_OPENINGS) and number <= 1:
            _mark(kinds, first, past)
        elif number and opening.startswith(DISCLAIMER_OPENINGS) and _speaks_of_law(lines, first, end):
            _mark(kinds, first, end)
            return


def _speaks_of_law(lines: Lines, first: int, end: int) -> bool:
    text = " ".join(lines.text[index] for index in range(first, min(end, first + MAX_LEGAL_LINES))).casefold()
    return any(hint in text for hint in LEGAL_HINTS)


def _devices(lines: Lines, kinds: list[Kind], start: int, end: int) -> None:
    last_of_paragraph = True
    for index in range(end - 1, start - 1, -1):
        if kinds[index] is Kind.OWN and last_of_paragraph and is_device_line(lines.text[index]):
            kinds[index] = Kind.SIGNATURE
        else:
            last_of_paragraph = not lines.text[index]


def is_device_line(text: str) -> bool:
    """Whether a cleaned line is a program's "Sent from my phone" and not a sentence of the customer."""
    if not 5 < len(text) <= MAX_DEVICE_LINE or text[-1] == "?" or _DEVICE.match(text) is None:
        return False
    words = text.casefold().replace(",", " ").replace(".", " ").split()
    return not any(word in SENTENCE_WORDS for word in words[2:])
