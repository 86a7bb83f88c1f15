"""Intents declared in a `sandbox.toml`: their words, their tool, and what is said of its results."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, field_validator

from orchestrator.inference.sandbox.enquiry import Enquiry, in_language
from orchestrator.inference.sandbox.intent import Contribution, failed, handed_over, not_possible
from orchestrator.inference.transcript import ToolAnswer
from orchestrator.languages.letters import LONGEST_TEXT
from orchestrator.languages.moments import WrittenMoment, read_moment
from orchestrator.languages.written import fill
from orchestrator.toml_file import StrictTable, read_toml

EVERYONE = Path(__file__).with_name("everyone.toml")


Patterns = tuple[re.Pattern[str], ...]
"""One of which is looked for in folded text."""
Texts = Mapping[str, str | tuple[str, ...]]
"""By language; of several sentences those are said whose values are all there."""


def _in_any_case(pattern: re.Pattern[str]) -> re.Pattern[str]:
    return re.compile(pattern.pattern, pattern.flags | re.IGNORECASE)


class DeclaredArgument(StrictTable):
    """Where an argument is found, and the question for it; without one it may stay out.

    In the customer's texts `pattern` is looked for, `day` and `moment` (with a time) is what they say of
    one, `words` are all; `waiting` is what waits for a colleague, `reach` where a colleague's answer goes.
    """

    of: Literal["pattern", "words", "day", "moment", "waiting", "reach"] = "pattern"
    pattern: Annotated[re.Pattern[str], AfterValidator(_in_any_case)] = re.compile("(?!)")
    ask: Mapping[str, str] = {}

    def read(self, texts: Sequence[str], enquiry: Enquiry) -> str | None:
        """Return it from the customer's texts, oldest first; None where they don't say it."""
        texts = [text[:LONGEST_TEXT] for text in texts]
        if self.of in ("day", "moment"):
            read = (read_moment(text, enquiry.now) for text in texts)
            moment = reduce(WrittenMoment.under, read, WrittenMoment())
            return moment.iso(enquiry.now) if self.of == "moment" else moment.iso_day()
        if self.of == "waiting":
            return enquiry.waiting[-1][0] if enquiry.waiting else None
        if self.of == "reach":
            return enquiry.reach if enquiry.reach and enquiry.reach in texts[-1].lower() else None
        if self.of == "words":
            return "\n".join(texts).strip()[:LONGEST_TEXT] or None
        found = (self.pattern.search(text) for text in reversed(texts))
        return next((each[each.lastindex or 0].strip() for each in found if each), None)


class DeclaredIntent(StrictTable):
    """One wish. `says`: `done`, `then`, `meanwhile`, `not_found` and the tool's error codes, by language.

    `offered` names the sentence that offers it: a yes to it is the wish. `after` names intents whose answer
    may be followed by its arguments alone. `unless` are words that mean something else.
    """

    name: str = ""
    """Its table's."""
    words: Mapping[str, Patterns] = {}
    unless: Mapping[str, Patterns] = {}
    offered: str = ""
    after: tuple[str, ...] = ()
    tool: str = ""
    arguments: Mapping[str, DeclaredArgument] = {}
    says: Mapping[str, Texts] = {}
    handoff: bool = False

    def goes_on(self, enquiry: Enquiry) -> bool:
        """Whether the message answers what this intent asked, or an offer of it."""
        offered = bool(self.offered) and enquiry.ended_with(self.offered)
        if enquiry.means("yes") if offered else enquiry.pending(self.name) and enquiry.means("no"):
            return True
        asked = enquiry.before.asked and enquiry.before.intent in (self.name, *self.after)
        return (asked or offered) and self._said(enquiry)

    def asked_for(self, enquiry: Enquiry) -> bool:
        """Whether the message says so."""
        text = enquiry.folded
        asked = any(each.search(text) for each in chain(*self.words.values()))
        return asked and not any(each.search(text) for each in chain(*self.unless.values()))

    def follows(self, enquiry: Enquiry) -> bool:
        """Whether the message tells what was asked in words of its own, or names the next to do it with."""
        told = any(each.of == "words" for each in self.arguments.values())
        return (told and enquiry.pending(self.name)) or (
            enquiry.before.intent in (self.name, *self.after) and self._said(enquiry)
        )

    def answer(self, enquiry: Enquiry) -> Contribution:
        """Ask for what is missing, call the tool, then tell."""
        if enquiry.pending(self.name) and enquiry.means("no"):
            return Contribution(intent=self.name, reply=enquiry.say("dropped"))
        if self.tool and self.tool not in enquiry.tools:
            return not_possible(self.name, enquiry)
        if done := enquiry.result(self.tool):
            return self._told(done, enquiry)
        texts = enquiry.chain(self.name)
        values: dict[str, str] = {}
        for name, argument in self.arguments.items():
            value = argument.read(texts, enquiry) or (argument.of == "pattern" and enquiry.earlier(name))
            if not value and (question := in_language(argument.ask, enquiry.language)):
                return Contribution(intent=self.name, question=question)
            values |= {name: value} if value else {}
        return self._go(values, enquiry)

    def _go(self, values: Mapping[str, str], enquiry: Enquiry) -> Contribution:
        if self.tool and (action := enquiry.action(self.tool, **values)):
            reply = self._say("meanwhile", values, enquiry) or enquiry.say("meanwhile")
            return Contribution(intent=self.name, reply=reply, actions=(action,))
        if self.handoff or self.tool:
            offer = f"{enquiry.before.text} / " if self.offered and enquiry.ended_with(self.offered) else ""
            return handed_over(self.name, enquiry, f"{self.name}: {offer}{enquiry.turn.text}")
        return self._done({**values, "abilities": enquiry.abilities}, enquiry)

    def _done(self, values: Mapping[str, Any], enquiry: Enquiry, *citations: str) -> Contribution:
        reply, question = (self._say(name, values, enquiry) for name in ("done", "then"))
        return Contribution(
            intent=self.name, reply=reply, question=question, citations=citations, resolved=not question
        )

    def _said(self, enquiry: Enquiry) -> bool:
        """Whether the message holds one of the arguments."""
        given = (each for each in self.arguments.values() if each.of not in ("words", "waiting"))
        return any(each.read([enquiry.turn.text], enquiry) is not None for each in given)

    def _told(self, done: ToolAnswer, enquiry: Enquiry) -> Contribution:
        data = done.data if isinstance(done.data, dict) else {}
        missing = data.get("found") is False
        if done.ok and not missing:
            return self._done({**done.arguments, **data}, enquiry, done.id)
        said = self._say("not_found" if done.ok else done.error, done.arguments, enquiry)
        if not said:
            return failed(self.name, enquiry, done)
        asks = said.endswith("?")
        question = said if asks else enquiry.say("offer_human")
        return Contribution(intent=self.name, reply="" if asks else said, question=question)

    def _say(self, sentence: str, values: Mapping[str, Any], enquiry: Enquiry) -> str:
        """What can be said with these values; "" where nothing was declared."""
        texts = in_language(self.says.get(sentence, {}), enquiry.language) or ()
        told = (texts,) if isinstance(texts, str) else texts
        return " ".join(filter(None, (fill(each, values, enquiry.language) for each in told)))


class Declared(StrictTable):
    """A `sandbox.toml` as read; docs/sandbox.md says what each table is for."""

    empty: tuple[str, ...] = ()
    tells: Mapping[str, str] = {}
    patterns: Mapping[str, Mapping[str, Patterns]] = {}
    sentences: Mapping[str, Mapping[str, str]] = {}
    abilities: Mapping[str, Mapping[str, str]] = {}
    intents: Mapping[str, DeclaredIntent] = {}

    @field_validator("intents")
    @classmethod
    def _named(cls, intents: Mapping[str, DeclaredIntent]) -> Mapping[str, DeclaredIntent]:
        return {name: intent.model_copy(update={"name": name}) for name, intent in intents.items()}


def read_sandbox(path: Path) -> Declared:
    """Read and check a `sandbox.toml`; raises TomlInvalid, which names file and line of each problem."""
    return read_toml(path, Declared)
