"""A desk in memory for the channels' tests: it keeps what it accepts and answers as it is told."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from uuid import UUID

from orchestrator.conversation.desk import Desk
from orchestrator.conversation.event_bus import (
    Event,
    EventBus,
    Lagged,
    Posted,
    ReplyDelta,
    SessionChanged,
    StatusChanged,
    TurnEnded,
    Typing,
)
from orchestrator.conversation.kept_files import KeptFile
from orchestrator.conversation.message import Accepted, Inbound, TurnOutcome, VisitorSession
from orchestrator.errors import (
    FileUnknown,
    IdentityRejected,
    NoSuchFile,
    OrchestratorError,
    OutcomePending,
    SessionEnded,
    SessionUnknown,
)
from orchestrator.ids import new_id


@dataclass
class Conversation:
    id: UUID = field(default_factory=new_id)
    customer_id: UUID = field(default_factory=new_id)
    status: str = "open"
    timeline: list[Posted | StatusChanged] = field(default_factory=list)
    outcomes: dict[int, asyncio.Future[TurnOutcome]] = field(default_factory=dict)

    @property
    def last_seq(self) -> int:
        return self.timeline[-1].seq if self.timeline else 0


Answer = Callable[["FakeDesk", Conversation, Posted], Coroutine[Any, Any, None]]


async def echo(desk: FakeDesk, conversation: Conversation, message: Posted) -> None:
    """Answer with the customer's own words, word by word and then as a whole."""
    turn = new_id()
    desk.publish(conversation, Typing(on=True))
    reply = f"You said: {message.text}"
    for piece in re.findall(r"\S+\s*|\s+", reply):
        desk.publish(conversation, ReplyDelta(turn=turn, text=piece))
        await asyncio.sleep(desk.pause)
    desk.publish(conversation, Typing(on=False))
    desk.finish(conversation, message, turn=turn, reply=reply)


class FakeDesk(Desk):
    """What channels call, kept in memory. `live`: stored events are published as they are; else, as the
    real bus does, listeners only hear that the timeline grew."""

    def __init__(self, *, answer: Answer | None = echo, live: bool = False, pause: float = 0.0) -> None:
        self.model = "sandbox"
        self.language = "en"
        self.pause = pause
        self.answer = answer
        self.live = live
        self.failure: OrchestratorError | None = None
        self.sessions: dict[str, VisitorSession] = {}
        self.conversations: dict[UUID, Conversation] = {}
        self.owners: dict[str, str] = {}
        self.accepted: dict[str, Accepted] = {}
        self.inbound: list[Inbound] = []
        self.files: dict[UUID, tuple[UUID, str, str, bytes]] = {}
        self.citations: tuple[Mapping[str, Any], ...] = ()
        self.folder: Path | None = None
        self.reads: list[tuple[UUID, int]] = []
        self._bus = EventBus()
        self._running: set[asyncio.Task[None]] = set()

    async def open_session(
        self,
        *,
        channel: str,
        token: str | None,
        identity: str | None,
        issued_only: bool,
        phone: str | None = None,
        peer: str | None = None,
    ) -> VisitorSession:
        self._check()
        if identity is not None and not identity.startswith("jwt-"):
            raise IdentityRejected("The identity token is not valid.")
        if token is not None and token in self.sessions:
            owner = self.owners.get(token)
            if owner == identity:
                return self._current(self.sessions[token])
            if owner is None:
                return self._risen(token, identity or "")
            token = None
        if token is not None and token not in self.sessions and issued_only:
            raise SessionUnknown("The session is unknown or has expired.")
        conversation = Conversation()
        self.conversations[conversation.id] = conversation
        session = VisitorSession(
            id=new_id(),
            token=token if token and not issued_only else token_urlsafe(32),
            conversation_id=conversation.id,
            customer_id=conversation.customer_id,
            trust=3 if identity else 0,
            last_seq=0,
            status="open",
        )
        self.sessions[session.token] = session
        if identity is not None:
            self.owners[session.token] = identity
        return session

    def _risen(self, token: str, identity: str) -> VisitorSession:
        """Somebody signs in: the token is replaced, the conversation stays."""
        old = self.sessions.pop(token)
        risen = replace(self._current(old), token=token_urlsafe(32), trust=3, resumed=True)
        self.sessions[risen.token] = risen
        self.owners[risen.token] = identity
        self.publish(self.conversations[old.conversation_id], SessionChanged())
        return risen

    async def known_session(
        self,
        *,
        channel: str,
        token: str,
        identity: str | None,
        peer: str | None = None,
        needs_identity: bool = True,
        guessable: bool = True,
    ) -> VisitorSession:
        self._check()
        if token not in self.sessions:
            raise SessionUnknown("The session is unknown or has expired.")
        return self._current(self.sessions[token])

    async def begin(self, session: VisitorSession) -> None:
        self._check()

    async def current_session(
        self, session: VisitorSession, *, sent: Collection[str] = ()
    ) -> VisitorSession | None:
        self._check()
        if session.token not in self.sessions:
            if any(each.id == session.id for each in self.sessions.values()):
                return None
            raise SessionEnded("This session was signed out.")
        return self._current(session)

    async def sign_out(self, session: VisitorSession) -> VisitorSession:
        self._check()
        del self.sessions[session.token]
        self.publish(self.conversations[session.conversation_id], SessionChanged())
        return await self.open_session(channel="chat", token=None, identity=None, issued_only=True)

    def _current(self, session: VisitorSession) -> VisitorSession:
        conversation = self.conversations[session.conversation_id]
        return replace(session, last_seq=conversation.last_seq, status=conversation.status)

    async def accept(self, inbound: Inbound) -> Accepted:
        self._check()
        await asyncio.sleep(0)
        if known := self.accepted.get(inbound.key):
            return replace(known, duplicate=True)
        session = next(s for s in self.sessions.values() if s.id == inbound.session_id)
        if any(self.files.get(file, (None,))[0] != session.id for file in inbound.attachments):
            raise FileUnknown("An attachment is unknown.")
        self.inbound.append(inbound)
        conversation = self.conversations[session.conversation_id]
        posted = self.post(conversation, author="customer", text=inbound.text, key=inbound.key)
        conversation.outcomes[posted.seq] = asyncio.get_running_loop().create_future()
        accepted = Accepted(
            message_id=new_id(),
            conversation_id=conversation.id,
            seq=posted.seq,
            duplicate=False,
            status=conversation.status,
            owner="operator" if conversation.status == "human" else "bot",
        )
        self.accepted[inbound.key] = accepted
        self._start_turn(conversation, posted)
        return accepted

    def _start_turn(self, conversation: Conversation, posted: Posted) -> None:
        if self.answer is None:
            return
        task = asyncio.create_task(self.answer(self, conversation, posted))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def file(self, session: VisitorSession, file_id: UUID) -> KeptFile:
        self._check()
        owner, name, media_type, data = self.files.get(file_id, (None, "", "", b""))
        if owner != session.id or self.folder is None:
            raise NoSuchFile("This file does not exist.")
        path = self.folder / str(file_id)
        path.write_bytes(data)
        return KeptFile(id=file_id, name=name, media_type=media_type, size=len(data), path=path)

    async def timeline(
        self, conversation_id: UUID, *, after: int, with_customer: bool = False
    ) -> list[Posted | StatusChanged]:
        self._check()
        await asyncio.sleep(0)
        return [
            event
            for event in self.conversations[conversation_id].timeline
            if event.seq > after
            and (with_customer or isinstance(event, StatusChanged) or event.author != "customer")
        ]

    async def read(self, conversation_id: UUID, seq: int) -> None:
        self._check()
        self.reads.append((conversation_id, seq))

    async def outcome(self, accepted: Accepted, *, timeout: float) -> TurnOutcome:
        future = self.conversations[accepted.conversation_id].outcomes[accepted.seq]
        try:
            return await asyncio.wait_for(asyncio.shield(future), timeout)
        except TimeoutError:
            raise OutcomePending("The turn is still running.") from None

    async def keep_file(self, *, session_id: UUID, name: str, media_type: str, data: bytes) -> UUID:
        self._check()
        file_id = new_id()
        self.files[file_id] = (session_id, name, media_type, data)
        return file_id

    def listeners_of(self, conversation: Conversation) -> int:
        """Return how many listen to it."""
        return len(self._bus._listeners.get(conversation.id, ()))

    def publish(self, conversation: Conversation, event: Event) -> None:
        self._bus.bring(conversation.id, event)

    def post(
        self,
        conversation: Conversation,
        *,
        author: str,
        text: str,
        key: str | None = None,
        turn: UUID | None = None,
        citations: Iterable[Mapping[str, Any]] = (),
    ) -> Posted:
        posted = Posted(
            seq=conversation.last_seq + 1,
            turn=turn,
            author=author,
            text=text,
            key=key,
            citations=tuple(citations),
        )
        self._store(conversation, posted)
        return posted

    def set_status(self, conversation: Conversation, status: str) -> None:
        conversation.status = status
        self._store(conversation, StatusChanged(seq=conversation.last_seq + 1, status=status))

    def _store(self, conversation: Conversation, event: Posted | StatusChanged) -> None:
        conversation.timeline.append(event)
        self.publish(conversation, event if self.live else Lagged())

    def finish(
        self,
        conversation: Conversation,
        message: Posted,
        *,
        turn: UUID,
        reply: str,
        status: str = "answered",
    ) -> None:
        """End a turn: store the reply, tell everybody who waits."""
        self.post(conversation, author="assistant", text=reply, turn=turn, citations=self.citations)
        self.publish(conversation, TurnEnded(turn=turn, status=status, upto_seq=message.seq))
        outcome = TurnOutcome(status=status, reply=reply, citations=self.citations, turn_id=turn)
        future = conversation.outcomes.get(message.seq)
        if future is not None and not future.done():
            future.set_result(outcome)

    def only_conversation(self) -> Conversation:
        [conversation] = self.conversations.values()
        return conversation

    def _check(self) -> None:
        if self.failure is not None:
            raise self.failure
