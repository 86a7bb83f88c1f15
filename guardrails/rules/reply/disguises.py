"""A reply must be readable: what is spelled out letter by letter hides from every other rule."""

from __future__ import annotations

import re

from guardrails.draft import Draft
from guardrails.evidence import Evidence
from guardrails.verdict import ALLOWED, Verdict, block

NAME = "disguises"

_LETTERS = re.compile(r"(?<!\w)[^\W\d_](?:[\W_]{1,3}[^\W\d_](?!\w)){5,}")
_MORSE = re.compile(r"(?<![\w.-])[.-]{1,5}(?:[ /]{1,3}[.-]{1,5}){5,}(?![\w.-])")
_TAG = re.compile("[\U000e0020-\U000e007f]")
_FLAG = 6
"""Tag characters in the longest flag (Unicode Technical Standard 51)."""
# The alphabet of ICAO, Annex 10, in both spellings.
_ALPHABET = frozenset(
    (
        *(
            "alfa",
            "alpha",
            "bravo",
            "charlie",
            "delta",
            "echo",
            "foxtrot",
            "golf",
            "hotel",
            "india",
            "juliett",
        ),
        *(
            "juliet",
            "kilo",
            "lima",
            "mike",
            "november",
            "oscar",
            "papa",
            "quebec",
            "romeo",
            "sierra",
            "tango",
        ),
        *("uniform", "victor", "whiskey", "xray", "yankee", "zulu"),
    )
)
_SPELLED = 5
_WORD = re.compile(r"[^\W\d_]+")


def check(draft: Draft, evidence: Evidence) -> Verdict:
    """Block a reply that spells words out, or that holds what nobody sees."""
    if len(_TAG.findall(draft.text)) > _FLAG:
        return block(NAME, "The reply holds invisible letters. Write plain text.")
    if _LETTERS.search(draft.visible) or _morse(draft.visible):
        return block(NAME, "The reply spells words out letter by letter. Write plain words.")
    words = _WORD.findall(draft.visible.lower().replace("x-ray", "xray"))
    if sum(word in _ALPHABET for word in words) >= _SPELLED and _in_a_row(words):
        return block(NAME, "The reply spells words out by code words. Write plain words.")
    return ALLOWED


def _morse(text: str) -> bool:
    return any("." in found[0] and "-" in found[0] for found in _MORSE.finditer(text))


def _in_a_row(words: list[str]) -> bool:
    run = 0
    for word in words:
        run = run + 1 if word in _ALPHABET else 0
        if run >= _SPELLED:
            return True
    return False
