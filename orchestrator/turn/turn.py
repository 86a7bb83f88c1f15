"""One turn, top to bottom: recall, decide, act, review, reply."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog

from guardrails.decision import Decision
from guardrails.verdict import Verdict
from orchestrator.conversation.event_bus import EventBus, Lagged, TurnBegan, TurnEnded, Typing
from orchestrator.conversation.file_store import FileStore
from orchestrator.conversation.message import Traits
from orchestrator.conversation.turn_ending import Conversations, Ended, Ending
from orchestrator.conversation.turn_runner import TurnClaim
from orchestrator.conversation.waiting_turns import BUDGET, PROVIDER, WaitingTurns, WaitsFor
from orchestrator.errors import LeaseLost
from orchestrator.inference.budget import DayBudget
from orchestrator.inference.catalog import CatalogSource
from orchestrator.inference.decide import DecisionMaker
from orchestrator.inference.errors import (
    BudgetExhausted,
    ContextTooLong,
    DecisionUnavailable,
    ProviderAway,
)
from orchestrator.inference.types import ActionOutcome, Decided, TurnStep
from orchestrator.languages.wording import say
from orchestrator.memory.shorten import shorten
from orchestrator.observe import Observer
from orchestrator.people.proofs import Principal
from orchestrator.policies import Policies
from orchestrator.store.database import Database
from orchestrator.store.lease import LeaseGuard
from orchestrator.store.replica import Replica
from orchestrator.turn.actions import ActionRunner, Proofs
from orchestrator.turn.context import ContextMaker, TurnContext, offered
from orchestrator.turn.endings import TurnEndings
from orchestrator.turn.interrupts import Interrupted, Interrupts, unless_interrupted
from orchestrator.turn.journal import ActionJournal, RequestJournal
from orchestrator.turn.review import StreamReview
from orchestrator.turn.state import TurnState
from tools.tool import Toolset

log = structlog.get_logger()
STEPS = 12
TRIES = 3
"""How often a turn may fail while others are answered, before it is left to a human."""
AGAIN_IN = 15.0
SHORTEST = 1.0
"""Seconds until a waiting turn is tried again: while others are answered, and at least."""
CHARACTERS_PER_TOKEN = 3
REVIEW = "respond"
NO_MORE = ActionOutcome(
    call_id="last",
    tool=REVIEW,
    arguments={},
    result={
        "ok": False,
        "error": "no_more_actions",
        "message": "No further action is possible in this turn. Reply now: tell the customer what you have,"
        " say what is still open, and ask whether to go on with it.",
    },
)
"""What the model reads behind the results of its last step."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnBounds:
    """Bounds of one turn: `deadline` in seconds for its model requests, `steps` decisions with actions.

    `patience` is for how many seconds a resting provider is waited for before the customer is told.
    """

    deadline: float = 60.0
    steps: int = STEPS
    patience: float = 8.0


class Turn:
    """Runs claimed turns; one object serves them all."""

    def __init__(
        self,
        *,
        database: Database,
        replica: Replica,
        bus: EventBus,
        conversations: Conversations,
        contexts: ContextMaker,
        decisions: DecisionMaker,
        catalog: CatalogSource,
        registry: Toolset,
        policies: Policies,
        proofs: Proofs,
        files: FileStore,
        interrupts: Interrupts,
        traits: Mapping[str, Traits],
        budget: DayBudget,
        waiting: WaitingTurns,
        limits: TurnBounds,
        observer: Observer,
        deliveries_wait: Callable[[], None],
    ) -> None:
        self._database = database
        self._replica = replica
        self._bus = bus
        self._conversations = conversations
        self._contexts = contexts
        self._decisions = decisions
        self._catalog = catalog
        self._registry = registry
        self._action_runner = ActionRunner(registry, bus, policies=policies, proofs=proofs, files=files)
        self._interrupts = interrupts
        self._traits = traits
        self._endings = TurnEndings(traits)
        self._budget = budget
        self._waiting_turns = waiting
        self._limits = limits
        self._observer = observer
        self._deliveries_wait = deliveries_wait

    async def run(self, claim: TurnClaim) -> None:
        """Run one turn to its end; raise `LeaseLost` or `StoreAway` when this replica can't finish it."""
        context = await self._contexts.make(claim)
        if not isinstance(context, TurnContext):
            await self._end(claim, Ending(outcome=context))
            return
        if context.unreadable:
            await self._end(claim, self._endings.encrypted(context), context)
            return
        self._bus.publish(context.conversation_id, Typing(on=True))
        if self._traits[context.channel].interruptible:
            self._bus.publish(context.conversation_id, TurnBegan(turn=context.turn_id))
        try:
            ending = await self._answer(context)
        finally:
            self._bus.publish(context.conversation_id, Typing(on=False))
        await self._end(claim, ending, context)

    async def give_up(self, claim: TurnClaim) -> None:
        """Hand a turn that keeps failing to a human, with an honest sentence; nothing is read for it."""
        ending = Ending(
            outcome="handed_off",
            text=say("handed_off", self._contexts.persona.language),
            author="system",
            handoff=("The turn failed repeatedly; see the log.", "high"),
            goes_on=self._contexts.goes_on(claim.channel),
            deliver=self._traits[claim.channel].queued,
        )
        await self._end(claim, ending)

    async def _answer(self, context: TurnContext) -> Ending:
        turn = self._state_of(context)
        await turn.actions.note(context.conversation_id, "inbound", context.screened, "message")
        if context.held is not None:
            return self._endings.withheld(turn, context.held)
        try:
            turn.resume()
            with self._interrupts.listening(context.turn_id) as turn.interrupted:
                ending = await self._converse(turn)
        except Interrupted:
            ending = self._endings.interrupted(turn)
        except (BudgetExhausted, ProviderAway, DecisionUnavailable) as error:
            ending = await self._undecided(turn, error)
        await turn.actions.flush()
        return ending

    def _state_of(self, context: TurnContext) -> TurnState:
        guard = LeaseGuard(self._database, context.claim.lease)
        recalled = context.recalled
        return TurnState(
            context=context,
            guard=guard,
            journal=RequestJournal(guard, budget=self._budget, observer=self._observer),
            actions=ActionJournal(guard, observer=self._observer),
            principal=Principal(
                trust=recalled.trust,
                customer_id=recalled.customer_id,
                name=recalled.name,
                verified_addresses=recalled.verified_addresses,
                claimed_addresses=recalled.claimed_addresses,
                tags=recalled.tags,
            ),
            flagged=context.suspicious,
            ends=_now() + self._limits.deadline,
            thread=recalled.thread,
        )

    async def _converse(self, turn: TurnState) -> Ending:
        for _ in range(self._limits.steps):
            decided = await self._decide(turn)
            decision = decided.decision
            if not decision.actions:
                return await self._reply(turn, decided)
            for piece in decided.rest:
                await turn.stream(piece)  # a remark beside actions
            outcomes = await self._action_runner.run(turn, decision.actions)
            turn.steps.append(TurnStep(decision=decision, outcomes=outcomes))
            if turn.in_doubt:
                return self._endings.handed_off(turn, "in_doubt", turn.handoff)
            if turn.looping:
                return self._endings.handed_off(
                    turn, "handed_off", ("The model repeated the same action.", "normal")
                )
            if turn.waiting and len(turn.waiting) == len(turn.outcomes) and decision.handoff is None:
                return self._endings.waiting(turn)
            if _only_handoff(decision):
                return self._endings.handed_off(turn, "human_wanted", turn.handoff)
        return await self._closed(turn)

    async def _closed(self, turn: TurnState) -> Ending:
        """Let the model tell what it has after its last step; the customer keeps the assistant."""
        last = turn.steps[-1]
        turn.steps[-1] = replace(last, outcomes=(*last.outcomes, NO_MORE))
        decided = await self._decide(turn)
        if decided.decision.actions:
            return self._endings.own_words(turn, "not_finished")
        return await self._reply(turn, decided)

    async def _decide(self, turn: TurnState) -> Decided:
        turn.step += 1
        traits = self._traits[turn.context.channel]
        while True:
            turn.stream = StreamReview(turn, self._bus)
            deciding = self._decisions.decide(
                turn.prompt(),
                step=turn.step,
                route=turn.context.channel,
                tools=offered(self._registry, turn.context.recalled),
                journal=turn.journal,
                deadline=turn.ends + turn.guard.waited,
                release=turn.stream if traits.early_release else None,
                compacted=turn.compacted,
                patience=0.0 if turn.context.recalled.told_to_wait else self._limits.patience,
            )
            try:
                return await (
                    unless_interrupted(deciding, turn.interrupted) if traits.interruptible else deciding
                )
            except ContextTooLong:
                await self._shorten(turn)

    async def _shorten(self, turn: TurnState) -> None:
        """Shorten the thread to what the largest window of the route holds, once."""
        if turn.compacted:
            raise DecisionUnavailable("too_long", "The message is too long for every model.")
        window = max(model.window for model in self._catalog().route(turn.context.channel))
        room = min(window * CHARACTERS_PER_TOKEN // 2, len(turn.thread) // 2)
        fragments = await self._conversations.threads(turn.conversation_id)
        turn.thread = shorten(fragments, room=room)
        turn.compacted = True

    async def _reply(self, turn: TurnState, decided: Decided) -> Ending:
        """Review the reply as a whole, have it written again once, and show what was not shown yet."""
        verdict = self._reviewed(turn, decided)
        if verdict.blocked:
            log.warning("a reply was blocked", rule=verdict.rule, turn=str(turn.turn_id))
            await turn.actions.note(turn.conversation_id, "reply", (verdict,), "reply")
            turn.steps.append(_blocked(decided.decision, verdict))
            decided = await self._decide(turn)
            verdict = self._reviewed(turn, decided)
        if verdict.blocked:
            await turn.actions.note(turn.conversation_id, "reply", (verdict,), "repaired reply")
        if verdict.blocked or decided.decision.actions:
            reason = f"A reply was blocked ({verdict.rule}): {verdict.reason}"
            return self._endings.handed_off(turn, "handed_off", (reason, "normal"))
        return self._endings.answered(turn, decided.decision)

    def _reviewed(self, turn: TurnState, decided: Decided) -> Verdict:
        decision = decided.decision
        verdict = turn.review(decision.reply, decision.citations)
        if not verdict.blocked and not decision.actions:
            turn.stream.show(decided.rest)
        return verdict

    async def _undecided(
        self, turn: TurnState, error: BudgetExhausted | ProviderAway | DecisionUnavailable
    ) -> Ending:
        """Wait for a model where one can be had later; what no model can decide goes to a human."""
        match error:
            case BudgetExhausted(resets_at=again_at):
                return self._endings.deferred(turn.context, again_at, WaitsFor(reason=BUDGET), "deferred")
            case ProviderAway():
                return await self._put_off(turn, error.reason, error.retry_in, asked=error.asked)
            case DecisionUnavailable(code="deadline"):
                return await self._put_off(turn, error.code, AGAIN_IN, asked=True)
            case _:
                log.warning("no decision could be had", code=error.code, turn=str(turn.turn_id))
                return self._endings.handed_off(turn, "handed_off", (error.reason[:500], "normal"))

    async def _put_off(self, turn: TurnState, reason: str, retry_in: float, *, asked: bool) -> Ending:
        """Let the turn wait for the provider; one that alone gets no answer goes to a human in the end."""
        context, tries = turn.context, turn.context.recalled.tries
        if asked and await self._waiting_turns.others_answered(context.turn_id, within=self._limits.deadline):
            tries += 1
        log.warning("a turn waits for the provider", reason=reason, tries=tries, turn=str(context.turn_id))
        if tries >= TRIES:
            matter = f"No model answers this conversation ({reason}), though others are answered."
            return self._endings.handed_off(turn, "provider_down", (matter, "normal"))
        again_at = datetime.now(UTC) + timedelta(seconds=max(SHORTEST, retry_in))
        return self._endings.deferred(
            context, again_at, WaitsFor(reason=PROVIDER, tries=tries), self._endings.wait_word(context)
        )

    async def _end(self, claim: TurnClaim, ending: Ending, context: TurnContext | None = None) -> None:
        """Write the ending, then tell whoever listens."""
        if context is not None:
            wanted = ending.handoff is not None or context.recalled.colleague is not None
            ending = replace(
                ending,
                upto_seq=context.recalled.upto_seq,
                goes_on=context.terms.goes_on,
                reach=context.reach if wanted else None,
            )

        async def write() -> Ended:
            spoken = self._traits[claim.channel].interruptible
            return await self._conversations.end_turn(
                claim.lease, ending, stamp=self._replica.stamp, spoken=spoken
            )

        try:
            ended = await self._database.patiently(write)
        except LeaseLost:
            self._bus.bring(
                claim.conversation_id, Lagged()
            )  # it may have been written just before we lost sight
            raise
        for event in ended.events:
            self._bus.bring(claim.conversation_id, event)
        if ended.outcome != "nothing":
            self._count(claim, ended.outcome)
            turn_ended = TurnEnded(turn=claim.lease.turn_id, status=ended.outcome, upto_seq=ended.upto_seq)
            self._bus.publish(claim.conversation_id, turn_ended)
        if ended.delivery:
            self._deliveries_wait()

    def _count(self, claim: TurnClaim, outcome: str) -> None:
        now = datetime.now(UTC)
        waited = (claim.claimed_at - claim.created_at).total_seconds()
        took = (now - claim.claimed_at).total_seconds()
        self._observer.turn(claim.channel, outcome, waited=waited, took=took)


def _blocked(decision: Decision, verdict: Verdict) -> TurnStep:
    remark = {
        "ok": False,
        "error": "reply_blocked",
        "message": f"Your reply was not sent. {verdict.reason} Write a reply without it, or hand off.",
    }
    outcome = ActionOutcome(call_id="review", tool=REVIEW, arguments={}, result=remark)
    return TurnStep(decision=decision, outcomes=(outcome,))


def _only_handoff(decision: Decision) -> bool:
    """Say whether nothing but a human was asked for: then no second request is needed for a closing word."""
    return all(action.tool == "escalate_to_human" for action in decision.actions)


def _now() -> float:
    return asyncio.get_running_loop().time()
