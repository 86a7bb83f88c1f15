"""One decision being asked for: replay what is recorded, then request after request until it stands."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import uniform
from uuid import UUID

import structlog

from guardrails.decision import DecisionGate
from orchestrator.days import next_day
from orchestrator.inference.abilities import Abilities, KnownAbilities, is_context_too_long
from orchestrator.inference.answer import ModelAnswer
from orchestrator.inference.breaker import Permit, ProviderHealth, Resting
from orchestrator.inference.catalog import Model
from orchestrator.inference.errors import (
    BudgetExhausted,
    ContextTooLong,
    DecisionUnavailable,
    HttpRefused,
    ProviderAway,
    ProviderError,
    Whitespace,
)
from orchestrator.inference.judge import Judged, judge
from orchestrator.inference.ledger import answer_of, outcome_of, unfinished
from orchestrator.inference.provider import ModelExchange, Provider
from orchestrator.inference.reply_stream import ReplyStream
from orchestrator.inference.request import request_body
from orchestrator.inference.retry_plan import RetryPlan
from orchestrator.inference.types import (
    Decided,
    Journal,
    Prompt,
    RecordedRequest,
    Release,
    RequestBudget,
    RequestOutcome,
    Tools,
)

_log = structlog.get_logger()
_LAST_WORDS = 2.0  # seconds to write the outcome of a cancelled request
_UNJUDGED = frozenset(("cancelled", "aborted", "unsupported"))


@dataclass(frozen=True, kw_only=True, slots=True)
class RetryPauses:
    """Waits between requests, in seconds: a short one (from, to), one after 429, and the longest."""

    short: tuple[float, float] = (0.2, 0.6)
    rate_limited: float = 1.0
    longest: float = 15.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Means:
    """What all decisions share."""

    provider: Provider
    budget: RequestBudget
    capabilities: KnownAbilities = field(default_factory=KnownAbilities)
    health: ProviderHealth = field(default_factory=ProviderHealth)
    waits: RetryPauses = field(default_factory=RetryPauses)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionWanted:
    """What one decision is about; `deadline` is loop time, `patience` seconds until the customer is told."""

    prompt: Prompt
    step: int
    tools: Tools
    gate: DecisionGate
    journal: Journal
    deadline: float
    release: Release | None
    compacted: bool
    patience: float


class DecisionRun:
    """Asks one question until there is a decision; raises the errors that `DecisionMaker.decide` names."""

    def __init__(self, means: Means, question: DecisionWanted, plan: RetryPlan) -> None:
        """Nothing is sent before `decided`."""
        self._means = means
        self._question = question
        self._plan = plan
        self._attempt = 0
        self._released = ""
        self._patient_until = asyncio.get_running_loop().time() + question.patience
        self._asked: str | None = None

    async def decided(self) -> Decided:
        """Return the recorded decision of this step, else ask for one."""
        for record in await self._question.journal.recorded(self._question.step):
            if (replayed := self._replay(record)) is not None:
                return replayed
        while True:
            model = self._plan.model
            await self._check_limits()
            permit = await self._admitted(model)
            if permit is None:
                continue
            judged = await self._request(model, permit)
            if judged.decision:
                return Decided(decision=judged.decision, model=model.name, released=self._released)

    def _replay(self, record: RecordedRequest) -> Decided | None:
        """Take a recorded attempt as if it had just happened, without waits; None: go on."""
        self._attempt = max(self._attempt, record.attempt)
        self._asked = record.model
        self._plan.requests += 1
        if record.outcome is None or record.outcome.outcome in _UNJUDGED:
            return None
        self._plan.follow(record.model)
        answer = answer_of(record.outcome)
        native = bool(answer.calls) or self._plan.is_native(record.model)
        judged = Judged(outcome=record.outcome.outcome, problems=(record.outcome.error or "",))
        if judged.outcome in ("ok", "invalid"):
            judged = judge(
                answer, gate=self._question.gate, native=native, max_tokens=2**31, accept_text=True
            )
        if judged.decision:
            return Decided(decision=judged.decision, model=record.model, released="")
        self._take(judged, answer, native=native)
        return None

    async def _admitted(self, model: Model) -> Permit | None:
        """Return the right to ask `model`; None when another one is to be asked instead."""
        health = self._means.health
        while True:
            try:
                return await health.admit(model.name, again=self._asked == model.name)
            except Resting as rest:
                awake = any(not health.cooling(other) for other in self._plan.others)
                if awake and rest.part == model.name:
                    self._plan.skip()
                    return None
                await self._sit_out(rest)

    async def _sit_out(self, rest: Resting) -> None:
        """Wait for a resting part as long as the customer may be left without a word; then give up."""
        until = self._question.deadline if rest.unsure else self._patient_until
        left = min(until, self._question.deadline) - asyncio.get_running_loop().time()
        if rest.seconds > left:
            asked = self._plan.requests > 0
            raise ProviderAway(rest.reason, retry_in=rest.seconds, asked=asked)
        await self._means.sleep(rest.seconds)

    async def _request(self, model: Model, permit: Permit) -> Judged:
        """Send one request, write down what came, and act on that."""
        async with self._noted(permit):
            abilities = self._means.capabilities.of(model)
            max_tokens = min(self._plan.max_tokens, abilities.token_limit or self._plan.max_tokens)
            body = self._body(model, abilities, max_tokens)
            request_id = await self._begin(model)
            stream = self._stream(abilities)
            exchange = await self._exchange(request_id, body, stream, permit)
            judged = self._judged(model, abilities, exchange, max_tokens)
            await self._write(request_id, outcome_of(judged, exchange))
        await self._means.health.note(permit, self._told_of(exchange, judged), judged.retry_after)
        if judged.decision:
            await self._finish_stream(stream, judged)
        else:
            self._log_failure(model, judged)
            if self._take(judged, exchange.answer, native=abilities.native):
                await self._wait(model, judged)
        return judged

    @contextlib.asynccontextmanager
    async def _noted(self, permit: Permit) -> AsyncIterator[None]:
        """Give a permit back when its request is never finished."""
        try:
            yield
        except BaseException:
            await self._means.health.note(permit, "aborted")
            raise

    async def _check_limits(self) -> None:
        if asyncio.get_running_loop().time() >= self._question.deadline:
            raise DecisionUnavailable("deadline", "the time for this turn is up")
        left = await self._means.budget.left()
        if left is not None and left <= 0:
            raise BudgetExhausted(next_day(datetime.now(UTC)))

    def _body(self, model: Model, abilities: Abilities, max_tokens: int) -> bytes:
        return request_body(
            self._question.prompt,
            model=model.name,
            abilities=abilities,
            max_tokens=max_tokens,
            temperature=model.temperature,
            tools=self._question.tools,
            extra=self._plan.extra,
        )

    async def _begin(self, model: Model) -> UUID:
        self._attempt += 1
        self._asked = model.name
        self._plan.requests += 1
        return await self._question.journal.begin(
            step=self._question.step, attempt=self._attempt, model=model.name, purpose=self._plan.purpose
        )

    def _stream(self, abilities: Abilities) -> ReplyStream | None:
        # once an earlier attempt was shown, its replacement comes whole: two beginnings make no sentence
        if self._question.release is None or self._released:
            return None
        return ReplyStream(gate=self._question.gate, release=self._question.release, native=abilities.native)

    async def _exchange(
        self, request_id: UUID, body: bytes, stream: ReplyStream | None, permit: Permit
    ) -> ModelExchange:
        started = asyncio.get_running_loop().time()
        marks: list[asyncio.Task[None]] = []

        def heard() -> None:
            self._means.health.heard(permit)
            marks.append(asyncio.create_task(self._mark(request_id)))

        try:
            return await self._means.provider.ask(
                body,
                deadline=self._question.deadline,
                on_answer=heard,
                on_delta=stream.feed if stream else None,
            )
        except BaseException as error:
            await self._write_last_words(request_id, error, asyncio.get_running_loop().time() - started)
            raise
        finally:
            self._released += stream.released if stream else ""
            for mark in marks:
                mark.cancel()  # the outcome, which is written next, says the same and more

    async def _mark(self, request_id: UUID) -> None:
        """Write that an answer has begun: a process that dies now has spent this request."""
        with contextlib.suppress(Exception):
            await self._question.journal.answered(request_id)

    async def _write(self, request_id: UUID, outcome: RequestOutcome) -> None:
        """Write an outcome; when cancelled meanwhile, once more, so that the answer is not paid for twice."""
        try:
            await self._question.journal.finish(request_id, outcome)
        except asyncio.CancelledError:
            await self._write_bounded(request_id, outcome)
            raise

    async def _write_last_words(self, request_id: UUID, error: BaseException, seconds: float) -> None:
        """Write why a request was broken off."""
        outcome = "cancelled" if isinstance(error, asyncio.CancelledError) else "aborted"
        await self._write_bounded(request_id, unfinished(outcome, error, seconds))

    async def _write_bounded(self, request_id: UUID, outcome: RequestOutcome) -> None:
        """Write an outcome on the way out; a failure here must not hide the reason for leaving."""
        try:
            async with asyncio.timeout(_LAST_WORDS):
                await self._question.journal.finish(request_id, outcome)
        except Exception as failure:
            _log.warning("model_request_not_closed", error=type(failure).__name__)

    def _judged(self, model: Model, abilities: Abilities, exchange: ModelExchange, max_tokens: int) -> Judged:
        judged = judge(
            exchange.answer,
            gate=self._question.gate,
            native=abilities.native,
            max_tokens=max_tokens,
            accept_text=self._plan.nudged_enough,
        )
        if exchange.error is None or (isinstance(exchange.error, Whitespace) and judged.decision):
            return judged
        return self._failed(model, exchange.error)

    def _told_of(self, exchange: ModelExchange, judged: Judged) -> str:
        """Return what the breakers hear: a turn that had no time left says nothing of the provider."""
        if judged.outcome != "timeout" or exchange.error is None or exchange.error.detail != "total":
            return judged.outcome
        had_its_chance = exchange.latency_ms / 1000 >= 0.9 * self._means.provider.limits.silence
        return judged.outcome if exchange.answered or had_its_chance else "aborted"

    def _failed(self, model: Model, error: ProviderError) -> Judged:
        outcome = error.code
        if isinstance(error, HttpRefused):
            if is_context_too_long(error):
                outcome = "context_too_long"
            elif self._means.capabilities.learn(model, error):
                outcome = "unsupported"
        return Judged(outcome=outcome, problems=(error.detail,), retry_after=error.retry_after)

    async def _finish_stream(self, stream: ReplyStream | None, judged: Judged) -> None:
        if judged.decision and judged.decision.coerced:
            _log.info("arguments_decoded", fields=judged.decision.coerced)
        if stream and judged.decision:
            await stream.finish(judged.decision.reply)
            self._released = stream.released

    def _take(self, judged: Judged, answer: ModelAnswer, *, native: bool) -> bool:
        """Take a failure; True when a wait should follow."""
        if judged.outcome == "refused":
            raise DecisionUnavailable("refused", "the model refused to answer")
        if judged.outcome == "context_too_long" and not self._question.compacted:
            raise ContextTooLong("the provider found the prompt too long")
        return self._plan.take(judged, answer, native=native)

    async def _wait(self, model: Model, judged: Judged) -> None:
        """Wait before the next request; where that takes too long, go on with another model or give up."""
        waits = self._means.waits
        seconds = uniform(*waits.short)
        if judged.outcome == "http_429":
            seconds += waits.rate_limited if judged.retry_after is None else judged.retry_after
        left = self._question.deadline - asyncio.get_running_loop().time()
        if seconds <= min(waits.longest, left):
            await self._means.sleep(seconds)
        elif self._plan.model.name == model.name:
            raise ProviderAway(judged.outcome, retry_in=seconds, asked=True)

    def _log_failure(self, model: Model, judged: Judged) -> None:
        log = _log.error if judged.outcome in ("http_401", "http_403") else _log.warning
        log("model_request_failed", model=model.name, outcome=judged.outcome, attempt=self._attempt)
