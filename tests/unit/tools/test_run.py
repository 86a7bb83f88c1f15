from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.tools.callers import caller
from tools.run import run_tool
from tools.tool import (
    LARGEST_FILE,
    MOST_FILES,
    Caller,
    Handoff,
    Sensitivity,
    Tool,
    ToolError,
    ToolFile,
    ToolResult,
    WithFiles,
    tool,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=())), inner),
    max_leaves=20,
)


def returns(value: Any, *, trust: int = 0, degrades: bool = False) -> Tool:
    @tool(sensitivity=Sensitivity.READ, trust=trust, idempotent=True, degrades=degrades)
    async def answer(caller: Caller) -> Any:
        """Answer."""
        return value

    return answer


def raises(error: BaseException, *, sensitivity: Sensitivity = Sensitivity.WRITE) -> Tool:
    @tool(sensitivity=sensitivity, trust=0, idempotent=False)
    async def fail(caller: Caller) -> Any:
        """Fail."""
        raise error

    return fail


def runs(work: Callable[[], Awaitable[Any]], *, timeout: float) -> Tool:
    @tool(sensitivity=Sensitivity.WRITE, trust=0, idempotent=False, timeout=timeout)
    async def wait(caller: Caller) -> Any:
        """Wait."""
        return await work()

    return wait


def size(result: ToolResult) -> int:
    return len(json.dumps(result.data, ensure_ascii=False, separators=(",", ":")))


@pytest.mark.parametrize("trust", [0, 1, 2, 3])
async def test_callers_below_the_needed_level_are_turned_away(trust: int) -> None:
    for level in range(4):
        result = await run_tool(returns("done", trust=trust), caller(trust=level), {})
        assert result.ok is (level >= trust)
        assert result.error == (None if level >= trust else "identity_required")


async def test_a_tool_that_degrades_runs_below_its_level() -> None:
    assert (await run_tool(returns("done", trust=2, degrades=True), caller(), {})).data == "done"


async def test_values_become_json() -> None:
    @dataclass(frozen=True, slots=True)
    class Money:
        amount: Decimal
        day: date

    value = {
        "money": [Money(Decimal("84.50"), date(2026, 11, 24))],
        "at": datetime(2026, 11, 24, 9, tzinfo=UTC),
        "id": UUID(int=1),
        "nan": float("nan"),
    }
    result = await run_tool(returns(value), caller(), {})
    assert result.data == {
        "money": [{"amount": "84.50", "day": "2026-11-24"}],
        "at": "2026-11-24T09:00:00Z",
        "id": str(UUID(int=1)),
        "nan": None,
    }


async def test_a_handoff_is_carried_beside_the_data() -> None:
    handoff = Handoff(reason="asked for it", priority="high")
    result = await run_tool(returns(handoff), caller(), {})
    assert result.handoff == handoff
    assert result.data == {"handed_off": True, "reason": "asked for it", "priority": "high"}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ToolError("not_found", "No such thing."), "not_found"),
        (RuntimeError("password=hunter2"), "failed"),
        (TimeoutError(), "timeout"),
        (ConnectionRefusedError("10.0.0.1"), "unavailable"),
        (RecursionError(), "failed"),
        (asyncio.CancelledError(), "failed"),
    ],
)
async def test_every_failure_becomes_a_result(error: BaseException, code: str) -> None:
    result = await run_tool(raises(error), caller(), {})
    assert (result.ok, result.error) == (False, code)
    assert result.message
    assert "hunter2" not in result.message
    assert "10.0.0.1" not in result.message


async def test_a_store_that_is_away_is_told_as_such() -> None:
    class StoreAway(Exception):
        retry_after = 2.0

    assert (await run_tool(raises(StoreAway()), caller(), {})).error == "unavailable"


async def test_only_a_failed_write_leaves_doubt() -> None:
    write = await run_tool(raises(RuntimeError()), caller(), {})
    read = await run_tool(raises(RuntimeError(), sensitivity=Sensitivity.READ), caller(), {})
    assert write.message == "The tool failed. It is not known whether it took effect."
    assert read.message == "The tool failed."


async def test_messages_are_bounded_and_storable() -> None:
    result = await run_tool(raises(ToolError("odd", "\x00\ud800" + "x" * 10_000)), caller(), {})
    assert result.message is not None
    assert len(result.message) == 500
    assert "\x00" not in result.message.encode().decode()


async def test_a_tool_that_hangs_is_ended() -> None:
    ended = asyncio.Event()

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    result = await run_tool(runs(hang, timeout=0.01), caller(), {})
    assert result.error == "timeout"
    assert ended.is_set()


async def test_cancelling_the_turn_cancels_the_tool() -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    turn = asyncio.create_task(run_tool(runs(hang, timeout=30), caller(), {}))
    await asyncio.wait_for(started.wait(), 5)
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    assert ended.is_set()


async def test_the_turns_own_deadline_is_not_taken_for_the_tools() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await run_tool(runs(asyncio.Event().wait, timeout=30), caller(), {})


@pytest.mark.parametrize("text", ["x" * 50_000, '"\\' * 30_000, "\x01\n" * 30_000, "😀" * 20_000])
async def test_an_oversized_result_is_cut_to_the_limit(text: str) -> None:
    result = await run_tool(returns({"text": text}), caller(), {}, limit=2_000)
    assert result.ok
    assert 1_000 < size(result) <= 2_000
    assert result.data["truncated"]
    assert result.data["beginning"].startswith('{"text":"')
    assert result.message


async def test_a_result_at_the_limit_is_left_alone() -> None:
    result = await run_tool(returns("x" * 998), caller(), {}, limit=1_000)
    assert (result.data, result.message) == ("x" * 998, None)


def _loop() -> list[Any]:
    knot: list[Any] = []
    knot.append(knot)
    return knot


def _deep() -> list[Any]:
    nest: list[Any] = []
    for _ in range(100_000):
        nest = [nest]
    return nest


@pytest.mark.parametrize(
    "value", [object(), _loop(), _deep(), b"\xff\xfe"], ids=["type", "loop", "depth", "bytes"]
)
async def test_a_result_that_is_no_json_is_told_as_such(value: Any) -> None:
    assert (await run_tool(returns(value), caller(), {})).error == "unreadable_result"


@given(value=JSON)
async def test_any_json_comes_back_storable_and_within_the_limit(value: Any) -> None:
    result = await run_tool(returns(value), caller(), {}, limit=300)
    assert result.ok
    assert size(result) <= 300
    assert b"\\u0000" not in json.dumps(result.data).encode()
    json.dumps(result.data, ensure_ascii=False, allow_nan=False).encode()


async def test_strings_inside_objects_come_back_storable() -> None:
    @dataclass(frozen=True, slots=True)
    class Note:
        text: str

    assert (await run_tool(returns(Note("a\x00\ud800")), caller(), {})).data == {"text": "a\ufffd\ufffd"}


@tool(sensitivity=Sensitivity.READ, trust=0, idempotent=True)
async def echo(caller: Caller, text: str) -> str:
    """Echo."""
    return text


@given(arguments=st.dictionaries(st.sampled_from(["text", "other", "\ud800"]), JSON))
async def test_no_arguments_make_it_raise(arguments: dict[str, Any]) -> None:
    result = await run_tool(echo, caller(), arguments)
    assert result.error in (None, "invalid_arguments")


async def test_arguments_reach_the_tool_storable() -> None:
    result = await run_tool(echo, caller(), {"text": "a\x00b\ud800c\ud83d\ude00"})
    assert result.data == "a\ufffdb\ufffdc😀"


async def test_bottomless_arguments_are_refused() -> None:
    assert (await run_tool(echo, caller(), {"text": _deep()})).error == "invalid_arguments"


async def test_files_come_with_the_result_within_bounds() -> None:
    small, large = ToolFile(name="a", media_type="x/y", data=b"1"), b"x" * (LARGEST_FILE + 1)
    result = await run_tool(returns(WithFiles(value={"n": 1}, files=(small,))), caller(), {})
    assert (result.data, result.files, result.message) == ({"n": 1}, (small,), None)
    for files in (
        (small, ToolFile(name="b", media_type="x/y", data=large)),
        (small, ToolFile(name="b", media_type="x/y", data=b"")),
    ):
        result = await run_tool(returns(WithFiles(value=1, files=files)), caller(), {})
        assert (result.ok, result.data, result.files) == (True, 1, (small,))
        assert "not sent" in str(result.message)
    many = await run_tool(returns(WithFiles(value=1, files=(small,) * 50)), caller(), {})
    assert len(many.files) == MOST_FILES
