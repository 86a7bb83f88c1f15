"""The model server as a process of its own, as the acceptance run and the benchmark use it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestrator.inference.catalog import Catalog
from orchestrator.inference.decide import DecisionMaker
from orchestrator.inference.provider import Provider
from orchestrator.inference.types import ActionOutcome, Decided, TurnStep
from tests.support.inference import TOOLS, FixedBudget, MemoryJournal, prompt_for
from tests.support.model_server.responders import instant

ROOT = Path(__file__).parents[3]


@pytest.fixture
async def url() -> AsyncIterator[str]:
    options = ["--fault", "F02-503", "--fault", "F26", "--rate", "0.3"]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.support.model_server", *options),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    line = await asyncio.wait_for(process.stdout.readline(), 20)
    yield line.decode().strip()
    process.terminate()
    await process.wait()


async def test_a_turn_with_one_action_through_random_faults(url: str) -> None:
    provider = Provider(base_url=url, api_key="any")
    decisions = DecisionMaker(provider=provider, budget=FixedBudget(), catalog=Catalog.sandbox)

    async def ask(step: int, *steps: TurnStep) -> Decided:
        return await decisions.decide(
            prompt_for("Where is my order 1042?", steps=steps),
            step=step,
            route="chat",
            tools=TOOLS,
            journal=MemoryJournal(),
            deadline=asyncio.get_running_loop().time() + 20,
        )

    first = await ask(1)
    actions = [(each.tool, each.arguments) for each in first.decision.actions]
    assert actions == [("get_order_status", {"order_id": "1042"})]
    outcome = ActionOutcome(call_id="r1", tool="get_order_status", arguments={}, result={"ok": True})
    second = await ask(2, TurnStep(decision=first.decision, outcomes=(outcome,)))
    assert second.decision.actions == ()
    assert second.decision.citations == ("r1",)
    await provider.aclose()


def test_the_instant_model_opens_a_ticket_where_no_order_is_named() -> None:
    action = json.loads(instant([{"role": "user", "content": "The lamp is broken"}]))["actions"][0]
    assert action == {
        "tool": "create_ticket",
        "arguments": {"subject": "The lamp is broken", "description": "The lamp is broken"},
    }


def test_the_instant_model_answers_after_a_tool_message() -> None:
    assert json.loads(instant([{"role": "tool", "content": "{}"}]))["actions"] == []
