"""What one turn writes down: requests before they are sent, actions before they run, results before use."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from guardrails.verdict import PastAction, Verdict
from orchestrator.conversation.file_store import MadeFile, keep_made
from orchestrator.errors import StoreAway
from orchestrator.handover.approvals import hold, pending_same
from orchestrator.ids import new_id
from orchestrator.inference.budget import RESERVED, DayBudget, next_day
from orchestrator.inference.errors import BudgetExhausted
from orchestrator.inference.types import RecordedRequest, RequestOutcome
from orchestrator.observe import Observer
from orchestrator.store.database import RELAXED, storable, storable_json
from orchestrator.store.lease import HELD, NOTHING_LATE, LeaseGuard, lost

BEGIN_REQUEST = "SELECT * FROM begin_request($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"


class RequestJournal:
    """The model requests of the turn within `guard`.

    Writes wait out an absence of the database; all raise `LeaseLost` when another replica runs the turn.
    """

    def __init__(self, guard: LeaseGuard, *, budget: DayBudget, observer: Observer) -> None:
        self._guard = guard
        self._budget = budget
        self._observer = observer
        self._models: dict[UUID, str] = {}
        self._begun: set[int] = set()

    async def recorded(self, step: int) -> list[RecordedRequest]:
        """Return the earlier attempts of this step, oldest first; none costs no query on a first run."""
        if self._guard.lease.attempt == 1 and step not in self._begun:
            return []
        rows = await self._guard.database.fetch(
            "SELECT * FROM requests WHERE turn_id = $1 AND step = $2 ORDER BY attempt",
            self._guard.lease.turn_id,
            step,
        )
        return [_recorded(row) for row in rows]

    async def begin(self, *, step: int, attempt: int, model: str, purpose: str) -> UUID:
        """Write a request's row before it is sent; raise `BudgetExhausted` when the day has none left.

        Where there is a limit, those who spend take turns, so that many at once don't overshoot it. What the
        look-up before it brought is written with it.
        """
        self._begun.add(step)
        request_id = new_id()

        row = await self._guard.patiently(
            lambda: self._guard.database.fetchrow(
                BEGIN_REQUEST,
                *self._guard.held,
                request_id,
                step,
                attempt,
                self._budget.provider,
                model,
                purpose,
                self._budget.limit,
                RESERVED,
                *self._guard.late,
            )
        )
        self._guard.late = NOTHING_LATE
        if row["exhausted"]:
            raise BudgetExhausted(next_day(datetime.now(UTC)))
        begun: UUID | None = row["begun"]
        if begun is None:
            raise lost()
        self._models[begun] = model
        return begun

    async def answered(self, request_id: UUID) -> None:
        """Note that an answer has begun to arrive; needed only where requests are counted."""
        if self._budget.limited:
            await self._guard.database.execute(
                f"UPDATE requests SET answered_at = now() WHERE id = $1 AND {RELAXED}", request_id
            )

    async def finish(self, request_id: UUID, outcome: RequestOutcome) -> None:
        """Write what became of a request; one that was refused no longer counts, and frees its place."""
        self._observer.request(self._models.get(request_id, ""), outcome)
        await self._write(request_id, outcome)
        if self._budget.limited and not outcome.counted:
            with contextlib.suppress(StoreAway):  # whoever looks after waiting turns finds it soon
                await self._budget.place_freed()

    async def _write(self, request_id: UUID, outcome: RequestOutcome) -> None:
        await self._guard.patiently(
            lambda: self._guard.database.execute(
                "UPDATE requests SET outcome = $2, error = $3, latency_ms = $4, first_token_ms = $5,"
                " input_tokens = $6, output_tokens = $7, finish_reason = $8, content = $9, tool_calls = $10,"
                " counted = $11"
                " WHERE id = $1 AND EXISTS (SELECT 1 FROM turns WHERE turns.id = requests.turn_id)",
                request_id,
                outcome.outcome,
                storable(outcome.error),
                outcome.latency_ms,
                outcome.first_token_ms,
                outcome.input_tokens,
                outcome.output_tokens,
                storable(outcome.finish_reason),
                storable(outcome.content),
                storable_json(outcome.tool_calls),
                outcome.counted,
            )
        )


def _recorded(row: Any) -> RecordedRequest:
    outcome = None
    if row["outcome"] is not None:
        outcome = RequestOutcome(
            outcome=row["outcome"],
            error=row["error"],
            latency_ms=row["latency_ms"],
            first_token_ms=row["first_token_ms"],
            input_tokens=row["input_tokens"],
            output_tokens=row["output_tokens"],
            finish_reason=row["finish_reason"],
            content=row["content"],
            tool_calls=row["tool_calls"],
            counted=row["counted"],
        )
    return RecordedRequest(attempt=row["attempt"], model=row["model"], outcome=outcome)


FOUND = "SELECT id, tool, arguments, key, state, result, false AS fresh FROM actions WHERE key = $1"

BEGIN_ACTION = f"""
INSERT INTO actions (id, turn_id, conversation_id, step, position, tool, arguments, key, state, verdict,
    amount, currency, policy_line, reason, customer_id, result, finished_at)
SELECT $4, $1, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18::jsonb,
    CASE WHEN $18::jsonb IS NOT NULL THEN now() END
WHERE EXISTS ({HELD})
ON CONFLICT (key) DO UPDATE SET key = excluded.key
RETURNING id, tool, arguments, key, state, result, id = $4 AS fresh
"""

# A customer's, whichever conversation they were done in: a conversation may have changed hands since, and in
# a mail thread that is another's a code proves them for one turn.
PAST = """
SELECT tool, arguments, state, started_at AS at, amount, currency FROM (
    SELECT a.* FROM actions a WHERE a.id IN (
        SELECT b.id FROM actions b JOIN conversations c ON c.id = b.conversation_id
        WHERE c.customer_id = $1 AND b.started_at > now() - interval '31 days'
        UNION SELECT b.id FROM actions b
        WHERE b.customer_id = $1 AND b.started_at > now() - interval '31 days')
      AND a.state IN ('held', 'started', 'done', 'in_doubt') AND a.key <> $2
      AND a.tool <> ALL($3)
    ORDER BY a.started_at DESC LIMIT 500
) latest ORDER BY at
"""
LARGEST = Decimal(10) ** 12
"""What the column of amounts holds less than; a larger one is kept in the arguments alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JournaledAction:
    """An action as the journal has it; `state` is held, started, done, failed, in_doubt or refused."""

    id: UUID
    tool: str
    arguments: Mapping[str, Any]
    key: str
    state: str
    result: Mapping[str, Any] | None
    fresh: bool


FINISH = "UPDATE actions SET state = $2, result = $3, finished_at = now() WHERE id = $1"


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionIntent:
    """An action about to be journaled, and how it was ruled: run, ask or refuse.

    `customer_id` is for whom, where that is not the conversation's customer.
    """

    conversation_id: UUID
    step: int
    position: int
    tool: str
    arguments: Mapping[str, Any]
    key: str
    ruled: str
    line: str
    reason: str
    amount: Decimal | None = None
    currency: str | None = None
    customer_id: UUID | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldAction:
    """What a human needs to decide a held action, and the one it will be done for."""

    arguments: Mapping[str, Any]
    summary: str
    told: Mapping[str, str]
    evidence: Mapping[str, Any]
    caller: dict[str, Any]
    expires_hours: float


class ActionJournal:
    """The actions of the turn within `guard`; writes raise `LeaseLost` when another replica runs it."""

    def __init__(self, guard: LeaseGuard, *, observer: Observer) -> None:
        self._guard = guard
        self._observer = observer

    async def found(self, key: str) -> JournaledAction | None:
        """Return the row an earlier attempt left; none costs no query on a first run."""
        if self._guard.lease.attempt == 1:
            return None
        row = await self._guard.patiently(lambda: self._guard.database.fetchrow(FOUND, key))
        return None if row is None else JournaledAction(**row)

    async def past(self, customer_id: UUID, *, but: str, leave_out: Sequence[str]) -> tuple[PastAction, ...]:
        """Return the customer's actions of the last 31 days, oldest first.

        Neither that of the key `but` is among them, nor those of the tools to leave out.
        """
        rows = await self._guard.patiently(
            lambda: self._guard.database.fetch(PAST, customer_id, but, list(leave_out))
        )
        return tuple(PastAction(**row) for row in rows)

    async def begin(self, intent: ActionIntent) -> JournaledAction:
        """Write an action's intent before it runs, or return the row an earlier attempt left."""
        action_id = new_id()

        async def write() -> Any:
            return await self._guard.database.fetchrow(
                BEGIN_ACTION, *self._values(action_id, intent, "started")
            )

        row = await self._guard.patiently(write)
        if row is None:
            raise lost()
        return JournaledAction(**row)

    async def refuse(self, intent: ActionIntent, result: Mapping[str, Any]) -> None:
        """Write an action that is not done, with its result: nobody who goes on finds it just begun."""
        action_id, kept = new_id(), storable_json(dict(result))
        self._observer.action(intent.tool, str(result.get("error")))
        row = await self._guard.patiently(
            lambda: self._guard.database.fetchrow(
                BEGIN_ACTION, *self._values(action_id, intent, "refused", kept)
            )
        )
        if row is None:
            raise lost()

    async def hold(self, intent: ActionIntent, held: HeldAction) -> JournaledAction:
        """Write an action that waits for a human, with its approval, in one transaction."""
        action_id = new_id()

        async def write() -> Any:
            async with self._guard.database.transaction() as connection:
                row = await connection.fetchrow(BEGIN_ACTION, *self._values(action_id, intent, "held"))
                if row is not None and row["fresh"]:
                    await _await_verdict(connection, action_id, intent, held)
                return row

        row = await self._guard.patiently(write)
        if row is None:
            raise lost()
        return JournaledAction(**row)

    async def waits(self, conversation_id: UUID, tool: str, arguments: Mapping[str, Any]) -> bool:
        """Say whether the same call waits for a human in this conversation already."""
        waiting = await self._guard.patiently(
            lambda: pending_same(self._guard.database, conversation_id, tool, storable_json(dict(arguments)))
        )
        return waiting is not None

    async def finish(
        self,
        action_id: UUID,
        *,
        tool: str,
        state: str,
        result: Mapping[str, Any],
        files: Sequence[MadeFile] = (),
        conversation_id: UUID | None = None,
        with_next: bool = False,
    ) -> None:
        """Write what an action came to, in one transaction with its `files` for the conversation.

        That of a look-up, which may be repeated, can go with the row of the request that tells of it.
        """
        self._observer.action(tool, "ok" if result.get("ok") else str(result.get("error")))
        values = (action_id, state, storable_json(dict(result)))
        if with_next and not files:
            await self.flush()
            self._guard.late = values
            return

        async def write() -> None:
            if not files or conversation_id is None:
                await self._guard.database.execute(FINISH, *values)
                return
            async with self._guard.database.transaction() as connection:
                await keep_made(connection, files, conversation_id=conversation_id, action_id=action_id)
                await connection.execute(FINISH, *values)

        await self._guard.patiently(write)

    async def flush(self) -> None:
        """Write the outcome that waits for the next request, where none follows."""
        if self._guard.late != NOTHING_LATE:
            values = self._guard.late
            await self._guard.patiently(lambda: self._guard.database.execute(FINISH, *values))
            self._guard.late = NOTHING_LATE

    async def note(
        self, conversation_id: UUID, stage: str, verdicts: Sequence[Verdict], subject: str
    ) -> None:
        """Write the verdicts of a stage that an operator should be able to read."""
        if not verdicts:
            return
        rows = [
            {
                "id": str(new_id()),
                "rule": verdict.rule,
                "judgement": str(verdict.judgement),
                "reason": verdict.reason[:500],
            }
            for verdict in verdicts
        ]
        await self._guard.patiently(
            lambda: self._guard.database.execute(
                "INSERT INTO verdicts (id, conversation_id, turn_id, stage, rule, judgement, reason, subject)"
                " SELECT v.id, $1, $2, $3, v.rule, v.judgement, v.reason, $4"
                " FROM jsonb_to_recordset($5) AS v(id uuid, rule text, judgement text, reason text)",
                conversation_id,
                self._guard.lease.turn_id,
                stage,
                subject[:200],
                storable_json(rows),
            )
        )

    def _values(
        self, action_id: UUID, intent: ActionIntent, state: str, result: Mapping[str, Any] | None = None
    ) -> tuple[Any, ...]:
        amount = intent.amount
        return (
            *self._guard.held,
            action_id,
            intent.conversation_id,
            intent.step,
            intent.position,
            intent.tool,
            dict(intent.arguments),
            intent.key,
            state,
            intent.ruled,
            amount if amount is not None and amount.is_finite() and abs(amount) < LARGEST else None,
            intent.currency,
            intent.line[:300],
            intent.reason[:500],
            intent.customer_id,
            result,
        )


async def _await_verdict(connection: Any, action_id: UUID, intent: ActionIntent, held: HeldAction) -> None:
    expires_at = await connection.fetchval(
        "SELECT now() + make_interval(secs => $1)", held.expires_hours * 3600
    )
    await hold(
        connection,
        action_id=action_id,
        conversation_id=intent.conversation_id,
        tool=intent.tool,
        arguments=storable_json(dict(held.arguments)),
        summary=held.summary[:500],
        told=storable_json(dict(held.told)),
        evidence=storable_json(dict(held.evidence)),
        policy_line=intent.line[:300],
        reason=intent.reason[:500],
        caller=storable_json(held.caller),
        expires_at=expires_at,
    )


def action_key(
    *, conversation_id: UUID, message_id: UUID, tool: str, arguments: Mapping[str, Any], position: str
) -> str:
    """Return the idempotency key of an action: the same for the same intent, whatever the model called it."""
    canonical = json.dumps(arguments, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    parts = (str(conversation_id), str(message_id), tool, canonical, position)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
