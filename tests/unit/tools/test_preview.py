from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.tools.callers import caller
from tools.run import FACTS_LIMIT, SUMMARY_LIMIT, preview_tool
from tools.tool import Caller, Preview, Sensitivity, Tool, ToolError, ToolResult, tool

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=())), inner),
    max_leaves=20,
)


def previewed(answer: Any, *, trust: int = 0, timeout: float = 5.0) -> Tool:
    async def preview(caller: Caller, amount: int) -> Preview:
        if isinstance(answer, BaseException):
            raise answer
        return cast("Preview", await answer() if callable(answer) else answer)

    @tool(sensitivity=Sensitivity.SENSITIVE, trust=trust, idempotent=True, timeout=timeout, preview=preview)
    async def pay(caller: Caller, amount: int) -> None:
        """Pay."""
        raise AssertionError("A preview must not run the tool.")

    return pay


@tool(sensitivity=Sensitivity.WRITE, trust=0, idempotent=True)
async def plain(caller: Caller) -> None:
    """Has no preview."""


async def look(made: Tool, **arguments: Any) -> Preview | ToolResult:
    return await preview_tool(made, caller(), arguments)


async def test_a_preview_gets_checked_arguments() -> None:
    made = previewed(Preview(summary="Pay", facts={"at": Decimal("1.50")}, amount=Decimal(1), currency="EUR"))
    assert await look(made, amount=1) == Preview(
        summary="Pay", facts={"at": "1.50"}, amount=Decimal(1), currency="EUR"
    )
    wrong = await look(made, amount="one")
    assert isinstance(wrong, ToolResult)
    assert wrong.error == "invalid_arguments"


async def test_a_preview_that_fails_is_a_result_without_doubt() -> None:
    failures = [
        (ToolError("not_found", "No."), "not_found"),
        (OSError(), "unavailable"),
        (ValueError("secret"), "failed"),
        (TimeoutError(), "timeout"),
    ]
    for error, code in failures:
        found = await look(previewed(error), amount=1)
        assert isinstance(found, ToolResult)
        assert (found.ok, found.error) == (False, code)
        assert "not known" not in str(found.message)
        assert "secret" not in str(found.message)


async def test_a_preview_is_bounded_in_time_and_size() -> None:
    slow = await look(previewed(asyncio.Event().wait, timeout=0.01), amount=1)
    assert isinstance(slow, ToolResult)
    assert slow.error == "timeout"
    long = await look(previewed(Preview(summary="x" * 9999, facts={"x": '"' * 9999})), amount=1)
    assert isinstance(long, Preview)
    assert len(long.summary) == SUMMARY_LIMIT
    assert len(json.dumps(long.facts, separators=(",", ":"))) <= FACTS_LIMIT


async def test_a_preview_of_the_wrong_kind_is_a_failure() -> None:
    found = await look(previewed("yes"), amount=1)
    assert isinstance(found, ToolResult)
    assert found.error == "unreadable_result"


async def test_below_the_level_nothing_is_looked_at() -> None:
    found = await look(previewed(AssertionError(), trust=1), amount=1)
    assert isinstance(found, ToolResult)
    assert found.error == "identity_required"


async def test_cancelling_the_turn_cancels_the_preview() -> None:
    begun = asyncio.Event()

    async def wait() -> None:
        begun.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(look(previewed(wait), amount=1))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@given(st.dictionaries(st.text(st.characters(exclude_categories=())), JSON, max_size=5))
async def test_a_tool_without_a_preview_is_named_with_its_arguments(arguments: dict[str, Any]) -> None:
    found = await look(plain, **{f"x{name}": value for name, value in arguments.items()})
    assert isinstance(found, Preview)
    assert found.summary.startswith("plain {")
    assert len(found.summary) <= SUMMARY_LIMIT
    assert found.summary.encode()
    assert (found.amount, dict(found.facts), dict(found.told)) == (None, {}, {})


def test_a_preview_takes_what_its_tool_takes() -> None:
    async def preview(caller: Caller, other: int) -> Preview:
        return Preview(summary="")

    async def pay(caller: Caller, amount: int) -> None:
        """Pay."""

    with pytest.raises(TypeError, match="same parameters"):
        tool(sensitivity=Sensitivity.SENSITIVE, trust=0, idempotent=True, preview=preview)(pay)
