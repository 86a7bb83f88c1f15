"""Carry out a decision's actions: preview, ruling, journal, run or hold, result."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

import structlog

from guardrails.decision import Action
from guardrails.rule_book import review_action
from guardrails.verdict import PastAction, ProposedAction, Ruling
from orchestrator.conversation.event_bus import ActionRun, EventBus, SessionChanged
from orchestrator.conversation.file_store import FileStore, MadeFile
from orchestrator.inference.types import ActionOutcome
from orchestrator.people.proofs import Principal
from orchestrator.policies import Policies
from orchestrator.turn.journal import ActionIntent, HeldAction, JournaledAction, action_key
from orchestrator.turn.state import WAITING, TurnState
from orchestrator.turn.tool_calls import as_read, caller_of, pack, snapshot
from tools.run import UNKNOWN, preview_tool, run_tool
from tools.tool import Handoff, Preview, Sensitivity, Tool, ToolResult, Toolset

log = structlog.get_logger()
Result = Mapping[str, Any]
AGAIN = (0.2, 1.0)
"""Seconds before a tool whose system is away is asked again: what it would do, or, if it is idempotent, to do
it with the same key."""
VERIFIES = "verify_identity"

IN_DOUBT = ToolResult(
    ok=False,
    error="in_doubt",
    message="It was started, then interrupted: the outcome is unknown and a human must check.",
    handoff=Handoff(
        reason="An action was interrupted: check its outcome before repeating it.", priority="high"
    ),
)
IDENTITY = "identity_required"


class Proofs(Protocol):
    """Who was proved by a one-time code to be in a conversation."""

    async def principal(self, conversation_id: UUID, turn_id: UUID) -> Principal | None:
        """Return the principal that a code proved, None when none did."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class _Proposal:
    """One action on its way: `arguments` as the model gave them, `plain` as the tool gets them."""

    tool: Tool
    arguments: Mapping[str, Any]
    plain: Mapping[str, Any]
    position: int
    key: str


class ActionRunner:
    """Runs actions one after another, each judged, and journaled before and after."""

    def __init__(
        self, registry: Toolset, bus: EventBus, *, policies: Policies, proofs: Proofs, files: FileStore
    ) -> None:
        self._files = files
        self._registry = registry
        self._bus = bus
        self._policies = policies
        self._proofs = proofs

    async def run(self, turn: TurnState, actions: Sequence[Action]) -> tuple[ActionOutcome, ...]:
        """Run the actions of the turn's present step and note what came of them."""
        first = len(turn.outcomes)
        for position, action in enumerate(actions):
            result = await self._result(turn, action, position)
            call_id = f"r{len(turn.outcomes) + 1}"
            turn.outcomes.append(
                ActionOutcome(call_id=call_id, tool=action.tool, arguments=action.arguments, result=result)
            )
        return tuple(turn.outcomes[first:])

    async def _result(self, turn: TurnState, action: Action, position: int) -> Result:
        tool = self._registry.get(action.tool)
        if tool is None:
            return {"ok": False, "error": "unknown_tool", "message": "This tool does not exist."}
        same = turn.earlier(action)
        if same and not _worth_another_look(turn, tool, same[-1]):
            return same[-1].result  # one intent, done once, however often the model names it in a turn
        result = await self._called(turn, _call(turn, tool, action, position, again=len(same)))
        if tool.name == VERIFIES:
            await self._look_who_it_is(turn)
        return result

    async def _called(self, turn: TurnState, call: _Proposal) -> Result:
        row = await turn.actions.found(call.key)
        if row is not None:
            return await self._resumed(turn, call, row)
        preview = await self._previewed(turn, call)
        if isinstance(preview, ToolResult):
            return await self._refused_by_tool(turn, call, preview)
        ruling = await self._ruled(turn, call, preview)
        if ruling.ruled == "ask":
            return await self._held(turn, call, preview, ruling)
        if ruling.ruled == "refuse":
            return await _refused(turn, _intent(turn, call, ruling, preview), _refusal(ruling))
        row = await turn.actions.begin(_intent(turn, call, ruling, preview))
        return await self._run(turn, call, row)

    async def _previewed(self, turn: TurnState, call: _Proposal) -> Preview | ToolResult:
        """Ask what a call would do, again where its system is away: asking changes nothing."""
        preview = await preview_tool(call.tool, caller_of(turn, call.key), call.plain)
        for pause in AGAIN:
            if not isinstance(preview, ToolResult) or preview.error != "unavailable":
                break
            await asyncio.sleep(pause)
            await turn.guard.check()  # where our own store was away, this waits until it is back
            preview = await preview_tool(call.tool, caller_of(turn, call.key), call.plain)
        return preview

    async def _ruled(self, turn: TurnState, call: _Proposal, preview: Preview) -> Ruling:
        """Have a call judged by the rules and the policy, with what the store knows of the past."""
        tool = call.tool
        past: tuple[PastAction, ...] = ()
        if tool.sensitivity is not Sensitivity.READ:
            reads = [each.name for each in self._registry if each.sensitivity is Sensitivity.READ]
            past = await turn.actions.past(turn.principal.customer_id, but=call.key, leave_out=reads)
        action = ProposedAction(
            tool=tool.name,
            sensitivity=str(tool.sensitivity),
            trust_needed=tool.trust,
            degrades=tool.degrades,
            arguments=call.plain,
            trust=turn.principal.trust,
            channel=turn.context.channel,
            now=datetime.now(UTC),
            amount=preview.amount,
            currency=preview.currency,
            tags=turn.principal.tags,
            facts=preview.facts,
            past=past,
            flagged=turn.flagged,
        )
        return review_action(action, self._policies())

    async def _resumed(self, turn: TurnState, call: _Proposal, row: JournaledAction) -> Result:
        """Go on with an action that an earlier attempt of this turn began: it is not judged again."""
        if row.result is not None:
            return _noted(turn, row.result)
        if row.state == "held":
            return _waits(turn, {})
        if not call.tool.idempotent:
            log.warning(
                "an action was interrupted, its outcome is unknown", tool=row.tool, action=str(row.id)
            )
            return await _ended(turn, row, "in_doubt", pack(IN_DOUBT)[0])
        return await self._run(turn, call, row)

    async def _refused_by_tool(self, turn: TurnState, call: _Proposal, result: ToolResult) -> Result:
        """Note a call whose own tool says that it can't be: nothing was judged, nothing will be done."""
        ruling = Ruling(ruled="refuse", line=f"{call.tool.name}, its own check", reason=result.error or "")
        return await _refused(turn, _intent(turn, call, ruling, None), pack(result)[0])

    async def _held(self, turn: TurnState, call: _Proposal, preview: Preview, ruling: Ruling) -> Result:
        """Leave an action to a human; the same one that waits already is not asked for twice."""
        if await turn.actions.waits(turn.conversation_id, call.tool.name, call.plain):
            return _waits(turn, preview.told)
        held = HeldAction(
            arguments=call.plain,
            summary=preview.summary,
            told=preview.told,
            evidence=preview.facts,
            caller=snapshot(turn),
            expires_hours=ruling.expires_hours,
        )
        await turn.actions.hold(_intent(turn, call, ruling, preview), held)
        self._tell(turn, call.tool, "held")
        return _waits(turn, preview.told)

    async def _run(self, turn: TurnState, call: _Proposal, row: JournaledAction) -> Result:
        tool = call.tool
        self._tell(turn, tool, "started")
        result = await run_tool(tool, caller_of(turn, row.key), call.plain)
        for pause in AGAIN if tool.idempotent else ():
            if result.error != "unavailable":
                break
            await asyncio.sleep(pause)
            await turn.guard.check()  # where our own store was away, this waits until it is back
            result = await run_tool(tool, caller_of(turn, row.key), call.plain)
        state = _state(tool, result)
        packed, found = pack(IN_DOUBT if state == "in_doubt" else result)
        await turn.actions.note(turn.conversation_id, "inbound", found, tool.name)
        turn.flagged = turn.flagged or bool(found)
        made = await turn.guard.patiently(lambda: self._files.made(result.files))
        looked = tool.sensitivity is Sensitivity.READ and tool.idempotent
        noted = await _ended(turn, row, state, packed, made, with_next=looked)
        self._tell(turn, tool, state)
        return noted

    async def _look_who_it_is(self, turn: TurnState) -> None:
        """Believe the store, not the tool's result, on whether a code was proved."""
        proved = await turn.guard.patiently(
            lambda: self._proofs.principal(turn.conversation_id, turn.turn_id)
        )
        if proved is not None and proved.trust > turn.principal.trust:
            turn.principal = proved
            # Before a word of theirs: whoever holds an earlier token of this session is not shown it.
            self._bus.publish(turn.conversation_id, SessionChanged())

    def _tell(self, turn: TurnState, tool: Tool, state: str) -> None:
        event = ActionRun(turn=turn.turn_id, tool=tool.name, state=state)
        self._bus.publish(turn.conversation_id, event)


def _worth_another_look(turn: TurnState, tool: Tool, earlier: ActionOutcome) -> bool:
    """Say whether a repeated call only looks, or was refused for a trust level that is reached by now."""
    if tool.sensitivity is Sensitivity.READ:
        return True
    return earlier.result.get("error") == IDENTITY and turn.principal.trust >= tool.trust


def _call(turn: TurnState, tool: Tool, action: Action, position: int, *, again: int) -> _Proposal:
    return _Proposal(
        tool=tool,
        arguments=action.arguments,
        plain=turn.context.vault.restore(action.arguments, tool.needs),
        position=position,
        key=action_key(
            conversation_id=turn.conversation_id,
            message_id=turn.context.message_id,
            tool=tool.name,
            arguments=action.arguments,
            position=f"{turn.step}.{position}{f'.again{again}' if again else ''}",
        ),
    )


def _intent(turn: TurnState, call: _Proposal, ruling: Ruling, preview: Preview | None) -> ActionIntent:
    return ActionIntent(
        conversation_id=turn.conversation_id,
        step=turn.step,
        position=call.position,
        tool=call.tool.name,
        arguments=call.arguments,
        key=call.key,
        ruled=ruling.ruled,
        line=ruling.line,
        reason=ruling.reason,
        amount=preview.amount if preview else None,
        currency=preview.currency if preview else None,
        customer_id=turn.principal.customer_id if _anothers(turn) else None,
    )


def _anothers(turn: TurnState) -> bool:
    """Say whether the turn acts for somebody else than whose its conversation was when it began."""
    return turn.principal.customer_id != turn.context.recalled.customer_id


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


def _waits(turn: TurnState, told: Mapping[str, str]) -> Result:
    turn.waiting.append(dict(told))
    return WAITING


async def _refused(turn: TurnState, intent: ActionIntent, result: Result) -> Result:
    await turn.actions.refuse(intent, result)
    return _noted(turn, result)


async def _ended(
    turn: TurnState,
    row: JournaledAction,
    state: str,
    result: Result,
    files: Sequence[MadeFile] = (),
    *,
    with_next: bool = False,
) -> Result:
    await turn.actions.finish(
        row.id,
        tool=row.tool,
        state=state,
        result=result,
        files=files,
        conversation_id=turn.conversation_id,
        with_next=with_next,
    )
    return _noted(turn, result)


def _noted(turn: TurnState, result: Result) -> Result:
    """Note a handoff that a result carries; the model reads the result without it."""
    if handoff := result.get("handoff"):
        turn.handoff = (handoff["reason"], handoff["priority"])
    if result.get("error") == "in_doubt":
        turn.in_doubt = True
    return as_read(result)
