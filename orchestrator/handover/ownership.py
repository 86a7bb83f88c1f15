"""Who has a conversation in hand: every change of hands is one transaction on its locked row, and audited.

Locks are taken in the order conversation, then turns, as everywhere.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from orchestrator.conversation.delivery_queue import queue_delivery
from orchestrator.conversation.event_bus import EventBus, Lagged
from orchestrator.conversation.file_store import send_uploads
from orchestrator.conversation.message import check_text
from orchestrator.errors import MessageInvalid, OrchestratorError
from orchestrator.handover.followups import follow_up
from orchestrator.ids import new_id
from orchestrator.store.audit_log import note
from orchestrator.store.database import Database
from orchestrator.store.replica import CHANNEL, Notice

log = structlog.get_logger()

Stamp = Callable[[Notice], str]
"""Packs a notice for the other replicas, `Replica.stamp`."""

TAKEN_OVER = "An operator took over."

LOCK = """
SELECT id, customer_id, channel, owner, operator, status, last_seq, answered_seq
FROM conversations WHERE id = $1 FOR UPDATE
"""

# The reason is kept even when nobody handed over: it is what tells the model later that a human was here.
BEGIN_HANDOFF = """
INSERT INTO handoffs (id, conversation_id, reason, priority)
SELECT $1, $2, $3, 'normal'
WHERE NOT EXISTS (SELECT 1 FROM handoffs WHERE conversation_id = $2 AND ended_at IS NULL)
"""

END_TURNS = """
UPDATE turns SET state = 'done', outcome = 'superseded', upto_seq = coalesce(upto_seq, $2),
    finished_at = now()
WHERE conversation_id = $1 AND state = ANY($3::text[])
"""

# What an operator's reply followed is dealt with; the bot still reads it when it answers something newer.
ENQUEUE = """
INSERT INTO turns (id, conversation_id, customer_id, channel)
SELECT $1, $2, $3, $4
WHERE EXISTS (
    SELECT 1 FROM messages WHERE conversation_id = $2 AND author = 'customer' AND seq > greatest($5::bigint,
        (SELECT max(seq) FROM messages WHERE conversation_id = $2 AND author = 'operator')))
ON CONFLICT (conversation_id) WHERE state = 'pending' DO NOTHING
"""


class ConversationUnknown(OrchestratorError):
    """There is no conversation with this id."""

    code = "unknown_conversation"


class Conflict(OrchestratorError):
    """The conversation is not in a state in which this can be done."""

    code = "conflict"


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldConversation:
    """A conversation after a change of hands; `message_id` and `message_seq` are those of a reply.

    `changed` is False when the call found everything as it wanted it (a repeated take or reply).
    """

    id: UUID
    status: str
    owner: str
    operator: str | None
    seq: int
    changed: bool
    message_id: UUID | None = None
    message_seq: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Grip:
    """What an operator knows and wants beside a step.

    `if_seq` is the last place of the timeline they have read: the step fails where it goes on behind that.
    `force` takes the conversation over from another operator.
    """

    if_seq: int | None = None
    force: bool = False


LOOSE = Grip()


class Ownership:
    """Moves conversations between bot, queue and operators; `operator` is the name a human works under.

    `queued_channels` are those whose replies have to be sent (a row in deliveries), `language` is the house's
    own. Every method raises `ConversationUnknown`, `Conflict` (another operator has it, or it has gone on
    behind what `grip` names), `MessageInvalid` or `StoreAway`; then nothing was changed. Each change is told
    to listeners here and on other replicas, and leaves one line in the log and one in the audit.
    """

    def __init__(
        self,
        database: Database,
        *,
        queued_channels: frozenset[str],
        stamp: Stamp,
        language: str,
        bus: EventBus,
        turns_wait: Callable[[], None],
        deliveries_wait: Callable[[], None],
    ) -> None:
        self._database = database
        self._queued_channels = queued_channels
        self._stamp = stamp
        self._language = language
        self._bus = bus
        self._turns_wait = turns_wait
        self._deliveries_wait = deliveries_wait

    async def take(self, conversation_id: UUID, operator: str, grip: Grip = LOOSE) -> HeldConversation:
        """Take the conversation from the bot or the queue, opening a closed one; harmless when repeated."""
        operator = checked_name(operator)
        async with self._hand(conversation_id, "taken", operator) as hand:
            hand.check(operator, grip)
            await hand.give_to(operator)
            held = hand.held()
        if held.changed:
            self._tell("operator took a conversation", held, operator)
        return held

    async def reply(
        self,
        conversation_id: UUID,
        operator: str,
        text: str,
        key: str | None = None,
        files: Sequence[UUID] = (),
        *,
        grip: Grip = LOOSE,
    ) -> HeldConversation:
        """Post `text` to the customer and take the conversation with it; the same `key` posts once.

        `files` are uploads that go with it; raises `FileUnknown` for one that is not there or was sent.
        """
        operator = checked_name(operator)
        check_text(text)
        scoped = None if key is None else f"operator:{key}"
        try:
            async with self._hand(conversation_id, "replied", operator) as hand:
                message = await hand.posted(scoped) if scoped is not None else None
                if message is None:
                    hand.check(operator, grip)
                    if hand.status == "closed":
                        raise Conflict("This conversation is closed; take it first.")
                    await hand.give_to(operator)
                    queued = hand.channel in self._queued_channels
                    message = await hand.post(
                        text, key=scoped, queued=queued, files=files, language=self._language
                    )
                held = hand.held(message)
        except asyncpg.UniqueViolationError:
            raise Conflict("This id belongs to a reply in another conversation.") from None
        if held.changed:
            self._tell("operator replied", held, operator)
            self._deliveries_wait()
        return held

    async def release(self, conversation_id: UUID, operator: str, grip: Grip = LOOSE) -> HeldConversation:
        """Give the conversation back to the bot; it answers what no operator has replied to."""
        operator = checked_name(operator)
        async with self._hand(conversation_id, "released", operator) as hand:
            if hand.owner == "bot":
                raise Conflict("No human has this conversation.")
            hand.check(operator, grip)
            await hand.give_to_bot("open")
            # A turn from before the human came must not end as if nothing had happened since.
            await hand.end_turns("running")
            await hand.enqueue()
            held = hand.held()
        self._tell("operator released a conversation", held, operator)
        self._turns_wait()
        return held

    async def close(self, conversation_id: UUID, operator: str, grip: Grip = LOOSE) -> HeldConversation:
        """Close the conversation; what waits for the bot is dropped, the next message opens it again."""
        operator = checked_name(operator)
        async with self._hand(conversation_id, "closed", operator) as hand:
            if hand.status == "closed":
                raise Conflict("This conversation is closed already.")
            hand.check(operator, grip)
            await hand.give_to_bot("closed")
            await hand.end_turns("pending", "running")
            held = hand.held()
        self._tell("operator closed a conversation", held, operator)
        self._turns_wait()  # the customer's other conversation may have waited for a turn that ended now
        return held

    def _tell(self, what: str, held: HeldConversation, operator: str) -> None:
        log.info(what, operator=operator, conversation=str(held.id), message=str(held.message_id or ""))
        # Not the message itself: two changes told in the wrong order would make a reader skip one.
        self._bus.bring(held.id, Lagged())

    @asynccontextmanager
    async def _hand(self, conversation_id: UUID, what: str, operator: str) -> AsyncIterator[_Hand]:
        """Yield the locked conversation; when it was changed, write and audit it and tell the replicas."""
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(LOCK, conversation_id)
            if row is None:
                raise ConversationUnknown("This conversation does not exist.")
            hand = _Hand(connection, row)
            before = hand.state()
            yield hand
            if hand.changed:
                await hand.write()
                await note(
                    connection,
                    actor=f"operator:{operator}",
                    action=f"conversation.{what}",
                    subject=f"conversation:{conversation_id}",
                    conversation_id=conversation_id,
                    before=before,
                    after={**hand.state(), **({"message": hand.message} if hand.message else {})},
                )
                notice = self._stamp([str(conversation_id), "grew"])
                await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, notice)


class _Hand:
    """One conversation whose row is locked by this transaction."""

    def __init__(self, connection: Any, row: Any) -> None:
        self._connection = connection
        self._id: UUID = row["id"]
        self._customer_id: UUID = row["customer_id"]
        self._answered_seq: int = row["answered_seq"]
        self._seq: int = row["last_seq"]
        self.channel: str = row["channel"]
        self.owner: str = row["owner"]
        self.operator: str | None = row["operator"]
        self.status: str = row["status"]
        self.message: UUID | None = None
        self.changed = False

    def check(self, operator: str, grip: Grip) -> None:
        """Raise `Conflict` where another operator has it, or it goes on behind what this one has read."""
        if self.owner == "operator" and self.operator != operator and not grip.force:
            raise Conflict(f"{self.operator} has this conversation; take it over to go on with it.")
        if grip.if_seq is not None and self._seq > grip.if_seq:
            raise Conflict(f"The conversation has gone on to place {self._seq}: read it first.")

    def state(self) -> dict[str, Any]:
        return {"status": self.status, "owner": self.owner, "operator": self.operator}

    def held(self, message: tuple[UUID, int] | None = None) -> HeldConversation:
        return HeldConversation(
            id=self._id,
            status=self.status,
            owner=self.owner,
            operator=self.operator,
            seq=self._seq,
            changed=self.changed,
            message_id=message[0] if message else None,
            message_seq=message[1] if message else None,
        )

    async def give_to(self, operator: str) -> None:
        if self.owner == "operator" and self.operator == operator and self.status == "human":
            return
        if self.owner != "operator":
            await self._connection.execute(BEGIN_HANDOFF, new_id(), self._id, TAKEN_OVER)
            # The assistant may be at work while a human is waited for: from now on it says nothing.
            await self.end_turns("pending", "running")
        waited = self.owner == "queue" and self.status == "human"
        self.owner, self.operator, self.changed = "operator", operator, True
        await self._set_status("human", again=waited)

    async def give_to_bot(self, status: str) -> None:
        self.owner, self.operator, self.changed = "bot", None, True
        await self._connection.execute(
            "UPDATE handoffs SET ended_at = now() WHERE conversation_id = $1 AND ended_at IS NULL", self._id
        )
        await self._set_status(status)

    async def _set_status(self, status: str, *, again: bool = False) -> None:
        """Change the status; `again` tells of the same one, for the assistant falls silent with it."""
        if status == self.status and not again:
            return
        self.status = status
        await self._connection.execute(
            "INSERT INTO status_changes (conversation_id, seq, status) VALUES ($1, $2, $3)",
            self._id,
            self._next_seq(),
            status,
        )

    def _next_seq(self) -> int:
        self._seq += 1
        return self._seq

    async def end_turns(self, *states: str) -> None:
        await self._connection.execute(END_TURNS, self._id, self._seq, list(states))

    async def enqueue(self) -> None:
        await self._connection.execute(
            ENQUEUE, new_id(), self._id, self._customer_id, self.channel, self._answered_seq
        )

    async def posted(self, key: str) -> tuple[UUID, int] | None:
        row = await self._connection.fetchrow(
            "SELECT id, seq, conversation_id FROM messages WHERE channel = $1 AND key = $2",
            self.channel,
            key,
        )
        if row is not None and row["conversation_id"] != self._id:
            raise Conflict("This id belongs to a reply in another conversation.")
        return None if row is None else (row["id"], row["seq"])

    async def post(
        self, text: str, *, key: str | None, queued: bool, files: Sequence[UUID] = (), language: str
    ) -> tuple[UUID, int]:
        message_id, seq, self.changed = new_id(), self._next_seq(), True
        self.message = message_id
        await self._connection.execute(
            "INSERT INTO messages (id, conversation_id, seq, author, channel, key, text)"
            " VALUES ($1, $2, $3, 'operator', $4, $5, $6)",
            message_id,
            self._id,
            seq,
            self.channel,
            key,
            text,
        )
        if files:
            await send_uploads(self._connection, message_id, files)
        if not queued:
            await follow_up(
                self._connection,
                conversation_id=self._id,
                customer_id=self._customer_id,
                seq=seq,
                text=text,
                key=f"message:{message_id}",
                by_human=True,
                otherwise=language,
            )
        else:
            await queue_delivery(
                self._connection, message_id=message_id, conversation_id=self._id, channel=self.channel
            )
        return message_id, seq

    async def write(self) -> None:
        await self._connection.execute(
            "UPDATE conversations SET owner = $2, operator = $3, status = $4, last_seq = $5,"
            " updated_at = now() WHERE id = $1",
            self._id,
            self.owner,
            self.operator,
            self.status,
            self._seq,
        )


LONGEST_NAME = 100


def checked_name(operator: str) -> str:
    """Return an operator's name without the space around it; raise `MessageInvalid`."""
    name = operator.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise MessageInvalid(f"An operator's name has 1 to {LONGEST_NAME} printable characters.")
    return name
