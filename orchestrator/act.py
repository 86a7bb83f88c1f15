"""Carry out a decision's actions: preview, ruling, journal, run or hold, result."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import structlog

from guardrails.decision import Action
from guardrails.proposed import Ruling
from guardrails.spotlight import without_instructions
from guardrails.verdict import Judgement, Verdict
from orchestrator.callers import caller_of, snapshot
from orchestrator.events import ActionRun, SessionChanged
from orchestrator.files import Files
from orchestrator.hub import Hub
from orchestrator.inference.types import ActionOutcome
from orchestrator.judge import Judge
from orchestrator.standing import Standing
from orchestrator.store.actions import Held, Intent, JournaledAction, action_key
from orchestrator.store.files import MadeFile
from orchestrator.talk import WAITING, Talk
from tools.run import UNKNOWN, preview_tool, run_tool
from tools.tool import Preview, Sensitivity, Tool, ToolResult
from tools.toolset import Toolset

log = structlog.get_logger()
Result = Mapping[str, Any]
AGAIN = (0.2, 1.0)
"""Seconds before a tool whose system is away is asked again: what it would do, or, if it is idempotent, to do
it with the same key."""
VERIFIES = "verify_identity"

IN_DOUBT: Result = {
    "ok": False,
    "error": "in_doubt",
    "message": "It was started, then interrupted: the outcome is unknown and a human must check.",
    "handoff": {
        "reason": "An action was interrupted: check its outcome before repeating it.",
        "priority": "high",
    },
}
IDENTITY = "identity_required"


class Proofs(Protocol):
    """Who was proved by a one-time code to be in a conversation."""

    async def standing(self, conversation_id: UUID, turn_id: UUID) -> Standing | None:
        """Return the standing that a code proved, None when none did."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class _Call:
    """One action on its way: `arguments` as the model gave them, `plain` as the tool gets them."""

    tool: Tool
    arguments: Mapping[str, Any]
    plain: Mapping[str, Any]
    position: int
    key: str


class Actor:
    """Runs actions one after another, each journaled before and after."""

    def __init__(self, registry: Toolset, hub: Hub, *, judge: Judge, proofs: Proofs, files: Files) -> None:
        self._files = files
        self._registry = registry
        self._hub = hub
        self._judge = judge
        self._proofs = proofs

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
        if same and not _worth_another_look(talk, tool, same[-1]):
            return same[-1].result  # one intent, done once, however often the model names it in a turn
        result = await self._called(talk, _call(talk, tool, action, position, again=len(same)))
        if tool.name == VERIFIES:
            await self._look_who_it_is(talk)
        return result

    async def _called(self, talk: Talk, call: _Call) -> Result:
        row = await talk.actions.found(call.key)
        if row is not None:
            return await self._resumed(talk, call, row)
        preview = await self._previewed(talk, call)
        if isinstance(preview, ToolResult):
            return await self._refused_by_tool(talk, call, preview)
        ruling = await self._judge.rule(talk, call.tool, call.plain, preview, key=call.key)
        if ruling.ruled == "ask":
            return await self._held(talk, call, preview, ruling)
        if ruling.ruled == "refuse":
            return await _refused(talk, _intent(talk, call, ruling, preview), _refusal(ruling))
        row = await talk.actions.begin(_intent(talk, call, ruling, preview))
        return await self._run(talk, call, row)

    async def _previewed(self, talk: Talk, call: _Call) -> Preview | ToolResult:
        """Ask what a call would do, again where its system is away: asking changes nothing."""
        preview = await preview_tool(call.tool, caller_of(talk, call.key), call.plain)
        for pause in AGAIN:
            if not isinstance(preview, ToolResult) or preview.error != "unavailable":
                break
            await asyncio.sleep(pause)
            await talk.fence.check()  # where our own store was away, this waits until it is back
            preview = await preview_tool(call.tool, caller_of(talk, call.key), call.plain)
        return preview

    async def _resumed(self, talk: Talk, call: _Call, row: JournaledAction) -> Result:
        """Go on with an action that an earlier attempt of this turn began: it is not judged again."""
        if row.result is not None:
            return _noted(talk, row.result)
        if row.state == "held":
            return _waits(talk, {})
        if not call.tool.idempotent:
            log.warning(
                "an action was interrupted, its outcome is unknown", tool=row.tool, action=str(row.id)
            )
            return await _ended(talk, row, "in_doubt", IN_DOUBT)
        return await self._run(talk, call, row)

    async def _refused_by_tool(self, talk: Talk, call: _Call, result: ToolResult) -> Result:
        """Note a call whose own tool says that it can't be: nothing was judged, nothing will be done."""
        ruling = Ruling(ruled="refuse", line=f"{call.tool.name}, its own check", reason=result.error or "")
        return await _refused(talk, _intent(talk, call, ruling, None), _packed(result))

    async def _held(self, talk: Talk, call: _Call, preview: Preview, ruling: Ruling) -> Result:
        """Leave an action to a human; the same one that waits already is not asked for twice."""
        if await talk.actions.waits(talk.scene.conversation_id, call.tool.name, call.plain):
            return _waits(talk, preview.told)
        held = Held(
            arguments=call.plain,
            summary=preview.summary,
            told=preview.told,
            evidence=preview.facts,
            caller=snapshot(talk),
            expires_hours=ruling.expires_hours,
        )
        await talk.actions.hold(_intent(talk, call, ruling, preview), held)
        self._tell(talk, call.tool, "held")
        return _waits(talk, preview.told)

    async def _run(self, talk: Talk, call: _Call, row: JournaledAction) -> Result:
        tool = call.tool
        self._tell(talk, tool, "started")
        result = await run_tool(tool, caller_of(talk, row.key), call.plain)
        for pause in AGAIN if tool.idempotent else ():
            if result.error != "unavailable":
                break
            await asyncio.sleep(pause)
            await talk.fence.check()  # where our own store was away, this waits until it is back
            result = await run_tool(tool, caller_of(talk, row.key), call.plain)
        state = _state(tool, result)
        packed, found = _cleaned(dict(IN_DOUBT) if state == "in_doubt" else _packed(result))
        await talk.actions.note(talk.scene.conversation_id, "inbound", found, tool.name)
        talk.flagged = talk.flagged or bool(found)
        made = await talk.fence.patiently(lambda: self._files.made(result.files))
        noted = await _ended(talk, row, state, packed, made)
        self._tell(talk, tool, state)
        return noted

    async def _look_who_it_is(self, talk: Talk) -> None:
        """Believe the store, not the tool's result, on whether a code was proved."""
        proved = await talk.fence.patiently(
            lambda: self._proofs.standing(talk.scene.conversation_id, talk.scene.turn_id)
        )
        if proved is not None and proved.trust > talk.standing.trust:
            talk.standing = proved
            # Before a word of theirs: whoever holds an earlier token of this session is not shown it.
            self._hub.publish(talk.scene.conversation_id, SessionChanged())

    def _tell(self, talk: Talk, tool: Tool, state: str) -> None:
        event = ActionRun(turn=talk.scene.turn_id, tool=tool.name, state=state)
        self._hub.publish(talk.scene.conversation_id, event)


def _worth_another_look(talk: Talk, tool: Tool, earlier: ActionOutcome) -> bool:
    """Say whether a repeated call only looks, or was refused for a trust level that is reached by now."""
    if tool.sensitivity is Sensitivity.READ:
        return True
    return earlier.result.get("error") == IDENTITY and talk.standing.trust >= tool.trust


def _call(talk: Talk, tool: Tool, action: Action, position: int, *, again: int) -> _Call:
    return _Call(
        tool=tool,
        arguments=action.arguments,
        plain=talk.scene.vault.restore(action.arguments, tool.needs),
        position=position,
        key=action_key(
            conversation_id=talk.scene.conversation_id,
            message_id=talk.scene.message_id,
            tool=tool.name,
            arguments=action.arguments,
            position=f"{talk.step}.{position}{f'.again{again}' if again else ''}",
        ),
    )


def _intent(talk: Talk, call: _Call, ruling: Ruling, preview: Preview | None) -> Intent:
    return Intent(
        conversation_id=talk.scene.conversation_id,
        step=talk.step,
        position=call.position,
        tool=call.tool.name,
        arguments=call.arguments,
        key=call.key,
        ruled=ruling.ruled,
        line=ruling.line,
        reason=ruling.reason,
        amount=preview.amount if preview else None,
        currency=preview.currency if preview else None,
        customer_id=talk.standing.customer_id if _anothers(talk) else None,
    )


def _anothers(talk: Talk) -> bool:
    """Say whether the turn acts for somebody else than whose its conversation was when it began."""
    return talk.standing.customer_id != talk.scene.recalled.customer_id


def _state(tool: Tool, result: ToolResult) -> str:
    """Return what the journal calls an outcome; a sensitive tool's that is not known must not be repeated."""
    if result.ok:
        return "done"
    open_end = tool.sensitivity is Sensitivity.SENSITIVE and result.error in UNKNOWN
    return "in_doubt" if open_end else "failed"


def _refusal(ruling: Ruling) -> Result:
    if ruling.reason == IDENTITY:
        message = "The customer's identity must be verified first."
        return {"ok": False, "error": IDENTITY, "message": message}
    return {"ok": False, "error": "refused", "message": f"Our rules don't allow it: {ruling.reason}"}


def _waits(talk: Talk, told: Mapping[str, str]) -> Result:
    talk.waiting.append(dict(told))
    return WAITING


async def _refused(talk: Talk, intent: Intent, result: Result) -> Result:
    await talk.actions.refuse(intent, result)
    return _noted(talk, result)


async def _ended(
    talk: Talk, row: JournaledAction, state: str, result: Result, files: Sequence[MadeFile] = ()
) -> Result:
    await talk.actions.finish(
        row.id,
        tool=row.tool,
        state=state,
        result=result,
        files=files,
        conversation_id=talk.scene.conversation_id,
    )
    return _noted(talk, result)


def _noted(talk: Talk, result: Result) -> Result:
    """Note a handoff that a result carries; the model reads the result without it."""
    if handoff := result.get("handoff"):
        talk.handoff = (handoff["reason"], handoff["priority"])
    if result.get("error") == "in_doubt":
        talk.in_doubt = True
    return {key: value for key, value in result.items() if key != "handoff"}


def _cleaned(packed: dict[str, Any]) -> tuple[dict[str, Any], tuple[Verdict, ...]]:
    """Take instructions out of what a tool brought back: it is data, whoever wrote it."""
    found: list[Verdict] = []
    for part in ("data", "message"):
        if part in packed:
            packed[part], verdicts = without_instructions(packed[part])
            found += [verdict for verdict in verdicts if verdict.judgement is not Judgement.ALLOW]
    return packed, tuple(found)


def _packed(result: ToolResult) -> dict[str, Any]:
    packed: dict[str, Any] = {"ok": result.ok}
    if result.data is not None:
        packed["data"] = result.data
    if result.error is not None:
        packed["error"] = result.error
    if result.message is not None:
        packed["message"] = result.message
    if result.files:
        packed["goes_out_with_the_reply"] = [file.name for file in result.files]
    if result.handoff is not None:
        packed["handoff"] = {"reason": result.handoff.reason, "priority": result.handoff.priority}
    return packed
