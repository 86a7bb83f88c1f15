"""A good server, over both transports: mounted, called, killed and back."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from tests.integration.mcp.mounting import ask, http, mounted, serving, stdio, until
from tests.support.gateway import free_port
from tools.mcp.servers import McpServers

BOTH = pytest.mark.parametrize("way", ["stdio", "http"])


@asynccontextmanager
async def crm(way: str, **table: Any) -> AsyncIterator[McpServers]:
    table.setdefault("prefix", "crm_")
    if way == "stdio":
        async with mounted(crm=stdio("crm", **table)) as servers:
            yield servers
        return
    port = free_port()
    async with serving("crm", str(port)), mounted(crm=http(port, **table)) as servers:
        yield servers


@BOTH
async def test_tools_are_called_and_results_are_values(way: str) -> None:
    async with crm(way) as servers:
        [status] = servers.status()
        assert status.state == "up"
        found = await ask(servers, "crm_find_user", email="ada@example.com")
        assert found.data == {"email": "ada@example.com", "name": "Ada Byron", "plan": "gold", "seats": 12}
        assert (await ask(servers, "crm_look")).data == {"weather": "fine"}
        wrong = await ask(servers, "crm_find_user", email="nobody@example.com")
        assert (wrong.ok, wrong.error) == (False, "failed")


@BOTH
async def test_side_by_side_calls_get_their_own_answers(way: str) -> None:
    async with crm(way) as servers:
        asked = ["ada@example.com", "bob@example.com"] * 8
        found = await asyncio.gather(*(ask(servers, "crm_find_user", email=email) for email in asked))
        assert [each.data["email"] for each in found] == asked


@BOTH
async def test_a_slow_call_times_out_and_the_server_is_used_on(way: str) -> None:
    async with crm(way, tools={"slow": {"timeout": 0.3}}) as servers:
        assert (await ask(servers, "crm_slow", seconds=30)).error == "timeout"
        assert (await ask(servers, "crm_find_user", email="ada@example.com")).ok


@BOTH
async def test_a_cancelled_call_leaves_at_once(way: str) -> None:
    async with crm(way) as servers:
        call = asyncio.create_task(ask(servers, "crm_slow", seconds=30))
        await asyncio.wait({call}, timeout=0.3)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(call, 1.0)
        assert (await ask(servers, "crm_find_user", email="ada@example.com")).ok


@BOTH
async def test_a_tool_that_is_added_while_it_runs_is_there_without_a_restart(way: str) -> None:
    async with crm(way) as servers:
        assert (await ask(servers, "crm_grow")).ok
        await until(lambda: "crm_grown" in servers.tools)
        assert (await ask(servers, "crm_grown", number=21)).data == {"result": 42}


async def test_the_key_goes_with_each_call_and_the_customer_only_where_it_is_configured(
    tmp_path: Path,
) -> None:
    journal = tmp_path / "journal"
    who = {"trust": 3, "verified_addresses": ("ada@example.com",), "idempotency_key": "key-7"}
    for identity in (False, True):
        async with crm("stdio", env={"CRM_JOURNAL": str(journal)}, identity=identity) as servers:
            await ask(servers, "crm_find_user", who=who, email="ada@example.com")
    without, with_it = (json.loads(line)["meta"] for line in journal.read_text().splitlines())
    assert without["idempotencyKey"] == without["switchboard/idempotencyKey"] == "key-7"
    assert "switchboard/customer" not in without
    assert with_it["switchboard/customer"] == {
        "id": str(UUID(int=1)),
        "trust": 3,
        "verifiedAddresses": ["ada@example.com"],
    }


async def test_a_command_gets_none_of_our_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OXLO_API_KEY", "sk-secret")
    async with crm("stdio") as servers:
        names = (await ask(servers, "crm_environment")).data["result"]
    assert "OXLO_API_KEY" not in names
    assert not [name for name in names if name.startswith("SWITCHBOARD_")]


async def test_headers_go_with_every_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_TOKEN", "hush")
    port, seen = free_port(), []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    table = http(port, headers={"Authorization": "Bearer env:CRM_TOKEN"})
    async with await asyncio.start_server(proxy, "127.0.0.1", port), mounted(crm=table) as servers:
        await until(lambda: seen)
        assert not servers.tools
    assert all(b"authorization: bearer hush" in each.lower() for each in seen)


async def test_a_killed_process_is_started_again_and_its_tools_come_back(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    table = stdio("crm")
    table["command"] = ["/bin/sh", "-c", f'echo $$ > {pid}; exec "$0" "$@"', *table["command"]]
    async with mounted(crm=table) as servers:
        first = int(pid.read_text())
        with capture_logs() as logs:
            os.kill(first, signal.SIGKILL)
            await until(lambda: not servers.tools)
            assert servers.away("find_user")
            await until(lambda: servers.tools)
        assert int(pid.read_text()) != first
        assert (await ask(servers, "find_user", email="ada@example.com")).ok
        assert [each["event"] for each in logs] == ["an MCP server is away", "an MCP server is there"]


async def test_a_killed_server_over_http_is_found_again() -> None:
    port = free_port()
    async with mounted(wait=0.5, crm=http(port)) as servers:
        [status] = servers.status()
        assert (status.state, status.reason) == ("down", "It can't be reached.")
        for _ in range(2):
            async with serving("crm", str(port)) as process:
                await until(lambda: servers.tools)
                assert (await ask(servers, "find_user", email="ada@example.com")).ok
                process.kill()
                await process.wait()
                await until(lambda: not servers.tools)
                assert servers.away("find_user")


async def test_a_call_whose_server_dies_says_that_the_outcome_is_unknown() -> None:
    port = free_port()
    async with serving("crm", str(port)) as process, mounted(crm=http(port, default={"trust": 0})) as servers:
        call = asyncio.create_task(ask(servers, "slow", seconds=30))
        await asyncio.wait({call}, timeout=0.5)
        process.kill()
        result = await call
    assert result.error == "unavailable"
    assert result.message is not None
    assert "not known whether it took effect" in result.message


async def test_the_start_waits_no_longer_than_it_was_told() -> None:
    began = asyncio.get_running_loop().time()
    async with mounted(wait=0.3, crm={"command": ["/bin/sleep", "60"], "allow": ["*"]}) as servers:
        assert asyncio.get_running_loop().time() - began < 50
        assert servers.status()[0].state == "connecting"
        assert not servers.tools


async def test_a_command_that_is_not_there_is_told_and_nothing_fails() -> None:
    async with mounted(crm={"command": ["/no/such/program"], "allow": ["*"]}) as servers:
        assert servers.status()[0].reason == "Its command is not there."


async def test_the_sdk_s_simple_example_is_mounted_by_configuration() -> None:
    port = free_port()

    async def page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
        await writer.drain()
        writer.close()

    async with (
        await asyncio.start_server(page, "127.0.0.1", port),
        mounted(web=stdio("simple_tool", prefix="web_")) as servers,
    ):
        result = await ask(servers, "web_fetch", url=f"http://127.0.0.1:{port}/")
    assert result.data == {"text": "hello"}
