"""The journal of one turn: every model request and every action is a row before the next step begins."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from orchestrator.errors import LeaseLost
from orchestrator.ids import new_id
from orchestrator.inference.types import RecordedRequest, RequestOutcome
from orchestrator.observe import Observer
from orchestrator.store.budget import DayBudget
from orchestrator.store.database import Database
from orchestrator.store.turns import Lease

T = TypeVar("T")
NOTABLE = 1.0

# Rows are written only while the lease is held: a process that was paused can't act after another took over.
HELD = "SELECT 1 FROM turns WHERE id = $1 AND replica = $2 AND attempt = $3 AND state = 'running'"


@dataclass(frozen=True, kw_only=True, slots=True)
class JournaledAction:
    """An action as the journal has it; `state` is started, done, failed, in_doubt or refused."""

    id: UUID
    tool: str
    arguments: Mapping[str, Any]
    key: str
    state: str
    result: Mapping[str, Any] | None
    fresh: bool


class TurnJournal:
    """The journal of the turn that `lease` stands for; `resumed` says that an earlier attempt left rows.

    Writes wait out an absence of the database; all raise `LeaseLost` when another replica runs the turn.
    """

    def __init__(self, database: Database, lease: Lease, *, budget: DayBudget, observer: Observer) -> None:
        self._database = database
        self._lease = lease
        self._budget = budget
        self._observer = observer
        self._models: dict[UUID, str] = {}
        self._begun: set[int] = set()
        self.waited = 0.0
        """Seconds spent waiting for an absent store: they are not the model's, and not the turn's."""

    @property
    def _held(self) -> tuple[UUID, int, int]:
        return self._lease.turn_id, self._lease.replica, self._lease.attempt

    async def _patiently(self, work: Callable[[], Awaitable[T]]) -> T:
        loop = asyncio.get_running_loop()
        began = loop.time()
        result = await self._database.patiently(work)
        if (took := loop.time() - began) > NOTABLE:
            self.waited += took
        return result

    async def check(self) -> None:
        """Wait until the store answers; raise `LeaseLost` when another replica runs the turn by now."""
        if not await self._patiently(lambda: self._database.fetchval(HELD, *self._held)):
            raise LeaseLost("Another replica runs this turn.")

    async def recorded(self, step: int) -> list[RecordedRequest]:
        """Return the earlier attempts of this step, oldest first; none costs no query on a first run."""
        if self._lease.attempt == 1 and step not in self._begun:
            return []
        rows = await self._database.fetch(
            "SELECT * FROM requests WHERE turn_id = $1 AND step = $2 ORDER BY attempt",
            self._lease.turn_id,
            step,
        )
        return [_recorded(row) for row in rows]

    async def begin(self, *, step: int, attempt: int, model: str, purpose: str) -> UUID:
        """Write a request's row before it is sent; raise `BudgetExhausted` when the day has none left."""
        self._begun.add(step)
        request_id = new_id()

        async def write() -> object:
            async with self._budget.spending() as connection:
                return await connection.fetchval(
                    "INSERT INTO requests (id, turn_id, step, attempt, provider, model, purpose)"
                    f" SELECT $4, $1, $5, $6, $7, $8, $9 WHERE EXISTS ({HELD})"
                    " ON CONFLICT (turn_id, step, attempt) DO UPDATE SET model = excluded.model RETURNING id",
                    *self._held,
                    request_id,
                    step,
                    attempt,
                    self._budget.provider,
                    model,
                    purpose,
                )

        row_id = await self._patiently(write)
        if not isinstance(row_id, UUID):
            raise LeaseLost("Another replica runs this turn.")
        self._models[row_id] = model
        return row_id

    async def finish(self, request_id: UUID, outcome: RequestOutcome) -> None:
        """Write what became of a request."""
        self._observer.request(self._models.get(request_id, ""), outcome)
        await self._patiently(
            lambda: self._database.execute(
                "UPDATE requests SET outcome = $2, error = $3, latency_ms = $4, first_token_ms = $5,"
                " input_tokens = $6, output_tokens = $7, finish_reason = $8, content = $9, tool_calls = $10"
                " WHERE id = $1",
                request_id,
                outcome.outcome,
                _storable(outcome.error),
                outcome.latency_ms,
                outcome.first_token_ms,
                outcome.input_tokens,
                outcome.output_tokens,
                _storable(outcome.finish_reason),
                _storable(outcome.content),
                _storable_json(outcome.tool_calls),
            )
        )

    async def begin_action(
        self,
        *,
        conversation_id: UUID,
        step: int,
        position: int,
        tool: str,
        arguments: Mapping[str, Any],
        key: str,
        verdict: str,
    ) -> JournaledAction:
        """Write an action's intent before it runs, or return the row an earlier attempt left."""

        async def write() -> Any:
            return await self._database.fetchrow(
                "INSERT INTO actions (id, turn_id, conversation_id, step, position, tool, arguments,"
                " key, state, verdict) SELECT $4, $1, $5, $6, $7, $8, $9, $10, 'started', $11"
                f" WHERE EXISTS ({HELD})"
                " ON CONFLICT (key) DO UPDATE SET key = excluded.key"
                " RETURNING id, tool, arguments, key, state, result, id = $4 AS fresh",
                *self._held,
                action_id,
                conversation_id,
                step,
                position,
                tool,
                dict(arguments),
                key,
                verdict,
            )

        action_id = new_id()
        row = await self._patiently(write)
        if row is None:
            raise LeaseLost("Another replica runs this turn.")
        return JournaledAction(**row)

    async def finish_action(
        self, action_id: UUID, *, tool: str, state: str, result: Mapping[str, Any]
    ) -> None:
        """Write what an action came to."""
        self._observer.action(tool, "ok" if result.get("ok") else str(result.get("error")))
        await self._patiently(
            lambda: self._database.execute(
                "UPDATE actions SET state = $2, result = $3, finished_at = now() WHERE id = $1",
                action_id,
                state,
                _storable_json(dict(result)),
            )
        )


def action_key(
    *, conversation_id: UUID, message_id: UUID, tool: str, arguments: Mapping[str, Any], position: str
) -> str:
    """Return the idempotency key of an action: the same for the same intent, whatever the model called it."""
    canonical = json.dumps(arguments, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    parts = (str(conversation_id), str(message_id), tool, canonical, position)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


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
        )
    return RecordedRequest(attempt=row["attempt"], model=row["model"], outcome=outcome)


def _storable(text: str | None) -> str | None:
    """PostgreSQL's text holds neither NUL nor lone surrogates."""
    if text is None:
        return None
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _storable_json(value: Any) -> Any:
    match value:
        case str():
            return _storable(value)
        case dict():
            return {_storable(str(key)): _storable_json(item) for key, item in value.items()}
        case list() | tuple():
            return [_storable_json(item) for item in value]
    return value
