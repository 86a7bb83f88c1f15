"""One session with an MCP server, through the official SDK.

This module is imported only once a server is configured: the SDK costs some 20 MB and 0.4 s.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import anyio
import mcp_types as types
from anyio.streams.memory import MemoryObjectSendStream
from mcp.client import Client
from mcp.shared.exceptions import MCPError
from mcp_types import JSONRPCRequest
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import TypeAdapter, ValidationError

from tools.mcp.bounds import CALLS, CONNECT, LISTED, LISTED_CHARACTERS, PAGES, QUESTIONS, RateLimit
from tools.mcp.settings import McpServerSettings
from tools.mcp.stdio import stdio_transport
from tools.mcp.streamable_http import http_transport
from tools.tool import ToolError

SDK_LOGGERS = ("mcp", "client")
UNREADABLE = "The tool ran, but its answer can't be read."
AWAY = frozenset({types.CONNECTION_CLOSED, types.INTERNAL_ERROR, types.INVALID_REQUEST})
"""Errors after which the server's own state is not known; over HTTP a lost session is an invalid request."""

_ANSWER: TypeAdapter[types.CallToolResult | types.InputRequiredResult] = TypeAdapter(
    types.CallToolResult | types.InputRequiredResult
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A tool as its server describes it; what it says of its own harmlessness is not even kept."""

    name: str
    description: str
    schema: Mapping[str, Any]

    @property
    def size(self) -> int:
        """Return how many characters it takes."""
        return len(self.name) + len(self.description) + len(json.dumps(self.schema, ensure_ascii=False))


class McpSession:
    """An open session; only the task that opened it may close it, any task may call."""

    def __init__(self, client: Client, ended: asyncio.Event) -> None:
        self._client = client
        self._calls: set[asyncio.Task[types.CallToolResult | types.InputRequiredResult]] = set()
        self.ended = ended

    async def tools(self) -> list[Listed]:
        """Return the server's tools, as many as we take; raises whatever a broken server causes."""
        found: list[Listed] = []
        cursor, cursors, size = None, set[str](), 0
        for _ in range(PAGES):
            page = await self._client.session.list_tools(params=types.PaginatedRequestParams(cursor=cursor))
            for tool in page.tools:
                each = Listed(name=tool.name, description=tool.description or "", schema=tool.input_schema)
                size += each.size
                if len(found) == LISTED or size > LISTED_CHARACTERS:
                    return found
                found.append(each)
            cursor = page.next_cursor
            if cursor is None or cursor in cursors:
                break
            cursors.add(cursor)
        return found

    async def call(
        self, name: str, arguments: Mapping[str, Any], meta: Mapping[str, Any], *, timeout: float
    ) -> types.CallToolResult:
        """Call a tool, for `timeout` seconds at most.

        Raises ToolError for what the server says, ConnectionError and TimeoutError where it is not known
        whether the call took effect.
        """
        if len(self._calls) >= CALLS:
            raise ToolError("unavailable", "The system behind the tool is busy.")
        # In a task of its own: leaving the SDK's request may take seconds when the server reads nothing.
        work = asyncio.create_task(self._asked(name, arguments, meta, timeout))
        self._calls.add(work)
        work.add_done_callback(self._forget)
        try:
            done, _ = await asyncio.wait({work}, timeout=timeout)
        except asyncio.CancelledError:
            work.cancel()
            raise
        if not done:
            work.cancel()
            raise TimeoutError
        return _answer(work)

    def _forget(self, work: asyncio.Task[Any]) -> None:
        self._calls.discard(work)
        if not work.cancelled():
            work.exception()  # seen, even if its caller left

    async def _asked(
        self, name: str, arguments: Mapping[str, Any], meta: Mapping[str, Any], timeout: float
    ) -> types.CallToolResult | types.InputRequiredResult:
        params = types.CallToolRequestParams(
            name=name, arguments=dict(arguments), meta=cast(types.RequestParamsMeta, dict(meta))
        )
        # Not session.call_tool: it would check the answer against a schema that the server chose.
        return await self._client.session.send_request(
            types.CallToolRequest(params=params), _ANSWER, request_read_timeout_seconds=timeout
        )

    async def changes(self, on_change: Callable[[], None]) -> None:
        """Call `on_change` whenever the list may have changed, until the server stops telling.

        Only versions from 2026 on need this; older ones tell unasked.
        """
        tools = self._client.server_capabilities.tools
        if self._client.protocol_version not in MODERN_PROTOCOL_VERSIONS or not (
            tools and tools.list_changed
        ):
            return
        async with self._client.listen(tools_list_changed=True) as events:
            async for _ in events:
                on_change()

    async def drop_calls(self) -> None:
        """End the calls that still run; they would outlive the session otherwise."""
        for work in self._calls:
            work.cancel()
        if self._calls:
            await asyncio.wait(set(self._calls), timeout=1.0)


@asynccontextmanager
async def connected(settings: McpServerSettings, on_change: Callable[[], None]) -> AsyncIterator[McpSession]:
    """Open a session; enter and leave in one task. Raises whatever a server that is away or broken causes."""
    for name in SDK_LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)  # it logs what a server sends, at any rate
    ended = asyncio.Event()

    async def heard(message: Any) -> None:
        if isinstance(message, types.ToolListChangedNotification):
            on_change()

    client = Client(
        watched(_transport(settings), ended),
        mode=settings.handshake,
        cache=None,
        read_timeout_seconds=CONNECT,
        message_handler=heard,
        client_info=types.Implementation(name="switchboard", version="1"),
    )
    async with client:
        connection = McpSession(client, ended)
        try:
            yield connection
        finally:
            await connection.drop_calls()


def _transport(settings: McpServerSettings) -> AbstractAsyncContextManager[Any]:
    if settings.url is not None:
        headers = {name: value.get_secret_value() for name, value in settings.headers.items()}
        return http_transport(settings.url, headers)
    env = {name: value.get_secret_value() for name, value in settings.env.items()}
    return stdio_transport(settings.command, env=env, cwd=settings.cwd, stderr=settings.stderr)


def _answer(
    work: asyncio.Task[types.CallToolResult | types.InputRequiredResult],
) -> types.CallToolResult:
    try:
        answer = work.result()
    except MCPError as error:
        raise _explained(error) from None
    except (ValidationError, RecursionError):
        raise ToolError("unreadable_result", UNREADABLE) from None
    except asyncio.CancelledError:
        raise ConnectionError("The session was closed.") from None
    if not isinstance(answer, types.CallToolResult):
        raise ToolError("failed", "The tool asks for more than a call can give it.")
    return answer


def _explained(error: MCPError) -> Exception:
    if error.code == types.REQUEST_TIMEOUT:
        return TimeoutError()
    if error.code in AWAY:
        return ConnectionError("The server is away.")
    if error.code == types.PARSE_ERROR:
        return ToolError("unreadable_result", UNREADABLE)
    return ToolError("failed", error.message)


BURST = 500.0
RATE = 200.0
"""Messages at once, and per second from then on."""


@asynccontextmanager
async def watched(
    transport: AbstractAsyncContextManager[Any], ended: asyncio.Event
) -> AsyncIterator[tuple[Any, Any]]:
    """Yield the streams of `transport`; `ended` is set when no more messages come.

    A server that asks us too much is cut off: each question of its costs an answer that it need not read.
    """
    async with transport as (incoming, outgoing):
        heard, passed_on = anyio.create_memory_object_stream[Any](0)
        async with heard, passed_on:
            work = asyncio.create_task(_pass_on(incoming, heard, ended))
            try:
                yield passed_on, outgoing
            finally:
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)


async def _pass_on(incoming: Any, heard: MemoryObjectSendStream[Any], ended: asyncio.Event) -> None:
    pace, questions = RateLimit(burst=BURST, rate=RATE), 0
    try:
        with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            async for item in incoming:
                questions += isinstance(getattr(item, "message", None), JSONRPCRequest)
                if questions > QUESTIONS:
                    break
                await pace.take(1)
                await heard.send(item)
    finally:
        heard.close()
        ended.set()
