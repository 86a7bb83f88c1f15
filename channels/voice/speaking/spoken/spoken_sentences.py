"""Cuts a piece of a reply into sentences that are spoken, and interrupted, one by one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

LONGEST: Final = 250
"""Characters of one spoken sentence, some 15 seconds."""

_END: Final = re.compile(r"[.!?…]{1,10}[\"'”’»)\]]{0,3}(?=\s)|\n")
_SHORT: Final = (
    "a.m p.m e.g i.e approx vs mr mrs ms dr prof st inc ltd co jr sr dept est ext feb apr aug sept oct nov"
    " z.b d.h u.a v.a o.ä i.d.r s.o s.u ca hr bzw inkl exkl zzgl ggf evtl bspw vgl std mio mrd"
    " best.-nr art.-nr kd.-nr sog"
)
_SHORT_FORMS: Final = frozenset(_SHORT.split())
_NUMBERED: Final = (
    "no nos nr str tel fig art abs max min mind jan mar jun jul sep dec okt dez mrz"
    " mon tue wed thu fri sat sun mo di mi do fr sa so"
)
_BEFORE_DIGITS: Final = frozenset(_NUMBERED.split())
"""Short forms only where a number follows: they are words, too."""
_LAST_WORD: Final = re.compile(r"(?<![^\s(\"'„“»])([\w.-]{1,12})\.$")
GERMAN_NOUNS: Final = (
    r"(?:Jan|Feb|Mär|Mrz|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez|Tag|Stock|Etage|Mal|Woche|Quartal|Kapitel"
    r"|Schritt|Rate|Mahnung)"
)
"""What follows a German ordinal such as "24."."""
_GERMAN_NOUN: Final = re.compile(rf"\s+{GERMAN_NOUNS}")
_PAUSES: Final = (re.compile(r"[,;:–—](?=\s)"), re.compile(r"\s"))


def sentences(text: str) -> list[str]:
    """Return the sentences of `text`, none empty, each at most 250 characters.

    A longer one is cut behind a comma, else between words, else anywhere; no character but spaces is lost.
    """
    return [part for sentence in _sentences(text) for part in _bounded(sentence.strip()) if part]


def _sentences(text: str) -> Iterator[str]:
    at = 0
    for end in _END.finditer(text):
        if text[end.start()] == "." and not _is_end(text, at, end):
            continue
        yield text[at : end.end()]
        at = end.end()
    yield text[at:]


def _is_end(text: str, at: int, end: re.Match[str]) -> bool:
    """Say whether a full stop ends a sentence: not after a short form, an initial or a German ordinal."""
    behind = text[end.end() : end.end() + 16].lstrip()
    if behind[:1].islower():
        return False
    word = _LAST_WORD.search(text[max(at, end.start() - 16) : end.start() + 1])
    if word is None or end.end() - end.start() > 1:
        return True
    if word[1].isdigit():
        return len(word[1]) > 2 or _GERMAN_NOUN.match(text, end.end()) is None
    form = word[1].lower()
    if form in _BEFORE_DIGITS:
        return not (behind[:1].isdigit() or behind[:1] == "+")
    return form not in _SHORT_FORMS and not (len(form) == 1 and form.isalpha())


def _bounded(sentence: str) -> Iterator[str]:
    at = 0
    while len(sentence) - at > LONGEST:
        cut = _cut(sentence, at)
        yield sentence[at:cut].strip()
        at = cut
    yield sentence[at:].strip()


def _cut(sentence: str, at: int) -> int:
    """Return where to cut: behind the last pause that fits, if it is not too early."""
    for pause in _PAUSES:
        ends = [match.end() for match in pause.finditer(sentence, at + LONGEST // 4, at + LONGEST)]
        if ends:
            return ends[-1]
    return at + LONGEST
