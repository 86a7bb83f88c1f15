"""Sentences in the shop's two languages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Phrase:
    """The same sentence in both languages; `{names}` are filled in by `to`."""

    en: str
    de: str

    def to(self, language: str, **values: object) -> str:
        """Return it in a language, `en` for every other than `de`."""
        return (self.de if language == "de" else self.en).format(**values)
