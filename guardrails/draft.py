"""A reply before it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from guardrails.claims.clauses import sentences
from guardrails.facts.day_facts import without_dates
from guardrails.facts.figures import around_digits
from guardrails.facts.locales import in_figures, read_in
from guardrails.facts.plain_text import latin, plain
from guardrails.facts.web_addresses import undisguised, without_contacts


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplySentence:
    """One sentence: as written, in lower case, and so with numbers in digits, dates and money in English."""

    text: str
    lower: str
    counted: str


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A reply, or with `whole=False` a piece of one that is about to be shown.

    `channel` is chat, mail or voice; `language` the customer's, BCP 47. How it reads is kept once found.
    """

    text: str
    citations: tuple[str, ...] = ()
    channel: str = "chat"
    language: str = "en"
    whole: bool = True

    @cached_property
    def visible(self) -> str:
        """Return the text without what nobody sees."""
        return plain(self.text)

    @cached_property
    def plain(self) -> str:
        """Return the visible text with foreign letters that look Latin as Latin ones."""
        return latin(self.visible)

    @cached_property
    def addressed(self) -> str:
        """Return the visible text with the disguises of its addresses taken off."""
        return undisguised(self.visible)

    @cached_property
    def bare(self) -> str:
        """Return the plain text without links and mail addresses."""
        return without_contacts(self.plain)

    @cached_property
    def numbered(self) -> str:
        """Return what stands near digits: lower case, numbers in digits, without links and mail addresses."""
        return around_digits(in_figures(self.bare.lower(), self.languages))

    @cached_property
    def undated(self) -> str:
        """Return the numbered text without dates and times."""
        return without_dates(self.numbered)

    @cached_property
    def sentences(self) -> tuple[ReplySentence, ...]:
        """Return the sentences of the plain text, each once."""
        each = dict.fromkeys(sentences(self.plain))
        return tuple([_sentence(text, self.languages) for text in each])

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Return the languages it may be written in."""
        return read_in(self.language)


def _sentence(text: str, languages: tuple[str, ...]) -> ReplySentence:
    lower = text.lower()
    return ReplySentence(text=text, lower=lower, counted=in_figures(lower, languages))
