"""Which passage answers a question, and how it is quoted."""

from __future__ import annotations

import re
from collections.abc import Sequence

from orchestrator.inference.sandbox.language import detect
from orchestrator.inference.sandbox.situation import Passage
from orchestrator.inference.sandbox.text import fold, words

LONGEST_QUOTE = 1_000  # characters
GOOD_ENOUGH = 0.5
_FEWEST_INSIDE = 4
_FEWEST_ASKED = 1.5  # one word found in a passing remark is enough, but only just
_EMPTY_WORDS = """
    a about after all also am an and any are as at be been but by can could customer did do does
    dont for from get
    give go got had has have hello hey hi how i id if im in into is it its ive just know let like
    long lot make
    many may me mine much must my need no not now of off ok on one or order orders our out please possible
    question shall should so some something take tell than thank thanks that the their them then
    there these they
    thing this those to too us want was we were what whats when where which who whom whose why will with would
    you your
    aber alle als also am an auch auf aus bei beim bestellung bestellungen bin bis bitte da damit
    danke dann das
    dass dein dem den denn der des die dies diese dieser dieses dir doch du durch ein eine einem
    einen einer eines
    er es etwas euch euer eure frage fuer gegen gibt haben habe hallo hat hatte ich ihm ihn ihnen
    ihr ihre im in
    ist ja jetzt kann kannst kein keine koennen lange man mein meine meinem meinen meiner mich mir mit moechte
    muss muessen nach nicht nichts noch nun nur ob oder ohne schon sehr sein seine sich sie sind so
    soll sollte
    ueber um und uns unser unsere unter viel vom von vor wann war waren was welche welcher welches
    wem wen wenn
    wer werden wie wieder will wir wird wo wollen wuerde wurde zu zum zur
"""
_EMPTY = frozenset(_EMPTY_WORDS.split())
_ENDINGS = re.compile(r"(?<=[a-z]{4})(?:ungen|ung|ing|ies|en|es|ed|et|er|te?n?|s|e|n|y)$")
_HINTS = (
    (re.compile(r"\b(?:how much|price|expensive)\b"), "cost"),
    (re.compile(r"\b(?:wie ?viel|teuer|preis)\b"), "kost"),
    (re.compile(r"\bhow long\b"), "long"),
    (re.compile(r"\bwie lange\b"), "lang"),
)
_MARKUP = re.compile(r"[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}")
_LINK = re.compile(r"!?\[([^\]]*)\]\(([^)\s]*)[^)]*\)")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


def best_passage(question: str, passages: Sequence[Passage], language: str) -> Passage | None:
    """Return the passage that shares most with the question, or None when none shares enough.

    The search ranked them already, so an earlier one wins over an equal one; one in the other language
    counts less. A word that is repeated counts as often. Of those that speak of it, the one whose title asks
    for least beside it wins: "Are shipping costs refunded?" is not what "What does shipping cost?" asks.
    """
    folded = fold(question)
    asked = [_stem(word) for word in words(folded) if word not in _EMPTY]
    hints = {stem for pattern, stem in _HINTS if pattern.search(folded)}
    rated = [
        (_share(asked, hints, p) * (1.0 if detect(p.text) in (language, None) else 0.8), p) for p in passages
    ]
    good = [(share, passage) for share, passage in rated if share >= GOOD_ENOUGH]
    best = max(good, key=lambda pair: pair[0] + _covered(pair[1], {*asked, *hints}), default=(0.0, None))
    return best[1]


def quote(passage: Passage) -> str:
    """The passage as plain text, at most 1,000 characters, cut after a sentence or line."""
    text = _MARKUP.sub("", _LINK.sub(r"\1 (\2)", passage.text)).strip()
    if len(text) <= LONGEST_QUOTE:
        return text
    ends = [found.start() for found in _SENTENCE_END.finditer(text[:LONGEST_QUOTE])]
    return text[: ends[-1] if ends else LONGEST_QUOTE].rstrip() + " …"


def _share(asked: Sequence[str], hints: set[str], passage: Passage) -> float:
    """How much of the question the passage speaks of; a word of its title counts nearly twice.

    Hints alone say nothing, but tell passages of one article apart.
    """
    title = {_stem(word) for word in words(fold(passage.title))}
    text = {_stem(word) for word in words(fold(passage.text))}
    found = sum(
        1.5 * _in(word, title) + (0.2 if _in(word, title) else 0.9) * _in(word, text) for word in asked
    )
    hinted = 0.5 * sum(_in(hint, title) for hint in hints) if found else 0.0
    return (found + hinted) / max(len(asked), _FEWEST_ASKED)


def _covered(passage: Passage, asked: set[str]) -> float:
    """Return how much of the title was asked for, 0 to 1."""
    title = {_stem(word) for word in words(fold(passage.title)) if word not in _EMPTY}
    return sum(_in(word, asked) for word in title) / len(title) if title else 0.0


def _in(word: str, known: set[str]) -> bool:
    """Also inside a longer word: German writes "Versandkosten" in one."""
    return word in known or (len(word) >= _FEWEST_INSIDE and any(word in other for other in known))


def _stem(word: str) -> str:
    return _ENDINGS.sub("", word)
