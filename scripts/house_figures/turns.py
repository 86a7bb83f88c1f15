"""Figures of one turn: which files and functions of the house it passes, and its statements.

A gateway of its own runs with the tracer on its path; PostgreSQL writes down every statement. The model is a
local server that asks for one action and then answers, so that nothing of the sandbox is counted.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import aiohttp
import aiosmtplib
import asyncpg
import jwt
import psutil

from scripts.house_figures.code import ROOT
from tests.support.gateway import Gateway, embedded_url
from tests.support.model_server import ModelServer, instant

SECRET = "a-secret-that-only-this-measurement-knows"
SAID = "Where is my order one zero four two?"
WRITTEN = "Where is my order 1042?"
STATEMENT = re.compile(r"LOG: +(?:statement|execute [^:]*): (.*?)(?=\n\d{4}-|\Z)", re.DOTALL)
SOON = 0.05
TIMES = 3
WITHIN = 120.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Passed:
    """What one turn passed."""

    functions: frozenset[str]
    statements: tuple[str, ...]

    @property
    def files(self) -> frozenset[str]:
        """Return the files of the functions."""
        return frozenset(each.split(":")[0] for each in self.functions)


async def turn_figures(show: str | None = None) -> dict[str, int]:
    """Return each figure by its name; `show` names a turn whose functions and statements are printed."""
    with tempfile.TemporaryDirectory(prefix="house-") as folder:
        async with _house(Path(folder)) as house:
            turns = {
                "a chat question": await house.chat(),
                "a mail": await house.mail(),
                "a spoken question": await house.call(),
            }
    if show in turns:
        print("\n".join((*sorted(turns[show].functions), *turns[show].statements)))
    figures: dict[str, int] = {}
    for name, passed in turns.items():
        figures[f"files of {name}"] = len(passed.files)
        figures[f"functions of {name}"] = len(passed.functions)
    figures["statements of a chat turn with one action"] = len(turns["a chat question"].statements)
    return figures


class House:
    """The traced gateway."""

    def __init__(self, gateway: Gateway, folder: Path) -> None:
        self._gateway = gateway
        self._trace = folder / "trace"
        self._log = folder / "home" / "postgres" / "log"

    async def chat(self) -> Passed:
        """Ask once over the socket, then again while it is noted."""
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{self._gateway.url}/chat/ws") as socket,
        ):
            await socket.send_json({"type": "hello", "token": None, "identity": _identity(), "after": 0})

            async def ask() -> None:
                await socket.send_json({"type": "message", "id": str(uuid.uuid4()), "text": WRITTEN})
                async for frame in socket:
                    heard = json.loads(frame.data)
                    if heard["type"] == "message" and heard["author"] != "customer":
                        return

            await ask()
            return await self._noted_often(ask)

    async def mail(self) -> Passed:
        """Send one mail, then another while it is noted."""
        outbox = self._gateway.home / "outbox" / "new"

        async def send() -> None:
            before = _count(outbox)
            mail = EmailMessage()
            mail["From"], mail["To"], mail["Subject"] = "ada@example.com", "support@localhost", "My order"
            mail["Message-ID"] = f"<{uuid.uuid4()}@example.com>"
            mail.set_content(WRITTEN)
            await aiosmtplib.send(mail, hostname="127.0.0.1", port=self._gateway.smtp_port)
            await _until(lambda: _count(outbox) > before)

        await send()
        return await self._noted_often(send)

    async def call(self) -> Passed:
        """Speak the question again and again in one call; all but the first time are noted."""
        command = [sys.executable, "-P", "-m", "switchboard", "call", "--json", "--url", self._gateway.url]
        told = ["--identity", _identity(), *["--say", WRITTEN] * (TIMES + 1)]
        process = await asyncio.create_subprocess_exec(
            *command, *told, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert process.stdout is not None
        lines = process.stdout

        async def answered() -> None:
            async for line in lines:
                if json.loads(line)["type"] == "turn":
                    return

        async with asyncio.timeout(WITHIN):
            await answered()
            passed = await self._noted_often(answered)
            await process.wait()
        return passed

    async def _noted_often(self, turn: Callable[[], Awaitable[None]]) -> Passed:
        """Return what every one of some turns passed: what runs beside them now and then falls out."""
        all_passed = [await self._noted(turn) for _ in range(TIMES)]
        return Passed(
            functions=frozenset.intersection(*(each.functions for each in all_passed)),
            statements=min((each.statements for each in all_passed), key=len),
        )

    async def _noted(self, turn: Callable[[], Awaitable[None]]) -> Passed:
        self._trace.unlink(missing_ok=True)
        self._tell(signal.SIGUSR2)
        begins = self._log.stat().st_size
        async with asyncio.timeout(WITHIN):
            await turn()
        with self._log.open("rb") as log:
            log.seek(begins)
            statements = tuple(
                " ".join(each.split()) for each in STATEMENT.findall(log.read().decode(errors="replace"))
            )
        told = self._tell(signal.SIGUSR1)
        await _until(lambda: self._trace.exists() and self._trace.read_text().count("\n") >= told)
        lines = [json.loads(line) for line in self._trace.read_text().splitlines()]
        return Passed(functions=frozenset(name for line in lines for name in line), statements=statements)

    def _tell(self, number: signal.Signals) -> int:
        """Send a signal to the gateway and its children that are traced; return how many those are."""
        main = psutil.Process(self._gateway.pid)
        traced = [each for each in (main, *main.children(recursive=True)) if _traced(each)]
        for each in traced:
            each.send_signal(number)
        return len(traced)


@asynccontextmanager
async def _house(folder: Path) -> AsyncIterator[House]:
    tracer = Path(__file__).parent / "tracer"
    async with ModelServer(responder=instant, keep=False) as model:
        variables = {
            "PYTHONPATH": f"{tracer}{os.pathsep}{ROOT}",
            "HOUSE_ROOT": str(ROOT),
            "HOUSE_TRACE": str(folder / "trace"),
            "SWITCHBOARD_IDENTITY_SECRET": SECRET,
            "SWITCHBOARD_TRANSCRIBER": f"fixed:{SAID}",
        }
        gateway = Gateway(folder / "home", model=model.url, variables=variables, voice=True)
        async with gateway:
            await _write_statements_down(gateway)
            yield House(gateway, folder)


async def _write_statements_down(gateway: Gateway) -> None:
    connection = await asyncpg.connect(embedded_url(gateway.home))
    try:
        await connection.execute("ALTER SYSTEM SET log_statement = 'all'")
        await connection.execute("ALTER SYSTEM SET log_min_messages = 'log'")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()


def _traced(process: psutil.Process) -> bool:
    try:
        return "HOUSE_TRACE" in process.environ() and process.name().startswith("python")
    except psutil.Error:
        return False


def _identity() -> str:
    now = int(time.time())
    claims = {"sub": "ada", "aud": "switchboard", "iat": now, "exp": now + 600, "email": "ada@example.com"}
    return jwt.encode(claims, SECRET, algorithm="HS256")


def _count(folder: Path) -> int:
    return len(list(folder.iterdir())) if folder.is_dir() else 0


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN):
        while not holds():  # noqa: ASYNC110 - folders and files of others have no event
            await asyncio.sleep(SOON)
