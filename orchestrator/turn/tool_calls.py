"""A tool's call as the turn makes it: for whom it runs, and what its result is to journal and model."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from guardrails.spotlight import without_instructions
from guardrails.verdict import Judgement, Verdict
from orchestrator.turn.state import TurnState
from tools.tool import Caller, ToolResult


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


Packed = dict[str, Any]


def pack(result: ToolResult) -> tuple[Packed, tuple[Verdict, ...]]:
    """Return a result as the journal has it, and what was found in it that wants an operator's eye.

    What a tool brings back is data, whoever wrote it. Its wish for a human stands under `handoff`.
    """
    packed: Packed = {"ok": result.ok}
    found: list[Verdict] = []
    for name, value in (("data", result.data), ("error", result.error), ("message", result.message)):
        if value is not None:
            packed[name], verdicts = without_instructions(value)
            found += [verdict for verdict in verdicts if verdict.judgement is not Judgement.ALLOW]
    if result.files:
        packed["goes_out_with_the_reply"] = [file.name for file in result.files]
    if result.handoff is not None:
        packed["handoff"] = {"reason": result.handoff.reason, "priority": result.handoff.priority}
    return packed, tuple(found)


def as_read(packed: Mapping[str, Any]) -> Packed:
    """Return a packed result as the model reads it: the wish for a human is ours to carry out."""
    return {name: value for name, value in packed.items() if name != "handoff"}
