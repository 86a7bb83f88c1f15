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
from orchestrator.conversation.turn_ending import Conversations, Ended, Ending, fragment
from orchestrator.conversation.turn_queue import TurnClaim
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
from orchestrator.languages.wording import ours, say
from orchestrator.memory.shorten import shorten
from orchestrator.observe import Observer
from orchestrator.people.principal import Principal
from orchestrator.policies import Policies
from orchestrator.store.database import Database
from orchestrator.store.lease import LeaseGuard
from orchestrator.store.replica import Replica
from orchestrator.turn.action_journal import ActionJournal
from orchestrator.turn.actions import ActionRunner, Proofs
from orchestrator.turn.context import ContextMaker, TurnContext, offered, shown_citations
from orchestrator.turn.interrupts import Interrupted, Interrupts, unless_interrupted
from orchestrator.turn.prompt import spoken, thread_messages
from orchestrator.turn.request_journal import RequestJournal
from orchestrator.turn.review import StreamReview
from orchestrator.turn.state import TurnState
from tools.toolset import Toolset

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
URGENT = "urgent"
PRIORITIES = (URGENT, "high", "normal", "low")


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnLimits:
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
        limits: TurnLimits,
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
            await self._end(claim, self._encrypted(context), context)
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
            return self._withheld(turn, context.held)
        try:
            turn.resume()
            with self._interrupts.listening(context.turn_id) as turn.interrupted:
                return await self._converse(turn)
        except Interrupted:
            return self._interrupted(turn)
        except (BudgetExhausted, ProviderAway, DecisionUnavailable) as error:
            return await self._undecided(turn, error)

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
            outcomes = await self._action_runner.run(turn, decision.actions)
            turn.steps.append(TurnStep(decision=decision, outcomes=outcomes))
            if turn.in_doubt:
                return self._handed_off(turn, "in_doubt", turn.handoff)
            if turn.looping:
                return self._stuck(turn, "The model repeated the same action.")
            if turn.waiting and len(turn.waiting) == len(turn.outcomes) and decision.handoff is None:
                return self._waiting(turn)
            if _only_handoff(decision):
                return self._handed_off(turn, "human_wanted", turn.handoff)
        return await self._closed(turn)

    async def _closed(self, turn: TurnState) -> Ending:
        """Let the model tell what it has after its last step; the customer keeps the assistant."""
        last = turn.steps[-1]
        turn.steps[-1] = replace(last, outcomes=(*last.outcomes, NO_MORE))
        decided = await self._decide(turn)
        if decided.decision.actions:
            return self._own_words(turn, "not_finished")
        return await self._reply(turn, decided)

    async def _decide(self, turn: TurnState) -> Decided:
        turn.step += 1
        traits = self._traits[turn.context.channel]
        while True:
            deciding = self._decisions.decide(
                turn.prompt(),
                step=turn.step,
                route=turn.context.channel,
                tools=offered(self._registry, turn.context.recalled),
                journal=turn.journal,
                deadline=turn.ends + turn.guard.waited,
                release=StreamReview(self._bus, turn) if traits.early_release else None,
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
        fragments = await self._conversations.threads(turn.context.conversation_id)
        turn.thread = shorten(fragments, room=room)
        turn.compacted = True

    async def _reply(self, turn: TurnState, decided: Decided) -> Ending:
        decision = decided.decision
        verdict = turn.review(decision.reply, decision.citations)
        if verdict.blocked:
            log.warning("a reply was blocked", rule=verdict.rule, turn=str(turn.context.turn_id))
            await turn.actions.note(turn.context.conversation_id, "reply", (verdict,), "reply")
            turn.steps.append(_blocked(decision, verdict))
            decision = (await self._decide(turn)).decision
            verdict = turn.review(decision.reply, decision.citations)
        if verdict.blocked:
            await turn.actions.note(turn.context.conversation_id, "reply", (verdict,), "repaired reply")
        if verdict.blocked or decision.actions:
            reason = f"A reply was blocked ({verdict.rule}): {verdict.reason}"
            return self._handed_off(turn, "handed_off", (reason, "normal"))
        return self._answered(turn, decision)

    def _answered(self, turn: TurnState, decision: Decision) -> Ending:
        context, handoff = turn.context, turn.handoff
        if decision.handoff is not None:
            handoff = (decision.handoff.reason, decision.handoff.priority)
        language = decision.language if decision.language != "und" else context.language
        text = context.vault.masked(decision.reply.strip()) or say("human_wanted", language)
        if turn.waiting:
            text = f"{text}\n\n{_colleague_checks(turn)}"
        if handoff:
            text = _with_terms(text, context, language, handoff)
        return Ending(
            outcome="handed_off" if handoff else "waiting_approval" if turn.waiting else "answered",
            text=text,
            waiting=bool(turn.waiting),
            citations=shown_citations(context, turn.outcomes, decision.citations),
            thread=fragment(thread_messages(context.messages, turn.said, decision.canonical())),
            language=language[:2] if language[:2] != context.recalled.language else None,
            handoff=handoff,
            matter=handoff[0] if handoff else None,
            facts={} if turn.flagged else {each.key: each.value for each in decision.remember},
            trust=turn.principal.trust,
            said_by=turn.principal.customer_id,
            deliver=self._traits[context.channel].queued,
        )

    def _interrupted(self, turn: TurnState) -> Ending:
        """End a turn the caller spoke over; what was heard of it stands in its row and is put in there."""
        final = spoken("", turn.context.language)
        thread = fragment(thread_messages(turn.context.messages, turn.said, final))
        return Ending(
            outcome="answered",
            waiting=bool(turn.waiting),
            handoff=turn.handoff,
            matter=turn.handoff[0] if turn.handoff else None,
            thread=thread,
        )

    def _waiting(self, turn: TurnState) -> Ending:
        """End the turn with our own word that a human decides; no request is spent on it."""
        context, text = turn.context, _colleague_checks(turn)
        final = spoken(text, context.language)
        return Ending(
            outcome="waiting_approval",
            text=text,
            waiting=True,
            thread=fragment(thread_messages(context.messages, turn.said, final)),
            deliver=self._traits[context.channel].queued,
        )

    def _withheld(self, turn: TurnState, verdict: Verdict) -> Ending:
        """Leave a message to a human before any model is asked."""
        context = turn.context
        log.warning("a message was held for a human", rule=verdict.rule, turn=str(context.turn_id))
        reason = f"Held by the rule {verdict.rule}: {verdict.reason}"
        priority = _priority(verdict)
        sentence = "in_danger" if priority == URGENT else "human_wanted"
        return self._handed_off(turn, sentence, (reason[:500], priority))

    def _stuck(self, turn: TurnState, reason: str) -> Ending:
        return self._handed_off(turn, "handed_off", (reason, "normal"))

    def _handed_off(self, turn: TurnState, sentence: str, handoff: tuple[str, str] | None) -> Ending:
        context, language = turn.context, turn.language
        handoff = handoff or ("The assistant could not help.", "normal")
        text = _with_terms(say(sentence, language), context, language, handoff)
        final = spoken(text, language, handed_off=True)
        return Ending(
            outcome="handed_off",
            text=text,
            author="assistant" if sentence == "human_wanted" else "system",
            thread=fragment(thread_messages(context.messages, turn.said, final)),
            handoff=handoff,
            # What a rule of ours has stopped is for operators' eyes.
            matter=handoff[0] if sentence == "human_wanted" and handoff == turn.handoff else None,
            deliver=self._traits[context.channel].queued,
        )

    def _own_words(self, turn: TurnState, sentence: str) -> Ending:
        """Answer with a sentence of ours; what was done stays done, and what waits is named."""
        context, text = turn.context, say(sentence, turn.context.language)
        if turn.waiting:
            text = f"{text}\n\n{_colleague_checks(turn)}"
        return Ending(
            outcome="handed_off" if turn.handoff else "waiting_approval" if turn.waiting else "answered",
            text=text,
            author="system",
            waiting=bool(turn.waiting),
            thread=fragment(thread_messages(context.messages, turn.said, spoken(text, context.language))),
            handoff=turn.handoff,
            deliver=self._traits[context.channel].queued,
        )

    def _encrypted(self, context: TurnContext) -> Ending:
        text = say("encrypted", context.language)
        return Ending(
            outcome="answered",
            text=text,
            author="system",
            thread=fragment(thread_messages(context.messages, (), spoken(text, context.language))),
            deliver=self._traits[context.channel].queued,
        )

    async def _undecided(
        self, turn: TurnState, error: BudgetExhausted | ProviderAway | DecisionUnavailable
    ) -> Ending:
        """Wait for a model where one can be had later; what no model can decide goes to a human."""
        match error:
            case BudgetExhausted(resets_at=again_at):
                return self._deferred(turn.context, again_at, WaitsFor(reason=BUDGET), "deferred")
            case ProviderAway():
                return await self._put_off(turn, error.reason, error.retry_in, asked=error.asked)
            case DecisionUnavailable(code="deadline"):
                return await self._put_off(turn, error.code, AGAIN_IN, asked=True)
            case _:
                log.warning("no decision could be had", code=error.code, turn=str(turn.context.turn_id))
                return self._handed_off(turn, "handed_off", (error.reason[:500], "normal"))

    async def _put_off(self, turn: TurnState, reason: str, retry_in: float, *, asked: bool) -> Ending:
        """Let the turn wait for the provider; one that alone gets no answer goes to a human in the end."""
        context, tries = turn.context, turn.context.recalled.tries
        if asked and await self._waiting_turns.others_answered(context.turn_id, within=self._limits.deadline):
            tries += 1
        log.warning("a turn waits for the provider", reason=reason, tries=tries, turn=str(context.turn_id))
        if tries >= TRIES:
            matter = f"No model answers this conversation ({reason}), though others are answered."
            return self._handed_off(turn, "provider_down", (matter, "normal"))
        again_at = datetime.now(UTC) + timedelta(seconds=max(SHORTEST, retry_in))
        return self._deferred(
            context, again_at, WaitsFor(reason=PROVIDER, tries=tries), self._wait_word(context)
        )

    def _wait_word(self, context: TurnContext) -> str:
        """Return which sentence tells the customer to wait: a caller is told how the answer comes."""
        if not self._traits[context.channel].interruptible:
            return "waiting"
        return "waiting_call_mail" if context.recalled.verified_addresses else "waiting_call"

    def _deferred(self, context: TurnContext, again_at: datetime, waits: WaitsFor, sentence: str) -> Ending:
        return Ending(
            outcome="deferred",
            text="" if context.recalled.told_to_wait else say(sentence, context.language),  # told once
            author="system",
            again_at=again_at,
            waits=waits,
            deliver=self._traits[context.channel].queued,
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
            return await self._conversations.end_turn(claim.lease, ending, stamp=self._replica.stamp)

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


def _with_terms(text: str, context: TurnContext, language: str, handoff: tuple[str, str]) -> str:
    """Add when a human is there, and the wish for an address where no answer could follow the customer."""
    told = context.terms.told(language, calm=handoff[1] != URGENT)
    return f"{text}\n\n{told}" if told else text


def _blocked(decision: Decision, verdict: Verdict) -> TurnStep:
    remark = {
        "ok": False,
        "error": "reply_blocked",
        "message": f"Your reply was not sent. {verdict.reason} Write a reply without it, or hand off.",
    }
    outcome = ActionOutcome(call_id="review", tool=REVIEW, arguments={}, result=remark)
    return TurnStep(decision=decision, outcomes=(outcome,))


def _priority(verdict: Verdict) -> str:
    """Return the priority that a held message's reason begins with, normal where it names none."""
    named = verdict.reason.partition(":")[0]
    return named if named in PRIORITIES else "normal"


def _colleague_checks(turn: TurnState) -> str:
    """Say what waits for a colleague, named where the tool could name it."""
    language = ours(turn.context.language)
    # Only what is named in this language: a matter in another one would spoil the sentence.
    named = [matter for matter in dict.fromkeys(told.get(language) for told in turn.waiting) if matter]
    if not named:
        return say("colleague_checks", language)
    return say("colleague_checks_matter", language).format(matter=", ".join(named))


def _only_handoff(decision: Decision) -> bool:
    """Say whether nothing but a human was asked for: then no second request is needed for a closing word."""
    return all(action.tool == "escalate_to_human" for action in decision.actions)


def _now() -> float:
    return asyncio.get_running_loop().time()
