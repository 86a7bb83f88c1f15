"""`switchboard mcp`: the operator API for an operator's assistant, driven with the SDK's own client."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult, TextContent

from orchestrator.store.database import Database
from tests.integration.operators.office import TOKEN, Api, Office, serving
from tests.integration.start.command import environment, switchboard

READING = {"list_conversations", "show_conversation", "find_customers", "list_approvals", "usage"}
ACTING = {"take", "reply", "release", "close", "decide_approval"}


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


@pytest.fixture
async def api(office: Office) -> AsyncIterator[Api]:
    async with serving(office) as served:
        yield served


@asynccontextmanager
async def assistant(home: Path, *arguments: str) -> AsyncIterator[Client]:
    variables = environment(SWITCHBOARD_HOME=str(home), SWITCHBOARD_OPERATOR_TOKEN=TOKEN)
    command = ["-P", "-m", "switchboard", "mcp", *arguments]
    parameters = StdioServerParameters(command=sys.executable, args=command, env=variables, cwd=home.parent)
    async with Client(parameters) as client:
        yield client


def said(result: CallToolResult) -> str:
    [block] = result.content
    assert isinstance(block, TextContent)
    return block.text


async def done(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, said(result)
    value: dict[str, Any] = result.structured_content
    return value


async def test_an_assistant_works_a_conversation_in_its_operator_s_name(
    office: Office, api: Api, home: Path
) -> None:
    session = await office.begin(email="ada@example.com")
    await office.handed_off(session)
    conversation = str(session.conversation_id)
    async with assistant(home, "--url", api.url, "--operator", "Ann") as client:
        listed = await done(client, "list_conversations", status="human")
        assert [item["id"] for item in listed["items"]] == [conversation]
        assert (await done(client, "take", id=conversation))["operator"] == "Ann"
        await done(client, "reply", id=conversation, text="Your parcel was found.")
        shown = await done(client, "show_conversation", id=conversation)
        assert shown["timeline"][-1]["text"] == "Your parcel was found."
        await done(client, "release", id=conversation)
        assert (await done(client, "close", id=conversation))["status"] == "closed"
        assert (await done(client, "list_approvals"))["items"] == []
        assert (await done(client, "usage", days=1))["requests"] == 0
    assert ("operator", "Your parcel was found.") in await office.said(session.conversation_id)


async def test_the_gateway_s_refusals_reach_the_assistant(api: Api, home: Path) -> None:
    async with assistant(home, "--url", api.url) as client:
        unknown = await client.call_tool("show_conversation", {"id": str(uuid4())})
        assert unknown.is_error
        assert "unknown_conversation" in said(unknown)
        decided = await client.call_tool("decide_approval", {"id": str(uuid4()), "verdict": "approve"})
        assert decided.is_error
        assert "unknown_approval" in said(decided)
        odd = await client.call_tool("take", {"id": "../../customers"})
        assert odd.is_error


async def test_hints_are_honest_and_a_read_only_server_can_t_act(api: Api, home: Path) -> None:
    async with assistant(home, "--url", api.url) as client:
        hints = {tool.name: tool.annotations for tool in (await client.list_tools()).tools}
    assert hints.keys() == READING | ACTING
    reading = {name for name, hint in hints.items() if hint is not None and hint.read_only_hint}
    assert reading == READING
    for name in ("reply", "decide_approval", "close"):
        hint = hints[name]
        assert hint is not None
        assert hint.destructive_hint
    async with assistant(home, "--url", api.url, "--read-only") as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == READING
        assert (await client.call_tool("take", {"id": str(uuid4())})).is_error


async def test_without_a_gateway_the_assistant_is_told_and_without_a_token_it_does_not_start(
    home: Path, tmp_path: Path
) -> None:
    async with assistant(home, "--url", "http://127.0.0.1:9") as client:
        away = await client.call_tool("usage", {})
        assert away.is_error
        assert "No gateway answers" in said(away)
    missing = await switchboard("mcp", folder=tmp_path, variables={"SWITCHBOARD_HOME": str(home)})
    assert missing.code == 2
    assert "operator token" in missing.err
    assert not missing.out
