"""One turn, top to bottom: recall, decide, act, review, reply."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog

from guardrails.decision import Decision
from guardrails.verdict import Verdict
from orchestrator.act import Actor, Proofs
from orchestrator.errors import LeaseLost
from orchestrator.events import Lagged, TurnBegan, TurnEnded, Typing
from orchestrator.files import Files
from orchestrator.hub import Hub
from orchestrator.inference.catalog import CatalogSource
from orchestrator.inference.decide import Decider
from orchestrator.inference.errors import (
    BudgetExhausted,
    ContextTooLong,
    DecisionUnavailable,
    ProviderAway,
)
from orchestrator.inference.types import ActionOutcome, Decided, Step
from orchestrator.interrupts import Interrupted, Interrupts, unless_interrupted
from orchestrator.judge import Judge
from orchestrator.memory.shorten import shorten
from orchestrator.message import Traits
from orchestrator.observe import Observer
from orchestrator.prompt import spoken, thread_messages
from orchestrator.scene import Scene, SceneMaker, offered, shown_citations
from orchestrator.sentences import ours, say
from orchestrator.standing import Standing
from orchestrator.store.actions import ActionJournal
from orchestrator.store.budget import DayBudget
from orchestrator.store.conversations import Conversations, Ended, Ending, fragment
from orchestrator.store.database import Database
from orchestrator.store.fence import Fence
from orchestrator.store.journal import TurnJournal
from orchestrator.store.replica import Replica
from orchestrator.store.turns import Claim
from orchestrator.store.waiting import BUDGET, PROVIDER, WaitingTurns, Waits
from orchestrator.talk import Releaser, Talk
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
class Limits:
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
        hub: Hub,
        conversations: Conversations,
        scenes: SceneMaker,
        decider: Decider,
        catalog: CatalogSource,
        registry: Toolset,
        judge: Judge,
        proofs: Proofs,
        files: Files,
        interrupts: Interrupts,
        traits: Mapping[str, Traits],
        budget: DayBudget,
        waiting: WaitingTurns,
        limits: Limits,
        observer: Observer,
        deliveries_wait: Callable[[], None],
    ) -> None:
        self._database = database
        self._replica = replica
        self._hub = hub
        self._conversations = conversations
        self._scenes = scenes
        self._decider = decider
        self._catalog = catalog
        self._registry = registry
        self._actor = Actor(registry, hub, judge=judge, proofs=proofs, files=files)
        self._interrupts = interrupts
        self._traits = traits
        self._budget = budget
        self._waiting_turns = waiting
        self._limits = limits
        self._observer = observer
        self._deliveries_wait = deliveries_wait

    async def run(self, claim: Claim) -> None:
        """Run one turn to its end; raise `LeaseLost` or `StoreAway` when this replica can't finish it."""
        scene = await self._scenes.make(claim)
        if not isinstance(scene, Scene):
            await self._end(claim, Ending(outcome=scene))
            return
        if scene.unreadable:
            await self._end(claim, self._encrypted(scene), scene)
            return
        self._hub.publish(scene.conversation_id, Typing(on=True))
        if self._traits[scene.channel].interruptible:
            self._hub.publish(scene.conversation_id, TurnBegan(turn=scene.turn_id))
        try:
            ending = await self._answer(scene)
        finally:
            self._hub.publish(scene.conversation_id, Typing(on=False))
        await self._end(claim, ending, scene)

    async def give_up(self, claim: Claim) -> None:
        """Hand a turn that keeps failing to a human, with an honest sentence; nothing is read for it."""
        ending = Ending(
            outcome="handed_off",
            text=say("handed_off", "en"),
            author="system",
            handoff=("The turn failed repeatedly; see the log.", "high"),
            goes_on=self._scenes.goes_on(claim.channel),
            deliver=self._traits[claim.channel].queued,
        )
        await self._end(claim, ending)

    async def _answer(self, scene: Scene) -> Ending:
        talk = self._talk(scene)
        await talk.actions.note(scene.conversation_id, "inbound", scene.screened, "message")
        if scene.held is not None:
            return self._withheld(talk, scene.held)
        try:
            talk.resume()
            with self._interrupts.listening(scene.turn_id) as talk.interrupted:
                return await self._converse(talk)
        except Interrupted:
            return self._interrupted(talk)
        except (BudgetExhausted, ProviderAway, DecisionUnavailable) as error:
            return await self._undecided(talk, error)

    def _talk(self, scene: Scene) -> Talk:
        fence = Fence(self._database, scene.claim.lease)
        recalled = scene.recalled
        return Talk(
            scene=scene,
            fence=fence,
            journal=TurnJournal(fence, budget=self._budget, observer=self._observer),
            actions=ActionJournal(fence, observer=self._observer),
            standing=Standing(
                trust=recalled.trust,
                customer_id=recalled.customer_id,
                name=recalled.name,
                verified_addresses=recalled.verified_addresses,
                claimed_addresses=recalled.claimed_addresses,
                tags=recalled.tags,
            ),
            flagged=scene.suspicious,
            ends=_now() + self._limits.deadline,
            thread=recalled.thread,
        )

    async def _converse(self, talk: Talk) -> Ending:
        for _ in range(self._limits.steps):
            decided = await self._decide(talk)
            decision = decided.decision
            if not decision.actions:
                return await self._reply(talk, decided)
            outcomes = await self._actor.act(talk, decision.actions)
            talk.steps.append(Step(decision=decision, outcomes=outcomes))
            if talk.in_doubt:
                return self._handed_off(talk, "in_doubt", talk.handoff)
            if talk.looping:
                return self._stuck(talk, "The model repeated the same action.")
            if talk.waiting and len(talk.waiting) == len(talk.outcomes) and decision.handoff is None:
                return self._waiting(talk)
            if _only_handoff(decision):
                return self._handed_off(talk, "human_wanted", talk.handoff)
        return await self._closed(talk)

    async def _closed(self, talk: Talk) -> Ending:
        """Let the model tell what it has after its last step; the customer keeps the assistant."""
        last = talk.steps[-1]
        talk.steps[-1] = replace(last, outcomes=(*last.outcomes, NO_MORE))
        decided = await self._decide(talk)
        if decided.decision.actions:
            return self._own_words(talk, "not_finished")
        return await self._reply(talk, decided)

    async def _decide(self, talk: Talk) -> Decided:
        talk.step += 1
        traits = self._traits[talk.scene.channel]
        while True:
            deciding = self._decider.decide(
                talk.prompt(),
                step=talk.step,
                route=talk.scene.channel,
                tools=offered(self._registry, talk.scene.recalled),
                journal=talk.journal,
                deadline=talk.ends + talk.fence.waited,
                release=Releaser(self._hub, talk) if traits.early_release else None,
                compacted=talk.compacted,
                patience=0.0 if talk.scene.recalled.told_to_wait else self._limits.patience,
            )
            try:
                return await (
                    unless_interrupted(deciding, talk.interrupted) if traits.interruptible else deciding
                )
            except ContextTooLong:
                await self._shorten(talk)

    async def _shorten(self, talk: Talk) -> None:
        """Shorten the thread to what the largest window of the route holds, once."""
        if talk.compacted:
            raise DecisionUnavailable("too_long", "The message is too long for every model.")
        window = max(model.window for model in self._catalog().route(talk.scene.channel))
        room = min(window * CHARACTERS_PER_TOKEN // 2, len(talk.thread) // 2)
        fragments = await self._conversations.threads(talk.scene.conversation_id)
        talk.thread = shorten(fragments, room=room)
        talk.compacted = True

    async def _reply(self, talk: Talk, decided: Decided) -> Ending:
        decision = decided.decision
        verdict = talk.review(decision.reply, decision.citations)
        if verdict.blocked:
            log.warning("a reply was blocked", rule=verdict.rule, turn=str(talk.scene.turn_id))
            await talk.actions.note(talk.scene.conversation_id, "reply", (verdict,), "reply")
            talk.steps.append(_blocked(decision, verdict))
            decision = (await self._decide(talk)).decision
            verdict = talk.review(decision.reply, decision.citations)
        if verdict.blocked:
            await talk.actions.note(talk.scene.conversation_id, "reply", (verdict,), "repaired reply")
        if verdict.blocked or decision.actions:
            reason = f"A reply was blocked ({verdict.rule}): {verdict.reason}"
            return self._handed_off(talk, "handed_off", (reason, "normal"))
        return self._answered(talk, decision)

    def _answered(self, talk: Talk, decision: Decision) -> Ending:
        scene, handoff = talk.scene, talk.handoff
        if decision.handoff is not None:
            handoff = (decision.handoff.reason, decision.handoff.priority)
        language = decision.language if decision.language != "und" else scene.language
        text = scene.vault.masked(decision.reply.strip()) or say("human_wanted", language)
        if talk.waiting:
            text = f"{text}\n\n{_colleague_checks(talk)}"
        if handoff:
            text = _with_terms(text, scene, language, handoff)
        return Ending(
            outcome="handed_off" if handoff else "waiting_approval" if talk.waiting else "answered",
            text=text,
            waiting=bool(talk.waiting),
            citations=shown_citations(scene, talk.outcomes, decision.citations),
            thread=fragment(thread_messages(scene.messages, talk.said, decision.canonical())),
            language=language[:2] if language[:2] != scene.recalled.language else None,
            handoff=handoff,
            matter=handoff[0] if handoff else None,
            facts={} if talk.flagged else {each.key: each.value for each in decision.remember},
            trust=talk.standing.trust,
            said_by=talk.standing.customer_id,
            deliver=self._traits[scene.channel].queued,
        )

    def _interrupted(self, talk: Talk) -> Ending:
        """End a turn the caller spoke over; what was heard of it stands in its row and is put in there."""
        final = spoken("", talk.scene.language)
        thread = fragment(thread_messages(talk.scene.messages, talk.said, final))
        return Ending(
            outcome="answered",
            waiting=bool(talk.waiting),
            handoff=talk.handoff,
            matter=talk.handoff[0] if talk.handoff else None,
            thread=thread,
        )

    def _waiting(self, talk: Talk) -> Ending:
        """End the turn with our own word that a human decides; no request is spent on it."""
        scene, text = talk.scene, _colleague_checks(talk)
        final = spoken(text, scene.language)
        return Ending(
            outcome="waiting_approval",
            text=text,
            waiting=True,
            thread=fragment(thread_messages(scene.messages, talk.said, final)),
            deliver=self._traits[scene.channel].queued,
        )

    def _withheld(self, talk: Talk, verdict: Verdict) -> Ending:
        """Leave a message to a human before any model is asked."""
        scene = talk.scene
        log.warning("a message was held for a human", rule=verdict.rule, turn=str(scene.turn_id))
        reason = f"Held by the rule {verdict.rule}: {verdict.reason}"
        priority = _priority(verdict)
        sentence = "in_danger" if priority == URGENT else "human_wanted"
        return self._handed_off(talk, sentence, (reason[:500], priority))

    def _stuck(self, talk: Talk, reason: str) -> Ending:
        return self._handed_off(talk, "handed_off", (reason, "normal"))

    def _handed_off(self, talk: Talk, sentence: str, handoff: tuple[str, str] | None) -> Ending:
        scene, language = talk.scene, talk.language
        handoff = handoff or ("The assistant could not help.", "normal")
        text = _with_terms(say(sentence, language), scene, language, handoff)
        final = spoken(text, language, handed_off=True)
        return Ending(
            outcome="handed_off",
            text=text,
            author="assistant" if sentence == "human_wanted" else "system",
            thread=fragment(thread_messages(scene.messages, talk.said, final)),
            handoff=handoff,
            # What a rule of ours has stopped is for operators' eyes.
            matter=handoff[0] if sentence == "human_wanted" and handoff == talk.handoff else None,
            deliver=self._traits[scene.channel].queued,
        )

    def _own_words(self, talk: Talk, sentence: str) -> Ending:
        """Answer with a sentence of ours; what was done stays done, and what waits is named."""
        scene, text = talk.scene, say(sentence, talk.scene.language)
        if talk.waiting:
            text = f"{text}\n\n{_colleague_checks(talk)}"
        return Ending(
            outcome="handed_off" if talk.handoff else "waiting_approval" if talk.waiting else "answered",
            text=text,
            author="system",
            waiting=bool(talk.waiting),
            thread=fragment(thread_messages(scene.messages, talk.said, spoken(text, scene.language))),
            handoff=talk.handoff,
            deliver=self._traits[scene.channel].queued,
        )

    def _encrypted(self, scene: Scene) -> Ending:
        text = say("encrypted", scene.language)
        return Ending(
            outcome="answered",
            text=text,
            author="system",
            thread=fragment(thread_messages(scene.messages, (), spoken(text, scene.language))),
            deliver=self._traits[scene.channel].queued,
        )

    async def _undecided(
        self, talk: Talk, error: BudgetExhausted | ProviderAway | DecisionUnavailable
    ) -> Ending:
        """Wait for a model where one can be had later; what no model can decide goes to a human."""
        match error:
            case BudgetExhausted(resets_at=again_at):
                return self._deferred(talk.scene, again_at, Waits(reason=BUDGET), "deferred")
            case ProviderAway():
                return await self._put_off(talk, error.reason, error.retry_in, asked=error.asked)
            case DecisionUnavailable(code="deadline"):
                return await self._put_off(talk, error.code, AGAIN_IN, asked=True)
            case _:
                log.warning("no decision could be had", code=error.code, turn=str(talk.scene.turn_id))
                return self._handed_off(talk, "handed_off", (error.reason[:500], "normal"))

    async def _put_off(self, talk: Talk, reason: str, retry_in: float, *, asked: bool) -> Ending:
        """Let the turn wait for the provider; one that alone gets no answer goes to a human in the end."""
        scene, tries = talk.scene, talk.scene.recalled.tries
        if asked and await self._waiting_turns.others_answered(scene.turn_id, within=self._limits.deadline):
            tries += 1
        log.warning("a turn waits for the provider", reason=reason, tries=tries, turn=str(scene.turn_id))
        if tries >= TRIES:
            matter = f"No model answers this conversation ({reason}), though others are answered."
            return self._handed_off(talk, "provider_down", (matter, "normal"))
        again_at = datetime.now(UTC) + timedelta(seconds=max(SHORTEST, retry_in))
        return self._deferred(scene, again_at, Waits(reason=PROVIDER, tries=tries), self._wait_word(scene))

    def _wait_word(self, scene: Scene) -> str:
        """Return which sentence tells the customer to wait: a caller is told how the answer comes."""
        if not self._traits[scene.channel].interruptible:
            return "waiting"
        return "waiting_call_mail" if scene.recalled.verified_addresses else "waiting_call"

    def _deferred(self, scene: Scene, again_at: datetime, waits: Waits, sentence: str) -> Ending:
        return Ending(
            outcome="deferred",
            text="" if scene.recalled.told_to_wait else say(sentence, scene.language),  # told once
            author="system",
            again_at=again_at,
            waits=waits,
            deliver=self._traits[scene.channel].queued,
        )

    async def _end(self, claim: Claim, ending: Ending, scene: Scene | None = None) -> None:
        """Write the ending, then tell whoever listens."""
        if scene is not None:
            wanted = ending.handoff is not None or scene.recalled.colleague is not None
            ending = replace(
                ending,
                upto_seq=scene.recalled.upto_seq,
                goes_on=scene.terms.goes_on,
                reach=scene.reach if wanted else None,
            )

        async def write() -> Ended:
            return await self._conversations.end_turn(claim.lease, ending, stamp=self._replica.stamp)

        try:
            ended = await self._database.patiently(write)
        except LeaseLost:
            self._hub.bring(
                claim.conversation_id, Lagged()
            )  # it may have been written just before we lost sight
            raise
        for event in ended.events:
            self._hub.bring(claim.conversation_id, event)
        if ended.outcome != "nothing":
            self._count(claim, ended.outcome)
            turn_ended = TurnEnded(turn=claim.lease.turn_id, status=ended.outcome, upto_seq=ended.upto_seq)
            self._hub.publish(claim.conversation_id, turn_ended)
        if ended.delivery:
            self._deliveries_wait()

    def _count(self, claim: Claim, outcome: str) -> None:
        now = datetime.now(UTC)
        waited = (claim.claimed_at - claim.created_at).total_seconds()
        took = (now - claim.claimed_at).total_seconds()
        self._observer.turn(claim.channel, outcome, waited=waited, took=took)


def _with_terms(text: str, scene: Scene, language: str, handoff: tuple[str, str]) -> str:
    """Add when a human is there, and the wish for an address where no answer could follow the customer."""
    told = scene.terms.told(language, calm=handoff[1] != URGENT)
    return f"{text}\n\n{told}" if told else text


def _blocked(decision: Decision, verdict: Verdict) -> Step:
    remark = {
        "ok": False,
        "error": "reply_blocked",
        "message": f"Your reply was not sent. {verdict.reason} Write a reply without it, or hand off.",
    }
    outcome = ActionOutcome(call_id="review", tool=REVIEW, arguments={}, result=remark)
    return Step(decision=decision, outcomes=(outcome,))


def _priority(verdict: Verdict) -> str:
    """Return the priority that a held message's reason begins with, normal where it names none."""
    named = verdict.reason.partition(":")[0]
    return named if named in PRIORITIES else "normal"


def _colleague_checks(talk: Talk) -> str:
    """Say what waits for a colleague, named where the tool could name it."""
    language = ours(talk.scene.language)
    # Only what is named in this language: a matter in another one would spoil the sentence.
    named = [matter for matter in dict.fromkeys(told.get(language) for told in talk.waiting) if matter]
    if not named:
        return say("colleague_checks", language)
    return say("colleague_checks_matter", language).format(matter=", ".join(named))


def _only_handoff(decision: Decision) -> bool:
    """Say whether nothing but a human was asked for: then no second request is needed for a closing word."""
    return all(action.tool == "escalate_to_human" for action in decision.actions)


def _now() -> float:
    return asyncio.get_running_loop().time()
