"""Servers that hang, lie, flood, die and change under way: bounded, told, and never in the way of others."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from structlog.testing import capture_logs

from tests.integration.mcp.mounting import OPEN, ask, http, mounted, serving, stdio, until
from tests.support.gateway import free_port
from tests.support.mcp_servers.hostile import INJECTION
from tools.mcp.bounds import CALLS
from tools.mcp.servers import McpServers
from tools.tool import ToolResult

MOST_WORK = 0.5
"""Seconds of our own CPU time between two turns of the loop: a machine that others use too adds none."""
MEGABYTE = 1_000_000


@asynccontextmanager
async def hostile(mode: str, way: str = "stdio", **table: Any) -> AsyncIterator[McpServers]:
    table.setdefault("default", {**OPEN, "timeout": 30})
    if way == "stdio":
        async with mounted(bad=stdio("hostile", mode, **table)) as servers:
            yield servers
        return
    port = free_port()
    async with serving("hostile", mode, str(port)), mounted(bad=http(port, **table)) as servers:
        yield servers


async def most_work(call: asyncio.Task[ToolResult]) -> float:
    """Return for how long at most the loop worked on one thing while a call ran."""
    most, last = 0.0, time.thread_time()
    while not call.done():
        await asyncio.sleep(0.005)
        most, last = max(most, time.thread_time() - last), time.thread_time()
    return most


@pytest.mark.parametrize(
    ("mode", "way", "error"),
    [
        ("huge_answer", "stdio", "unavailable"),
        ("huge_answer", "http", "unreadable_result"),
        ("no_newline", "stdio", "unavailable"),
        ("garbage_for_ever", "stdio", "unavailable"),
        ("questions", "stdio", "unavailable"),
        ("notes", "stdio", "timeout"),
        ("deep", "stdio", "timeout"),
        ("deep", "http", "unreadable_result"),
        ("wrong_shape", "stdio", "unreadable_result"),
        ("wrong_shape", "http", "unreadable_result"),
        ("hangs", "stdio", "timeout"),
        ("hangs", "http", "timeout"),
        ("dies", "stdio", "unavailable"),
        ("dies", "http", "unavailable"),
    ],
)
async def test_a_call_ends_in_time_and_blocks_and_fills_nothing(mode: str, way: str, error: str) -> None:
    # Long enough for any machine, where it is not the end of the time that is expected.
    seconds = 2 if error == "timeout" else 30
    async with hostile(mode, way, default={**OPEN, "timeout": seconds}) as servers:
        before = psutil.Process().memory_info().rss
        call = asyncio.create_task(ask(servers, "good", text="x"))
        async with asyncio.timeout(60):
            most = await most_work(call)
        assert (await call).error == error
        assert most < MOST_WORK
        assert psutil.Process().memory_info().rss - before < 30 * MEGABYTE


async def test_lines_that_are_no_messages_are_passed_over() -> None:
    async with hostile("garbage") as servers:
        assert (await ask(servers, "good")).data == {"text": "fine"}


async def test_after_a_flood_the_server_is_started_again() -> None:
    async with hostile("no_newline") as servers:
        assert (await ask(servers, "good")).error == "unavailable"
        await until(lambda: not servers.tools)
        await until(lambda: servers.tools)


async def test_one_that_hangs_keeps_nobody_from_another() -> None:
    async with mounted(
        bad=stdio("hostile", "hangs", prefix="bad_", default={**OPEN, "timeout": 60}), crm=stdio("crm")
    ) as servers:
        hanging = [asyncio.create_task(ask(servers, "bad_good")) for _ in range(CALLS + 8)]
        await until(lambda: sum(each.done() for each in hanging) >= 8)  # only so many calls wait at once
        assert (await ask(servers, "find_user", email="ada@example.com")).ok
        refused = [each.result().error for each in hanging if each.done()]
        assert refused == ["unavailable"] * 8
        for each in hanging:
            each.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)


async def test_what_a_schema_may_cost_and_say_is_bounded() -> None:
    async with mounted(reserved=("create_ticket",), bad=stdio("hostile", "good")) as servers:
        [status] = servers.status()
        assert set(servers.tools) == {"good", "slow_pattern"}
        told = {notice.split(":")[0] for notice in status.notices}
        assert {"bomb", "circle", "remote", "huge", "talking", "invalid", "create_ticket", "respond"} <= told
        tool = servers.tools["good"]
        assert INJECTION not in tool.description
        assert len(tool.description) <= 500
        assert "pattern" not in str(servers.tools["slow_pattern"].parameters)


@pytest.mark.parametrize("mode", ["no_mcp", "many"])
async def test_a_list_that_is_wrong_or_too_long_leaves_the_server_out(mode: str) -> None:
    async with hostile(mode) as servers:
        [status] = servers.status()
        assert (status.state, servers.tools) == ("down", {})
        assert status.reason


async def test_pages_without_end_come_to_an_end() -> None:
    async with hostile("endless_pages") as servers:
        assert set(servers.tools) == {"good"}


async def test_tools_that_change_under_way_are_told_and_those_we_can_t_check_with_are_gone() -> None:
    with capture_logs() as logs:
        async with hostile("changing") as servers:
            await until(lambda: "late" in servers.tools)
            assert "good" not in servers.tools
    changed = [each for each in logs if each["event"] == "an MCP tool changed its description or schema"]
    assert [each["tool"] for each in changed] == ["good"]
    assert "good" in [each.get("tool") for each in logs if each["event"] == "an MCP tool is gone"]


async def test_a_failure_s_text_is_short_and_clean() -> None:
    async with hostile("error") as servers:
        result = await ask(servers, "good")
    assert result.error == "failed"
    assert result.message is not None
    assert len(result.message) <= 400
    assert INJECTION not in result.message


async def test_nothing_a_server_says_gets_into_the_log() -> None:
    with capture_logs() as logs:
        async with hostile("injecting") as servers:
            await ask(servers, "good", text="the customer's words")
        async with hostile("garbage_for_ever") as servers:
            await ask(servers, "good")
    assert not [each for each in logs if "Ignore" in str(each) or "customer's" in str(each)]


async def test_an_answer_that_is_compressed_is_not_taken() -> None:
    async with hostile("compressed", "http") as servers:
        assert servers.status()[0].state == "down"


async def test_a_process_that_stays_is_ended_with_the_gateway(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    table = stdio("hostile", "stays")
    table["command"] = ["/bin/sh", "-c", f'echo $$ > {pid}; exec "$0" "$@"', *table["command"]]
    async with mounted(bad=table) as servers:
        assert servers.tools
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
