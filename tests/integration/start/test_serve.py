"""`switchboard serve` as an operator meets it: the ready line, mistakes, the way out."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.integration.start.command import Done, environment, switchboard

pytestmark = pytest.mark.timeout(90)

Process = asyncio.subprocess.Process

ANY_PORTS = {"SWITCHBOARD_HTTP_PORT": "0", "SWITCHBOARD_SMTP_PORT": "0"}
"""Another gateway on this machine may hold the usual ones."""


@asynccontextmanager
async def _gateway(folder: Path, **variables: str) -> AsyncIterator[tuple[Process, dict[str, Any]]]:
    """Run a gateway on a free port; yield it with its ready line, and end it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "switchboard", "serve", "--json", "--no-voice",
        cwd=folder,
        env=environment(SWITCHBOARD_HTTP_PORT="0", SWITCHBOARD_SMTP_PORT="0", **variables),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            yield process, json.loads(await process.stdout.readline())
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _ended(process: Process, number: int) -> Done:
    process.send_signal(number)
    async with asyncio.timeout(30):
        out, err = await process.communicate()
    return Done(code=process.returncode or 0, out=out.decode(), err=err.decode())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_ready_is_one_line_and_a_signal_drains(tmp_path: Path, database_url: str, number: int) -> None:
    async with _gateway(tmp_path, SWITCHBOARD_DATABASE_URL=database_url) as (process, ready):
        assert ready["event"] == "ready"
        assert ready["model"] == "sandbox"
        assert ready["pid"] == process.pid
        async with aiohttp.ClientSession(base_url=ready["http"]) as http:
            for path, status in (("/healthz", 200), ("/readyz", 200), ("/metrics", 200), ("/nowhere", 404)):
                async with http.get(path) as response:
                    assert response.status == status, path
        done = await _ended(process, number)
    assert (done.code, done.out) == (0, "")
    assert "Traceback" not in done.err


async def test_the_operator_token_is_shown_once(tmp_path: Path, database_url: str) -> None:
    async with _gateway(tmp_path, SWITCHBOARD_DATABASE_URL=database_url) as (process, _):
        first = await _ended(process, signal.SIGTERM)
    async with _gateway(tmp_path, SWITCHBOARD_DATABASE_URL=database_url) as (process, _):
        second = await _ended(process, signal.SIGTERM)
    token = (tmp_path / "var" / "secrets" / "operator_token").read_text()
    assert first.err.count(token) == 1
    assert token not in second.err


async def test_a_question_from_the_terminal_is_answered(tmp_path: Path, database_url: str) -> None:
    async with _gateway(tmp_path, SWITCHBOARD_DATABASE_URL=database_url) as (_, ready):
        done = await switchboard(
            "chat", "--url", ready["http"], "--as", "ada@example.com",
            folder=tmp_path, given="Where is my order 1042?\n",
        )  # fmt: skip
    assert done.code == 0, done
    assert "1042" in done.out
    assert "sandbox" in done.err


async def test_a_mail_from_the_terminal_is_answered_and_shown_and_answered_again(
    tmp_path: Path, database_url: str
) -> None:
    async with _gateway(tmp_path, SWITCHBOARD_DATABASE_URL=database_url) as (_, ready):
        server = ready["smtp"].removeprefix("smtp://")

        async def mail(*arguments: str, given: str = "") -> Done:
            return await switchboard("mail", *arguments, folder=tmp_path, given=given)

        async def outbox(count: int) -> str:
            async with asyncio.timeout(60):
                while (shown := await mail("show")).out.count("Subject:") < count:
                    assert shown.code == 0, shown
            return shown.out

        assert "empty" in (await mail("show")).out
        sent = await mail("send", "--from", "ada@example.com", "--subject", "Returns", "--server", server,
                          given="What is your return policy?")  # fmt: skip
        assert sent.code == 0, sent
        assert "30 days" in await outbox(1)
        again = await mail("send", "--from", "ada@example.com", "--answer", "--server", server,
                           "--text", "And who pays for it?")  # fmt: skip
        assert again.code == 0, again
        assert "4.90" in await outbox(2)


async def test_a_mail_password_becomes_a_line_for_the_accounts_file(tmp_path: Path) -> None:
    done = await switchboard("mail", "password", "relay1", folder=tmp_path, given="secret\n")
    assert done.code == 0, done
    assert done.out.startswith("relay1:")
    assert "secret" not in done.out


async def test_a_taken_port_is_one_sentence(tmp_path: Path, database_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        variables = {**ANY_PORTS, "SWITCHBOARD_DATABASE_URL": database_url, "SWITCHBOARD_HTTP_PORT": port}
        done = await switchboard("serve", "--json", folder=tmp_path, variables=variables)
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[-1] == (
        f"Switchboard can't listen on 127.0.0.1:{port}: another program uses that port; "
        "set SWITCHBOARD_HTTP_HOST or SWITCHBOARD_HTTP_PORT."
    )
    assert "Traceback" not in done.err


async def test_an_unreachable_database_is_one_sentence(tmp_path: Path) -> None:
    variables = {**ANY_PORTS, "SWITCHBOARD_DATABASE_URL": "postgresql://u:hush@127.0.0.1:1/none"}
    done = await switchboard("serve", "--json", folder=tmp_path, variables=variables)
    assert (done.code, done.out) == (1, "")
    assert "Traceback" not in done.err
    assert "hush" not in done.err
    assert "SWITCHBOARD_DATABASE_URL can't be used: " in done.err


@pytest.mark.parametrize("name", ["SWITCHBOARD_CATALOG", "SWITCHBOARD_TOOLS"])
async def test_a_wrong_file_names_its_variable(tmp_path: Path, database_url: str, name: str) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text("nonsense = 1\n")
    variables = {"SWITCHBOARD_DATABASE_URL": database_url, "OXLO_API_KEY": "k", name: str(file), **ANY_PORTS}
    done = await switchboard("serve", "--json", folder=tmp_path, variables=variables)
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[-1].startswith(f"{name} is wrong: ")
    assert "Traceback" not in done.err
