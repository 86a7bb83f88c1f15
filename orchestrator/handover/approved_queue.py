"""Decided approvals on their way to an effect and to the customer: claimed under a lease, settled once.

Locks are taken in the order conversation, approval, action; whoever lost the claim writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from orchestrator.conversation.delivery_queue import queue_delivery
from orchestrator.conversation.file_store import SEND_MADE, MadeFile, keep_made
from orchestrator.errors import LeaseLost
from orchestrator.handover.followups import GRACE, follow_up
from orchestrator.handover.ownership import Stamp
from orchestrator.handover.status import nothing_waits, to_queue
from orchestrator.ids import new_id
from orchestrator.store.audit_log import note
from orchestrator.store.database import Database, storable_json
from orchestrator.store.replica import CHANNEL, gone

LEASE = 120.0
"""Seconds that a claim holds; beyond its tool's own time once that was started."""

# A turn that still runs ends first: "a colleague is checking" must not come after the outcome.
CLAIM = f"""
WITH due AS (
    SELECT q.id FROM approvals q
    WHERE q.settled_at IS NULL AND q.state <> 'pending' AND q.id <> ALL($4)
      AND (q.available_at <= now() OR (q.replica IS NOT NULL AND {gone("q")}))
      AND NOT EXISTS (SELECT 1 FROM actions w JOIN turns t ON t.id = w.turn_id
        WHERE w.id = q.action_id AND t.state = 'running')
    ORDER BY q.available_at LIMIT $2 FOR UPDATE OF q SKIP LOCKED
)
UPDATE approvals a SET attempts = a.attempts + 1, replica = $1, renewed_at = now(),
    available_at = now() + make_interval(secs => $3)
FROM due, actions w, conversations c
WHERE a.id = due.id AND w.id = a.action_id AND c.id = a.conversation_id
RETURNING a.id, a.conversation_id, a.state, a.tool, a.arguments, a.caller, a.told, a.decided_by,
    a.attempts AS attempt, a.replica, w.key, w.state AS action_state,
    extract(epoch FROM now() - a.decided_at)::float8 AS waited,
    coalesce((SELECT id FROM customers WHERE id = (a.caller ->> 'customer_id')::uuid), c.customer_id)
        AS customer_id
"""

MINE = "id = $1 AND replica = $2 AND attempts = $3 AND settled_at IS NULL"

BEGIN = f"""
WITH mine AS (
    UPDATE approvals SET renewed_at = now(), available_at = now() + make_interval(secs => $4)
    WHERE {MINE} AND state = 'approved' RETURNING action_id
)
UPDATE actions SET state = 'started' FROM mine
WHERE actions.id = mine.action_id AND actions.state IN ('held', 'started') RETURNING actions.id
"""

# Whoever deletes a customer takes the same locks from the conversation on.
STAY = "SELECT 1 FROM conversations WHERE id = $1 FOR KEY SHARE"

CONVERSATION = """
SELECT c.id, c.channel, c.owner, c.status, c.last_seq, c.answered_seq, c.customer_id
FROM approvals a JOIN conversations c ON c.id = a.conversation_id WHERE a.id = $1 FOR UPDATE OF c
"""

FINISH = f"""
WITH mine AS (
    UPDATE approvals SET settled_at = now(), outcome = $4, replica = NULL WHERE {MINE} RETURNING action_id
)
UPDATE actions SET state = $5, result = $6, finished_at = now() FROM mine
WHERE actions.id = mine.action_id RETURNING actions.id
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class ApprovedAction:
    """A decided approval this replica is to settle; `attempt` fences off whoever had it before.

    `state` is approved, denied or expired, `waited` the seconds since it became that, `action_state` held or
    started. `customer_id` is whose the action is now: customers may have been merged since.
    """

    id: UUID
    conversation_id: UUID
    customer_id: UUID
    state: str
    tool: str
    arguments: Mapping[str, Any]
    caller: dict[str, Any]
    told: Mapping[str, str]
    decided_by: str | None
    attempt: int
    replica: int
    key: str
    action_state: str
    waited: float

    @property
    def mine(self) -> tuple[UUID, int, int]:
        """Return what the claim is recognised by."""
        return self.id, self.replica, self.attempt


UNSETTLED = "An approval could not be settled; check by hand what was done and tell the customer: {tool}."

GIVE_UP = f"""
WITH mine AS (
    UPDATE approvals SET settled_at = now(), outcome = 'in_doubt' WHERE {MINE} RETURNING action_id
)
UPDATE actions SET state = 'in_doubt', finished_at = now() FROM mine
WHERE actions.id = mine.action_id RETURNING actions.id
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class ApprovalResult:
    """What an approval came to.

    `outcome` is done, failed, in_doubt, denied or expired; `action_state` and `result` are what the journal
    keeps, `text` what the customer is told, `thread` what the model will read of it; `human` is the reason
    for a colleague to follow up.
    """

    outcome: str
    action_state: str
    result: Mapping[str, Any]
    text: str
    thread: str
    language: str
    human: str | None = None
    files: tuple[MadeFile, ...] = ()
    """For the customer, with the text."""


class ApprovedQueue:
    """The queue of decided approvals; methods raise `StoreAway`, and `LeaseLost` when the claim is gone.

    `queued_channels` are those whose replies have to be sent. On others the outcome also goes out as a letter
    when it was not seen within `grace` seconds and a verified address is known. A human who has the
    conversation keeps it, and a closed one stays closed, unless a colleague has to follow up.
    """

    def __init__(
        self,
        database: Database,
        *,
        queued_channels: frozenset[str],
        stamp: Stamp,
        grace: float = GRACE,
        lease: float = LEASE,
    ) -> None:
        self._database = database
        self._queued_channels = queued_channels
        self._stamp = stamp
        self._grace = grace
        self._lease = lease

    async def claim(self, replica: int, limit: int, *, mine: Sequence[UUID] = ()) -> list[ApprovedAction]:
        """Take up to `limit` decided approvals whose turn has ended; `mine` are those in hand here."""
        rows = await self._database.fetch(CLAIM, replica, limit, self._lease, list(mine))
        return [ApprovedAction(**row) for row in rows]

    async def renew(self, ids: Sequence[UUID], /, *, replica: int) -> None:
        """Say that these are still being carried out."""
        await self._database.execute(
            "UPDATE approvals SET renewed_at = now()"
            " WHERE id = ANY($1) AND replica = $2 AND settled_at IS NULL",
            list(ids),
            replica,
        )

    async def begin(self, claim: ApprovedAction, *, timeout: float) -> None:
        """Note that the action runs now, for at most `timeout` seconds."""
        async with self._database.transaction() as connection:
            await connection.execute(STAY, claim.conversation_id)
            begun = await connection.fetchval(BEGIN, *claim.mine, timeout + self._lease)
        if begun is None:
            raise LeaseLost("Another replica settles this approval, or it is gone.")

    async def put_back(self, claim: ApprovedAction, *, seconds: float) -> None:
        """Let the approval be claimed again later."""
        await self._database.execute(
            "UPDATE approvals SET replica = NULL, available_at = now() + make_interval(secs => $4)"
            f" WHERE {MINE}",
            *claim.mine,
            seconds,
        )

    async def settle(self, claim: ApprovedAction, settlement: ApprovalResult) -> None:
        """Write the outcome, tell the customer and the model, and hand over, all in one transaction.

        The store's absence is waited out for a while. Repeating the call after it succeeded raises
        `LeaseLost`, as it does when the customer was deleted meanwhile.
        """
        await self._database.patiently(lambda: self._settle(claim, settlement))

    async def give_up(self, claim: ApprovedAction) -> None:
        """Leave an approval that can't be settled to a human, in a transaction with nothing else in it."""
        async with self._database.transaction() as connection:
            if await connection.fetchval(GIVE_UP, *claim.mine) is None:
                return
            await to_queue(connection, claim.conversation_id, UNSETTLED.format(tool=claim.tool))

    async def forgotten(self, claim: ApprovedAction, settlement: ApprovalResult) -> None:
        """Leave a line in the audit for an effect whose conversation was deleted before it was noted."""
        if await self._database.fetchval("SELECT 1 FROM approvals WHERE id = $1", claim.id):
            return
        await _audit(self._database, claim, settlement, deleted=True)

    async def _settle(self, claim: ApprovedAction, settlement: ApprovalResult) -> None:
        async with self._database.transaction() as connection:
            conversation = await connection.fetchrow(CONVERSATION, claim.id)
            action_id = await _finish(connection, claim, settlement) if conversation else None
            if conversation is None or action_id is None:
                raise LeaseLost("Another replica has settled this approval, or it is gone.")
            seq = conversation["last_seq"] + 1
            message_id = await _post(connection, conversation, settlement, seq)
            if settlement.files:
                await keep_made(
                    connection,
                    settlement.files,
                    conversation_id=conversation["id"],
                    action_id=action_id,
                )
                await connection.execute(SEND_MADE, message_id, action_id)
            await _keep_thread(connection, conversation, settlement)
            await self._send(connection, claim, conversation, settlement, message_id=message_id, seq=seq)
            if settlement.human is not None:
                await to_queue(connection, conversation["id"], settlement.human)
            else:
                await nothing_waits(connection, conversation["id"])
            await _audit(connection, claim, settlement, deleted=False)
            notice = self._stamp([str(conversation["id"]), "grew"])
            await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, notice)

    async def _send(
        self,
        connection: Any,
        claim: ApprovedAction,
        conversation: Any,
        settlement: ApprovalResult,
        *,
        message_id: UUID,
        seq: int,
    ) -> None:
        if conversation["channel"] in self._queued_channels:
            await queue_delivery(
                connection,
                message_id=message_id,
                conversation_id=conversation["id"],
                channel=conversation["channel"],
            )
            return
        await follow_up(
            connection,
            conversation_id=conversation["id"],
            customer_id=conversation["customer_id"],
            seq=seq,
            text=settlement.text,
            key=f"approval:{claim.id}",
            language=settlement.language,
            proved=claim.caller.get("verified_addresses", ()),
            grace=self._grace,
        )


async def _finish(connection: Any, claim: ApprovedAction, settlement: ApprovalResult) -> UUID | None:
    """Return the action that is settled, None when the claim is gone."""
    finished: UUID | None = await connection.fetchval(
        FINISH,
        *claim.mine,
        settlement.outcome,
        settlement.action_state,
        storable_json(dict(settlement.result)),
    )
    return finished


async def _post(connection: Any, conversation: Any, settlement: ApprovalResult, seq: int) -> UUID:
    """Put the outcome on the timeline; of no turn, so that a mail answers the customer's newest one."""
    message_id = new_id()
    await connection.execute(
        "INSERT INTO messages (id, conversation_id, seq, author, channel, text)"
        " VALUES ($1, $2, $3, 'system', $4, $5)",
        message_id,
        conversation["id"],
        seq,
        conversation["channel"],
        settlement.text,
    )
    await connection.execute(
        "UPDATE conversations SET last_seq = $2, updated_at = now() WHERE id = $1", conversation["id"], seq
    )
    return message_id


async def _keep_thread(connection: Any, conversation: Any, settlement: ApprovalResult) -> None:
    """Let the model know, as a turn that answered nothing new: its place is behind the last answer."""
    await connection.execute(
        "INSERT INTO turns (id, conversation_id, customer_id, channel, state, outcome, thread, upto_seq,"
        " started_at, finished_at) VALUES ($1, $2, $3, $4, 'done', 'answered', $5, $6, now(), now())",
        new_id(),
        conversation["id"],
        conversation["customer_id"],
        conversation["channel"],
        settlement.thread,
        conversation["answered_seq"],
    )


async def _audit(
    connection: Any, claim: ApprovedAction, settlement: ApprovalResult, *, deleted: bool
) -> None:
    after = {"outcome": settlement.outcome, "tool": claim.tool, "action": settlement.action_state}
    await note(
        connection,
        actor="system",
        action="approval.settled",
        subject=f"approval:{claim.id}",
        conversation_id=None if deleted else claim.conversation_id,
        before={"state": claim.state},
        after={**after, "customer": "deleted"} if deleted else after,
    )
