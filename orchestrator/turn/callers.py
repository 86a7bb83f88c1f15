"""For whom a tool runs: made from the turn's principal, and kept for an action that waits for a human."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from orchestrator.turn.state import TurnState
from tools.tool import Caller


def caller_of(turn: TurnState, key: str) -> Caller:
    """Return the caller of an action of this turn; `key` is its idempotency key."""
    context, principal = turn.context, turn.principal
    return Caller(
        customer_id=principal.customer_id,
        conversation_id=context.conversation_id,
        turn_id=context.turn_id,
        trust=principal.trust,
        channel=context.channel,
        language=context.language,
        name=principal.name,
        verified_addresses=principal.verified_addresses if principal.trust > 1 else (),
        claimed_addresses=principal.claimed_addresses,
        idempotency_key=key,
        now=datetime.now(UTC),
    )


def snapshot(turn: TurnState) -> dict[str, Any]:
    """Return the turn's caller as a JSON object, to be brought back by `restored`."""
    caller = caller_of(turn, "")
    return {
        "customer_id": str(caller.customer_id),
        "conversation_id": str(caller.conversation_id),
        "turn_id": str(caller.turn_id),
        "trust": caller.trust,
        "channel": caller.channel,
        "language": caller.language,
        "name": caller.name,
        "verified_addresses": list(caller.verified_addresses),
        "claimed_addresses": list(caller.claimed_addresses),
    }


def restored(kept: dict[str, Any], key: str) -> Caller:
    """Return the caller a snapshot stands for, now; `key` is the action's idempotency key."""
    return Caller(
        customer_id=UUID(kept["customer_id"]),
        conversation_id=UUID(kept["conversation_id"]),
        turn_id=UUID(kept["turn_id"]),
        trust=int(kept["trust"]),
        channel=kept["channel"],
        language=kept["language"],
        name=kept["name"],
        verified_addresses=tuple(kept["verified_addresses"]),
        claimed_addresses=tuple(kept["claimed_addresses"]),
        idempotency_key=key,
        now=datetime.now(UTC),
    )
