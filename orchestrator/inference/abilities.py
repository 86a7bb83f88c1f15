"""Learns from a provider's refusals what a model does not understand, and remembers it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Literal

from orchestrator.inference.catalog import Model
from orchestrator.inference.errors import HttpRefused

JsonMode = Literal["object", "schema", "none"]
DROPPABLE = ("stream_options", "temperature")

_CONTEXT = re.compile(
    r"context.{0,20}(?:length|window|size)|maximum context|too many tokens|prompt is too long"
    r"|reduce the length|input is too long|exceeds? the (?:model'?s )?(?:maximum|limit)[^.]{0,40}tokens",
    re.IGNORECASE,
)
_NULL_CONTENT = re.compile(r"content.{0,80}(?:null|none\b|nonetype|string)", re.IGNORECASE | re.DOTALL)
_JSON_WORD = re.compile(r"contain the word|word .?json", re.IGNORECASE)
_JSON_MODE_WORDS = ("response_format", "json_object", "json_schema")
_NUMBER = re.compile(r"\d{3,7}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Abilities:
    """How a model has to be asked: what to leave out, what to call things, what to limit."""

    json_mode: JsonMode
    native: bool
    dropped: frozenset[str] = frozenset()
    empty_content: bool = False
    completion_tokens: bool = False
    token_limit: int | None = None


@dataclass(slots=True)
class KnownAbilities:
    """What is known of each model, beginning with its catalog entry; kept in this process."""

    _known: dict[str, Abilities] = field(default_factory=dict)

    def of(self, model: Model) -> Abilities:
        """Return how to ask `model`."""
        return self._known.get(model.name) or Abilities(
            json_mode=model.json_mode, native=model.tools == "native"
        )

    def learn(self, model: Model, error: HttpRefused) -> bool:
        """Take a refusal; True when asking again in another way may help."""
        if error.status not in (400, 422, 501):
            return False
        before = self.of(model)
        after = _learned(before, f"{error.message} {error.param}".lower(), model.max_tokens)
        if after == before:
            return False
        self._known[model.name] = after
        return True


def is_context_too_long(error: HttpRefused) -> bool:
    """Say whether a refusal means that the prompt is too long."""
    if error.status == 413:
        return True
    return error.status in (400, 422) and bool(_CONTEXT.search(f"{error.message} {error.param}"))


def _learned(known: Abilities, text: str, max_tokens: int) -> Abilities:
    if _JSON_WORD.search(text) or any(word in text for word in _JSON_MODE_WORDS):
        return replace(known, json_mode=_next_json_mode(known.json_mode, text))
    if "max_completion_tokens" in text:
        return replace(known, completion_tokens=not known.completion_tokens)
    if "max_tokens" in text:
        return replace(known, token_limit=_lower_limit(known.token_limit or max_tokens, text))
    named = frozenset(name for name in DROPPABLE if name in text)
    if named - known.dropped:
        return replace(known, dropped=known.dropped | named)
    return _learned_about_tools(known, text) if known.native else known


def _learned_about_tools(known: Abilities, text: str) -> Abilities:
    if _NULL_CONTENT.search(text) and not known.empty_content:
        return replace(known, empty_content=True)
    if "tool" in text or "function" in text:
        return replace(known, native=False)
    return known


def _next_json_mode(mode: JsonMode, text: str) -> JsonMode:
    wants_schema = "json_schema" in text and not _JSON_WORD.search(text)
    return "schema" if mode == "object" and wants_schema else "none"


def _lower_limit(limit: int, text: str) -> int:
    named = [int(number) for number in _NUMBER.findall(text) if int(number) < limit]
    return max([64, *named]) if named else max(64, limit // 2)
