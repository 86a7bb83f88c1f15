"""All that one turn knows when it begins."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any
from uuid import UUID

from guardrails.evidence import Evidence
from orchestrator.inference.history import compact
from orchestrator.inference.types import ActionOutcome, ToolLike
from orchestrator.memory.recall import Memory, recall
from orchestrator.prompt import INSTRUCTIONS, Context, customer_messages, system_message
from orchestrator.sentences import ENCRYPTED, guess_language
from orchestrator.store.database import Database
from orchestrator.store.memories import Memories
from orchestrator.store.recall import Recalled, recall_conversation
from orchestrator.store.turns import Claim
from tools.knowledge import Passage, Searcher

QUESTION = 500
PASSAGES = 4
PASSAGE = 2_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """A turn's input: the conversation, the memory and the passages that fit the question."""

    claim: Claim
    recalled: Recalled
    memory: Memory
    passages: tuple[Passage, ...]
    messages: tuple[dict[str, str], ...]
    language: str
    canary: str
    system: str

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


class SceneMaker:
    """Recalls a turn's scene from memory and knowledge."""

    def __init__(
        self,
        *,
        database: Database,
        memories: Memories,
        knowledge: Searcher,
        tools: Sequence[ToolLike],
        business: str,
        canary_secret: str,
        zone: tzinfo = UTC,
    ) -> None:
        self._database = database
        self._memories = memories
        self._knowledge = knowledge
        self._tools = tools
        self._business = business
        self._canary_secret = canary_secret
        self._zone = zone

    async def make(self, claim: Claim) -> Scene | None:
        """Return the scene, or None when there is nothing to answer or a human owns the conversation.

        Raises `LeaseLost` and `StoreAway`.
        """
        recalled = await recall_conversation(self._database, claim.lease)
        asked = [message.text for message in recalled.fresh if message.author == "customer"]
        if not asked or recalled.owner != "bot":
            return None
        language = guess_language(" ".join(asked)[:QUESTION]) or recalled.language or "en"
        memory = await recall(
            self._memories,
            customer_id=recalled.customer_id,
            conversation_id=recalled.conversation_id,
            trust=recalled.trust,
        )
        passages = tuple(
            await self._knowledge.search(asked[-1][:QUESTION], limit=PASSAGES, language=language)
        )
        canary = self._canary(recalled.conversation_id)
        return Scene(
            claim=claim,
            recalled=recalled,
            memory=memory,
            passages=passages,
            messages=tuple(customer_messages(recalled.fresh)),
            language=language,
            canary=canary,
            system=self._system(
                claim, recalled, memory=memory, passages=passages, language=language, canary=canary
            ),
        )

    def _system(
        self,
        claim: Claim,
        recalled: Recalled,
        *,
        memory: Memory,
        passages: Sequence[Passage],
        language: str,
        canary: str,
    ) -> str:
        context = Context(
            now=datetime.now(self._zone),
            channel=claim.channel,
            trust=recalled.trust,
            name=recalled.name if recalled.trust > 1 else None,
            language=language,
            facts=memory.facts,
            passages=[{"id": p.id, "title": p.title, "text": p.text[:PASSAGE]} for p in passages],
            earlier=memory.earlier,
            handed_back=recalled.handed_back,
        )
        return system_message(business=self._business, canary=canary, tools=self._tools, context=context)

    def _canary(self, conversation_id: UUID) -> str:
        return hashlib.sha256(f"{self._canary_secret}{conversation_id}".encode()).hexdigest()[:16]


def evidence(scene: Scene, outcomes: Sequence[ActionOutcome]) -> Evidence:
    """Return the facts a reply may rest on at this point of the turn."""
    context = scene.system[scene.system.index("\nCONTEXT: ") :]
    results = tuple(compact({"arguments": o.arguments, **o.result}) for o in outcomes)
    words = tuple(message["content"] for message in scene.messages)
    cited = {passage.id for passage in scene.passages} | {outcome.call_id for outcome in outcomes}
    for outcome in outcomes:
        cited.update(passage["id"] for passage in found_passages(outcome))
    done = scene.recalled.done | {outcome.tool for outcome in outcomes if outcome.result.get("ok")}
    return Evidence(
        texts=(context, *words, *results),
        thread=scene.recalled.thread,
        citable=frozenset(cited),
        done=done,
        secrets=(scene.canary, INSTRUCTIONS),
    )


def found_passages(outcome: ActionOutcome) -> Sequence[dict[str, Any]]:
    """Return the passages a search brought, none for any other action."""
    data = outcome.result.get("data")
    if outcome.tool != "search_knowledge" or not isinstance(data, dict):
        return ()
    found = data.get("passages")
    return found if isinstance(found, list) else ()


def shown_citations(
    scene: Scene, outcomes: Sequence[ActionOutcome], cited: Sequence[str]
) -> tuple[dict[str, str], ...]:
    """Return the cited passages as the customer sees them: id and title; results of actions are not shown."""
    titles = {passage.id: passage.title for passage in scene.passages}
    for outcome in outcomes:
        titles.update({passage["id"]: passage["title"] for passage in found_passages(outcome)})
    return tuple({"id": each, "title": titles[each]} for each in dict.fromkeys(cited) if each in titles)
