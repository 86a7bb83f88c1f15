"""What a turn tells while it runs, and the hub that brings it to whoever listens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in one conversation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delta(Event):
    """A released, already reviewed piece of a reply; never replayed."""

    turn: UUID
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Typing(Event):
    """The assistant or an operator began (`on`) or stopped writing."""

    on: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Posted(Event):
    """A message that is stored; `author` is assistant, operator, system or customer.

    `files` are what came with it: objects with id, name, media_type and size.
    """

    seq: int
    turn: UUID | None
    author: str
    text: str
    citations: tuple[Mapping[str, Any], ...] = ()
    key: str | None = None
    files: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusChanged(Event):
    """The conversation is now open, waiting_approval, human or closed.

    `assistant` is `goes_on` where it still answers while a human is waited for.
    """

    seq: int
    status: str
    assistant: str | None = None

    @property
    def silent(self) -> bool:
        """Say whether a human has the conversation, or will have it, and the assistant says nothing."""
        return self.status == "human" and self.assistant is None


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionRun(Event):
    """A tool started or ended within a turn."""

    turn: UUID
    tool: str
    state: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnBegan(Event):
    """A turn that can be interrupted runs; nothing of its reply is there yet."""

    turn: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnEnded(Event):
    """A turn is over; it answered every customer message up to `upto_seq`."""

    turn: UUID
    status: str
    upto_seq: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Lagged(Event):
    """The listener was too slow and missed events: read the timeline again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Missed(Lagged):
    """As `Lagged`; what was missed may have been a change of the session as well."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionChanged(Event):
    """A session of the conversation got a new token, or was signed out: ask whether one's own still holds."""
