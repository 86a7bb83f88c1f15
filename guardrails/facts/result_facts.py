"""What results prove, those of this turn and of earlier ones: a tool's own words, not the model's call."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from guardrails.facts.index import FactIndex, flat_sentence
from guardrails.facts.locales import EVERYWHERE
from guardrails.facts.plain_text import holds_any
from guardrails.vocabulary import ResultFields, Vocabulary

SEARCH = "search_knowledge"
"""Its results are our own articles: what was searched for can't get into them."""

DEEPEST = 12
_BETWEEN = re.compile(r"[# .-]")
_LONG = 8  # characters of an argument that is cut out of a longer text
_BLIND = (
    *("not_found", "identity", "invalid", "unavailable", "timeout", "failed", "refused"),
    *("waiting", "needs_human", "in_doubt", "unknown", "rate", "not_allowed", "forbidden", "denied"),
    *("unauthorized", "error"),
)
"""How errors begin, or end, that say nothing of a thing: whoever asks for any may get them."""


_LIMITED = (("limited", True), ("found", False))
"""Fields that say that a result shows less than all."""


@dataclass(frozen=True, kw_only=True)
class ResultFacts:
    """One action of the facts; `moved` are the sums it moved, `ids` those of the things it may be about.

    `paid_back` is what a result says was paid back before, "" for nothing; `shows` says that the tool is one
    for things with an id.
    """

    tool: str
    ok: bool
    error: str
    paid_back: str
    limited: bool
    ids: frozenset[str]
    shows: bool
    moved: str
    text: str
    languages: tuple[str, ...] = EVERYWHERE

    @cached_property
    def amounts(self) -> frozenset[str]:
        """The values of the sums it moved."""
        return FactIndex(self.moved).numbers

    @cached_property
    def index(self) -> FactIndex:
        """What its text holds."""
        return FactIndex(self.text, self.languages)

    @property
    def about_things(self) -> bool:
        """Say whether it shows a thing, such as a booking, to the one it belongs to."""
        return (self.ok or self.refused_for_cause) and not self.limited and (bool(self.ids) or self.shows)

    @property
    def refused_for_cause(self) -> bool:
        """Say whether it failed for what the thing is, which a tool finds out only behind its owner."""
        return not self.ok and _says_cause(self.error)

    @property
    def found_done(self) -> bool:
        """Say whether it failed because its effect was there already."""
        return not self.ok and "already" in self.error


def read_outcome(value: Any, vocabulary: Vocabulary, languages: tuple[str, ...] = EVERYWHERE) -> ResultFacts:
    """Return what one result proves; `arguments`, the model's own words, count only where checked."""
    if not isinstance(value, Mapping):
        return _plain_result(str(value), languages)
    arguments = value.get("arguments")
    called: Mapping[str, Any] = arguments if isinstance(arguments, Mapping) else {}
    ok, error, tool = bool(value.get("ok", True)), str(value.get("error") or ""), str(value.get("tool", ""))
    own = {key: part for key, part in value.items() if key not in ("arguments", "tool", "id", "ok")}
    fields = vocabulary.results
    believed = [key for key in called if (key in fields.checked if ok else vocabulary.holds_id(key))]
    checked = {key: called[key] for key in believed} if ok or _says_cause(error) else {}
    pairs = [*_pairs(own), *_pairs(checked)]
    said = _said(called, fields) if tool != SEARCH else []
    back, moved, ids, limited = [], [], [], False
    for key, part in pairs:
        if key in fields.paid_back and _is_sum(part):
            back.append(str(part))
        if key == "amount":
            moved.append(str(part))
        if vocabulary.holds_id(key):
            ids.append(plain_id(str(part)))
        limited = limited or (key, part) in _LIMITED
    return ResultFacts(
        tool=tool,
        ok=ok,
        error=error,
        paid_back=" ; ".join(back),
        limited=limited,
        ids=frozenset(ids),
        shows=holds_any(tool, fields.tools),
        moved=" ; ".join(moved),
        text="\n".join(_texts(pairs, said, fields, ok=ok)),
        languages=languages,
    )


def plain_id(written: str) -> str:
    """Return an id without what people put between its signs: "VG-4821" and "vg 4821" are one."""
    return _BETWEEN.sub("", written).lower()


def _plain_result(text: str, languages: tuple[str, ...]) -> ResultFacts:
    return ResultFacts(
        tool="",
        ok=True,
        error="",
        paid_back="",
        limited=False,
        ids=frozenset(),
        shows=False,
        moved="",
        text=text,
        languages=languages,
    )


def _says_cause(error: str) -> bool:
    return bool(error) and not error.startswith(_BLIND) and not error.endswith("not_found")


def read_json(text: str) -> Any:
    """Return the value of a JSON text, or the text itself where it is none."""
    if text[:1] not in ("{", "["):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def leaves(value: Any) -> Iterator[str]:
    """Return all strings and numbers in a JSON value as text."""
    return (str(part) for _, part in _pairs(value) if part is not None and not isinstance(part, bool))


def _pairs(value: Any) -> list[tuple[str, Any]]:
    """Return every scalar with the key it stands under, in the order of the text."""
    found: list[tuple[str, Any]] = []
    waiting: list[tuple[str, Any, int]] = [("", value, 0)]
    while waiting:
        key, part, depth = waiting.pop()
        if isinstance(part, dict) and depth < DEEPEST:
            waiting += [(str(name), inner, depth + 1) for name, inner in reversed(part.items())]
        elif isinstance(part, list) and depth < DEEPEST:
            waiting += [(key, inner, depth + 1) for inner in reversed(part)]
        elif not isinstance(part, (dict, list)):
            found.append((key, part))
    return found


def _said(arguments: Mapping[str, Any], fields: ResultFields) -> list[str]:
    """Return what the model wrote into the call and no tool has checked."""
    parts = {str(part) for key, part in _pairs(arguments) if key not in fields.checked and part is not None}
    return sorted((part for part in parts if len(part) > 2), key=len, reverse=True)


def _texts(pairs: list[tuple[str, Any]], said: list[str], fields: ResultFields, *, ok: bool) -> Iterator[str]:
    flat_said = " | ".join(map(flat_sentence, said))
    for key, part in pairs:
        happened = fields.meaning.get(key)
        if happened and (_is_sum(part) if key in fields.paid_back else part not in (None, False, "")):
            yield happened
        if part is None or isinstance(part, bool):
            continue
        text = _without(str(part), said) if said and (not ok or len(str(part)) >= _LONG) else str(part)
        echo = ok and key not in fields.checked and said and flat_sentence(text) in flat_said
        if text.strip() and not echo:
            yield text


def _is_sum(part: Any) -> bool:
    return any(sign in "123456789" for sign in str(part or ""))


def _without(text: str, said: list[str]) -> str:
    for part in said:
        if part in text:
            text = text.replace(part, " ")
    return text


RESULTS = "ACTION RESULTS: "
"""What the message with the results of actions begins with; a customer's own words never do."""


@dataclass(frozen=True, slots=True)
class ThreadFacts:
    """The results of earlier actions, their text, what the customer said, and what they were told."""

    outcomes: tuple[ResultFacts, ...]
    proven: tuple[str, ...]
    said: tuple[str, ...]
    replies: tuple[str, ...]

    @property
    def everything(self) -> tuple[str, ...]:
        """Return all texts."""
        return (*self.proven, *self.said, *self.replies)


def read_thread(thread: str, vocabulary: Vocabulary, languages: tuple[str, ...]) -> ThreadFacts:
    """Return the facts of earlier turns (JSON messages joined by commas); what is no JSON was merely said."""
    messages = read_json(f"[{thread}]") if thread else []
    if not isinstance(messages, list):
        return ThreadFacts((), (), (thread,), ())
    outcomes: list[ResultFacts] = []
    said: list[str] = []
    replies: list[str] = []
    called: list[Mapping[str, Any]] = []
    for message in messages:
        role, content = _role_and_content(message)
        if role == "assistant":
            decision = read_json(content)
            called = _calls(decision)
            replies += _reply(decision)
        elif content.startswith(RESULTS):
            outcomes += _results_told(content.removeprefix(RESULTS), called, vocabulary, languages)
        else:
            said.append(content)
    return ThreadFacts(tuple(outcomes), tuple(each.text for each in outcomes), tuple(said), tuple(replies))


def _role_and_content(message: Any) -> tuple[str, str]:
    if not isinstance(message, Mapping):
        return "", str(message)
    return str(message.get("role")), str(message.get("content") or "")


def _calls(decision: Any) -> list[Mapping[str, Any]]:
    actions = decision.get("actions") if isinstance(decision, Mapping) else None
    return [each for each in actions if isinstance(each, Mapping)] if isinstance(actions, list) else []


def _reply(decision: Any) -> list[str]:
    """Return what the customer was told; a remark beside actions was not reviewed as a whole."""
    if isinstance(decision, str):
        return [decision]
    if not isinstance(decision, Mapping) or decision.get("actions"):
        return []
    return [str(decision.get("reply") or "")]


def _results_told(
    text: str, called: list[Mapping[str, Any]], vocabulary: Vocabulary, languages: tuple[str, ...]
) -> Iterator[ResultFacts]:
    """Return each result, with the arguments of the call it answers."""
    try:
        results = json.loads(text)
    except (ValueError, RecursionError):
        return
    for place, result in enumerate(results if isinstance(results, list) else ()):
        if isinstance(result, Mapping):
            arguments = called[place].get("arguments") if place < len(called) else None
            yield read_outcome({**result, "arguments": arguments or {}}, vocabulary, languages)
