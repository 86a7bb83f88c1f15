"""What an intent is, what it contributes, and how the contributions become one decision."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

from orchestrator.inference.sandbox.enquiry import Enquiry
from orchestrator.inference.transcript import ToolAnswer
from orchestrator.languages.sentence_end import first_sentences

LONGEST_REPLY = 7_500  # characters; the schema allows 8,000
LONGEST_SPOKEN = 3  # sentences: a caller can't read again
MOST_ACTIONS = 5
MOST_CITATIONS = 10
LONGEST_REASON = 480
VERIFY = "verify_identity"
_REFUSED = re.compile("refus|denied|forbidden|not_allowed|policy|reject")


@dataclass(frozen=True, kw_only=True, slots=True)
class Contribution:
    """The answer of one intent at this step. With actions, `reply` is only the remark made meanwhile.

    `question` ends the whole reply: what the customer is asked for, or offered; it ends with "?".
    """

    intent: str
    reply: str = ""
    question: str = ""
    actions: tuple[Mapping[str, Any], ...] = ()
    citations: tuple[str, ...] = ()
    handoff: str | None = None
    remember: tuple[tuple[str, str], ...] = ()
    resolved: bool = False


@runtime_checkable
class Intent(Protocol):
    """Something customers may want, or a family of such things."""

    def answer(self, enquiry: Enquiry, /) -> Sequence[Contribution]:
        """What it contributes to this step's decision; nothing where the message is none of its business.

        Called again with the results of its actions.
        """
        ...


def merge(parts: Sequence[Contribution], enquiry: Enquiry, preface: str) -> dict[str, Any]:
    """Make one decision of the parts; while any part needs actions, only they are decided.

    `preface` opens the reply unless actions come first.
    """
    acting = [part for part in parts if part.actions]
    chosen = [_heard(part) for part in acting or parts] if enquiry.spoken else acting or parts
    asking = next((part for part in chosen if part.question), None)
    handing = None if acting else next((part for part in chosen if part.handoff), None)
    question = asking.question if asking and not handing else ""
    texts = [preface if not acting else "", *(part.reply for part in chosen), question]
    proposals = [action for part in acting for action in part.actions]
    actions = [each for at, each in enumerate(proposals) if each not in proposals[:at]]
    decision: dict[str, Any] = {
        "intent": (handing or asking or chosen[0]).intent,
        "language": enquiry.language,
        "actions": actions[:MOST_ACTIONS],
        "reply": "\n\n".join(dict.fromkeys(filter(None, texts)))[:LONGEST_REPLY],
    }
    if handing:
        decision["handoff"] = {"reason": (handing.handoff or "")[:500], "priority": "normal"}
    if not acting:
        cited = dict.fromkeys(each for part in chosen for each in part.citations)
        decision["citations"] = list(cited)[:MOST_CITATIONS]
    if remember := [{"key": key, "value": value} for part in chosen for key, value in part.remember]:
        decision["remember"] = remember[:5]
    if not acting and not question and all(part.resolved for part in chosen):
        decision["resolved"] = True
    return decision


def handed_over(intent: str, enquiry: Enquiry, reason: str, *, before: str = "") -> Contribution:
    """Hand the conversation to a human, saying so; `before` is said first."""
    reply = " ".join(filter(None, [before, enquiry.say("handing_over")]))
    reason = " ".join(reason.split())[:LONGEST_REASON]
    return Contribution(intent=intent, reply=reply, handoff=reason)


def not_possible(intent: str, enquiry: Enquiry, sentence: str = "no_tool") -> Contribution:
    """Tell that something can't be done, and offer a human."""
    return Contribution(intent=intent, reply=enquiry.say(sentence), question=enquiry.say("offer_human"))


def failed(intent: str, enquiry: Enquiry, result: ToolAnswer) -> Contribution:
    """Tell honestly that an action did not work, and what can be done about it."""
    if result.error == "identity_required":
        why = enquiry.say("identity")
        if enquiry.result(VERIFY) is not None:
            return Contribution(intent=intent, reply=why)
        offer = "or_code" if VERIFY in enquiry.tools else "offer_human"
        said = f"{why} {enquiry.say('sign_in')}"
        return Contribution(intent=intent, reply=said, question=enquiry.say(offer))
    if result.error == "waiting_approval":
        return Contribution(intent=intent, reply=enquiry.say("checked"), citations=(result.id,))
    if result.error == "needs_human":
        reason = f"{result.tool}: {enquiry.turn.text}"
        return handed_over(intent, enquiry, reason, before=enquiry.say("only_human"))
    return not_possible(intent, enquiry, "denied" if _REFUSED.search(result.error) else "failed")


def _heard(part: Contribution) -> Contribution:
    """A part for the ear: no interim remark, and at most three sentences before its question."""
    return replace(part, reply="" if part.actions else first_sentences(part.reply, LONGEST_SPOKEN))
