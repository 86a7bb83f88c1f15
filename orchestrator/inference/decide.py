"""Asks for a decision until there is a valid one: repair, other models, and an honest end.

Every request is a row before it is sent and has its outcome written before anything acts on it, so a
restarted process goes on where this one stopped and pays for no answer twice: what is recorded is taken as if
it had just happened, and the plan goes the same way.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import uniform
from uuid import UUID

import structlog

from guardrails.decision import Decision, DecisionGate
from guardrails.json_text import clean_text
from orchestrator.inference.answer import Attempt, ModelAnswer, judged, recorded_answer
from orchestrator.inference.breaker import Permit, ProviderHealth, Resting
from orchestrator.inference.budget import next_day
from orchestrator.inference.catalog import CatalogSource, Model
from orchestrator.inference.errors import (
    BudgetExhausted,
    ContextTooLong,
    DecisionUnavailable,
    HttpRefused,
    InferenceError,
    ProviderAway,
    Whitespace,
)
from orchestrator.inference.provider import ModelExchange, Provider
from orchestrator.inference.rendering import Message, correction, nudge
from orchestrator.inference.reply_stream import ReplyStream
from orchestrator.inference.request import (
    Abilities,
    KnownAbilities,
    is_context_too_long,
    prompt_size,
    request_body,
)
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
MAX_REQUESTS = 12  # of one step, whatever happens
LONGEST_PAUSE = 15.0  # seconds between two requests
_GATES = 32
_LAST_WORDS = 2.0  # seconds to write the outcome of a cancelled request
_LONGEST_ERROR = 1000  # characters
_LARGEST_ANSWER = 16_384  # tokens
_RATE_LIMITS = 2  # times one model may be asked again after 429
_AGAIN_IN = 15.0  # seconds, where no breaker knows better

# By outcome: how often the same model is asked again, and after which a short wait comes first.
AGAIN = dict.fromkeys(("invalid", "truncated", "no_calls"), 2)
_ONCE = ("empty", "whitespace", "too_large", "disconnected", "bad_event", "http_408")
_WAITED_FOR = ("error_event", "unreachable", "http_409", "http_500", "http_502", "http_503", "http_529")
AGAIN |= dict.fromkeys((*_ONCE, *_WAITED_FOR), 1)
_MODELS_FAULT = frozenset(("invalid", "truncated", "empty", "no_calls", "whitespace", "too_large"))
_PROMPTS_FAULT = frozenset(("http_400", "http_413", "http_415", "http_422", "unsupported"))
_UNJUDGED = frozenset(("cancelled", "aborted", "unsupported"))


class RetryPlan:
    """Which model is next, with which messages and how much room: values in, values out."""

    def __init__(self, models: Sequence[Model]) -> None:
        """Begin with the models in the order they are to be tried."""
        self._models = tuple(models)
        self._queue = deque(models)
        self._counts: Counter[tuple[str, str]] = Counter()
        self._last = Attempt(outcome="unreachable")
        self.requests = 0
        self.purpose = "decide"
        self.extra: tuple[Message, ...] = ()
        self.max_tokens = models[0].max_tokens

    @property
    def model(self) -> Model:
        """The model to ask next; raises DecisionUnavailable or ProviderAway when there is none left."""
        if not self._queue or self.requests >= MAX_REQUESTS:
            raise self._unavailable()
        return self._queue[0]

    @property
    def others(self) -> tuple[str, ...]:
        """The models after the next one, by name."""
        return tuple(each.name for each in self._queue)[1:]

    @property
    def nudged_enough(self) -> bool:
        """Whether the model was asked often enough for the calls it announced."""
        return bool(self._queue) and self._counts[self._queue[0].name, "no_calls"] >= AGAIN["no_calls"]

    def is_native(self, name: str) -> bool:
        """Whether the catalog calls a model of this plan native."""
        return any(each.name == name and each.tools == "native" for each in self._models)

    def follow(self, name: str) -> None:
        """Put the model of a recorded request first, as it was when that request was sent."""
        found = next((each for each in self._queue if each.name == name), None)
        if found and found is not self._queue[0]:
            self._queue.remove(found)
            self._queue.appendleft(found)
            self._start_fresh()

    def skip(self) -> None:
        """Go on with the next model without having asked this one."""
        self._queue.popleft()
        self._start_fresh()

    def take(self, attempt: Attempt, answer: ModelAnswer, *, native: bool) -> bool:
        """Take an attempt that brought no decision; True when a short wait should follow."""
        self._last = attempt
        if not self._queue or attempt.outcome == "unsupported":
            self.purpose = "retry"
            return False
        if attempt.outcome == "http_401":
            self._queue.clear()  # the key is wrong for every model
            return False
        if attempt.outcome == "http_429":
            self._rate_limited()
            return bool(self._queue)
        return self._again_or_next(attempt, answer, native=native)

    def _again_or_next(self, attempt: Attempt, answer: ModelAnswer, *, native: bool) -> bool:
        key = (self._queue[0].name, attempt.outcome)
        self._counts[key] += 1
        if self._counts[key] > AGAIN.get(attempt.outcome, 0):
            self.skip()
            return False
        self.purpose = "repair" if attempt.outcome in _MODELS_FAULT else "retry"
        if attempt.outcome == "truncated":
            room = min(self.max_tokens * 2, _LARGEST_ANSWER, self._queue[0].window // 2)
            self.max_tokens = max(self.max_tokens, room)
        elif attempt.outcome == "invalid":
            self.extra = correction(answer, attempt.problems, native=native)
        elif attempt.outcome in _MODELS_FAULT:
            self.extra = nudge(attempt.outcome)
        return attempt.outcome in _WAITED_FOR

    def _rate_limited(self) -> None:
        """Go on with the next model; the limited one may have another turn at the end of the queue."""
        limited = self._queue.popleft()
        self._counts[limited.name, "http_429"] += 1
        if self._counts[limited.name, "http_429"] <= _RATE_LIMITS:
            self._queue.append(limited)
        if self._queue and self._queue[0] is limited:
            self.purpose = "retry"
        else:
            self._start_fresh()

    def _start_fresh(self) -> None:
        self.purpose = "fallback"
        self.extra = ()
        if self._queue:
            self.max_tokens = self._queue[0].max_tokens

    def _unavailable(self) -> InferenceError:
        """Return the error that says why no decision could be had."""
        reason = "; ".join(self._last.problems) or self._last.outcome
        if self._last.outcome in _MODELS_FAULT:
            return DecisionUnavailable("invalid", reason)
        if self._last.outcome == "context_too_long":
            return DecisionUnavailable("too_long", reason)
        if self._last.outcome in _PROMPTS_FAULT:
            return DecisionUnavailable("rejected", reason)
        return ProviderAway(self._last.outcome, retry_in=_AGAIN_IN, asked=self.requests > 0)


@dataclass(kw_only=True, slots=True)
class DecisionMaker:
    """What a turn asks for its next step; one for the process, used by many turns at once.

    `catalog` is called for each decision, so that a reloaded file counts from the next one on. `pause` is the
    short wait between requests in seconds (from, to), `rate_limited` the one after 429.
    """

    provider: Provider
    budget: RequestBudget
    catalog: CatalogSource
    abilities: KnownAbilities = field(default_factory=KnownAbilities)
    health: ProviderHealth = field(default_factory=ProviderHealth)
    pause: tuple[float, float] = (0.2, 0.6)
    rate_limited: float = 1.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _gates: OrderedDict[tuple[tuple[str, int], ...], tuple[Tools, DecisionGate]] = field(
        default_factory=OrderedDict
    )

    async def decide(
        self,
        prompt: Prompt,
        *,
        step: int,
        route: str,
        tools: Tools,
        journal: Journal,
        deadline: float,
        release: Release | None = None,
        compacted: bool = False,
        patience: float = 0.0,
    ) -> Decided:
        """Return a valid decision for one step of a turn.

        `route` is the kind of turn, `deadline` is loop time. `release` gets the reply by the sentence
        while it arrives. `compacted` says that the prompt was already shortened after ContextTooLong.
        `patience` is for how many seconds a resting provider is waited for.
        Raises DecisionUnavailable, ProviderAway, BudgetExhausted, ContextTooLong, and what journal or
        release raise.
        """
        fitting = self.catalog().fitting(route, size=prompt_size(prompt), compacted=compacted)
        models = sorted(fitting, key=lambda model: self.health.cooling(model.name))
        run = DecisionRun(
            maker=self,
            prompt=prompt,
            step=step,
            tools=tools,
            gate=self._gate(tools),
            journal=journal,
            deadline=deadline,
            release=release,
            compacted=compacted,
            patient_until=asyncio.get_running_loop().time() + patience,
            plan=RetryPlan(models),
        )
        return await run.decided()

    def _gate(self, tools: Tools) -> DecisionGate:
        """Return the compiled gate of these tools; the entry keeps them alive, so their ids stay theirs."""
        key = tuple((each.name, id(each.parameters)) for each in tools)
        known = self._gates.get(key)
        if known is None:
            known = self._gates[key] = (tuple(tools), DecisionGate(tools))
            if len(self._gates) > _GATES:
                self._gates.popitem(last=False)
        return known[1]


@dataclass(kw_only=True, slots=True)
class DecisionRun:
    """One decision being asked for; times are loop times. Raises what `DecisionMaker.decide` names."""

    maker: DecisionMaker
    prompt: Prompt
    step: int
    tools: Tools
    gate: DecisionGate
    journal: Journal
    deadline: float
    release: Release | None
    compacted: bool
    patient_until: float
    plan: RetryPlan
    _attempt: int = 0
    _asked: str | None = None
    _released: str = ""

    async def decided(self) -> Decided:
        """Return the recorded decision of this step, else ask for one."""
        for record in await self.journal.recorded(self.step):
            if (decision := self._replayed(record)) is not None:
                return Decided(decision=decision, model=record.model, released="")
        while True:
            model = self.plan.model
            await self._check_limits()
            permit = await self._admitted(model)
            if permit is not None and (made := await self._request(model, permit)) is not None:
                return made

    def _replayed(self, record: RecordedRequest) -> Decision | None:
        """Take a recorded attempt as if it had just happened, without waits; None: go on."""
        self._attempt = max(self._attempt, record.attempt)
        self._asked = record.model
        self.plan.requests += 1
        if record.outcome is None or record.outcome.outcome in _UNJUDGED:
            return None
        self.plan.follow(record.model)
        answer = recorded_answer(
            record.outcome.content, record.outcome.tool_calls, record.outcome.finish_reason
        )
        native = bool(answer.calls) or self.plan.is_native(record.model)
        attempt = Attempt(outcome=record.outcome.outcome, problems=(record.outcome.error or "",))
        if attempt.outcome in ("ok", "invalid"):
            attempt = judged(answer, self.gate, native=native, max_tokens=2**31, accept_text=True)
        if attempt.decision is None:
            self._failed(attempt, answer, native=native)
        return attempt.decision

    async def _check_limits(self) -> None:
        if asyncio.get_running_loop().time() >= self.deadline:
            raise DecisionUnavailable("deadline", "the time for this turn is up")
        left = await self.maker.budget.left()
        if left is not None and left <= 0:
            raise BudgetExhausted(next_day(datetime.now(UTC)))

    async def _admitted(self, model: Model) -> Permit | None:
        """Return the right to ask `model`; None when another one is to be asked instead."""
        health = self.maker.health
        while True:
            try:
                return await health.admit(model.name, again=self._asked == model.name)
            except Resting as rest:
                awake = any(not health.cooling(other) for other in self.plan.others)
                if awake and rest.part == model.name:
                    self.plan.skip()
                    return None
                await self._sit_out(rest)

    async def _sit_out(self, rest: Resting) -> None:
        """Wait for a resting part as long as the customer may be left without a word; then give up."""
        until = self.deadline if rest.unsure else self.patient_until
        left = min(until, self.deadline) - asyncio.get_running_loop().time()
        if rest.seconds > left:
            raise ProviderAway(rest.reason, retry_in=rest.seconds, asked=self.plan.requests > 0)
        await self.maker.sleep(rest.seconds)

    async def _request(self, model: Model, permit: Permit) -> Decided | None:
        """Send one request, write down what came, and act on that."""
        abilities = self.maker.abilities.of(model)
        max_tokens = min(self.plan.max_tokens, abilities.token_limit or self.plan.max_tokens)
        # Once an earlier attempt was shown, its replacement comes whole: two beginnings make no sentence.
        stream = None
        if self.release is not None and not self._released:
            stream = ReplyStream(gate=self.gate, release=self.release, native=abilities.native)
        try:
            body = self._body(model, abilities, max_tokens)
            request_id = await self._begin(model)
            exchange = await self._exchange(request_id, body, stream, permit)
            attempt = self._judged(model, abilities, exchange, max_tokens)
            await self._write(request_id, _outcome_of(attempt, exchange))
        except BaseException:
            await self.maker.health.note(permit, "aborted")  # its request is never finished
            raise
        await self.maker.health.note(permit, self._told_of(exchange, attempt), attempt.retry_after)
        if attempt.decision is None:
            log = _log.error if attempt.outcome in ("http_401", "http_403") else _log.warning
            log("model_request_failed", model=model.name, outcome=attempt.outcome, attempt=self._attempt)
            if self._failed(attempt, exchange.answer, native=abilities.native):
                await self._wait(model, attempt)
            return None
        if attempt.decision.coerced:
            _log.info("arguments_decoded", fields=attempt.decision.coerced)
        rest = stream.rest(attempt.decision.reply) if stream else ()
        return Decided(decision=attempt.decision, model=model.name, released=self._released, rest=rest)

    def _body(self, model: Model, abilities: Abilities, max_tokens: int) -> bytes:
        return request_body(
            self.prompt,
            model=model.name,
            abilities=abilities,
            max_tokens=max_tokens,
            temperature=model.temperature,
            tools=self.tools,
            extra=self.plan.extra,
        )

    async def _begin(self, model: Model) -> UUID:
        self._attempt += 1
        self._asked = model.name
        self.plan.requests += 1
        return await self.journal.begin(
            step=self.step, attempt=self._attempt, model=model.name, purpose=self.plan.purpose
        )

    async def _exchange(
        self, request_id: UUID, body: bytes, stream: ReplyStream | None, permit: Permit
    ) -> ModelExchange:
        started = asyncio.get_running_loop().time()
        marks: list[asyncio.Task[None]] = []

        def heard() -> None:
            self.maker.health.heard(permit)
            marks.append(asyncio.create_task(self._mark(request_id)))

        try:
            return await self.maker.provider.ask(
                body,
                deadline=self.deadline,
                on_answer=heard,
                on_delta=stream.feed if stream else None,
            )
        except BaseException as error:
            seconds = asyncio.get_running_loop().time() - started
            await self._write_bounded(request_id, _broken_off(error, seconds))
            raise
        finally:
            self._released += stream.released if stream else ""
            for mark in marks:
                mark.cancel()  # the outcome, which is written next, says the same and more

    async def _mark(self, request_id: UUID) -> None:
        """Write that an answer has begun: a process that dies now has spent this request."""
        with contextlib.suppress(Exception):
            await self.journal.answered(request_id)

    async def _write(self, request_id: UUID, outcome: RequestOutcome) -> None:
        """Write an outcome; when cancelled meanwhile, once more, so that the answer is not paid for twice."""
        try:
            await self.journal.finish(request_id, outcome)
        except asyncio.CancelledError:
            await self._write_bounded(request_id, outcome)
            raise

    async def _write_bounded(self, request_id: UUID, outcome: RequestOutcome) -> None:
        """Write an outcome on the way out; a failure here must not hide the reason for leaving."""
        try:
            async with asyncio.timeout(_LAST_WORDS):
                await self.journal.finish(request_id, outcome)
        except Exception as failure:
            _log.warning("model_request_not_closed", error=type(failure).__name__)

    def _judged(
        self, model: Model, abilities: Abilities, exchange: ModelExchange, max_tokens: int
    ) -> Attempt:
        attempt = judged(
            exchange.answer,
            self.gate,
            native=abilities.native,
            max_tokens=max_tokens,
            accept_text=self.plan.nudged_enough,
        )
        error = exchange.error
        if error is None or (isinstance(error, Whitespace) and attempt.decision):
            return attempt
        outcome = error.code
        if isinstance(error, HttpRefused):
            if is_context_too_long(error):
                outcome = "context_too_long"
            elif self.maker.abilities.learn(model, error):
                outcome = "unsupported"
        return Attempt(outcome=outcome, problems=(error.detail,), retry_after=error.retry_after)

    def _told_of(self, exchange: ModelExchange, attempt: Attempt) -> str:
        """Return what the breakers hear: a turn that had no time left says nothing of the provider."""
        if attempt.outcome != "timeout" or exchange.error is None or exchange.error.detail != "total":
            return attempt.outcome
        had_its_chance = exchange.latency_ms / 1000 >= 0.9 * self.maker.provider.limits.silence
        return attempt.outcome if exchange.answered or had_its_chance else "aborted"

    def _failed(self, attempt: Attempt, answer: ModelAnswer, *, native: bool) -> bool:
        """Take a failure; True when a wait should follow."""
        if attempt.outcome == "refused":
            raise DecisionUnavailable("refused", "the model refused to answer")
        if attempt.outcome == "context_too_long" and not self.compacted:
            raise ContextTooLong("the provider found the prompt too long")
        return self.plan.take(attempt, answer, native=native)

    async def _wait(self, model: Model, attempt: Attempt) -> None:
        """Wait before the next request; where that takes too long, go on with another model or give up."""
        seconds = uniform(*self.maker.pause)
        if attempt.outcome == "http_429":
            seconds += self.maker.rate_limited if attempt.retry_after is None else attempt.retry_after
        left = self.deadline - asyncio.get_running_loop().time()
        if seconds <= min(LONGEST_PAUSE, left):
            await self.maker.sleep(seconds)
        elif self.plan.model.name == model.name:
            raise ProviderAway(attempt.outcome, retry_in=seconds, asked=True)


def _outcome_of(attempt: Attempt, exchange: ModelExchange) -> RequestOutcome:
    """Return the row of a finished request; its text is made storable."""
    answer = exchange.answer
    calls = [
        {"name": clean_text(each.name), "arguments": clean_text(each.arguments)} for each in answer.calls
    ]
    return RequestOutcome(
        outcome=attempt.outcome,
        error=clean_text("; ".join(attempt.problems))[:_LONGEST_ERROR] or None,
        latency_ms=round(exchange.latency_ms, 3),
        first_token_ms=None if exchange.first_token_ms is None else round(exchange.first_token_ms, 3),
        input_tokens=answer.input_tokens,
        output_tokens=answer.output_tokens,
        finish_reason=answer.finish_reason and clean_text(answer.finish_reason)[:64],
        content=clean_text(answer.content) or None,
        tool_calls=calls or None,
        counted=exchange.answered,
    )


def _broken_off(error: BaseException, seconds: float) -> RequestOutcome:
    """Return the row of a request that was broken off from our side."""
    outcome = "cancelled" if isinstance(error, asyncio.CancelledError) else "aborted"
    return RequestOutcome(outcome=outcome, error=type(error).__name__, latency_ms=round(seconds * 1000, 3))
