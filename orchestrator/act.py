"""Carry out a decision's actions: verdict, journal, run, result."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

from guardrails.decision import Action
from orchestrator.events import ActionRun
from orchestrator.hub import Hub
from orchestrator.inference.types import ActionOutcome
from orchestrator.scene import Scene
from orchestrator.store.journal import JournaledAction, action_key
from orchestrator.talk import Talk
from tools.registry import Registry
from tools.run import run_tool
from tools.tool import Caller, Sensitivity, Tool, ToolResult

log = structlog.get_logger()
Result = Mapping[str, Any]
AGAIN = (0.2, 1.0)
"""Seconds before an idempotent tool whose system is away is asked again, with the same key."""

NEEDS_HUMAN: Result = {
    "ok": False,
    "error": "needs_human",
    "message": "Only a colleague may do this; the conversation is handed over.",
    "handoff": {"reason": "An action needs a human.", "priority": "normal"},
}
IN_DOUBT: Result = {
    "ok": False,
    "error": "in_doubt",
    "message": "It was started, then interrupted: the outcome is unknown and a human must check.",
    "handoff": {
        "reason": "An action was interrupted: check its outcome before repeating it.",
        "priority": "high",
    },
}


class Actor:
    """Runs actions one after another, each journaled before and after."""

    def __init__(self, registry: Registry, hub: Hub) -> None:
        self._registry = registry
        self._hub = hub

    async def act(self, talk: Talk, actions: Sequence[Action]) -> tuple[ActionOutcome, ...]:
        """Run the actions of the talk's present step and note what came of them."""
        first = len(talk.outcomes)
        for position, action in enumerate(actions):
            result = await self._result(talk, action, position)
            call_id = f"r{len(talk.outcomes) + 1}"
            talk.outcomes.append(
                ActionOutcome(call_id=call_id, tool=action.tool, arguments=action.arguments, result=result)
            )
        return tuple(talk.outcomes[first:])

    async def _result(self, talk: Talk, action: Action, position: int) -> Result:
        tool = self._registry.get(action.tool)
        if tool is None:
            return {"ok": False, "error": "unknown_tool", "message": "This tool does not exist."}
        same = talk.earlier(action)
        if same and tool.sensitivity is not Sensitivity.READ:
            return same[0].result  # one intent, done once, however often the model names it in a turn
        verdict = "refuse" if tool.sensitivity is Sensitivity.SENSITIVE else "run"
        row = await talk.journal.begin_action(
            conversation_id=talk.scene.conversation_id,
            step=talk.step,
            position=position,
            tool=tool.name,
            arguments=action.arguments,
            key=action_key(
                conversation_id=talk.scene.conversation_id,
                message_id=talk.scene.message_id,
                tool=tool.name,
                arguments=action.arguments,
                position=f"{talk.step}.{position}",
            ),
            verdict=verdict,
        )
        if row.result is not None:
            return _noted(talk, row.result)
        if verdict == "refuse":
            return await _ended(talk, row, "refused", NEEDS_HUMAN)
        if not row.fresh and not tool.idempotent:
            log.warning(
                "an action was interrupted, its outcome is unknown", tool=row.tool, action=str(row.id)
            )
            return await _ended(talk, row, "in_doubt", IN_DOUBT)
        return await self._run(talk, tool, row)

    async def _run(self, talk: Talk, tool: Tool, row: JournaledAction) -> Result:
        self._tell(talk, tool, "started")
        result = await run_tool(tool, _caller(talk.scene, row), row.arguments)
        for pause in AGAIN if tool.idempotent else ():
            if result.error != "unavailable":
                break
            await asyncio.sleep(pause)
            await talk.journal.check()  # where our own store was away, this waits until it is back
            result = await run_tool(tool, _caller(talk.scene, row), row.arguments)
        state = "done" if result.ok else "failed"
        noted = await _ended(talk, row, state, _packed(result))
        self._tell(talk, tool, state)
        return noted

    def _tell(self, talk: Talk, tool: Tool, state: str) -> None:
        event = ActionRun(turn=talk.scene.turn_id, tool=tool.name, state=state)
        self._hub.publish(talk.scene.conversation_id, event)


async def _ended(talk: Talk, row: JournaledAction, state: str, result: Result) -> Result:
    await talk.journal.finish_action(row.id, tool=row.tool, state=state, result=result)
    return _noted(talk, result)


def _noted(talk: Talk, result: Result) -> Result:
    """Note a handoff that a result carries; the model reads the result without it."""
    if handoff := result.get("handoff"):
        talk.handoff = (handoff["reason"], handoff["priority"])
    if result.get("error") == "in_doubt":
        talk.in_doubt = True
    return {key: value for key, value in result.items() if key != "handoff"}


def _packed(result: ToolResult) -> dict[str, Any]:
    packed: dict[str, Any] = {"ok": result.ok}
    if result.data is not None:
        packed["data"] = result.data
    if result.error is not None:
        packed["error"] = result.error
    if result.message is not None:
        packed["message"] = result.message
    if result.handoff is not None:
        packed["handoff"] = {"reason": result.handoff.reason, "priority": result.handoff.priority}
    return packed


def _caller(scene: Scene, row: JournaledAction) -> Caller:
    return Caller(
        customer_id=scene.recalled.customer_id,
        conversation_id=scene.conversation_id,
        turn_id=scene.turn_id,
        trust=scene.trust,
        channel=scene.channel,
        language=scene.language,
        name=scene.recalled.name,
        verified_addresses=scene.recalled.verified_addresses if scene.trust > 1 else (),
        claimed_addresses=scene.recalled.claimed_addresses,
        idempotency_key=row.key,
        now=datetime.now(UTC),
    )
