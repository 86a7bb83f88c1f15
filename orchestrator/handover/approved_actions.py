"""Carries out what humans approved and tells customers the outcome, whatever dies in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from orchestrator.conversation.event_bus import EventBus, Lagged
from orchestrator.conversation.file_store import FileStore
from orchestrator.conversation.turn_ending import fragment
from orchestrator.errors import LeaseLost, StoreAway
from orchestrator.handover.approvals import Approvals
from orchestrator.handover.approved_queue import ApprovalResult, ApprovedAction, ApprovedQueue
from orchestrator.inference.rendering import results_text
from orchestrator.inference.types import ActionOutcome
from orchestrator.languages.wording import ours, say
from orchestrator.observe import Observer
from orchestrator.store.replica import Replica
from orchestrator.turn.prompt import spoken
from orchestrator.turn.tool_calls import as_read, pack, restored
from orchestrator.worker import Backoff, Worker
from tools.run import UNKNOWN, run_tool
from tools.tool import Tool, ToolResult, Toolset

log = structlog.get_logger()
AT_ONCE = 100
"""Overdue approvals that one look marks as expired."""

TRIES = 10
"""Failures of our own code after which an approval is left to a human."""

AGAIN = frozenset({"unavailable", "timeout"})
"""Errors after which an idempotent tool is asked again with its key."""

INTERRUPTED = ToolResult(
    ok=False,
    error="in_doubt",
    message="It was started, then interrupted: the outcome is unknown. Do not repeat it.",
)
DENIED = ToolResult(
    ok=False, error="denied", message="A colleague decided against it. Do not ask for it again."
)
EXPIRED = ToolResult(ok=False, error="expired", message="Nobody decided in time; a colleague follows up.")
ABSENT = ToolResult(ok=False, error="tool_absent", message="The tool is not there; a colleague follows up.")

REASONS = {
    "failed": "An approved action failed ({error}): {tool}.",
    "in_doubt": "Unknown outcome of an approved action, check it before repeating it: {tool}.",
    "expired": "Nobody decided an approval in time: {tool}.",
}
"""Why a human follows up, by outcome; the others need none."""


LATER = Backoff(first=5.0, longest=300.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How long an approved action is tried, in seconds since the decision, and how `later` it is tried again.

    `tries` is the least number of tries: a gateway that was away itself does not give up at once.
    """

    unavailable: float = 1_800.0
    absent: float = 6 * 3600.0
    tries: int = 6
    later: Backoff = LATER

    def ended(self, claim: ApprovedAction, limit: float) -> bool:
        """Say whether a human has to take over."""
        return claim.waited >= limit and claim.attempt >= self.tries


class ApprovedActions(Worker[ApprovedAction]):
    """Expires overdue approvals and settles decided ones, up to `width` at a time."""

    def __init__(
        self,
        *,
        approvals: Approvals,
        approved_queue: ApprovedQueue,
        replica: Replica,
        tools: Toolset,
        files: FileStore,
        bus: EventBus,
        observer: Observer,
        deliveries_wait: Callable[[], None],
        notifications_wait: Callable[[], None],
        patience: Patience | None = None,
        width: int = 4,
        tick: float = 1.0,
    ) -> None:
        super().__init__("approvals", width=width, tick=tick, grace=12.0)
        self._approvals = approvals
        self._approved_queue = approved_queue
        self._replica = replica
        self._tools = tools
        self._files = files
        self._bus = bus
        self._observer = observer
        self._deliveries_wait = deliveries_wait
        self._notifications_wait = notifications_wait
        self._patience = patience or Patience()

    async def claim(self, free: int) -> Sequence[ApprovedAction]:
        """Mark what nobody decided in time, then take what was decided."""
        await self._approvals.expire(AT_ONCE)
        mine = [claim.id for claim in self.running]
        return await self._approved_queue.claim(self._replica.number, free, mine=mine)

    async def renew(self, items: Sequence[ApprovedAction]) -> None:
        """Say that these are still being carried out."""
        if items:
            await self._approved_queue.renew([claim.id for claim in items], replica=self._replica.number)

    async def run(self, item: ApprovedAction) -> None:
        """Bring one claimed approval as far as it gets now; only CancelledError is raised."""
        try:
            await self._settle(item)
        except LeaseLost:
            log.warning("an approval was settled by another replica, or is gone", approval=str(item.id))
        except StoreAway:
            log.warning("an approval's outcome could not be stored", approval=str(item.id))
        except Exception:
            log.exception("an approval could not be settled", approval=str(item.id))
            if item.attempt >= TRIES:
                await self._give_up(item)

    async def _give_up(self, claim: ApprovedAction) -> None:
        """Whatever is wrong with it: nobody's approval is retried for ever in silence."""
        try:
            await self._approved_queue.give_up(claim)
        except Exception:
            log.exception("an approval could not be left to a human", approval=str(claim.id))

    async def _settle(self, claim: ApprovedAction) -> None:
        result = await self._result(claim)
        if result is None:
            await self._approved_queue.put_back(claim, seconds=self._patience.later.pause(claim.attempt))
            return
        settlement = result_of(claim, result, self._tools.get(claim.tool))
        made = await self._files.database.patiently(lambda: self._files.made(result.files))
        settlement = replace(settlement, files=made)
        try:
            await self._approved_queue.settle(claim, settlement)
        except LeaseLost:
            if claim.state == "approved":
                await self._approved_queue.forgotten(claim, settlement)
            raise
        log.info("approval settled", approval=str(claim.id), tool=claim.tool, outcome=settlement.outcome)
        self._bus.bring(claim.conversation_id, Lagged())
        self._deliveries_wait()
        self._notifications_wait()

    async def _result(self, claim: ApprovedAction) -> ToolResult | None:
        """Return what became of the action, None when it is to be tried again later."""
        if claim.state != "approved":
            return DENIED if claim.state == "denied" else EXPIRED
        tool = self._tools.get(claim.tool)
        if tool is None:
            return self._absent(claim)
        if claim.action_state == "started" and not tool.idempotent:
            log.warning("an action was interrupted, its outcome is unknown", tool=tool.name)
            return INTERRUPTED
        return await self._carried_out(claim, tool)

    def _absent(self, claim: ApprovedAction) -> ToolResult | None:
        if not self._patience.ended(claim, self._patience.absent):
            log.warning("the tool of an approved action is not there", tool=claim.tool)
            return None
        return INTERRUPTED if claim.action_state == "started" else ABSENT

    async def _carried_out(self, claim: ApprovedAction, tool: Tool) -> ToolResult | None:
        await self._approved_queue.begin(claim, timeout=tool.timeout)
        caller = replace(restored(claim.caller, claim.key), customer_id=claim.customer_id)
        result = await run_tool(tool, caller, claim.arguments)
        self._observer.action(tool.name, "ok" if result.ok else str(result.error))
        if result.error not in AGAIN or not tool.idempotent:
            return result
        return result if self._patience.ended(claim, self._patience.unavailable) else None


def result_of(claim: ApprovedAction, result: ToolResult, tool: Tool | None) -> ApprovalResult:
    """Return what the journal, the customer, the model and a human get of a result."""
    outcome = _outcome(result) if claim.state == "approved" else claim.state
    packed = as_read(pack(result)[0])
    human = REASONS.get(outcome)
    if human is not None:
        human = human.format(error=result.error, tool=claim.tool)
    elif result.handoff is not None:
        human = result.handoff.reason
    language = str(claim.caller["language"])
    text = _told(claim, outcome, language)
    return ApprovalResult(
        outcome=outcome,
        action_state="refused" if outcome in ("denied", "expired") else outcome,
        result=packed,
        text=text,
        thread=_thread(claim, _shown(packed, tool), spoken(text, language, handed_off=human is not None)),
        language=language,
        human=human,
    )


def _outcome(result: ToolResult) -> str:
    if result.ok:
        return "done"
    return "in_doubt" if result.error in UNKNOWN or result is INTERRUPTED else "failed"


def _shown(packed: dict[str, Any], tool: Tool | None) -> dict[str, Any]:
    """Return the part of a result that the model reads: of a foreign server's only whether it worked."""
    if tool is None or not tool.trusted:
        return {"ok": packed["ok"], "error": packed.get("error"), "approved": True}
    return packed


def _told(claim: ApprovedAction, outcome: str, language: str) -> str:
    """Return our sentence about an outcome; only what the tool's preview calls the matter stands in it."""
    matter = claim.told.get(ours(language)) or say("approval_matter", language)
    return say(f"approval_{outcome}", ours(language)).format(matter=matter)


def _thread(claim: ApprovedAction, shown: dict[str, Any], final: str) -> str:
    outcome = ActionOutcome(call_id="approval", tool=claim.tool, arguments=claim.arguments, result=shown)
    return fragment(
        [
            {"role": "user", "content": results_text([outcome])},
            {"role": "assistant", "content": final},
        ]
    )
