"""How a turn can end: what the customer is told, what the thread keeps, who owns the conversation next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import structlog

from guardrails.decision import Decision
from guardrails.verdict import Verdict
from orchestrator.conversation.message import Traits
from orchestrator.conversation.turn_ending import Ending, fragment
from orchestrator.conversation.waiting_turns import WaitsFor
from orchestrator.languages.wording import ours, say
from orchestrator.turn.context import TurnContext, shown_citations
from orchestrator.turn.prompt import spoken, thread_messages
from orchestrator.turn.state import TurnState

log = structlog.get_logger()
URGENT = "urgent"
PRIORITIES = (URGENT, "high", "normal", "low")


class TurnEndings:
    """The endings of turns, by what their channels can do."""

    def __init__(self, traits: Mapping[str, Traits]) -> None:
        self._traits = traits

    def answered(self, turn: TurnState, decision: Decision) -> Ending:
        """End the turn with the model's reply, and what we have to say behind it."""
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

    def interrupted(self, turn: TurnState) -> Ending:
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

    def waiting(self, turn: TurnState) -> Ending:
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

    def withheld(self, turn: TurnState, verdict: Verdict) -> Ending:
        """Leave a message to a human before any model is asked."""
        context = turn.context
        log.warning("a message was held for a human", rule=verdict.rule, turn=str(context.turn_id))
        reason = f"Held by the rule {verdict.rule}: {verdict.reason}"
        priority = _priority(verdict)
        sentence = "in_danger" if priority == URGENT else "human_wanted"
        return self.handed_off(turn, sentence, (reason[:500], priority))

    def handed_off(self, turn: TurnState, sentence: str, handoff: tuple[str, str] | None) -> Ending:
        """Pass the matter on to a human, with a sentence of ours."""
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

    def own_words(self, turn: TurnState, sentence: str) -> Ending:
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

    def encrypted(self, context: TurnContext) -> Ending:
        """Say that we can't read what is encrypted."""
        text = say("encrypted", context.language)
        return Ending(
            outcome="answered",
            text=text,
            author="system",
            thread=fragment(thread_messages(context.messages, (), spoken(text, context.language))),
            deliver=self._traits[context.channel].queued,
        )

    def wait_word(self, context: TurnContext) -> str:
        """Return which sentence tells the customer to wait: a caller is told how the answer comes."""
        if not self._traits[context.channel].interruptible:
            return "waiting"
        return "waiting_call_mail" if context.recalled.verified_addresses else "waiting_call"

    def deferred(self, context: TurnContext, again_at: datetime, waits: WaitsFor, sentence: str) -> Ending:
        """End the turn for now; the one that follows waits until `again_at`. The customer is told once."""
        return Ending(
            outcome="deferred",
            text="" if context.recalled.told_to_wait else say(sentence, context.language),  # told once
            author="system",
            again_at=again_at,
            waits=waits,
            deliver=self._traits[context.channel].queued,
        )


def _with_terms(text: str, context: TurnContext, language: str, handoff: tuple[str, str]) -> str:
    """Add when a human is there, and the wish for an address where no answer could follow the customer."""
    told = context.terms.told(language, calm=handoff[1] != URGENT)
    return f"{text}\n\n{told}" if told else text


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
