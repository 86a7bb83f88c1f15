"""From the messages of a request to a decision, by rules alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from babel import Locale

from orchestrator.inference.sandbox.declared import EVERYONE, Declared, DeclaredIntent, read_sandbox
from orchestrator.inference.sandbox.enquiry import Enquiry, Wordbook, read_enquiry
from orchestrator.inference.sandbox.intent import VERIFY, Contribution, Intent, failed, merge
from orchestrator.inference.transcript import read_passages
from orchestrator.knowledge.ranking import best_passage, quote
from orchestrator.languages.written import listed
from tools.knowledge import Passage

MOST_INTENTS = 3
SEARCH = "search_knowledge"
_LONGEST_FOLLOW_UP = 8  # words
_LONGEST_QUERY = 400


@dataclass(frozen=True, kw_only=True, slots=True)
class Sandbox:
    """Everything the sandbox model understands and says for one business."""

    words: Wordbook
    intents: Sequence[Intent]
    """Of the business's own package: they are asked first."""
    declared: Sequence[DeclaredIntent]

    def respond(self, messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Return the decision (decision.schema.json) for a request; never raises for what it says."""
        enquiry = read_enquiry(messages, self.words)
        # A caller is told in the greeting who answers.
        preface = enquiry.say("disclosure") if enquiry.first and not enquiry.spoken else ""
        parts = self._answers(enquiry)
        if again := _resumed(enquiry):
            parts += self._answers(again)
        return merge(parts, enquiry, preface)

    def _answers(self, enquiry: Enquiry) -> list[Contribution]:
        """What the business's own intents say; else the declared ones; else the articles."""
        if own := [part for intent in self.intents for part in intent.answer(enquiry)]:
            return own
        for meant in (DeclaredIntent.goes_on, DeclaredIntent.asked_for, DeclaredIntent.follows):
            if chosen := [intent for intent in self.declared if meant(intent, enquiry)][:MOST_INTENTS]:
                return [intent.answer(enquiry) for intent in chosen]
        return [from_articles(enquiry)]


def make_sandbox(
    languages: Sequence[str], declared: Declared | None = None, intents: Sequence[Intent] = ()
) -> Sandbox:
    """Put together what every business has, what one declares, and the intents of its package.

    What a business declares under a name of ours takes the place of ours.
    """
    ours, theirs = read_sandbox(EVERYONE), declared or Declared()
    words = Wordbook(
        languages=tuple(each.partition("-")[0].lower() for each in languages),
        sentences={name: {**said, **theirs.sentences.get(name, {})} for name, said in ours.sentences.items()},
        patterns={
            name: (*chain(*told.values(), *theirs.patterns.get(name, {}).values()),)
            for name, told in ours.patterns.items()
        },
        abilities={**theirs.abilities, **ours.abilities},
        tells=theirs.tells,
        empty=frozenset(theirs.empty),
    )
    return Sandbox(words=words, intents=intents, declared=tuple({**ours.intents, **theirs.intents}.values()))


def from_articles(enquiry: Enquiry) -> Contribution:
    """Quote the passage that answers, look one up, or say honestly that none does."""
    text = enquiry.turn.text
    follows = enquiry.before.intent == "knowledge" and len(text.split()) <= _LONGEST_FOLLOW_UP
    question = f"{enquiry.before.text} {text}" if follows and enquiry.means("more") else text
    if passage := find_passage(question, enquiry):
        said = enquiry.say("quote", title=passage.title, text=quote(passage))
        return Contribution(intent="knowledge", reply=said, citations=(passage.id,), resolved=True)
    done = enquiry.result(SEARCH)
    search = enquiry.action(SEARCH, query=" ".join(question.split())[:_LONGEST_QUERY])
    if search and done is None:
        return Contribution(intent="knowledge", reply=enquiry.say("looking"), actions=(search,))
    if done and not done.ok:
        return failed("knowledge", enquiry, done)
    words, language = enquiry.words, enquiry.language
    names = [Locale.parse(each).get_display_name(language) or each for each in words.languages]
    unknown = enquiry.say("unknown", abilities=enquiry.abilities, languages=listed(names, language))
    return Contribution(intent="unknown", reply=unknown, question=enquiry.say("offer_human"))


def find_passage(question: str, enquiry: Enquiry) -> Passage | None:
    """The passage that answers the question: from the prompt, or from this turn's searches."""
    words, results = enquiry.words, enquiry.turn.results
    searched = (read_passages(one.data) for one in results if one.tool == SEARCH and one.ok)
    passages = [*enquiry.passages, *chain(*searched)]
    return best_passage(question, passages, enquiry.language, languages=words.languages, empty=words.empty)


def _resumed(enquiry: Enquiry) -> Enquiry | None:
    """What the customer had asked before they proved in this turn who they are, as if they said it now."""
    proved = any(one.tool == VERIFY and one.ok and "code" in one.arguments for one in enquiry.turn.results)
    asked, past = tuple(enquiry.words.sentences["or_code"].values()), enquiry.past
    at = next((n for n in range(len(past) - 1, -1, -1) if proved and past[n].reply.endswith(asked)), None)
    if at is None:
        return None
    turn = replace(enquiry.turn, text=past[at].text, decisions=())
    return replace(enquiry, turn=turn, past=past[:at])
