"""Intents declared in a `sandbox.toml`: their words, their tool, and what is said of its results."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, model_validator

from orchestrator.inference.sandbox.enquiry import Enquiry
from orchestrator.inference.sandbox.intent import Contribution, failed, handed_over, not_possible
from orchestrator.inference.transcript import ToolAnswer, table
from orchestrator.languages.moments import WrittenMoment, read_moment
from orchestrator.languages.written import fill
from orchestrator.toml_lines import problems_of

EVERYONE = Path(__file__).with_name("everyone.toml")


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]
PatternsByLanguage = Mapping[str, tuple[Pattern, ...]]
TextsByLanguage = Mapping[str, str | tuple[str, ...]]


class SandboxInvalid(ValueError):
    """A `sandbox.toml` that can't be used; `problems` are sentences with file and line."""

    code = "sandbox_invalid"

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(problems))


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DeclaredArgument(_Strict):
    """Where an argument is found, and the question for it; without one it may stay out.

    `pattern` (its group, if it has one) is looked for in the customer's texts; `words` are all of them,
    `moment` a day with a time, `waiting` what waits for a colleague.
    """

    of: Literal["pattern", "words", "moment", "waiting"] = "pattern"
    pattern: Pattern = "(?!)"
    ask: Mapping[str, str] = {}

    def read(self, texts: Sequence[str], enquiry: Enquiry) -> str | None:
        """Return it from the customer's texts, oldest first; None where they don't say it."""
        if self.of == "moment":
            read = (read_moment(text, enquiry.now) for text in texts)
            return reduce(WrittenMoment.under, read, WrittenMoment()).iso(enquiry.now)
        if self.of == "waiting":
            return enquiry.waiting[-1][0] if enquiry.waiting else None
        if self.of == "words":
            return "\n".join(texts).strip() or None
        found = (re.search(self.pattern, text, re.IGNORECASE) for text in reversed(texts))
        return next((each[each.lastindex or 0].strip() for each in found if each), None)


class DeclaredIntent(_Strict):
    """One wish. `says`: `done`, `then`, `meanwhile`, `not_found` and the tool's error codes, by language.

    `offered` names the sentence that offers it: a yes to it is the wish. `after` names intents whose answer
    may be followed by its arguments alone. `unless` are words that mean something else.
    """

    name: str
    words: PatternsByLanguage = {}
    unless: PatternsByLanguage = {}
    offered: str = ""
    after: tuple[str, ...] = ()
    tool: str = ""
    arguments: Mapping[str, DeclaredArgument] = {}
    says: Mapping[str, TextsByLanguage] = {}
    handoff: bool = False
    remember: str = ""

    def goes_on(self, enquiry: Enquiry) -> bool:
        """Whether the message answers what this intent asked, or an offer of it."""
        pending = enquiry.pending(self.name) or (enquiry.before.asked and enquiry.before.intent in self.after)
        offered = bool(self.offered) and enquiry.ended_with(self.offered)
        if offered and enquiry.means("yes"):
            return True
        return (pending or offered) and (self._said(enquiry) or (not offered and enquiry.means("no")))

    def asked_for(self, enquiry: Enquiry) -> bool:
        """Whether the message says so."""
        text = enquiry.words.folded(enquiry.turn.text)
        asked = any(re.search(each, text) for patterns in self.words.values() for each in patterns)
        return asked and not any(re.search(each, text) for each in chain(*self.unless.values()))

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
            if not value and argument.ask:
                return Contribution(intent=self.name, question=self._say(argument.ask, {}, enquiry))
            values |= {name: value} if value else {}
        return self._done(values, enquiry)

    def _done(self, values: Mapping[str, str], enquiry: Enquiry) -> Contribution:
        known = {**values, "abilities": enquiry.abilities}
        said = {name: self._say(texts, known, enquiry) for name, texts in self.says.items()}
        action = enquiry.action(self.tool, **values)
        if self.handoff or (self.tool and action is None):
            offer = f"{enquiry.before.text} / " if self.offered and enquiry.ended_with(self.offered) else ""
            return handed_over(self.name, enquiry, f"{self.name}: {offer}{enquiry.turn.text}")
        if action:
            reply = said.get("meanwhile") or enquiry.say("meanwhile")
            return Contribution(intent=self.name, reply=reply, actions=(action,))
        remember = tuple(values.items()) if self.remember else ()
        question, reply = said.get("then", ""), said.get("done", "")
        return Contribution(
            intent=self.name, reply=reply, question=question, remember=remember, resolved=not question
        )

    def _said(self, enquiry: Enquiry) -> bool:
        """Whether the message holds one of the arguments."""
        given = (each for each in self.arguments.values() if each.of in ("pattern", "moment"))
        return any(each.read([enquiry.turn.text], enquiry) is not None for each in given)

    def _told(self, done: ToolAnswer, enquiry: Enquiry) -> Contribution:
        data = table(done.data)
        missing = done.ok and data.get("found") is False
        if done.ok and not missing:
            values = {**done.arguments, **data}
            reply, question = (
                self._say(self.says.get(name, {}), values, enquiry) for name in ("done", "then")
            )
            return Contribution(
                intent=self.name, reply=reply, question=question, citations=(done.id,), resolved=not question
            )
        texts = self.says.get("not_found" if missing else done.error, {})
        if not (said := self._say(texts, done.arguments, enquiry)):
            return failed(self.name, enquiry, done)
        asks = said.endswith("?")
        question = said if asks else enquiry.say("offer_human")
        return Contribution(intent=self.name, reply="" if asks else said, question=question)

    def _say(self, texts: TextsByLanguage, values: Mapping[str, Any], enquiry: Enquiry) -> str:
        """The sentences that can be said with these values, in the enquiry's language or the first known."""
        known = texts.get(enquiry.language) or next(iter(texts.values()), ())
        told = (known,) if isinstance(known, str) else known
        return " ".join(filter(None, (fill(each, values, enquiry.language) for each in told)))


class Declared(_Strict):
    """A `sandbox.toml` as read; docs/sandbox.md says what each table is for."""

    keywords: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    tells: Mapping[str, str] = {}
    patterns: Mapping[str, PatternsByLanguage] = {}
    sentences: Mapping[str, Mapping[str, str]] = {}
    abilities: Mapping[str, Mapping[str, str]] = {}
    intents: Mapping[str, DeclaredIntent] = {}

    @model_validator(mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        """Let each intent know its name."""
        intents = table(table(value).get("intents"))
        named = {
            name: {**each, "name": name} if isinstance(each, dict) else each for name, each in intents.items()
        }
        return {**value, "intents": named} if intents else value


def read_sandbox(path: Path) -> Declared:
    """Read and check a `sandbox.toml`; raises SandboxInvalid, which names file and line of each problem."""
    try:
        text = path.read_text("utf-8")
        tables = tomllib.loads(text)
    except OSError as error:
        raise SandboxInvalid([f"{path}: can't be read: {error.strerror}."]) from None
    except (ValueError, RecursionError) as error:  # its text names the line
        raise SandboxInvalid([f"{path}: not valid TOML: {' '.join(str(error).split())[:300]}."]) from None
    try:
        return Declared.model_validate(tables)
    except ValidationError as error:
        raise SandboxInvalid(problems_of(path, text, error)) from None
