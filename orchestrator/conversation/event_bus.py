"""What a turn tells while it runs, brought to whoever listens, on whichever replica they are."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from typing import Any, Final, Protocol
from uuid import UUID

from orchestrator.store.replica import Replica


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in one conversation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplyDelta(Event):
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


LIMIT = 256


class Listener:
    """The events of one conversation for one reader: bounded, and never in the publisher's way."""

    __slots__ = ("_events", "_lagged", "_wanted")

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._wanted: asyncio.Future[None] | None = None
        self._lagged = False

    def push(self, event: Event) -> None:
        """Hand over one event; a reader too far behind gets one `Missed` instead of the rest."""
        if len(self._events) < LIMIT:
            self._events.append(event)
        elif not self._lagged:
            self._lagged = True
            self._events.append(Missed())
        if self._wanted is not None and not self._wanted.done():
            self._wanted.set_result(None)

    @property
    def idle(self) -> bool:
        """Say whether the reader showed everything it was handed and waits for more."""
        return not self._events and self._wanted is not None and not self._wanted.done()

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        while not self._events:
            self._wanted = asyncio.get_running_loop().create_future()
            await self._wanted
        event = self._events.popleft()
        if isinstance(event, Lagged):
            self._lagged = False
        return event


class Watch(Protocol):
    """Is told which conversations have listeners."""

    def came(self, conversation_id: UUID) -> None:
        """Learn of the first listener."""
        ...

    def went(self, conversation_id: UUID) -> None:
        """Learn that the last one is gone."""
        ...

    def again(self, conversations: Iterable[UUID]) -> None:
        """Learn of all that have some, after notices may have been lost."""
        ...


class EventBus:
    """Publishes to listeners here at once and tells the other replicas."""

    def __init__(self) -> None:
        self._listeners: dict[UUID, set[Listener]] = {}
        self._replica: Replica | None = None
        self._watch: Watch | None = None

    def watched_by(self, watch: Watch) -> None:
        """Begin to tell `watch` which conversations have listeners."""
        self._watch = watch

    def begun(self, conversation_id: UUID) -> None:
        """Note that a conversation has rows now, whose listeners could not be known by them before."""
        if self._watch is not None and conversation_id in self._listeners:
            self._watch.came(conversation_id)

    def join(self, replica: Replica) -> None:
        """Begin to tell other replicas through `replica`."""
        self._replica = replica

    @contextmanager
    def listen(self, conversation_id: UUID) -> Iterator[Listener]:
        """Yield a listener that hears everything published from now on."""
        listener = Listener()
        if self._watch is not None and conversation_id not in self._listeners:
            self._watch.came(conversation_id)
        self._listeners.setdefault(conversation_id, set()).add(listener)
        try:
            yield listener
        finally:
            others = self._listeners[conversation_id]
            others.discard(listener)
            if not others:
                del self._listeners[conversation_id]
                if self._watch is not None:
                    self._watch.went(conversation_id)

    def publish(self, conversation_id: UUID, event: Event) -> None:
        """Bring a passing event to every listener, here and elsewhere."""
        self.bring(conversation_id, event)
        if self._replica is None or self._replica.alone:
            return
        if notice := _packed(event):
            self._replica.tell([str(conversation_id), *notice])

    def bring(self, conversation_id: UUID, event: Event) -> None:
        """Bring an event to the listeners of this replica only."""
        for listener in self._listeners.get(conversation_id, ()):
            listener.push(event)

    async def settle(self, limit: float) -> None:
        """Wait until every reader has shown what was published, at most `limit` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit):
                # Readers are many and this is rare: they are asked, so that they need not tell.
                while any(not each.idle for readers in self._listeners.values() for each in readers):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)

    def hear(self, notice: list[Any]) -> None:
        """Take a notice of another replica: a passing event, or word that the timeline grew."""
        conversation_id = UUID(notice[0])
        if conversation_id in self._listeners:
            self.bring(conversation_id, _unpacked(notice[1], notice[2:]))

    def resync(self) -> None:
        """Tell every listener that it may have missed something."""
        for conversation_id in list(self._listeners):
            self.bring(conversation_id, Missed())
        if self._watch is not None:
            self._watch.again(self._listeners)


_KINDS: Final[Mapping[str, type[Event]]] = {
    "delta": ReplyDelta,
    "typing": Typing,
    "action": ActionRun,
    "began": TurnBegan,
    "ended": TurnEnded,
    "session": SessionChanged,
}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}


def _packed(event: Event) -> list[Any] | None:
    name = _NAMES.get(type(event))
    return None if name is None else [name, *(str(v) if isinstance(v, UUID) else v for v in astuple(event))]


def _unpacked(name: str, values: list[Any]) -> Event:
    kind = _KINDS.get(name)
    if kind is None:
        return Lagged()  # "grew", and what a newer replica may say: read the timeline
    named = zip((field.name for field in fields(kind)), values, strict=True)
    return kind(**{key: UUID(value) if key == "turn" else value for key, value in named})
