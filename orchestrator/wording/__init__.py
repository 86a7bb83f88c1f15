"""What we say ourselves, one table per language: sentences by name, with {places} to fill in."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from orchestrator.wording import de, elsewhere, en, es, fr, it, nl, pl, pt

SPOKEN: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "en": en.SENTENCES,
        "de": de.SENTENCES,
        "fr": fr.SENTENCES,
        "es": es.SENTENCES,
        "it": it.SENTENCES,
        "nl": nl.SENTENCES,
        "pt": pt.SENTENCES,
        "pl": pl.SENTENCES,
    }
)
"""The languages in which we have every sentence."""

WORDING: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({**elsewhere.SENTENCES, **SPOKEN})
