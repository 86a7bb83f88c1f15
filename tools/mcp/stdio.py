"""A server on the standard input and output of a process of ours.

The SDK's own transport reads lines of any length and logs what it can't parse; this one bounds both. The
process gets no variables of ours but the plain ones below, and signals go to its whole group.
Source: MCP 2025-11-25, "Transports", stdio and shutdown.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import structlog
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

from tools.mcp.bounds import GARBAGE, MESSAGE, RateLimit

log = structlog.get_logger()

INHERITED = ("HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "SHELL", "TMPDIR", "TZ", "USER")
GRACE = 1.0
"""Seconds that a process has to end by itself, and again after each signal."""

Incoming = MemoryObjectReceiveStream[SessionMessage | Exception]
Outgoing = MemoryObjectSendStream[SessionMessage]


@asynccontextmanager
async def stdio_transport(
    command: Sequence[str], *, env: Mapping[str, str], cwd: Path | None, stderr: bool
) -> AsyncIterator[tuple[Incoming, Outgoing]]:
    """Run `command` and yield its two message streams; OSError when it can't be started."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=sys.stderr if stderr else asyncio.subprocess.DEVNULL,
        env={name: os.environ[name] for name in INHERITED if name in os.environ} | dict(env),
        cwd=cwd,
        start_new_session=True,
        limit=MESSAGE,
    )
    heard, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    outgoing, said = anyio.create_memory_object_stream[SessionMessage](0)
    async with heard, incoming, outgoing, said:
        work = [
            asyncio.create_task(_listen(process, heard)),
            asyncio.create_task(_speak(process, said, heard)),
        ]
        try:
            yield incoming, outgoing
        finally:
            with anyio.CancelScope(shield=True):
                await _surely(_end(process, work))


async def _listen(
    process: asyncio.subprocess.Process, heard: MemoryObjectSendStream[SessionMessage | Exception]
) -> None:
    """Pass on one message per line until the process ends its output, floods it or fills it with garbage."""
    output, garbage = process.stdout, 0
    pace = RateLimit(burst=4 * MESSAGE, rate=4 * MESSAGE)
    with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
        while output is not None and garbage < GARBAGE:
            try:
                line = await output.readuntil(b"\n")
            except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                break
            await pace.take(len(line))
            try:
                message = jsonrpc_message_adapter.validate_json(line, by_name=False)
            except (ValueError, RecursionError):
                garbage += 1
                continue
            await heard.send(SessionMessage(message))
    await heard.aclose()


async def _speak(
    process: asyncio.subprocess.Process,
    said: MemoryObjectReceiveStream[SessionMessage],
    heard: MemoryObjectSendStream[SessionMessage | Exception],
) -> None:
    """Write one message per line; a process that closed its input is as good as gone."""
    with contextlib.suppress(anyio.ClosedResourceError, OSError):
        async for message in said:
            if process.stdin is None:
                break
            line = message.message.model_dump_json(by_alias=True, exclude_unset=True)
            process.stdin.write(line.encode() + b"\n")
            await process.stdin.drain()
    await heard.aclose()


async def _surely(work: Coroutine[Any, Any, None]) -> None:
    """Do bounded work to its end even when this is cancelled meanwhile, and be cancelled then."""
    task, cancelled = asyncio.create_task(work), False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError


async def _end(process: asyncio.subprocess.Process, work: Sequence[asyncio.Task[None]]) -> None:
    """Close the input, wait, then end the process and all it started."""
    for task in work:
        task.cancel()
    await asyncio.gather(*work, return_exceptions=True)
    if process.stdin is not None:
        process.stdin.close()
    for number in (None, signal.SIGTERM, signal.SIGKILL):
        if number is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)
        if await _ended(process):
            break
    else:
        log.error("the process of an MCP server can't be ended", pid=process.pid)
    # Else it stays open, and warns, while something that the process started still holds a pipe.
    close = getattr(getattr(process, "_transport", None), "close", None)
    if callable(close):
        close()


async def _ended(process: asyncio.subprocess.Process) -> bool:
    try:
        async with asyncio.timeout(GRACE):
            # wait() would also wait for pipes which a grandchild may hold open.
            while process.returncode is None:  # noqa: ASYNC110 - there is no event for the end alone
                await asyncio.sleep(0.01)
    except TimeoutError:
        return False
    return True
