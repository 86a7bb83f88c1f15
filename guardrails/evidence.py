"""What a reply may rest on: the facts of its turn."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any, TypeVar, cast

from guardrails.draft import Draft, ReplySentence
from guardrails.facts.index import FactIndex, flat_sentence
from guardrails.facts.locales import EVERYWHERE
from guardrails.facts.plain_text import holds_any
from guardrails.facts.result_facts import (
    ResultFacts,
    ThreadFacts,
    leaves,
    read_json,
    read_outcome,
    read_thread,
)
from guardrails.vocabulary import Vocabulary, every_business

T = TypeVar("T")
_QUOTED = re.compile(r"[„“\"«»]([^„“”\"«»]{8,300})[“”\"«»]")
_NUMBER = re.compile(r"\d{3,12}")


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The facts a reply is checked against, of two grades.

    Proven are `results` (actions of this turn as JSON: tool, arguments, ok, data, …), `passages`, `texts`
    (what else the application knows for sure), `business`, `allowed` (links, hosts and addresses that may
    always be named) and the results of earlier turns. Said are `own_words` (the customer's, `name` included)
    and what else stands in `thread`, the earlier turns as JSON messages joined by commas.

    `citable` are the ids of passages and results of this turn; `done` the tools that ran well in this
    conversation, `held` those that wait for a human's approval; `secrets` what must never be said, `tools`
    the names of the tools; `now` is the customer's time; `vocabulary` what the business calls its things;
    `languages` those the facts may be written in. What is found in the facts is kept.
    """

    texts: tuple[str, ...] = ()
    results: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()
    own_words: tuple[str, ...] = ()
    thread: str = ""
    business: str = ""
    name: str = ""
    now: datetime | None = None
    citable: frozenset[str] = frozenset()
    done: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    secrets: tuple[str, ...] = ()
    tools: frozenset[str] = frozenset()
    allowed: tuple[str, ...] = ()
    vocabulary: Vocabulary = field(default_factory=every_business)
    languages: tuple[str, ...] = EVERYWHERE
    _kept: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def was_done(self, tool: str) -> bool:
        """Say whether the tool ran well in this conversation."""
        return tool in self.done

    def quotes(self, sentence: str) -> bool:
        """Say whether a sentence of four words or more stands word for word in the facts of this turn."""
        flat = flat_sentence(sentence)
        return flat.count(" ") > 2 and flat in self._quotable

    def unquoted(self, text: str) -> str:
        """Return a text without what stands in it between quotation marks and in the facts word for word."""
        if not holds_any(text, '“”"«»'):
            return text
        return _QUOTED.sub(lambda found: " " if self.quotes(found[1]) else found[0], text)

    @cached_property
    def moment(self) -> datetime:
        """The customer's time, the present one in UTC where it is not given."""
        return self.now or datetime.now(UTC)

    @cached_property
    def outcomes(self) -> tuple[ResultFacts, ...]:
        """The results of this turn."""
        return tuple(
            [read_outcome(read_json(each), self.vocabulary, self.languages) for each in self.results]
        )

    @property
    def earlier(self) -> tuple[ResultFacts, ...]:
        """The results of earlier turns."""
        return self._earlier.outcomes

    @cached_property
    def shown(self) -> Mapping[str, FactIndex]:
        """What results that show things say, by each number they name, and all of it under ""."""
        return self._by_id(self.outcomes)

    @cached_property
    def shown_before(self) -> Mapping[str, FactIndex]:
        """The same of earlier turns."""
        return self._by_id(self.earlier)

    @cached_property
    def shown_ids(self) -> frozenset[str]:
        """The ids of what results of this turn are about."""
        return frozenset().union(*[each.ids for each in self.outcomes])

    @cached_property
    def sources(self) -> tuple[FactIndex, ...]:
        """Each passage and each text of this turn by itself, and its results."""
        others = ["\n".join([each.text for each in self.outcomes]), self.business]
        return (*self._passages, *self.plain_texts, *map(self._index, filter(None, others)))

    @cached_property
    def pages(self) -> tuple[FactIndex, ...]:
        """What may hold a policy: passages, the texts of this turn, and what a search brought."""
        searched = [each.index for each in self.outcomes if each.ok and not each.about_things]
        return (*self._passages, *self.plain_texts, *searched)

    @cached_property
    def plain_texts(self) -> tuple[FactIndex, ...]:
        """The texts of this turn, each by itself."""
        return tuple([self._index("\n".join(leaves(read_json(text)))) for text in self.texts])

    @property
    def told(self) -> tuple[str, ...]:
        """What the assistant has told in earlier turns."""
        return self._earlier.replies

    @cached_property
    def fresh(self) -> FactIndex:
        """The proven facts of this turn."""
        return self._index("\n".join([*[each.text for each in self.sources], *self.allowed]))

    @cached_property
    def words(self) -> FactIndex:
        """The customer's own words of this turn."""
        return self._index("\n".join([*self.own_words, self.name]))

    @property
    def proven(self) -> Iterator[FactIndex]:
        """The proven facts, those of earlier turns only when the ones before did not help."""
        yield self.fresh
        if self.thread:
            yield self._proven_before

    @property
    def known(self) -> Iterator[FactIndex]:
        """All facts, the cheapest first."""
        yield self.fresh
        yield self.words
        if self.thread:
            yield self._said_before

    @cached_property
    def _proven_before(self) -> FactIndex:
        return self._index("\n".join(self._earlier.proven))

    @cached_property
    def _said_before(self) -> FactIndex:
        return self._index("\n".join(self._earlier.everything))

    @cached_property
    def _earlier(self) -> ThreadFacts:
        return read_thread(self.thread, self.vocabulary, self.languages)

    @cached_property
    def _passages(self) -> tuple[FactIndex, ...]:
        return tuple(map(self._index, self.passages))

    @cached_property
    def _quotable(self) -> frozenset[str]:
        return frozenset().union(*[source.sentences for source in self.sources])

    def _index(self, text: str) -> FactIndex:
        return FactIndex(text, self.languages)

    def _by_id(self, outcomes: tuple[ResultFacts, ...]) -> Mapping[str, FactIndex]:
        texts: dict[str, list[str]] = {}
        for outcome in outcomes:
            for thing in {*outcome.ids, *_NUMBER.findall(outcome.text), ""} if outcome.about_things else ():
                texts.setdefault(thing, []).append(outcome.text)
        return {thing: self._index("\n".join(parts)) for thing, parts in texts.items()}

    def first_problem(
        self, rule: str, draft: Draft, find: Callable[[ReplySentence, Evidence], T | None]
    ) -> T | None:
        """Return what `find` has against the first sentence it objects to.

        What it said of a sentence is kept, so that one reviewed while it streamed is not reviewed again.
        """
        for sentence in draft.sentences:
            found = self.keep((rule, sentence), partial(find, sentence, self))
            if found is not None:
                return found
        return None

    def keep(self, name: Hashable, make: Callable[[], T]) -> T:
        """Return what was found under this name before, else find it now."""
        if name not in self._kept:
            self._kept[name] = make()
        return cast(T, self._kept[name])
