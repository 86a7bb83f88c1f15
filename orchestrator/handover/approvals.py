"""Actions that wait for a human: held with all that a decision needs, decided once, or expired."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import structlog

from orchestrator.conversation.message import storable_text
from orchestrator.errors import MessageInvalid, OrchestratorError
from orchestrator.handover.ownership import checked_name
from orchestrator.handover.status import nothing_waits
from orchestrator.ids import new_id
from orchestrator.inference.rendering import compact
from orchestrator.store.audit_log import note as audit_note
from orchestrator.store.database import Database
from tools.withdraw_request import Withdrawal

log = structlog.get_logger()

Verdict = Literal["approve", "deny"]
STATES: Mapping[Verdict, str] = {"approve": "approved", "deny": "denied"}

HOLD = """
INSERT INTO approvals (id, action_id, conversation_id, tool, arguments, summary, told, evidence, policy_line,
    reason, caller, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (action_id) DO UPDATE SET action_id = excluded.action_id
RETURNING id
"""

# One that is approved and not carried out yet is the same wish still.
PENDING_SAME = """
SELECT id FROM approvals WHERE conversation_id = $1 AND tool = $2 AND arguments = $3 AND settled_at IS NULL
    AND (state = 'approved' OR state = 'pending' AND expires_at > now())
ORDER BY created_at LIMIT 1
"""

ITEMS = """
SELECT a.id, a.state, a.conversation_id, c.channel, c.status AS conversation_status, c.customer_id,
    cu.name AS customer_name, a.tool, a.arguments, a.summary, a.evidence, a.policy_line, a.reason,
    (a.caller ->> 'trust')::int AS trust, a.created_at, a.expires_at, a.decided_at, a.decided_by, a.note,
    a.outcome, a.settled_at, w.state AS action_state, w.result, n.newer_messages
FROM approvals a JOIN conversations c ON c.id = a.conversation_id JOIN customers cu ON cu.id = c.customer_id
JOIN actions w ON w.id = a.action_id LEFT JOIN turns t ON t.id = w.turn_id
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('seq', m.seq, 'at', m.created_at, 'text', left(m.text, {longest}))
        ORDER BY m.seq) AS newer_messages
    FROM (SELECT * FROM messages WHERE conversation_id = a.conversation_id AND author = 'customer'
        AND seq > coalesce(t.upto_seq, 0) AND created_at <= coalesce(a.decided_at, clock_timestamp())
        ORDER BY seq DESC LIMIT {most}) m) n ON true
WHERE {condition} ORDER BY a.created_at DESC, a.id DESC LIMIT $1
"""

MOST_NEWER, LONGEST_NEWER = 20, 1_000
ONE = ITEMS.format(condition="a.id = $2", most=MOST_NEWER, longest=LONGEST_NEWER)

# What the customer wrote after the turn that asked, and after what the operator has read.
WROTE_SINCE = """
SELECT true FROM approvals a JOIN actions w ON w.id = a.action_id
LEFT JOIN turns t ON t.id = w.turn_id JOIN messages m ON m.conversation_id = a.conversation_id
WHERE a.id = $1 AND m.author = 'customer' AND m.seq > greatest(coalesce(t.upto_seq, 0), $2::bigint) LIMIT 1
"""

WITHDRAW = """
WITH mine AS (
    UPDATE approvals SET state = 'withdrawn', outcome = 'withdrawn', decided_by = 'customer',
        decided_at = clock_timestamp(), settled_at = clock_timestamp()
    WHERE id = $1 RETURNING action_id
)
UPDATE actions SET state = 'refused', result = $2, finished_at = now() FROM mine
WHERE actions.id = mine.action_id RETURNING arguments
"""
WITHDRAWN = {"ok": False, "error": "withdrawn", "message": "The customer has taken this back."}

LOCK = "SELECT state, conversation_id, decided_by, expires_at FROM approvals WHERE id = $1 FOR UPDATE"

# Asked behind the lock, and of the clock: the transaction may have waited for the row until after the end.
OVERDUE = "SELECT $1::timestamptz <= clock_timestamp()"

DECIDE = """
UPDATE approvals SET state = $2, decided_at = clock_timestamp(), decided_by = $3, note = $4,
    available_at = now()
WHERE id = $1
"""

EXPIRE = """
UPDATE approvals SET state = 'expired', decided_at = now(), available_at = now() WHERE id IN (
    SELECT id FROM approvals WHERE state = 'pending' AND expires_at <= now()
    ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING id, conversation_id
"""


class ApprovalUnknown(OrchestratorError):
    """There is no approval with this id, or no longer: it went with its customer."""

    code = "unknown_approval"


class ApprovalDecided(OrchestratorError):
    """Somebody has decided already."""

    code = "approval_decided"


class CustomerWrote(OrchestratorError):
    """The customer has written since: the operator has to read it before saying yes.

    `newer`, as the approval's `newer_messages`, and the `seen_seq` that says they were read, are its details.
    """

    code = "customer_wrote"

    def __init__(self, newer: Sequence[Mapping[str, Any]]) -> None:
        last = newer[-1]
        text = " ".join(last["text"].split())[:200]
        super().__init__(
            f'The customer has written since: "{text}". Read it; if the request still stands, approve it with'
            f" seen_seq {last['seq']}."
        )
        self.details = {"newer_messages": list(newer), "seen_seq": last["seq"]}


class ApprovalExpired(OrchestratorError):
    """Nobody decided in time; the conversation is with the queue."""

    code = "approval_expired"


@dataclass(frozen=True, kw_only=True, slots=True)
class ApprovalPlace:
    """Where a page of approvals ended: the time and id of its last one."""

    created_at: datetime
    id: UUID


async def hold(
    connection: Any,
    *,
    action_id: UUID,
    conversation_id: UUID,
    tool: str,
    arguments: Mapping[str, Any],
    summary: str,
    told: Mapping[str, str],
    evidence: Mapping[str, Any],
    policy_line: str,
    reason: str,
    caller: dict[str, Any],
    expires_at: datetime,
) -> UUID:
    """Let an action wait for a human within the caller's transaction; return the approval's id.

    `told` names the matter to the customer by language, `caller` is for whom the tool will run
    (`orchestrator.callers.snapshot`). An action that waits already keeps its approval.
    """
    approval_id: UUID = await connection.fetchval(
        HOLD,
        new_id(),
        action_id,
        conversation_id,
        tool,
        dict(arguments),
        summary,
        _json(told),
        _json(evidence),
        policy_line,
        reason,
        dict(caller),
        expires_at,
    )
    return approval_id


async def pending_same(
    connection: Any, conversation_id: UUID, tool: str, arguments: Mapping[str, Any]
) -> UUID | None:
    """Return the approval that the very same call waits for in this conversation, None when there is none."""
    found: UUID | None = await connection.fetchval(PENDING_SAME, conversation_id, tool, dict(arguments))
    return found


class Approvals:
    """Reads and decides approvals; every method raises `StoreAway`.

    `actions_wait` is told when something was decided: the effect and the word to the customer follow by
    themselves.
    """

    def __init__(self, database: Database, *, actions_wait: Callable[[], None] = lambda: None) -> None:
        self._database = database
        self._actions_wait = actions_wait

    async def items(
        self, *, state: str | None, after: ApprovalPlace | None, limit: int
    ) -> list[dict[str, Any]]:
        """Return up to `limit` approvals behind a place, newest first."""
        conditions, arguments = ["true"], list[object]()
        if state is not None:
            arguments.append(state)
            conditions.append(f"a.state = ${len(arguments) + 1}")
        if after is not None:
            arguments += [after.created_at, after.id]
            conditions.append(f"(a.created_at, a.id) < (${len(arguments)}, ${len(arguments) + 1})")
        sql = ITEMS.format(condition=" AND ".join(conditions), most=MOST_NEWER, longest=LONGEST_NEWER)
        return [_item(row) for row in await self._database.fetch(sql, limit, *arguments)]

    async def item(self, approval_id: UUID) -> dict[str, Any]:
        """Return one approval; raise `ApprovalUnknown`."""
        rows = await self._database.fetch(ONE, 1, approval_id)
        if not rows:
            raise _unknown()
        return _item(rows[0])

    async def decide(
        self, approval_id: UUID, verdict: Verdict, operator: str, note: str = "", *, seen_seq: int = 0
    ) -> dict[str, Any]:
        """Decide once, with its line in the audit, in one transaction on the locked row; return the approval.

        `note` is for operators only, `seen_seq` the customer's last message they have read. Raises
        `ApprovalUnknown`, `ApprovalDecided`, `ApprovalExpired`, `CustomerWrote` (a yes to what the customer
        may have taken back since) or `MessageInvalid`; then nothing was changed.
        """
        operator, note = checked_name(operator), _checked_note(note)
        item = await self._decided(approval_id, verdict, operator, note, seen_seq)
        log.info("approval decided", operator=operator, approval=str(approval_id), verdict=verdict)
        self._actions_wait()
        return item

    async def _decided(
        self, approval_id: UUID, verdict: Verdict, operator: str, note: str, seen_seq: int
    ) -> dict[str, Any]:
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(LOCK, approval_id)
            _check_open(
                row, overdue=row is not None and await connection.fetchval(OVERDUE, row["expires_at"])
            )
            if verdict == "approve" and await connection.fetchval(WROTE_SINCE, approval_id, seen_seq):
                raise CustomerWrote(_item((await connection.fetch(ONE, 1, approval_id))[0])["newer_messages"])
            await connection.execute(DECIDE, approval_id, STATES[verdict], operator, note or None)
            await audit_note(
                connection,
                actor=f"operator:{operator}",
                action=f"approval.{STATES[verdict]}",
                subject=f"approval:{approval_id}",
                conversation_id=row["conversation_id"],
                before={"state": "pending"},
                after={"state": STATES[verdict]},
            )
            return _item((await connection.fetch(ONE, 1, approval_id))[0])

    async def withdraw(self, approval_id: UUID, conversation_id: UUID) -> Withdrawal:
        """Take back an action that waits in this conversation, in one transaction; harmless when repeated."""
        async with self._database.transaction() as connection:
            conversation = await connection.fetchrow(
                "SELECT id, owner, status FROM conversations WHERE id = $1 FOR UPDATE", conversation_id
            )
            row = await connection.fetchrow(LOCK, approval_id)
            if conversation is None or row is None or row["conversation_id"] != conversation_id:
                return Withdrawal(outcome="unknown")
            if row["state"] != "pending":
                return Withdrawal(outcome="withdrawn" if row["state"] == "withdrawn" else "decided")
            if await connection.fetchval(OVERDUE, row["expires_at"]):
                return Withdrawal(outcome="decided")
            # As the model wrote them, with tokens for private data; the approval's own are the plain ones.
            request = await connection.fetchval(WITHDRAW, approval_id, WITHDRAWN)
            await nothing_waits(connection, conversation_id)
            await audit_note(
                connection,
                actor="customer",
                action="approval.withdrawn",
                subject=f"approval:{approval_id}",
                conversation_id=conversation_id,
                before={"state": "pending"},
                after={"state": "withdrawn"},
            )
        return Withdrawal(outcome="withdrawn", request=request or {})

    async def expire(self, limit: int) -> int:
        """Mark up to `limit` overdue approvals as expired and return how many there were."""
        async with self._database.transaction() as connection:
            rows = await connection.fetch(EXPIRE, limit)
            for row in rows:
                await audit_note(
                    connection,
                    actor="system",
                    action="approval.expired",
                    subject=f"approval:{row['id']}",
                    conversation_id=row["conversation_id"],
                    before={"state": "pending"},
                    after={"state": "expired"},
                )
        return len(rows)


def _json(value: Mapping[str, Any]) -> Any:
    """Return what a tool says as plain JSON: it may hold decimals, dates and ids."""
    return json.loads(compact(dict(value)))


def _check_open(row: Any, *, overdue: bool) -> None:
    if row is None:
        raise _unknown()
    if row["state"] == "expired" or (row["state"] == "pending" and overdue):
        raise ApprovalExpired("This approval has expired; the conversation is passed on to the queue.")
    if row["state"] == "withdrawn":
        raise ApprovalDecided("The customer has taken this back.")
    if row["state"] != "pending":
        raise ApprovalDecided(f"{row['decided_by']} has {row['state']} this already.")


def _unknown() -> ApprovalUnknown:
    return ApprovalUnknown("This approval does not exist.")


def _item(row: Any) -> dict[str, Any]:
    item = dict(row)
    item["conversation"] = item.pop("conversation_id")
    item["customer"] = {"id": item.pop("customer_id"), "name": item.pop("customer_name")}
    item["newer_messages"] = item["newer_messages"] or []
    item["action"] = {"state": item.pop("action_state"), "result": item.pop("result")}
    return item


LONGEST_NOTE = 2_000


def _checked_note(note: str) -> str:
    if len(note) > LONGEST_NOTE:
        raise MessageInvalid(f"A note has at most {LONGEST_NOTE} characters.")
    if not storable_text(note):
        raise MessageInvalid("The note holds characters that are no text.")
    return note.strip()
