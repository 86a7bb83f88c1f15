"""What a turn may know of its customer, by how far the contact is believed (CONTRACTS section 9).

A chat whose proof has run out keeps its own thread: its session token still proves the same browser, and the
page shows that thread anyway. What it loses is everything else: facts and endings of other conversations are
not recalled, no tool finds it above trust 0, and nothing said in it then is recalled elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from orchestrator.conversation.message import Trust
from orchestrator.memory.memories import Memories


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """The customer's remembered facts and the end of their last conversations."""

    facts: Mapping[str, str]
    earlier: Sequence[Mapping[str, Any]]


async def recall(memories: Memories, *, customer_id: UUID, conversation_id: UUID, trust: int) -> Memory:
    """Return what may be known: across conversations only from trust 2 on."""
    facts = await memories.facts(customer_id, conversation_id, trust=trust)
    earlier: Sequence[Mapping[str, Any]] = ()
    if trust >= Trust.AUTHENTICATED:
        earlier = await memories.earlier(customer_id, conversation_id, messages=4, conversations=3)
    return Memory(facts=facts, earlier=earlier)
