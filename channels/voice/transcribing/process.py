"""The child process as the gateway holds it: started, spoken to, killed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from channels.voice.transcribing import frames
from channels.voice.transcribing.environment import child_environment

COMMAND: Final = (sys.executable, "-P", "-m", "channels.voice.transcribing.child")
PIPE_BYTES: Final = 1 << 20


class ProcessGone(Exception):
    """The process has ended, or speaks no frames any more."""


class WhisperProcess:
    """One process; frames go in at once and come out in order."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def spawn(cls, command: Sequence[str]) -> WhisperProcess:
        """Start the process; raises OSError."""
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,  # libraries may print what was said
            env=child_environment(),
            limit=PIPE_BYTES,
        )
        return cls(process)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def send(self, head: Mapping[str, Any], body: bytes = b"") -> None:
        """Queue one frame; the caller bounds how many are under way."""
        pipe = self._process.stdin
        if pipe is not None and not pipe.is_closing():  # `receive` tells that it is gone
            pipe.write(frames.pack(head, body))

    async def receive(self) -> dict[str, Any]:
        """Return the head of the next frame; raise Gone."""
        assert self._process.stdout is not None
        try:
            head, _ = await frames.receive(self._process.stdout)
        except (asyncio.IncompleteReadError, frames.PipeBroken, ConnectionError) as error:
            raise ProcessGone from error
        return head

    def kill(self) -> None:
        """End it now; a process that hangs does not end by being asked."""
        if self._process.returncode is None:
            try:
                self._process.kill()
            except ProcessLookupError:
                pass  # it ended just now

    async def end(self) -> None:
        """Kill it and wait until it is gone and its pipes are closed."""
        self.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        await self._process.wait()
