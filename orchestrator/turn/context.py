"""All that one turn knows when it begins."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Any, Literal, TypeVar
from uuid import UUID

from guardrails.evidence import Evidence
from guardrails.facts.locales import in_english, read_in
from guardrails.privacy.private_data import PrivateKind
from guardrails.privacy.stand_ins import Vault
from guardrails.screening import InboundText, Source, screen
from guardrails.verdict import Verdict, strictest
from guardrails.vocabulary import Vocabulary
from orchestrator.conversation.message import Trust
from orchestrator.conversation.turn_runner import TurnClaim
from orchestrator.inference.rendering import compact
from orchestrator.inference.types import ActionOutcome, ToolLike
from orchestrator.languages.detect import guess_language
from orchestrator.languages.wording import ENCRYPTED
from orchestrator.memory.recall import Recalled, recall_conversation
from orchestrator.policies import Policies
from orchestrator.store.database import Database
from orchestrator.turn.handoff import Terms, address_in
from orchestrator.turn.prompt import (
    INSTRUCTIONS,
    Briefing,
    Persona,
    customer_messages,
    spoken_in,
    system_message,
)
from tools.knowledge import Passage, Searcher
from tools.withdraw_request import NAME as WITHDRAW

T = TypeVar("T", bound=ToolLike)

QUESTION = 500
ABOUT_INSTRUCTIONS = frozenset({"prompt_injection", "encoded_instructions", "hidden_text"})
"""The inbound rules that find instructions for the model."""
SOURCES: Mapping[str, Source] = {"chat": "chat", "mail": "mail", "voice": "voice"}
PASSAGES = 4
PASSAGE = 2_000


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnContext:
    """What one turn knows: the conversation, what is remembered, and the passages that fit the question."""

    claim: TurnClaim
    recalled: Recalled
    briefing: Briefing
    passages: tuple[Passage, ...]
    messages: tuple[dict[str, str], ...]
    said_in: str | None
    """The language that the new messages tell of, None where they don't; `language` is a guess then."""
    canary: str
    system: str
    """The system message: rules, tools and the briefing as the model reads them."""
    persona: Persona
    allowed: tuple[str, ...]
    """Links, addresses and phone numbers a reply may always name."""
    tools: frozenset[str]
    vault: Vault
    screened: tuple[Verdict, ...]
    """What the inbound rules had to say of the new messages."""
    terms: Terms
    """What holds where this turn wants a human."""
    reach: str | None
    """An address the customer has just written, which nobody had of them."""
    vocabulary: Vocabulary
    """What the business calls its things and deeds."""

    @property
    def held(self) -> Verdict | None:
        """Return the verdict that leaves this turn to a human before any model is asked, or None."""
        worst = strictest(*self.screened)
        return worst if worst.blocked else None

    @property
    def suspicious(self) -> bool:
        """Say whether the new messages look as if they held instructions for the model."""
        return _suspicious(self.screened)

    @property
    def language(self) -> str:
        """Return the language to speak while the model has not told another one."""
        return self.briefing.language

    @property
    def turn_id(self) -> UUID:
        """Return the turn's id."""
        return self.claim.lease.turn_id

    @property
    def conversation_id(self) -> UUID:
        """Return the conversation's id."""
        return self.recalled.conversation_id

    @property
    def channel(self) -> str:
        """Return the channel the conversation runs on."""
        return self.claim.channel

    @property
    def trust(self) -> int:
        """Return how far the customer is believed in this turn, 0 to 3."""
        return self.recalled.trust

    @property
    def unreadable(self) -> bool:
        """Say whether all there is to answer is encrypted."""
        return all(message.text == ENCRYPTED for message in self.recalled.fresh)

    @property
    def message_id(self) -> UUID:
        """Return the id of the last message this turn answers."""
        return self.recalled.fresh[-1].id


class ContextMaker:
    """Recalls what a turn knows from memory and knowledge."""

    def __init__(
        self,
        *,
        database: Database,
        knowledge: Searcher,
        tools: Iterable[ToolLike],
        policies: Policies,
        persona: Persona,
        vocabulary: Vocabulary,
        canary_secret: str,
        zone: tzinfo = UTC,
    ) -> None:
        self._database = database
        self._knowledge = knowledge
        self._tools = tools
        self._policies = policies
        self.persona = persona
        in_english("", read_in(*persona.languages))  # makes their tables before a customer waits for them
        self._vocabulary = vocabulary
        self._canary_secret = canary_secret
        self._zone = zone

    async def make(self, claim: TurnClaim) -> TurnContext | Literal["nothing", "superseded"]:
        """Return what the turn knows, or how it ends: nothing is there to answer, or a human has to do it.

        Raises `LeaseLost` and `StoreAway`.
        """
        recalled = await recall_conversation(self._database, claim.lease)
        if not any(message.author == "customer" for message in recalled.fresh):
            return "nothing"
        policy = self._policies()
        goes_on = policy.goes_on(claim.channel)
        if recalled.owner == "operator" or (recalled.owner == "queue" and not goes_on):
            return "superseded"
        vault = Vault(self._key(recalled.conversation_id))
        recalled = _without_private_data(recalled, vault)
        asked = [message.text for message in recalled.fresh if message.author == "customer"]
        screened = self._screened(recalled, claim.channel)
        said_in = guess_language(" ".join(asked)[:QUESTION])
        language = said_in or spoken_in(recalled.thread) or recalled.language or self.persona.language
        passages = tuple(
            await self._knowledge.search(asked[-1][:QUESTION], limit=PASSAGES, language=language)
        )
        canary = self._canary(recalled.conversation_id)
        nowhere = claim.channel == "chat" and not recalled.addresses
        reach = address_in(asked) if nowhere else None
        terms = Terms(
            now=datetime.now(self._zone),
            hours=policy.hours if policy.has_hours else None,
            goes_on=goes_on,
            unreachable=nowhere and (reach or recalled.reach_address) is None,
        )
        briefing = Briefing(
            now=terms.now,
            channel=claim.channel,
            trust=recalled.trust,
            name=recalled.name if recalled.trust > 1 else None,
            language=language,
            facts=recalled.facts,
            passages=[{"id": each.id, "title": each.title, "text": each.text[:PASSAGE]} for each in passages],
            earlier=recalled.earlier,
            handed_back=recalled.handed_back,
            colleague=_colleague(recalled, terms, reach),
            waiting=_waiting(recalled, language, self.persona),
        )
        tools = offered(self._tools, recalled)
        return TurnContext(
            claim=claim,
            recalled=recalled,
            briefing=briefing,
            passages=passages,
            messages=tuple(customer_messages(recalled.fresh, nonce=_nonce(canary, claim, screened))),
            said_in=said_in,
            canary=canary,
            system=system_message(self.persona, briefing, canary=canary, tools=tools),
            persona=self.persona,
            allowed=self._allowed(),
            tools=frozenset(tool.name for tool in self._tools),
            vault=vault,
            screened=screened,
            terms=terms,
            reach=reach,
            vocabulary=self._vocabulary,
        )

    def goes_on(self, channel: str) -> bool:
        """Say whether the assistant answers while a human is waited for."""
        return self._policies().goes_on(channel)

    def _screened(self, recalled: Recalled, channel: str) -> tuple[Verdict, ...]:
        """Return the verdicts of the inbound rules on each new message and file name, without doubles."""
        screening = self._policies().screening
        found: dict[tuple[str, str], Verdict] = {}
        for message in recalled.fresh:
            if message.author != "customer":
                continue
            texts = [(SOURCES.get(channel, "chat"), message.text)]
            texts += [("file_name", str(file["name"])) for file in message.files]
            if message.below:
                texts.append(("quote", message.below))
            for source, text in texts:
                incoming = InboundText(
                    text=text,
                    source=source,
                    trust=message.trust,
                    recent=recalled.recent,
                    repeats=recalled.repeats,
                )
                for verdict in screen(incoming, screening):
                    found.setdefault((verdict.rule, verdict.reason), verdict)
        return tuple(found.values())

    def _allowed(self) -> tuple[str, ...]:
        replies = self._policies().replies
        return (*replies.allowed_links, *replies.allowed_addresses, *replies.allowed_phones)

    def _key(self, conversation_id: UUID) -> bytes:
        return hashlib.sha256(f"vault{self._canary_secret}{conversation_id}".encode()).digest()

    def _canary(self, conversation_id: UUID) -> str:
        return hashlib.sha256(f"{self._canary_secret}{conversation_id}".encode()).hexdigest()[:16]


def _colleague(recalled: Recalled, terms: Terms, reach: str | None) -> Mapping[str, str] | None:
    """Return what the model is told of the human who is waited for."""
    if recalled.colleague is None:
        return None
    told = {
        "matter": recalled.colleague["matter"] or "what was passed on above",
        "since": recalled.colleague["since"],
        "back_at": terms.back_at,
        "answer_goes_to": reach or recalled.reach_address,
    }
    return {key: str(value) for key, value in told.items() if value is not None}


def _waiting(recalled: Recalled, language: str, persona: Persona) -> list[dict[str, str]]:
    """Return what a human's yes is waited for, as the customer was told of it."""
    return [
        {
            "id": str(each["id"]),
            "what": str(each["told"].get(language) or each["told"].get(persona.language) or each["summary"]),
            "since": str(each["since"]),
        }
        for each in recalled.waiting
    ]


def offered(tools: Iterable[T], recalled: Recalled) -> tuple[T, ...]:
    """Return the tools that make sense now: nothing can be taken back where nothing waits."""
    return tuple(tool for tool in tools if tool.name != WITHDRAW or recalled.waiting)


def _suspicious(screened: Iterable[Verdict]) -> bool:
    return any(verdict.rule in ABOUT_INSTRUCTIONS for verdict in screened)


def _nonce(canary: str, claim: TurnClaim, screened: Iterable[Verdict]) -> str | None:
    """Return the mark that fences what looks like instructions: nobody who writes a message can guess it.

    It is the same when the turn is resumed.
    """
    if not _suspicious(screened):
        return None
    return hashlib.sha256(f"{canary}{claim.lease.turn_id}".encode()).hexdigest()[:12]


def _without_private_data(recalled: Recalled, vault: Vault) -> Recalled:
    """Put tokens in place of private data; a code that is waited for has to get through the model."""
    keep = frozenset({PrivateKind.CODE}) if recalled.code_expected else frozenset()
    fresh = tuple(
        replace(
            message,
            text=vault.tokenise(message.text, keep=keep),
            below=vault.tokenise(message.below),  # a code that is quoted proves nothing
        )
        for message in recalled.fresh
    )
    return replace(recalled, fresh=fresh)


def evidence(context: TurnContext, outcomes: Sequence[ActionOutcome]) -> Evidence:
    """Return the facts a reply may rest on at this point of the turn.

    What was remembered is no fact: a model wrote it down.
    """
    briefing, fresh = context.briefing, context.recalled.fresh
    cited = {passage.id for passage in context.passages} | {outcome.call_id for outcome in outcomes}
    for outcome in outcomes:
        cited.update(passage["id"] for passage in found_passages(outcome))
    return Evidence(
        texts=tuple(message.text for message in fresh if message.author != "customer"),
        results=(
            *(compact({"tool": o.tool, "arguments": o.arguments, **o.result}) for o in outcomes),
            *([_desk(briefing.colleague)] if briefing.colleague is not None else []),
            *map(compact, briefing.waiting),
        ),
        passages=tuple(f"{each['title']}\n{each['text']}" for each in briefing.passages),
        own_words=(
            *(text for m in fresh if m.author == "customer" for text in (m.text, m.below) if text),
            *map(compact, briefing.earlier),
        ),
        thread=context.recalled.thread,
        business=context.persona.business,
        name=briefing.name or "",
        now=briefing.now,
        citable=frozenset(cited),
        done=context.recalled.done
        | {outcome.tool for outcome in outcomes if outcome.result.get("ok")}
        | ({"verify_identity"} if context.trust >= Trust.VERIFIED else set()),
        held=context.recalled.held
        | {outcome.tool for outcome in outcomes if outcome.result.get("error") == "waiting_approval"},
        allowed=context.allowed,
        secrets=(context.canary, INSTRUCTIONS),
        tools=context.tools,
        vocabulary=context.vocabulary,
        languages=read_in(context.language, *context.persona.languages),
    )


def _desk(colleague: Mapping[str, str]) -> str:
    """Return what is known of the human who is waited for, without the matter: a model wrote that down."""
    return compact({key: value for key, value in colleague.items() if key != "matter"})


def found_passages(outcome: ActionOutcome) -> Sequence[dict[str, Any]]:
    """Return the passages a search brought, none for any other action."""
    data = outcome.result.get("data")
    if outcome.tool != "search_knowledge" or not isinstance(data, dict):
        return ()
    found = data.get("passages")
    return found if isinstance(found, list) else ()


def shown_citations(
    context: TurnContext, outcomes: Sequence[ActionOutcome], cited: Sequence[str]
) -> tuple[dict[str, str], ...]:
    """Return the cited passages as the customer sees them: id and title; results of actions are not shown."""
    titles = {passage.id: passage.title for passage in context.passages}
    for outcome in outcomes:
        titles.update({passage["id"]: passage["title"] for passage in found_passages(outcome)})
    return tuple({"id": each, "title": titles[each]} for each in dict.fromkeys(cited) if each in titles)
