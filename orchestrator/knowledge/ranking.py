"""Which of a few passages answers a question, told by their words alone, and how it is quoted."""

from __future__ import annotations

import re
from collections.abc import Sequence

from orchestrator.languages import LANGUAGES
from orchestrator.languages.detect import likely_language
from orchestrator.languages.letters import fold, words
from tools.knowledge import Passage

LONGEST_QUOTE = 1_000  # characters
GOOD_ENOUGH = 0.5
_FEWEST_INSIDE = 4
_FEWEST_ASKED = 1.5  # one word found in a passing remark is enough, but only just
_ASKS = {language: known["asks"] for language, known in LANGUAGES.items() if "asks" in known}
_EMPTY = {language: frozenset(words(fold(asks["empty"]))) for language, asks in _ASKS.items()}
_HINTS = [(re.compile(pattern), stem) for asks in _ASKS.values() for pattern, stem in asks["hints"].items()]
_ENDINGS = re.compile(r"(?<=[a-z]{4})(?:ungen|ung|ing|ies|en|es|ed|et|er|te?n?|s|e|n|y)$")
_MARKUP = re.compile(r"[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}")
_LINK = re.compile(r"!?\[([^\]]*)\]\(([^)\s]*)[^)]*\)")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


def best_passage(
    question: str,
    passages: Sequence[Passage],
    language: str,
    *,
    languages: Sequence[str],
    empty: frozenset[str] = frozenset(),
) -> Passage | None:
    """Return the passage that shares most with the question, or None when none shares enough.

    The search ranked them already, so an earlier one wins over an equal one; one in another of the
    `languages` counts less. Words in `empty` say nothing here, beside those that say nothing in `language`.
    Of those that speak of it, the one whose title asks for least beside it wins: "Are booking fees
    paid back?" is not what "What is the booking fee?" asks.
    """
    empty, folded = empty | _EMPTY.get(language, frozenset()), fold(question)
    asked = [_stem(word) for word in words(folded) if word not in empty]
    hints = {stem for pattern, stem in _HINTS if pattern.search(folded)}
    here = [likely_language(passage.text, languages) in (language, None) for passage in passages]
    rated = [
        (_share(asked, hints, p) * (1.0 if ours else 0.8), p) for p, ours in zip(passages, here, strict=True)
    ]
    good = [(share, passage) for share, passage in rated if share >= GOOD_ENOUGH]
    wanted = {*asked, *hints}
    return max(good, key=lambda pair: pair[0] + _covered(pair[1], wanted, empty), default=(0.0, None))[1]


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


def _covered(passage: Passage, asked: set[str], empty: frozenset[str]) -> float:
    """Return how much of the title was asked for, 0 to 1."""
    title = {_stem(word) for word in words(fold(passage.title)) if word not in empty}
    return sum(_in(word, asked) for word in title) / len(title) if title else 0.0


def _in(word: str, known: set[str]) -> bool:
    """Also inside a longer word: German writes "Versandkosten" in one."""
    return word in known or (len(word) >= _FEWEST_INSIDE and any(word in other for other in known))


def _stem(word: str) -> str:
    return _ENDINGS.sub("", word)
