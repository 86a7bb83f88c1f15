"""A real gateway process: started, killed, terminated and started again as an operator or a crash would."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any

from orchestrator.store.embedded import EmbeddedPostgres
from tests.integration.start.command import environment

PATIENT_POLICY = Path(__file__).parent.parent / "fixtures" / "patient_policy.toml"
NOTHING: Mapping[str, str] = MappingProxyType({})


class Gateway:
    """`switchboard serve --json` with its data in `home`, always on the same ports.

    What it logs is kept in `log`, over all its lives.
    """

    def __init__(
        self, home: Path, *, model: str, variables: Mapping[str, str] = NOTHING, voice: bool = False
    ) -> None:
        self.home = home
        self.log = home.parent / f"{home.name}.log"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.smtp_port = free_port()
        self._variables = {
            "SWITCHBOARD_HOME": str(home),
            "SWITCHBOARD_HTTP_PORT": str(self.port),
            "SWITCHBOARD_SMTP_PORT": str(self.smtp_port),
            "SWITCHBOARD_REQUESTS_PER_DAY": "0",
            "SWITCHBOARD_POLICY": str(PATIENT_POLICY),
            "SWITCHBOARD_CHAT__MESSAGES_BURST": "100000",
            "SWITCHBOARD_CHAT__MESSAGES_PER_MINUTE": "1000000",
            "OXLO_API_KEY": "x",
            "OXLO_BASE_URL": model,
            **variables,
        }
        self._arguments = () if voice else ("--no-voice",)
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Gateway:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.end()

    @property
    def pid(self) -> int:
        """Return the id of the living process."""
        return self._running.pid

    @property
    def lives(self) -> bool:
        """Say whether the process runs."""
        return self._process is not None and self._process.returncode is None

    @property
    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise RuntimeError("the gateway was not started")
        return self._process

    async def spawn(self) -> None:
        """Start the process and return at once."""
        self.home.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", "switchboard", "serve", "--json", *self._arguments,
                cwd=self.home.parent,
                env=environment(**self._variables),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )  # fmt: skip

    async def ready(self, *, limit: float = 100.0) -> dict[str, Any]:
        """Wait for the ready line and return it; raise RuntimeError when the process ends instead."""
        output = self._running.stdout
        line = await asyncio.wait_for(output.readline(), limit) if output else b""
        if not line:
            raise RuntimeError(
                f"the gateway ended with code {await self._running.wait()}:\n{self.last_log()}"
            )
        ready: dict[str, Any] = json.loads(line)
        return ready

    async def start(self) -> dict[str, Any]:
        """Start the process and wait for its ready line."""
        await self.spawn()
        return await self.ready()

    async def kill(self) -> None:
        """End the process with SIGKILL; the embedded PostgreSQL stays as it is."""
        self._signal(signal.SIGKILL)
        await self._running.wait()

    def terminate(self) -> None:
        """Send SIGTERM and return at once."""
        self._signal(signal.SIGTERM)

    async def ended(self, *, limit: float = 30.0) -> int:
        """Wait for the end and return the exit code."""
        return await asyncio.wait_for(self._running.wait(), limit)

    async def end(self) -> None:
        """Kill what still runs, the embedded PostgreSQL of a killed process too."""
        if self._process is not None and self._process.returncode is None:
            await self.kill()
        await stop_embedded(self.home)

    def last_log(self, characters: int = 4000) -> str:
        """Return the end of the log."""
        return self.log.read_text(errors="replace")[-characters:]

    def _signal(self, number: int) -> None:
        if self._running.returncode is None:
            self._running.send_signal(number)


def postmaster(home: Path) -> int | None:
    """Return the process id of the embedded PostgreSQL of a data folder, None when none runs."""
    try:
        first = (home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0]
        pid = int(first)
        os.kill(pid, 0)
    except (OSError, ValueError):
        return None
    return pid


def embedded_url(home: Path) -> str:
    """Return the address of the running embedded PostgreSQL of a data folder."""
    return EmbeddedPostgres(home).url


async def stop_embedded(home: Path) -> None:
    """Stop the embedded PostgreSQL of a data folder when it runs and nobody uses it."""
    if postmaster(home) is None:
        return
    server = EmbeddedPostgres(home)
    await server.start()
    await server.stop()


def free_port() -> int:
    """Return a port that is free and that the system hands to no outgoing connection.

    A client that dials a port of that range while nobody listens can be connected to itself.
    """
    while True:
        port = random.randint(20_000, 30_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
