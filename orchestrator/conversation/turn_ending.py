"""Conversations: their threads, and the one transaction that ends a turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from orchestrator.conversation.delivery_queue import queue_delivery
from orchestrator.conversation.event_bus import Event, Posted, StatusChanged
from orchestrator.conversation.message import Trust
from orchestrator.conversation.messages import cut_thread, marked
from orchestrator.conversation.turn_runner import Lease
from orchestrator.conversation.waiting_turns import HOLD, PROVIDER, SPACING, WaitsFor
from orchestrator.errors import LeaseLost
from orchestrator.handover.followups import follow_up
from orchestrator.handover.status import open_again, want_human
from orchestrator.ids import new_id
from orchestrator.inference.rendering import compact
from orchestrator.store.database import Database
from orchestrator.store.replica import CHANNEL

CALLS = "voice"


POST = """
WITH m AS (
    INSERT INTO messages (id, conversation_id, seq, author, channel, text, turn_id, citations)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
)
UPDATE files SET message_id = $1 FROM actions a
WHERE a.turn_id = $7 AND files.action_id = a.id AND files.message_id IS NULL
RETURNING files.id, files.name, files.media_type, files.size
"""


END_ANSWERED = """
SELECT * FROM end_answered_turn($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """How a turn ends: what is said, what the thread keeps, who owns the conversation next."""

    outcome: str
    text: str = ""
    author: str = "assistant"
    citations: tuple[Mapping[str, Any], ...] = ()
    thread: str | None = None
    language: str | None = None
    handoff: tuple[str, str] | None = None
    """Why a human is wanted, for operators, and how urgently."""
    matter: str | None = None
    """What the model may read of that reason in later turns."""
    goes_on: bool = False
    """Whether the assistant answers while the human is waited for."""
    reach: str | None = None
    """The address at which the customer asked to have a human's answer."""
    waiting: bool = False
    """Whether an action was left to a human."""
    facts: Mapping[str, str] = field(default_factory=dict)
    trust: int = 0
    said_by: UUID | None = None
    """Whose facts they are, where that was proved within the turn."""
    deliver: bool = False
    again_at: datetime | None = None
    waits: WaitsFor | None = None
    """What the turn that follows waits for until `again_at`; set with it."""
    upto_seq: int | None = None
    """The last message this turn read; the row may have lost it when PostgreSQL crashed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """What ending a turn put on the timeline; `outcome` is `superseded` when a human had taken over."""

    outcome: str
    upto_seq: int
    events: tuple[Event, ...]
    delivery: bool


class Conversations:
    """The conversations and their timelines."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def threads(self, conversation_id: UUID) -> list[str]:
        """Return the thread's fragments one by one, oldest first, for a thread that must be shortened."""
        rows = await self._database.fetch(
            "SELECT thread FROM turns WHERE conversation_id = $1 AND thread IS NOT NULL"
            " ORDER BY upto_seq, id",
            conversation_id,
        )
        return [row["thread"] for row in rows]

    async def reopen(self, conversation_id: UUID) -> None:
        """Open a closed conversation again; harmless when it is open."""
        async with self._database.transaction() as connection:
            await open_again(connection, conversation_id)

    async def end_turn(self, lease: Lease, ending: Ending, *, stamp: Any, spoken: bool = False) -> Ended:
        """End a turn in one transaction: reply, thread, facts, handoff, delivery; raise `LeaseLost`.

        `stamp(notice)` packs the notice that tells other replicas. When a human owns the conversation by
        now, nothing is said. Repeating the call after it succeeded raises `LeaseLost`.
        The end of what is `spoken` takes more than one statement.
        """
        if (
            not spoken
            and _is_plain(ending)
            and (ended := await self._end_plainly(lease, ending, stamp)) is not None
        ):
            return ended
        async with self._database.transaction() as connection:
            conversation = dict(await _lock(connection, lease))
            read = ending.upto_seq if ending.upto_seq is not None else conversation["upto_seq"]
            conversation["upto_seq"] = read if read is not None else conversation["last_seq"]
            if conversation["owner"] == "operator":
                ending = Ending(outcome="superseded")
            elif conversation["heard"] is not None:
                ending = _cut(ending, conversation["heard"])
            elif conversation["late"] and await _is_out_of_reach(connection, lease, conversation):
                ending = _by_phone(ending)
            events, delivery = await _write(connection, lease, conversation, ending)
            await _close_turn(connection, lease, conversation, ending)
            if events:
                notice = [str(conversation["id"]), "grew"]
                await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, stamp(notice))
        return Ended(
            outcome=ending.outcome,
            upto_seq=conversation["upto_seq"],
            events=tuple(events),
            delivery=delivery,
        )

    async def _end_plainly(self, lease: Lease, ending: Ending, stamp: Any) -> Ended | None:
        """End a turn in one statement, None where more has to be looked at; raise `LeaseLost`."""
        row = await self._database.fetchrow(
            END_ANSWERED,
            *(lease.turn_id, lease.replica, lease.attempt),
            ending.upto_seq,
            new_id(),
            new_id(),
            ending.author,
            ending.text,
            list(ending.citations),
            ending.thread,
            ending.language,
            ending.reach,
            dict(ending.facts) or None,
            ending.trust,
            ending.said_by,
            CHANNEL,
            stamp(["CONVERSATION", "grew"]),
        )
        if row is None:
            raise LeaseLost("Another replica runs this turn.")
        if not row["ended"]:
            return None
        posted = Posted(
            seq=row["place"],
            turn=lease.turn_id,
            author=ending.author,
            text=ending.text,
            citations=ending.citations,
            files=tuple(row["made"] or ()),
        )
        return Ended(outcome=ending.outcome, upto_seq=row["upto"], events=(posted,), delivery=False)


def _is_plain(ending: Ending) -> bool:
    """Say whether nothing but an answer is to be written, so that one statement can."""
    more = ending.handoff or ending.waiting or ending.deliver or ending.again_at
    return ending.outcome == "answered" and bool(ending.text) and not more


def _cut(ending: Ending, heard: str) -> Ending:
    """Keep of a reply what the caller heard before speaking over it.

    Of one that was not heard at all nothing is kept: the next turn answers its messages with the new one.
    """
    if not heard:
        return Ending(outcome="superseded")
    thread = cut_thread(ending.thread, heard) if ending.thread else None
    return replace(ending, text=marked(heard), thread=thread, citations=(), facts={})


OUT_OF_REACH = """
SELECT EXISTS (SELECT 1 FROM calls k JOIN turns t ON t.id = $2
        WHERE k.conversation_id = $1 AND k.ended > t.waiting_since)
    AND NOT EXISTS (SELECT 1 FROM contacts a
        WHERE a.customer_id = $3 AND a.kind = 'email' AND a.verified_at IS NOT NULL)
"""
CALL_BACK = "The answer came after the caller had hung up, and no proven address is known: please call back."


async def _is_out_of_reach(connection: Any, lease: Lease, conversation: Any) -> bool:
    """Say whether a late answer can be neither heard nor mailed."""
    if conversation["channel"] != CALLS:
        return False
    args = conversation["id"], lease.turn_id, conversation["customer_id"]
    return bool(await connection.fetchval(OUT_OF_REACH, *args))


def _by_phone(ending: Ending) -> Ending:
    """Leave it to a human to bring the answer."""
    if ending.outcome != "answered" or ending.handoff is not None:
        return ending
    return replace(ending, outcome="handed_off", handoff=(CALL_BACK, "normal"))


async def _lock(connection: Any, lease: Lease) -> Any:
    row = await connection.fetchrow(
        "SELECT c.id, c.customer_id, c.owner, c.status, c.last_seq, c.channel, t.upto_seq, t.heard,"
        " t.waits_for IS NOT NULL AS late"
        " FROM turns t JOIN conversations c ON c.id = t.conversation_id"
        " WHERE t.id = $1 AND t.replica = $2 AND t.attempt = $3 AND t.state = 'running' FOR UPDATE OF c",
        lease.turn_id,
        lease.replica,
        lease.attempt,
    )
    if row is None:
        raise LeaseLost("Another replica runs this turn.")
    return row


async def _write(
    connection: Any, lease: Lease, conversation: Any, ending: Ending
) -> tuple[list[Event], bool]:
    seq = conversation["last_seq"]
    events: list[Event] = []
    delivery = False
    if ending.text:
        seq += 1
        files = await _post(connection, lease, conversation, ending, seq)
        delivery = ending.deliver
        events.append(
            Posted(
                seq=seq,
                turn=lease.turn_id,
                author=ending.author,
                text=ending.text,
                citations=ending.citations,
                files=files,
            )
        )
    if ending.handoff is not None:
        seq += 1
        assistant = "goes_on" if ending.goes_on else None
        await _hand_over(connection, lease, conversation, ending)
        await _change_status(connection, conversation["id"], seq, "human", assistant)
        events.append(StatusChanged(seq=seq, status="human", assistant=assistant))
    elif ending.waiting and conversation["status"] not in ("waiting_approval", "human"):
        seq += 1
        await _change_status(connection, conversation["id"], seq, "waiting_approval")
        events.append(StatusChanged(seq=seq, status="waiting_approval"))
    if ending.facts:
        await _remember(connection, conversation, ending)
    await _advance(connection, conversation, ending, seq)
    return events, delivery


async def _post(
    connection: Any, lease: Lease, conversation: Any, ending: Ending, seq: int
) -> tuple[Mapping[str, Any], ...]:
    """Put the reply on the timeline; return the files its turn's actions made, which go with it."""
    message_id = new_id()
    rows = await connection.fetch(
        POST,
        message_id,
        conversation["id"],
        seq,
        ending.author,
        conversation["channel"],
        ending.text,
        lease.turn_id,
        list(ending.citations),
    )
    # Who called may have hung up by now, and who waited for an answer may have closed the page; one who
    # spoke over the reply was there, and did not want it.
    gone = conversation["channel"] == CALLS or (conversation["late"] and not ending.deliver)
    if gone and conversation["heard"] is None:
        await follow_up(
            connection,
            conversation_id=conversation["id"],
            customer_id=conversation["customer_id"],
            seq=seq,
            text=ending.text,
            key=f"message:{message_id}",
            language=ending.language,
        )
    if ending.deliver:
        await queue_delivery(
            connection,
            message_id=message_id,
            conversation_id=conversation["id"],
            channel=conversation["channel"],
        )
    return tuple({**row, "id": str(row["id"])} for row in rows)


async def _hand_over(connection: Any, lease: Lease, conversation: Any, ending: Ending) -> None:
    reason, priority = ending.handoff or ("", "normal")
    await want_human(
        connection,
        conversation["id"],
        reason,
        priority=priority,
        turn_id=lease.turn_id,
        matter=ending.matter,
    )


async def _change_status(
    connection: Any, conversation_id: UUID, seq: int, status: str, assistant: str | None = None
) -> None:
    await connection.execute(
        "INSERT INTO status_changes (conversation_id, seq, status, assistant) VALUES ($1, $2, $3, $4)",
        conversation_id,
        seq,
        status,
        assistant,
    )


async def _remember(connection: Any, conversation: Any, ending: Ending) -> None:
    await connection.execute(
        "INSERT INTO customer_facts (customer_id, conversation_id, key, value, trust)"
        " SELECT $1, $2, f.key, f.value, $3 FROM jsonb_each_text($4) AS f"
        " ON CONFLICT (customer_id, conversation_id, key)"
        " DO UPDATE SET value = excluded.value, trust = excluded.trust, updated_at = now()"
        " WHERE customer_facts.trust <= excluded.trust",
        conversation["customer_id"],
        conversation["id"],
        # What a proof for this turn alone let somebody say is not the conversation's customer's.
        ending.trust if ending.said_by in (None, conversation["customer_id"]) else min(ending.trust, 1),
        dict(ending.facts),
    )


async def _advance(connection: Any, conversation: Any, ending: Ending, seq: int) -> None:
    answered = ending.outcome not in ("superseded", "nothing") and ending.again_at is None
    await connection.execute(
        "UPDATE conversations SET last_seq = $2,"
        " answered_seq = CASE WHEN $3 THEN greatest(answered_seq, $4) ELSE answered_seq END,"
        " owner = CASE WHEN $5 THEN 'queue' ELSE owner END,"
        " status = CASE WHEN $5 OR status = 'human' THEN 'human' WHEN $6 THEN 'waiting_approval'"
        "  ELSE status END,"
        " reach_address = coalesce($7, reach_address), updated_at = now()"
        " WHERE id = $1",
        conversation["id"],
        seq,
        answered,
        conversation["upto_seq"],
        ending.handoff is not None,
        ending.waiting,
        ending.reach,
    )
    if ending.language and ending.trust >= Trust.AUTHENTICATED:
        await connection.execute(
            "UPDATE customers SET language = $2 WHERE id = $1 AND language IS DISTINCT FROM $2",
            conversation["customer_id"],
            ending.language,
        )


async def _close_turn(connection: Any, lease: Lease, conversation: Any, ending: Ending) -> None:
    # Fenced once more: whoever held the conversation's row until now may have ended this very turn.
    closed = await connection.execute(
        "UPDATE turns SET state = 'done', outcome = $2, thread = $3, upto_seq = $6, finished_at = now()"
        " WHERE id = $1 AND state = 'running' AND replica = $4 AND attempt = $5",
        lease.turn_id,
        ending.outcome,
        ending.thread,
        lease.replica,
        lease.attempt,
        conversation["upto_seq"],
    )
    if closed != "UPDATE 1":
        raise LeaseLost("This turn was ended or taken over meanwhile.")
    if conversation["owner"] == "operator":
        await connection.execute(
            "UPDATE turns SET state = 'done', outcome = 'superseded', upto_seq = $2, finished_at = now()"
            " WHERE conversation_id = $1 AND state = 'pending'",
            conversation["id"],
            conversation["last_seq"],
        )
        return
    if ending.again_at is not None and ending.waits is not None:
        await _wait(connection, lease, conversation, ending.again_at, ending.waits)
        return
    # A message that came in between being numbered and this turn being claimed must find a turn.
    await connection.execute(
        "INSERT INTO turns (id, conversation_id, customer_id, channel)"
        " SELECT $1, $2, $3, $4 WHERE EXISTS ("
        "  SELECT 1 FROM messages WHERE conversation_id = $2 AND author = 'customer' AND seq > $5)"
        " ON CONFLICT (conversation_id) WHERE state = 'pending' DO NOTHING",
        new_id(),
        conversation["id"],
        conversation["customer_id"],
        conversation["channel"],
        conversation["upto_seq"],
    )


# Of those that wait for the provider one tries and the others leave it some time; all keep their distance,
# which they can only when they are counted one after another.
WAIT = """
INSERT INTO turns (id, conversation_id, customer_id, channel, waits_for, tries, waiting_since, available_at)
SELECT $1, $2, $3, $4, $5, $6, (SELECT coalesce(waiting_since, created_at) FROM turns WHERE id = $7),
    $8::timestamptz + make_interval(secs =>
        CASE WHEN before.turns = 0 THEN 0 ELSE $9::float8 + before.turns * $10::float8 END)
FROM (SELECT count(*) AS turns FROM turns WHERE state = 'pending' AND waits_for = $5) AS before
ON CONFLICT (conversation_id) WHERE state = 'pending' DO UPDATE SET waits_for = excluded.waits_for,
    tries = excluded.tries, waiting_since = excluded.waiting_since,
    available_at = CASE WHEN turns.channel = 'voice' THEN turns.available_at ELSE excluded.available_at END
"""


async def _wait(
    connection: Any, lease: Lease, conversation: Any, again_at: datetime, waits: WaitsFor
) -> None:
    """Leave the messages to a turn that waits; one that new messages have just made waits with them.

    That of a caller is run before: they are told again rather than left in silence.
    """
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 3))", waits.reason)
    await connection.execute(
        WAIT,
        new_id(),
        conversation["id"],
        conversation["customer_id"],
        conversation["channel"],
        waits.reason,
        waits.tries,
        lease.turn_id,
        again_at,
        HOLD if waits.reason == PROVIDER else 0.0,
        SPACING,
    )


def fragment(messages: Sequence[Mapping[str, Any]]) -> str:
    """Return messages as one comma-joined fragment of a JSON array."""
    return ",".join(compact(message) for message in messages)
