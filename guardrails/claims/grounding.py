"""Whether a sentence says what a passage says, in other words."""

from __future__ import annotations

import re

from guardrails.draft import ReplySentence
from guardrails.evidence import Evidence
from guardrails.facts.figures import amounts, durations, percentages
from guardrails.facts.index import FactIndex
from guardrails.vocabulary import Wording

_SHARE = 0.6
_FEWEST = 2
_MOST_SENTENCES = 400
_STEM = 5  # letters two words share when they mean the same: "cancel", "cancelled"
_WORD = re.compile(r"[^\W\d_]{3,}")
_EMPTY_WORDS = """
    the and for you your our with this that are was were has have had will would can could may not but
    from they them their then than also any all its into about been being there here who which what when
    where shall should please ich sie wir ihr ihre ihren ihnen der die das den dem des ein eine einen
    einem einer und oder aber mit von für auf aus bei nach vor zum zur ist sind war wird werden wurde
    haben hat habe kann können auch noch nur dann dass sich nicht wenn uns unser unsere
"""
_EMPTY = frozenset(_EMPTY_WORDS.split())
_DENIED = re.compile(r"\b(?:not|no|never|cannot|can't|don't|only|nicht|keine?[nmr]?|nur|nie)\b")
_GERMAN = re.compile(r"\b(?:der|die|das|und|sie|wir|ist|nicht|eine?[nmr]?|mit|für|werden|wird)\b")
_ENGLISH = re.compile(r"\b(?:the|and|you|we|is|are|not|of|with|for|will|to)\b")


def grounded(sentence: ReplySentence, evidence: Evidence, about: Wording | None = None) -> bool:
    """Say whether one passage or text of this turn holds the sentence's figures and most of its words.

    With `about` it must speak of that, too. Where all are in another language, only figures and `about` are
    compared. Results don't count: they say what is, not what will be done.
    """
    wanted, german = _stems(sentence.lower), _german(sentence.lower)
    pages = evidence.pages if about is None else _speaking(about, evidence)
    if german not in evidence.keep("languages", lambda: {_german(each.lower) for each in evidence.pages}):
        return any(holds_figures(index, sentence) for index in pages)
    return any(_carries(index, sentence, wanted) for index in pages)


def _speaking(about: Wording, evidence: Evidence) -> tuple[FactIndex, ...]:
    found = (each for each in evidence.pages if about.search(each.lower))
    return evidence.keep(f"pages {id(about)}", lambda: tuple(found))


def contradicted(sentence: ReplySentence, evidence: Evidence) -> bool:
    """Say whether the one sentence of the passages that is nearest says no where this one says yes."""
    if not evidence.keep("denies", lambda: any(_DENIED.search(index.lower) for index in evidence.pages)):
        return False
    wanted = _stems(sentence.lower)
    near = [(len(wanted & stems), denied) for stems, denied in evidence.keep("said", lambda: _said(evidence))]
    most = max((shared for shared, _ in near), default=0)
    nearest = [denied for shared, denied in near if shared == most]
    return most >= _FEWEST and all(nearest) and not _DENIED.search(sentence.lower)


def _said(evidence: Evidence) -> list[tuple[frozenset[str], bool]]:
    """Return the words of every sentence of the passages, and whether it says no; the first 400 of them."""
    every = sorted({sentence for index in evidence.pages for sentence in index.sentences})[:_MOST_SENTENCES]
    return [(_stems(sentence), _DENIED.search(sentence) is not None) for sentence in every]


def holds_figures(index: FactIndex, sentence: ReplySentence) -> bool:
    """Say whether a text holds every amount, percentage and length of time of a sentence."""
    sums = all(not amount.values.isdisjoint(index.numbers) for amount in amounts(sentence.counted))
    return (
        sums
        and _lengths(index) >= durations(sentence.counted)
        and percentages(sentence.counted) <= index.percentages
    )


def _carries(index: FactIndex, sentence: ReplySentence, wanted: frozenset[str]) -> bool:
    known = index.stems
    enough = len(wanted) >= _FEWEST and len(wanted & known) >= _SHARE * len(wanted)
    return enough and holds_figures(index, sentence)


def _lengths(index: FactIndex) -> frozenset[tuple[str, str]]:
    return index.durations | (index.worded.durations if index.worded else frozenset())


def _stems(lower: str) -> frozenset[str]:
    return frozenset(word[:_STEM] for word in _WORD.findall(lower) if word not in _EMPTY)


def _german(lower: str) -> bool:
    return len(_GERMAN.findall(lower[:2000])) > len(_ENGLISH.findall(lower[:2000]))
