"""Tells from the customer's own words what their mail program, company or mailing list put below them.

Delimited signatures, device lines, legal notices and list footers leave the reply. A sign-off with a name
("Best regards, Anna") and contact lines without a delimiter stay in it. What leaves it is a SIGNATURE only
where nothing else fits: below the delimiter of RFC 3676 section 4.3, a device's name alone, a notice that is
nothing but one. All else is LOOSE: it looks like one, and may be the customer's words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from channels.mail.quoting.body_lines import BodyLines, LineKind, is_rule
from channels.mail.word_lists import words

_LEGAL, _WORDS = words("legal"), words("signatures")
_OPENINGS, _BANNERS = tuple(_LEGAL["openings"]), tuple(_LEGAL["banners"])
_DEVICES, _SENTENCE_WORDS = frozenset(_WORDS["devices"]), frozenset(_WORDS["sentence_words"])

MAX_DEVICE_LINE = 120
MAX_LOOSE_LINES = 14
MAX_LOOSE_LENGTH = 90
MAX_SHORT_LINES = 8
MAX_FOOTER_LINES = 14
MAX_LEGAL_LINES = 12
CERTAIN_HINTS = 5
CERTAIN_LENGTH = 150
DELIMITERS = frozenset({"-- ", "--\u00a0", "--=20"})

_DEVICE = re.compile(
    rf"[<(\[*_\s-]{{0,4}}(?:{'|'.join(_WORDS['device_lines'])})[>)\]*_.\s]{{0,4}}\Z", re.IGNORECASE
)
_LINKED = re.compile(r"[<(\[]?(?:https?://|www\.)\S{1,200}")
_DEVICE_WORD = re.compile(r"[^\W_]+")
MAX_DEVICE_WORDS = 6
_POSTSCRIPT = re.compile(r"p\.?\s?p?\.?\s?s\b|n\.?b\.?\s?:|edit:", re.IGNORECASE)
_STROKES = frozenset({"--", "__", "==", "++", "\u2013\u2013"})
_LOOSE = frozenset({"--", "__", "---", "___", "==", "===", "++", "\u2013\u2013"})
_DELIMITED = re.compile(r"(?:--|__)\s{0,2}[^\W\d_][\w.'’-]{1,20}(?:\s[\w.'’-]{1,20}){0,3}\Z")


def mark_signatures(lines: BodyLines, kinds: list[LineKind]) -> None:
    """Marks signature lines among the own lines, in place."""
    segments = list(_segments(kinds[: len(lines.text)]))
    for number, (start, end) in enumerate(segments):
        cut = _delimiter(lines, start, end, last=number == len(segments) - 1)
        _mark(kinds, cut, _postscript(lines, cut, end), certain=_is_signature(lines, cut, end))
        footer = _footer(lines, start, cut)
        _mark(kinds, footer, cut)
        _legal(lines, kinds, start, footer)
        _devices(lines, kinds, start, footer)


def _segments(kinds: list[LineKind]) -> Iterator[tuple[int, int]]:
    """Start and end of every stretch of own lines, with the blank lines in it."""
    start = -1
    for index, kind in enumerate([*kinds, LineKind.QUOTED]):
        if kind is LineKind.OWN and start < 0:
            start = index
        elif start >= 0 and kind not in {LineKind.OWN, LineKind.BLANK}:
            yield start, index
            start = -1


def _mark(kinds: list[LineKind], start: int, end: int, *, certain: bool = False) -> None:
    for index in range(start, end):
        if kinds[index] is LineKind.OWN:
            kinds[index] = LineKind.SIGNATURE if certain else LineKind.LOOSE


def _is_signature(lines: BodyLines, cut: int, end: int) -> bool:
    """Whether the delimiter at `cut` is the standard's, with few lines below it."""
    return (
        cut < end
        and lines.raw[cut].lstrip("\ufeff") in DELIMITERS
        and _loose_tail(_filled(lines, cut + 1, end), strict=False)
        and not any(text.endswith("?") for text in _filled(lines, cut + 1, end))
    )


def _delimiter(lines: BodyLines, start: int, end: int, *, last: bool) -> int:
    """Where the signature starts in the lines `start` to `end`; `end` when there is none."""
    repeated = {text for text in _LOOSE if lines.text[start:end].count(text) > 1}
    for index in range(start, end):
        text = lines.text[index]
        certain = text not in repeated or lines.raw[index].endswith((" ", "\u00a0"))
        if certain and text[:2] in _STROKES and len(text) < 64 and _delimits(lines, index, end, last=last):
            return index
    return end


def _postscript(lines: BodyLines, start: int, end: int) -> int:
    """Where a postscript below a signature starts; `end` when there is none."""
    for index in range(start + 1, end):
        if not lines.text[index - 1] and _POSTSCRIPT.match(lines.text[index]) is not None:
            return index
    return end


def _delimits(lines: BodyLines, index: int, end: int, *, last: bool) -> bool:
    if lines.raw[index].lstrip("\ufeff") in DELIMITERS:
        return True
    text, below = lines.text[index], _filled(lines, index + 1, end)
    if text in _LOOSE:
        return (last or text == "--") and _loose_tail(below, strict=text not in {"--", "__"})
    named = _DELIMITED.match(text) is not None and text.lstrip("-_ ")[0].isupper()
    apart = index == 0 or not lines.text[index - 1]
    return named and apart and (not below or _loose_tail(below, strict=True))


def _filled(lines: BodyLines, start: int, end: int) -> list[str]:
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


def _footer(lines: BodyLines, start: int, end: int) -> int:
    """Where a mailing list's footer starts: a long ruled line, links and addresses below it to the end."""
    index = end - 1
    while index > start and end - index <= 2 * MAX_FOOTER_LINES:
        text = lines.text[index]
        if is_rule(text) and len(text) >= 10:
            below = [line.casefold() for line in lines.text[index + 1 : end] if line]
            listed = any(hint in line for line in below for hint in _LEGAL["footers"])
            if below and len(below) <= MAX_FOOTER_LINES and listed and _no_prose(below):
                return index
        index -= 1
    return end


def _no_prose(below: list[str]) -> bool:
    return sum(len(line) > 78 for line in below) <= 1 or any(
        hint in below[0] for hint in _LEGAL["footers"][:6]
    )


def _paragraphs(lines: BodyLines, start: int, end: int) -> Iterator[tuple[int, int]]:
    index = start
    while index < end:
        first = lines.next_filled(index)
        if first >= end:
            return
        index = first
        while index < end and lines.text[index]:
            index += 1
        yield first, index


def _legal(lines: BodyLines, kinds: list[LineKind], start: int, end: int) -> None:
    """Legal notices, to the end of the stretch; a mail server's warning above the text, one paragraph."""
    paragraphs = list(_paragraphs(lines, start, end))
    for number, (first, past) in enumerate(paragraphs):
        opening = lines.text[first].lstrip('*_ -"').casefold()
        if opening.startswith(_BANNERS) and number <= 1:
            _mark(kinds, first, past)
        elif number and opening.startswith(_OPENINGS) and _speaks_of_law(lines, first, end):
            _mark_notices(lines, kinds, paragraphs[number:])
            return


def _mark_notices(lines: BodyLines, kinds: list[LineKind], paragraphs: list[tuple[int, int]]) -> None:
    """Marks notices, paragraph by paragraph; a postscript below them is the customer's again."""
    for first, past in paragraphs:
        if _POSTSCRIPT.match(lines.text[first]) is not None:
            return
        text = " ".join(lines.text[first:past])
        figures = any(character.isdigit() or character in "?\u061f\uff1f" for character in text)
        certain = not figures and len(text) >= CERTAIN_LENGTH
        certain = certain and len(_hints(text.casefold())) >= CERTAIN_HINTS
        _mark(kinds, first, past, certain=certain)


def _speaks_of_law(lines: BodyLines, first: int, end: int) -> bool:
    """Whether a notice's opening goes on as one; a mere label needs more: "Confidential: I was robbed."."""
    opening = lines.text[first].lstrip('*_ -"').casefold()
    text = " ".join([opening, *lines.text[first + 1 : min(end, first + MAX_LEGAL_LINES)]]).casefold()
    phrase = next(each for each in _OPENINGS if opening.startswith(each))
    rest = text[len(phrase) :].lstrip()
    if phrase.endswith(":") or rest.startswith(":"):
        return len(_hints(rest)) > 1
    return bool(_hints(text))


def _hints(text: str) -> set[str]:
    return {hint for hint in _LEGAL["hints"] if hint in text}


def _devices(lines: BodyLines, kinds: list[LineKind], start: int, end: int) -> None:
    last_of_paragraph = True
    for index in range(end - 1, start - 1, -1):
        text = lines.text[index]
        above = lines.filled_above(index)
        introduced = above >= start and lines.text[above].endswith(":")
        named = _names_device(text)
        if (
            kinds[index] is LineKind.OWN
            and last_of_paragraph
            and (named or not introduced)
            and is_device_line(text)
        ):
            kinds[index] = LineKind.SIGNATURE if named and not introduced else LineKind.LOOSE
        else:
            last_of_paragraph = not text


def _names_device(text: str) -> bool:
    """Whether the line ends with what it was sent from, but for a link or one word of sending behind it."""
    line = _LINKED.sub("", text).casefold()
    words = _DEVICE_WORD.findall(line)
    return len(words) <= MAX_DEVICE_WORDS and "," not in line and not _DEVICES.isdisjoint(words[-2:])


def is_device_line(text: str) -> bool:
    """Whether a cleaned line is a program's "Sent from my phone" and not a sentence of the customer."""
    if not 5 < len(text) <= MAX_DEVICE_LINE or text[-1] == "?" or _DEVICE.match(text) is None:
        return False
    words = text.casefold().replace(",", " ").replace(".", " ").split()
    return not any(word in _SENTENCE_WORDS for word in words[2:])
