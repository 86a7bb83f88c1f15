"""What the gateway itself says to a customer, in the languages it speaks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from orchestrator.languages import LANGUAGES

WORDING: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {language: known["says"] for language, known in LANGUAGES.items() if "says" in known}
)
"""Our sentences by name, with {places} to fill in; in some languages only those for when no model answers."""

SPOKEN: Final[tuple[str, ...]] = tuple(
    language for language, said in WORDING.items() if said.keys() == WORDING["en"].keys()
)
"""The languages in which we have every sentence."""

ENCRYPTED: Final = "(This mail is encrypted; its content could not be read.)"
"""What stands for the words of a mail nobody here can open."""


def say(sentence: str, language: str) -> str:
    """Return one of our sentences in `language`, in English where we don't speak it."""
    ours = WORDING.get(language[:2].lower(), {})
    return ours.get(sentence) or WORDING["en"][sentence]


def ours(language: str) -> str:
    """Return `language` as a two-letter tag where we have every sentence in it, else `en`."""
    return language[:2].lower() if language[:2].lower() in SPOKEN else "en"
