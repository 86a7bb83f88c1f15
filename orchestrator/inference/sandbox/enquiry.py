"""One step of a turn as the intents see it: what the request tells, and the words of the business."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from guardrails.tool_schemas import ToolSchemas
from orchestrator.inference.transcript import Transcript, read_transcript
from orchestrator.languages.detect import likely_language
from orchestrator.languages.letters import fold
from orchestrator.languages.written import listed

Told = TypeVar("Told")
ByLanguage = Mapping[str, str]
LONGEST_PATTERNED = 800  # characters: patterns take more than linear time


def in_language(said: Mapping[str, Told], language: str) -> Told | None:
    """What is said in a language; else in English, else in whichever there is."""
    return said.get(language) or said.get("en") or next(iter(said.values()), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wordbook:
    """The words of a business and of every business; `languages[0]` is the house's own."""

    languages: tuple[str, ...]
    sentences: Mapping[str, ByLanguage]
    patterns: Mapping[str, Sequence[re.Pattern[str]]]
    """By what they stand for (`yes`, `no`, `question`, `more`), over folded text, of all languages."""
    abilities: Mapping[str, ByLanguage]
    """What can be done, by the tool it takes."""
    tells: ByLanguage = field(default_factory=dict)
    empty: frozenset[str] = frozenset()
    """Words that say nothing of what a question is about."""

    def say(self, sentence: str, language: str, **values: object) -> str:
        """Return a sentence in a language."""
        return (in_language(self.sentences[sentence], language) or "").format(**values)

    def language_of(self, text: str) -> str | None:
        """Return which of our languages a text is in, None when it does not tell."""
        return likely_language(text, self.languages, self.tells)

    def supported(self, tag: object) -> str | None:
        """Reduce a language tag to one of our languages; None for every other."""
        primary = str(tag or "").partition("-")[0].lower()
        return primary if primary in self.languages else None


@dataclass(frozen=True, kw_only=True)
class Enquiry(Transcript):
    """What a request tells, in one of the wordbook's languages."""

    language: str
    words: Wordbook

    def say(self, sentence: str, **values: object) -> str:
        """One of our sentences in the language of this turn."""
        return self.words.say(sentence, self.language, **values)

    @property
    def folded(self) -> str:
        """This turn's text as the patterns want it."""
        return fold(self.turn.text[:LONGEST_PATTERNED]).strip()

    def means(self, pattern: str) -> bool:
        """Whether this turn's text holds one of our patterns."""
        return any(each.search(self.folded) for each in self.words.patterns[pattern])

    def ended_with(self, sentence: str) -> bool:
        """Whether the last reply ended with that sentence, in whatever language."""
        return self.before.reply.endswith(tuple(self.words.sentences[sentence].values()))

    @property
    def abilities(self) -> str:
        """What can be done with the tools at hand, as one list."""
        known = (said for tool, said in self.words.abilities.items() if not tool or tool in self.tools)
        return listed([in_language(said, self.language) or "" for said in known], self.language)

    def action(self, tool: str, **arguments: Any) -> Mapping[str, Any] | None:
        """Propose a tool call with the arguments it knows; None where it isn't offered or won't take them."""
        known = self.tools.get(tool, {}).get("properties")
        kept = {key: each for key, each in arguments.items() if isinstance(known, Mapping) and key in known}
        wrong = ToolSchemas(self.tools).problems(tool, kept, tool)
        return None if wrong else {"tool": tool, "arguments": kept}


def read_enquiry(messages: Sequence[Mapping[str, Any]], words: Wordbook) -> Enquiry:
    """Read a request, in the language of its text; where it does not tell, of the thread or the customer."""
    told = read_transcript(messages)
    spoken = (turn.last.get("language") for turn in reversed(told.past))
    known = (words.supported(tag) for tag in (*spoken, told.customers_language))
    language = words.language_of(told.turn.text) or next(filter(None, known), words.languages[0])
    return Enquiry(words=words, language=language, **vars(told))
