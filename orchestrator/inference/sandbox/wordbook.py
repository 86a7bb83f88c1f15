"""What the sandbox says and understands beside its intents: sentences and patterns by language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from orchestrator.languages.detect import likely_language
from orchestrator.languages.letters import fold, mend

ByLanguage = Mapping[str, str]
LONGEST_PATTERNED = 800  # characters: patterns take more than linear time


@dataclass(frozen=True, kw_only=True, slots=True)
class Wordbook:
    """The words of a business and of every business; `languages[0]` is the house's own."""

    languages: tuple[str, ...]
    sentences: Mapping[str, ByLanguage]
    patterns: Mapping[str, re.Pattern[str]]
    """By what they stand for (`yes`, `no`, `question`, `more`), over folded text, of all languages."""
    abilities: Mapping[str, ByLanguage]
    """What can be done, by the tool it takes."""
    tells: ByLanguage = field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    """Words in which one typing error is mended."""
    right: frozenset[str] = frozenset()
    """Words that only look like such an error."""
    empty: frozenset[str] = frozenset()
    """Words that say nothing of what a question is about."""

    def say(self, sentence: str, language: str, **values: object) -> str:
        """Return a sentence in a language; in English where it isn't known in it."""
        known = self.sentences[sentence]
        return (known.get(language) or known["en"]).format(**values)

    def folded(self, text: str) -> str:
        """Return a text as the patterns want it: folded, with its typing errors mended."""
        return mend(fold(text[:LONGEST_PATTERNED]), self.keywords, self.right).strip()

    def means(self, pattern: str, text: str) -> bool:
        """Tell whether a text holds one of our patterns."""
        return self.patterns[pattern].search(self.folded(text)) is not None

    def language_of(self, text: str) -> str | None:
        """Return which of our languages a text is in, None when it does not tell."""
        return likely_language(text, self.languages, self.tells)

    def supported(self, tag: object) -> str | None:
        """Reduce a language tag to one of our languages; None for every other."""
        primary = str(tag or "").partition("-")[0].lower()
        return primary if primary in self.languages else None
