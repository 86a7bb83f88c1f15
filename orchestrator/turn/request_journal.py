"""The requests of one turn: every one is a row before it is sent, and its answer before it is used."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from orchestrator.errors import StoreAway
from orchestrator.ids import new_id
from orchestrator.inference.budget import RESERVED, DayBudget, next_day
from orchestrator.inference.errors import BudgetExhausted
from orchestrator.inference.types import RecordedRequest, RequestOutcome
from orchestrator.observe import Observer
from orchestrator.store.database import RELAXED, storable, storable_json
from orchestrator.store.lease import NOTHING_LATE, LeaseGuard, lost

BEGIN = "SELECT * FROM begin_request($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"


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
                BEGIN,
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
