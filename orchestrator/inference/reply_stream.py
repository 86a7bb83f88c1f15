"""Releases the reply sentence by sentence while the decision is still being written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import jiter

from guardrails.decision import DecisionError, DecisionGate, is_call_as_text
from guardrails.json_text import OBJECT_START, clean_text
from guardrails.thoughts import ThoughtFilter, has_tag
from orchestrator.inference.answer import AnswerDelta
from orchestrator.inference.types import Release
from orchestrator.languages.sentence_end import sentence_end

MAX_PARSED = 65_536  # bytes; a decision that is longer is released only at its end
_BEFORE_REPLY = ("intent", "language", "actions")
_MAY_END = re.compile("[.!?…。！？\n\\\\]")  # a backslash may begin an escaped line break
_OTHER_START = ("{", "```", "<", "[")  # what a native model's text begins with when it is no reply


@dataclass(slots=True)
class SentenceReleaser:
    """Cuts a growing text into whole sentences; together they are always a prefix of that text."""

    released: int = 0

    def ready(self, text: str) -> list[str]:
        """Return the sentences of `text` that are finished and were not returned before."""
        pieces = []
        while (end := sentence_end(text, self.released)) is not None:
            pieces.append(text[self.released : end])
            self.released = end
        return pieces


@dataclass(slots=True)
class PartialDecision:
    """Reads the `reply` out of a decision that is still arriving (jiter, trailing strings)."""

    _seen: str = ""
    _body: bytearray = field(default_factory=bytearray)
    _thoughts: ThoughtFilter = field(default_factory=ThoughtFilter)

    def feed(self, text: str) -> None:
        """Take the next piece; reasoning before the object is skipped."""
        text = clean_text(text)
        if self._body:
            self._body += text.encode()
            return
        self._seen += self._thoughts.feed(text)
        if start := OBJECT_START.search(self._seen):
            self._body += self._seen[start.start() :].encode()
        else:
            self._seen = self._seen[self._seen.rfind("{") :] if "{" in self._seen else ""

    def value(self) -> dict[str, Any] | None:
        """Return the object as far as it can be read, None when it can't."""
        if not self._body or len(self._body) > MAX_PARSED:
            return None
        try:
            value = jiter.from_json(
                bytes(self._body),
                allow_inf_nan=False,
                cache_mode="keys",
                partial_mode="trailing-strings",
                catch_duplicate_keys=True,
            )
        except ValueError:
            return None
        return value if isinstance(value, dict) else None


class ReplyStream:
    """Feeds one answer's deltas to `release`, as whole sentences, as soon as that is safe.

    Safe is: what decides stands before the reply and already passes the gate, and the piece holds no
    tool call or reasoning as text. Anything doubtful waits for the whole decision. For a model with
    native tools, plain text is the reply and the `respond` call's arguments are a decision.
    """

    def __init__(self, *, gate: DecisionGate, release: Release, native: bool) -> None:
        self._gate = gate
        self._release = release
        self._native = native
        self._decision = PartialDecision()
        self._respond = PartialDecision()
        self._thoughts = ThoughtFilter()
        self._reply_seen = ""
        self._reply = ""
        self._plain: bool | None = None if native else False
        self._sentences = SentenceReleaser()
        self._checked = False
        self._blocked = False
        self._armed = False
        self.released = ""

    async def feed(self, delta: AnswerDelta) -> None:
        """Take what a block added and release what became certain."""
        if self._blocked:
            return
        if delta.respond:
            self._drop_plain_text()
            if not self._blocked:
                await self._from_object(self._respond, delta.respond)
        elif delta.content:
            await self._from_content(delta.content)

    def rest(self, reply: str) -> tuple[str, ...]:
        """Return what of a valid decision's reply is still to be shown; none where something else was."""
        if not reply.startswith(self.released):
            return ()
        rest = SentenceReleaser(released=len(self.released))
        return tuple(piece for piece in (*rest.ready(reply), reply[rest.released :]) if piece)

    def _drop_plain_text(self) -> None:
        """Text beside a `respond` call is no reply; when some was shown already, hold the rest back."""
        if self._plain:
            self._plain, self._reply, self._reply_seen = False, "", ""
            self._blocked = bool(self.released)

    async def _from_content(self, text: str) -> None:
        if self._plain is None:
            self._reply_seen = (self._reply_seen + text).lstrip()
            if not self._reply_seen:
                return
            self._plain = not self._reply_seen.startswith(_OTHER_START)
            text, self._reply_seen = self._reply_seen, ""
        if self._plain:
            self._reply += clean_text(self._thoughts.feed(text))
            await self._release_sentences()
        else:
            await self._from_object(self._decision, text)

    async def _from_object(self, partial: PartialDecision, text: str) -> None:
        partial.feed(text)
        self._armed = self._armed or bool(_MAY_END.search(text))
        value = partial.value() if self._armed else None
        if value is None or not _has_decided(value):
            return
        reply = clean_text(value["reply"])  # escapes may bring what the gate replaces
        self._reply += self._thoughts.feed(reply[len(self._reply_seen) :])
        self._reply_seen = reply
        if sentence_end(self._reply, self._sentences.released) is not None and self._passes(value):
            await self._release_sentences()
        self._armed = bool(_MAY_END.search(self._reply, self._sentences.released))

    def _passes(self, value: dict[str, Any]) -> bool:
        """Check once, before the first word, that what stands before the reply will be accepted."""
        if not self._checked:
            self._checked = True
            try:
                self._gate.check({**value, "reply": self._reply})
            except DecisionError:
                self._blocked = True
        return not self._blocked

    async def _release_sentences(self) -> None:
        for piece in self._sentences.ready(self._reply):
            if is_call_as_text(piece) or has_tag(piece):
                self._blocked = True
                return
            await self._out(piece)

    async def _out(self, piece: str) -> None:
        self.released += piece
        await self._release(piece)


def _has_decided(value: dict[str, Any]) -> bool:
    """Say whether all that decides stands before the reply, which makes it complete by now."""
    if not isinstance(value.get("reply"), str):
        return False
    names = list(value)
    return set(_BEFORE_REPLY).issubset(names[: names.index("reply")])
