"""Which language a customer writes, told without any model: by script, else by the smallest words.

Used where no model can be asked, so that what we say ourselves is understood; it decides nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Final

from orchestrator.languages import LANGUAGES
from orchestrator.languages.letters import LONGEST_TEXT, fold, words

_LOOKED_AT = 2_000  # characters
_ENOUGH = 2  # different small words
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")  # "E-Mail" is no Italian "e"

_SCRIPTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "CYRILLIC": "ru",
        "GREEK": "el",
        "ARABIC": "ar",
        "HIRAGANA": "ja",
        "KATAKANA": "ja",
        "HANGUL": "ko",
        "CJK": "zh",
    }
)
_UKRAINIAN = re.compile("[іїєґ]", re.IGNORECASE)
_PERSIAN = re.compile("[پچژگ]")


def _told_by(kind: str) -> Mapping[str, frozenset[str]]:
    told = {language: known["told_by"] for language, known in LANGUAGES.items() if "told_by" in known}
    split = {language: words[kind] for language, words in told.items() if kind in words}
    return {language: frozenset(words.split()) for language, words in split.items()}


_SMALL: Final = _told_by("small")
_LETTERS: Final = _told_by("letters")
"""Letters that among these languages are one's alone; each counts as a small word."""
_HINTS: Final = _told_by("hints")
"""Words that tell two languages apart where there are fewer than the others need."""
_LIKELY: Final = _told_by("likely")
_SIGNS: Final = _told_by("signs")


def guess_language(text: str) -> str | None:
    """Return the language of `text` as a two-letter tag, None when its words don't tell."""
    return known_language(text) or _by_hints(text)


def known_language(text: str) -> str | None:
    """Return the language of `text` as a two-letter tag, None when it can't be told for sure."""
    text = unicodedata.normalize("NFC", text[:_LOOKED_AT])
    scripts = Counter(map(_script, filter(str.isalpha, text)))
    if not scripts:
        return None
    if scripts["ja"]:
        return "ja"  # its characters are mixed with those that Chinese has too
    script, _ = scripts.most_common(1)[0]
    if script == "ru" and _UKRAINIAN.search(text):
        return "uk"
    if script == "ar" and _PERSIAN.search(text):
        return None
    return script or _by_small_words(text)


def _script(letter: str) -> str:
    return _SCRIPTS.get(unicodedata.name(letter, "").split(" ", 1)[0], "")


def _by_small_words(text: str) -> str | None:
    words, letters, found = set(_WORD.findall(text.lower())), set(text.lower()), Counter[str]()
    for language, small in _SMALL.items():
        found[language] = len(words & small) + len(letters & _LETTERS.get(language, frozenset()))
    (first, most), (_, second) = found.most_common(2)
    # Single letters alone are as often something else: a list's, an initial.
    told = most >= _ENOUGH and most > second and len(max(words & _SMALL[first], key=len, default="")) > 1
    return first if told else None


def _by_hints(text: str) -> str | None:
    words = Counter(word.lower() for word in _WORD.findall(text[:_LOOKED_AT]))
    found = Counter({language: sum(words[hint] for hint in hints) for language, hints in _HINTS.items()})
    (first, most), (_, second) = found.most_common(2)
    return first if most > second else None


def likely_language(text: str, languages: Sequence[str], more: Mapping[str, str] | None = None) -> str | None:
    """Return which of a few languages a text is rather in, None when it does not tell at all.

    One word may tell. `more` are words of a business, by language, separated by blanks.
    """
    apart = re.sub(r"['’]", " ", text[:LONGEST_TEXT])  # "j'ai" is told by "ai", "don't" by "dont"
    found, signs = Counter(words(fold(f"{text[:LONGEST_TEXT]} {apart}"))), apart.lower()
    known = {each: _likely(each) | frozenset(words(fold((more or {}).get(each, "")))) for each in languages}
    votes = Counter(
        {
            each: sum(found[word] for word in told if all(word not in known[o] for o in known if o != each))
            + sum(map(signs.count, _SIGNS.get(each, ())))
            for each, told in known.items()
        }
    )
    best = votes.most_common(2)
    return best[0][0] if best and best[0][1] > (best[1][1] if len(best) > 1 else 0) else None


@cache
def _likely(language: str) -> frozenset[str]:
    told = (_LIKELY, _SMALL, _HINTS)
    return frozenset(words(fold(" ".join(word for kind in told for word in kind.get(language, ())))))
