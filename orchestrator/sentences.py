"""What the gateway itself says to a customer, in the languages it speaks."""

from __future__ import annotations

import re

from orchestrator.tongues import tongue
from orchestrator.wording import SPOKEN, WORDING

GERMAN_HINTS = re.compile(
    r"\b(ich|ist|meine?n?|und|nicht|wo|wann|bitte|eine?n?|der|die|das|bestellung|mit|für|hallo)\b",
    re.IGNORECASE,
)
ENGLISH_HINTS = re.compile(
    r"\b(i|is|my|and|not|where|when|please|an?|the|order|with|for|hello|hi|thanks|to|you)\b", re.IGNORECASE
)

ENCRYPTED = "(This mail is encrypted; its content could not be read.)"
"""What stands for the words of a mail nobody here can open."""


def say(sentence: str, language: str) -> str:
    """Return one of our sentences in `language`, in English where we don't speak it."""
    ours = WORDING.get(language[:2].lower(), {})
    return ours.get(sentence) or WORDING["en"][sentence]


def ours(language: str) -> str:
    """Return `language` as a two-letter tag where we have every sentence in it, else `en`."""
    return language[:2].lower() if language[:2].lower() in SPOKEN else "en"


def guess_language(text: str) -> str | None:
    """Return the language of `text` as a two-letter tag, None when its words don't tell."""
    return tongue(text) or _german_or_english(text)


def _german_or_english(text: str) -> str | None:
    """Tell the two apart by fewer words than the others need."""
    german, english = len(GERMAN_HINTS.findall(text)), len(ENGLISH_HINTS.findall(text))
    if german == english:
        return None
    return "de" if german > english else "en"
