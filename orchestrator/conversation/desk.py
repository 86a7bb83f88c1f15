"""The front desk: what channels call. Sessions in, messages in, events out."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

import asyncpg

from guardrails.privacy.stand_ins import mask_for_storage
from orchestrator.conversation.event_bus import EventBus, Lagged, Listener, Posted, StatusChanged, TurnEnded
from orchestrator.conversation.file_store import FileStore
from orchestrator.conversation.kept_files import KeptFile, own_file
from orchestrator.conversation.message import (
    Accepted,
    CallRecord,
    Inbound,
    TurnOutcome,
    VisitorSession,
    check_text,
)
from orchestrator.conversation.messages import Messages
from orchestrator.conversation.turn_ending import Conversations
from orchestrator.conversation.turn_runner import TurnQueue, TurnRunner
from orchestrator.conversation.waiting_turns import BUDGET
from orchestrator.errors import (
    OrchestratorError,
    OutcomePending,
    SessionUnknown,
    StoreAway,
)
from orchestrator.languages.detect import guess_language
from orchestrator.languages.wording import say
from orchestrator.observe import Observer
from orchestrator.people.customer_care import Customers
from orchestrator.people.identity_tokens import Identities
from orchestrator.people.session_admission import Admission, SessionWanted
from orchestrator.people.sessions import SessionReplaced, Sessions
from orchestrator.turn.interrupts import Interrupts

LOOK_AGAIN = 1.0

OUTCOMES = {
    "answered": "answered",
    "handed_off": "handed_off",
    "superseded": "handed_off",
    "deferred": "deferred",
    "waiting_approval": "waiting_approval",
}


class Desk:
    """Everything a channel may ask of the orchestrator; `model` is `sandbox` or `oxlo`.

    `language` is the house's own, spoken where nothing tells another.
    """

    def __init__(
        self,
        *,
        model: str,
        language: str,
        sessions: Sessions,
        customers: Customers,
        identities: Identities,
        messages: Messages,
        conversations: Conversations,
        turns: TurnQueue,
        bus: EventBus,
        runner: TurnRunner,
        files: FileStore,
        interrupts: Interrupts,
        observer: Observer,
    ) -> None:
        self.model = model
        self.language = language
        self._sessions = sessions
        self._admission = Admission(sessions=sessions, customers=customers)
        self._identities = identities
        self._messages = messages
        self._conversations = conversations
        self._turns = turns
        self._bus = bus
        self._runner = runner
        self._files = files
        self._interrupts = interrupts
        self._observer = observer

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
        """Return the session of `token` for who is signed in now, or a new one (see `Admission`).

        With `issued_only` an unknown token raises `SessionUnknown`; else it is the client's own choice and
        begins a session. `identity` is a JWT of the host site; a wrong one, or one that another session
        used, raises `IdentityRejected`; one of another person leads to a session of that person's own, and
        none, where the session was somebody's who signed in, to a new anonymous one. The token of the session
        returned replaces the one that was presented.
        `phone` is a caller id (E.164), which is a mere claim; `peer` the client's network address: where the
        token can be guessed, what a one-time code proved holds for that address alone.
        """
        claims = self._identities.verify(identity) if identity else None
        wanted = SessionWanted(channel=channel, token=token, issued_only=issued_only, phone=phone, peer=peer)
        try:
            return await self._admission.open(wanted, claims)
        except (asyncpg.UniqueViolationError, asyncpg.ForeignKeyViolationError, SessionReplaced):
            # Changed by another request at this moment, or its customer was deleted: now that can be seen.
            return await self._admission.open(wanted, claims)

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
        """Return the session that `token` names, beginning and changing nothing; for whoever reads.

        A session that belongs to somebody who signed in needs their `identity` too, unless `needs_identity`
        says otherwise; without `guessable` an id that can be guessed names none. Raises `SessionUnknown`,
        `IdentityRejected`, `MessageInvalid` or `StoreAway`.
        """
        claims = self._identities.verify(identity) if identity else None
        wanted = SessionWanted(channel=channel, token=token, issued_only=not guessable, peer=peer)
        return await self._admission.known(wanted, claims, needs_identity=needs_identity)

    async def begin(self, session: VisitorSession) -> None:
        """Make the rows of a session that has none yet; raise `SessionUnknown` when its token is replaced."""
        await self._admission.begin(session)
        self._bus.begun(session.conversation_id)

    async def current_session(
        self, session: VisitorSession, *, sent: Collection[str] = ()
    ) -> VisitorSession | None:
        """Return the session as it is now, None when its token was replaced; raises `StoreAway`.

        Raises `SessionEnded` when its visitor signed out.

        `sent` are keys of messages that came from this client: where a code in one of them raised the trust,
        the client gets the new token.
        """
        return await self._admission.current(session, sent)

    async def sign_out(self, session: VisitorSession) -> VisitorSession:
        """End a session everywhere and return a new, anonymous one; the old token names nothing any more.

        Raises `StoreAway`; then the session goes on as it was.
        """
        await self._admission.end(session)
        channel = session.opening.channel if session.opening else "chat"
        return await self.open_session(channel=channel, token=None, identity=None, issued_only=True)

    async def accept(self, inbound: Inbound) -> Accepted:
        """Store a message; when this returns, it is durable and its turn is on the way.

        Raises `StoreAway`, `MessageInvalid`, `SessionUnknown` or `FileUnknown`; then nothing was stored.
        """
        try:
            accepted = await self._accepted(inbound)
        except OrchestratorError as error:
            self._observer.message(inbound.channel, error.code)
            raise
        self._observer.message(inbound.channel, "duplicate" if accepted.duplicate else "accepted")
        if accepted.status == "closed" and not accepted.duplicate:
            await self._reopen(accepted.conversation_id)
        if not accepted.duplicate:
            self._runner.wake()
        return accepted

    async def _reopen(self, conversation_id: UUID) -> None:
        with contextlib.suppress(StoreAway):  # the message is stored: only the status is late
            await self._conversations.reopen(conversation_id)
            self._bus.bring(conversation_id, Lagged())

    async def _accepted(self, inbound: Inbound) -> Accepted:
        check_text(inbound.text)
        masked = replace(inbound, text=mask_for_storage(inbound.text))
        try:
            return await self._messages.accept(masked)
        except SessionUnknown:
            if inbound.session is None or inbound.session.opening is None:
                raise
        await self.begin(inbound.session)
        return await self._messages.accept(masked)

    async def read(self, conversation_id: UUID, seq: int) -> None:
        """Note that the customer has seen the timeline up to `seq`; raises `StoreAway`."""
        await self._sessions.read(conversation_id, seq)

    @asynccontextmanager
    async def listen(self, conversation_id: UUID) -> AsyncIterator[Listener]:
        """Yield the events of a conversation from now on."""
        with self._bus.listen(conversation_id) as listener:
            yield listener

    async def timeline(
        self, conversation_id: UUID, *, after: int, with_customer: bool = False
    ) -> list[Posted | StatusChanged]:
        """Return what is on the timeline after `after`, in order."""
        entries: list[Posted | StatusChanged] = []
        while True:
            page = await self._messages.timeline(
                conversation_id, after=after, with_customer=with_customer, limit=1000
            )
            entries += page
            if len(page) < 1000:
                return entries
            after = page[-1].seq

    async def outcome(self, accepted: Accepted, *, timeout: float) -> TurnOutcome:
        """Wait for the turn that answers a message; raise `OutcomePending` after `timeout` seconds."""
        async with self.listen(accepted.conversation_id) as listener:
            try:
                async with asyncio.timeout(timeout):
                    return await self._outcome(accepted, listener)
            except TimeoutError:
                raise OutcomePending("The answer takes longer.") from None

    async def _outcome(self, accepted: Accepted, listener: Listener) -> TurnOutcome:
        while True:
            ended = await self._turns.ended(accepted.conversation_id, accepted.seq)
            if ended is not None:
                return await self._told(accepted, *ended)
            if accepted.owner == "operator":
                return await self._with_a_human(accepted)
            if await self._turns.waits_for(accepted.conversation_id):
                return await self._waits(accepted)
            await _next_end(listener)

    async def _told(self, accepted: Accepted, turn_id: UUID, outcome: str) -> TurnOutcome:
        said = await self._messages.of_turn(turn_id)
        if not said and outcome == "superseded":
            return await self._with_a_human(accepted)
        if not said and outcome == "deferred":
            return await self._waits(accepted)
        return TurnOutcome(
            status=OUTCOMES[outcome],
            reply="\n\n".join(posted.text for posted in said),
            citations=tuple(citation for posted in said for citation in posted.citations),
            files=tuple(file for posted in said for file in posted.files),
            turn_id=turn_id,
        )

    async def _with_a_human(self, accepted: Accepted) -> TurnOutcome:
        sentence = say("with_a_human", await self._language(accepted))
        return TurnOutcome(status="handed_off", reply=sentence, citations=(), turn_id=None)

    async def _waits(self, accepted: Accepted) -> TurnOutcome:
        """Tell who asks by request and answer that the message waits with earlier ones; nothing is posted."""
        budget = await self._turns.waits_for(accepted.conversation_id) == BUDGET
        sentence = say("deferred" if budget else "waiting", await self._language(accepted))
        return TurnOutcome(status="deferred", reply=sentence, citations=(), turn_id=None)

    async def _language(self, accepted: Accepted) -> str:
        """Return the language of a message; where it does not tell, of what its customer wrote before."""
        text = await self._messages.text(accepted.message_id)
        if (said_in := guess_language(text)) is not None:
            return said_in
        return guess_language(await self._messages.own_words(accepted.conversation_id)) or self.language

    async def interrupt(self, conversation_id: UUID, turn: UUID, heard: str) -> None:
        """Stop a turn whose reply the caller spoke over; memory keeps `heard` of it, and marks the cut.

        A running turn ends at its next step, never in the middle of an action. Harmless when repeated, or
        when there is no such turn. Raises `StoreAway`.
        """
        if await self._messages.heard(conversation_id, turn, heard):
            self._interrupts.interrupt(turn)
            self._bus.bring(conversation_id, Lagged())

    async def call_ended(self, record: CallRecord) -> None:
        """Put a call that is over on the timeline; raises `StoreAway`."""
        await self._messages.call_ended(record)

    async def file(self, session: VisitorSession, file_id: UUID) -> KeptFile:
        """Return a file of the session's conversation; raise `NoSuchFile` for any other."""
        return await own_file(self._files, session, file_id)

    async def keep_file(self, *, session_id: UUID, name: str, media_type: str, data: bytes) -> UUID:
        """Keep an uploaded file for a later message of the session and return its id."""
        return await self._files.keep(session_id=session_id, name=name, media_type=media_type, data=data)


async def _next_end(listener: Listener) -> None:
    """Wait for word of a turn's end; look again after a second, for word can be lost between replicas."""
    try:
        async with asyncio.timeout(LOOK_AGAIN):
            async for event in listener:
                if isinstance(event, TurnEnded | StatusChanged):
                    return
    except TimeoutError:
        return
