"""What one request tells: the customer's texts, what was decided about them, and what the prompt offers.

All of it is read from the messages, nothing is kept between requests; tolerant of everything but the wire.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import UnknownType
from referencing.exceptions import Unresolvable

from orchestrator.inference.sandbox.wordbook import Wordbook
from orchestrator.inference.transcript import (
    Exchange,
    ToolAnswer,
    read_exchanges,
    read_offer,
    read_passages,
    table,
    tables,
)
from orchestrator.languages.written import listed
from tools.knowledge import Passage

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOT_OURS = ("colleague", "notice")
"""Intents under which the history keeps what a human or the gateway itself said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A tool call the decision proposes."""

    tool: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Enquiry:
    """One step of a turn: the tools offered, the exchanges before, this turn's text and results."""

    language: str
    now: datetime
    turn: Exchange
    words: Wordbook
    past: tuple[Exchange, ...] = ()
    tools: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    passages: tuple[Passage, ...] = ()
    name: str | None = None
    trust: int = 0
    waiting: tuple[tuple[str, str], ...] = ()
    """What waits for a colleague's yes: its id, and what it is."""
    reach: str | None = None
    """Where a colleague's answer goes, as far as the customer said so."""
    spoken: bool = False
    """Whether the answer is heard, not read."""

    @property
    def first(self) -> bool:
        """Whether the model has not answered in this conversation yet."""
        replies = [decision for turn in self.past for decision in turn.decisions if decision.get("reply")]
        return not any(reply.get("intent") not in NOT_OURS for reply in replies)

    @property
    def before(self) -> Exchange:
        """The exchange before this one; an empty one at the start."""
        return self.past[-1] if self.past else Exchange(text="")

    def say(self, sentence: str, **values: object) -> str:
        """One of our sentences in the language of this turn."""
        return self.words.say(sentence, self.language, **values)

    def means(self, pattern: str) -> bool:
        """Whether this turn's text holds one of our patterns."""
        return self.words.means(pattern, self.turn.text)

    def ended_with(self, sentence: str) -> bool:
        """Whether the last reply ended with that sentence, in whatever language."""
        return self.before.reply.endswith(tuple(self.words.sentences[sentence].values()))

    @property
    def abilities(self) -> str:
        """What can be done with the tools at hand, as one list."""
        known = (said for tool, said in self.words.abilities.items() if not tool or tool in self.tools)
        return listed([said.get(self.language) or said["en"] for said in known], self.language)

    def pending(self, intent: str) -> bool:
        """Tell whether the last turn asked the customer for something this intent needs."""
        return self.before.asked and self.before.intent == intent

    def chain(self, intent: str) -> list[str]:
        """The customer's texts since this intent began asking, oldest first, with the one of now."""
        texts = [self.turn.text]
        for turn in reversed(self.past):
            if not turn.asked or turn.intent != intent:
                break
            texts.append(turn.text)
        return texts[::-1]

    def earlier(self, argument: str) -> str | None:
        """The value an action was last asked with for this argument."""
        asked = (action["arguments"] for turn in reversed(self.past) for action in reversed(turn.actions))
        return next((str(arguments[argument]) for arguments in asked if argument in arguments), None)

    def action(self, tool: str, **arguments: Any) -> Proposal | None:
        """Propose a tool call with the arguments it knows; None where it isn't offered or won't take them."""
        schema = self.tools.get(tool, {})
        known = schema.get("properties")
        kept = {key: each for key, each in arguments.items() if isinstance(known, Mapping) and key in known}
        try:
            valid = tool in self.tools and Draft202012Validator(dict(schema)).is_valid(kept)
        except (UnknownType, Unresolvable, re.error, TypeError, ValueError):
            return None  # the schema itself is broken: nothing can be known to fit it
        return Proposal(tool=tool, arguments=kept) if valid else None

    def result(self, tool: str, **arguments: Any) -> ToolAnswer | None:
        """This turn's last result of a tool that was not asked with other arguments."""
        for one in reversed(self.turn.results):
            same = all(str(one.arguments.get(key, want)) == str(want) for key, want in arguments.items())
            if one.tool == tool and same:
                return one
        return None


def read_enquiry(messages: Sequence[Mapping[str, Any]], words: Wordbook) -> Enquiry:
    """Turn the messages of one request into what the intents need; never raises for what they say."""
    context, tools = read_offer(messages)
    turns = read_exchanges(messages)
    waiting = tables(context.get("waiting"))
    return Enquiry(
        language=_language(turns, context.get("language"), words),
        now=_now(context.get("now")),
        turn=turns[-1],
        past=tuple(turns[:-1]),
        words=words,
        tools=tools,
        passages=read_passages(context.get("passages")),
        name=_text(context.get("name")) or _text(table(context.get("facts")).get("name")),
        trust=trust if isinstance(trust := context.get("trust"), int) else 0,
        waiting=tuple((str(each.get("id")), str(each.get("what"))) for each in waiting),
        reach=_text(table(context.get("colleague")).get("answer_goes_to")),
        spoken=context.get("channel") == "voice",
    )


def _language(turns: Sequence[Exchange], known: Any, words: Wordbook) -> str:
    """The language of the text; where it does not tell, that of the conversation, then of the customer."""
    earlier = (words.supported(turn.last.get("language")) for turn in reversed(turns[:-1]))
    said = words.language_of(turns[-1].text) or next(filter(None, earlier), None)
    return said or words.supported(known) or words.languages[0]


def _now(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else EPOCH
    except ValueError:
        return EPOCH
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
