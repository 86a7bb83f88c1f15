"""A whole gateway with MCP servers mounted by configuration: a model's decision calls a tool of theirs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from tests.integration.mcp.mounting import command, serving
from tests.integration.start.command import environment, switchboard
from tests.support.gateway import Gateway, free_port
from tests.support.model_server.responders import RESULTS, decision_text
from tests.support.model_server.server import ModelServer

FIND = {"tool": "crm_find_user", "arguments": {"email": "ada@example.com"}}
DELETE = {"tool": "crm_delete_user", "arguments": {"email": "ada@example.com"}}


def looks_up(messages: Sequence[Mapping[str, Any]]) -> str:
    """Call what the customer names, where it is offered, and say what came back."""
    last = str(messages[-1].get("content"))
    if last.startswith(RESULTS):
        [result] = json.loads(last.removeprefix(RESULTS).split("\n\n")[0])
        data = result.get("data") or result.get("result", {}).get("data") or {}
        reply = f"The user is {data['name']}." if "name" in data else "I can't find that out now."
        return decision_text(reply=reply, citations=[result["id"]])
    action = DELETE if "delete" in last else FIND
    if f'"{action["tool"]}"' not in str(messages[0].get("content")):
        return decision_text(reply="I can't find that out now.")
    return decision_text(actions=[action], reply="One moment.")


def configured(folder: Path, port: int) -> Path:
    """Write a tool configuration with the CRM over HTTP and the SDK's simple example on stdio."""
    file = folder / "tools.toml"
    simple = json.dumps(command("simple_tool"))
    root = environment()["PYTHONPATH"]
    file.write_text(
        f'[mcp.crm]\nurl = "http://127.0.0.1:{port}/mcp"\nallow = ["*_user"]\nprefix = "crm_"\n'
        '[mcp.crm.tools.find_user]\nsensitivity = "read"\ntrust = 0\n'
        f'[mcp.web]\ncommand = {simple}\nenv = {{ PYTHONPATH = "{root}" }}\nallow = ["fetch"]\n'
    )
    return file


async def ask(gateway: Gateway, text: str) -> dict[str, Any]:
    body = {"session_id": str(uuid4()), "message": text}
    async with aiohttp.ClientSession() as http, http.post(f"{gateway.url}/chat", json=body) as response:
        answer: dict[str, Any] = await response.json()
    return answer


def systems(model: ModelServer) -> str:
    return model.requests[-1].system


@pytest.mark.timeout(180)
async def test_a_decision_calls_a_tool_of_a_server_that_comes_and_goes(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, journal = free_port(), tmp_path / "journal"
    monkeypatch.setenv("CRM_JOURNAL", str(journal))
    variables = {"SWITCHBOARD_TOOLS": str(configured(tmp_path, port))}
    async with (
        ModelServer(responder=looks_up) as model,
        Gateway(home, model=model.url, variables=variables) as gateway,
    ):
        answer = await ask(gateway, "Who is ada@example.com?")
        assert answer["reply"] == "I can't find that out now."  # its server is not there yet
        assert '"fetch"' in systems(model)

        async with serving("crm", str(port)) as crm:
            await _answers(gateway, "The user is Ada Byron.")
            assert '"crm_slow"' not in systems(model)  # not allowed
            await ask(gateway, "Please delete ada@example.com")  # ungraded, so it needs trust 3 and a human
            crm.kill()
            await crm.wait()

        await _answers(gateway, "I can't find that out now.")
        async with aiohttp.ClientSession() as http, http.get(f"{gateway.url}/readyz") as ready:
            assert ready.status == 200
    asked = [json.loads(line)["tool"] for line in journal.read_text().splitlines()]
    assert set(asked) == {"find_user"}
    assert "an MCP server is away" in gateway.log.read_text()
    assert "Ada Byron" not in gateway.log.read_text()


async def _answers(gateway: Gateway, reply: str) -> None:
    """Ask until this is the answer: the gateway finds out by itself what its servers do."""
    async with asyncio.timeout(60):
        while (await ask(gateway, "Who is ada@example.com?"))["reply"] != reply:  # noqa: ASYNC110
            await asyncio.sleep(0.2)


async def test_the_doctor_says_which_tools_are_mounted_and_which_server_is_away(
    home: Path, tmp_path: Path
) -> None:
    variables = {"SWITCHBOARD_TOOLS": str(configured(tmp_path, free_port())), "SWITCHBOARD_HOME": str(home)}
    variables |= {"SWITCHBOARD_HTTP_PORT": "0", "SWITCHBOARD_SMTP_PORT": "0"}
    done = await switchboard("doctor", "--json", folder=tmp_path, variables=variables, timeout=60)
    [check] = [each for each in json.loads(done.out)["checks"] if each["part"] == "mcp"]
    assert check["state"] == "warning"
    assert "web: fetch." in check["detail"]
    assert "crm is away, its tools with it: It can't be reached." in check["detail"]


async def test_a_secret_that_is_not_there_stops_the_start_with_one_sentence(
    home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "tools.toml"
    file.write_text('[mcp.crm]\nurl = "http://x/mcp"\nheaders = { X = "env:NO_SUCH_SECRET" }\n')
    variables = {"SWITCHBOARD_TOOLS": str(file), "SWITCHBOARD_HOME": str(home)}
    variables |= {"SWITCHBOARD_HTTP_PORT": "0", "SWITCHBOARD_SMTP_PORT": "0"}
    done = await switchboard("serve", folder=tmp_path, variables=variables)
    assert done.code == 2
    assert "SWITCHBOARD_TOOLS" in done.err
    assert "NO_SUCH_SECRET" in done.err
