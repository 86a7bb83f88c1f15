"""One MCP server over time: connected, lost, connected again, by one task that owns its session."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any, Literal

import structlog

from tools.mcp.bounds import CHECK_EVERY, CONNECT, PAUSES, RELIST_PAUSE, SETTLED
from tools.mcp.foreign_schema import Clean, shown_text
from tools.mcp.offered import Mounted, offer, result_text, result_value
from tools.mcp.settings import Grade, McpServerSettings
from tools.tool import Caller, ToolError

if TYPE_CHECKING:
    from tools.mcp.mcp_session import McpSession

log = structlog.get_logger()
ERROR_TEXT = 400
CLOSED = -32000
"""The SDK's own code for a connection that was closed."""
SHOWN_NOTICES = 20
ENDED = "It ended the connection, or sent what no server may."


@dataclass(frozen=True, kw_only=True, slots=True)
class McpStatus:
    """How a server is: `tools` are our names of those that can be called now, `away` of those that could.

    `reason` says why it is down, `notices` which tools are not mounted and why; none hold a server's words
    but the names of its tools.
    """

    name: str
    state: Literal["connecting", "up", "down"]
    since: datetime
    tools: tuple[str, ...] = ()
    away: tuple[str, ...] = ()
    reason: str | None = None
    notices: tuple[str, ...] = ()


class McpServer:
    """A configured server; `mounted` holds its tools while it is up and is empty otherwise.

    `taken` says which tool names it may not use.
    """

    def __init__(
        self,
        settings: McpServerSettings,
        *,
        clean: Clean,
        taken: Callable[[McpServer], Collection[str]],
        pauses: tuple[float, ...] = PAUSES,
    ) -> None:
        self.settings = settings
        self.mounted: Mapping[str, Mounted] = {}
        self.tried = asyncio.Event()
        self._clean = clean
        self._taken = taken
        self._pauses = pauses
        self._known: Mapping[str, Mounted] = {}
        self._connection: McpSession | None = None
        self._look = asyncio.Event()
        self._ending = asyncio.Event()
        self._status = McpStatus(name=settings.name, state="connecting", since=datetime.now(UTC))

    @property
    def status(self) -> McpStatus:
        """Return how the server is now."""
        if self._status.state == "up" and self._connection is None:
            return replace(self._status, state="down", tools=(), away=self._status.tools, reason=ENDED)
        return self._status

    @property
    def known(self) -> Collection[str]:
        """Return our names of the tools it has, or had when it was last there."""
        return self._known.keys()

    def end(self) -> None:
        """Make no further attempt; a session that breaks just as it is cancelled would else be renewed."""
        self._ending.set()

    async def run(self) -> None:
        """Keep a session until `end` is called and this is cancelled; never raises anything else."""
        failures = 0
        while not self._ending.is_set():
            began = asyncio.get_running_loop().time()
            reason = await self._attempt()
            if self._ending.is_set():
                return
            if asyncio.get_running_loop().time() - began > SETTLED:
                failures = 0
            self._down(reason)
            await asyncio.sleep(self._pauses[min(failures, len(self._pauses) - 1)])
            failures += 1

    async def _attempt(self) -> str:
        """Hold one session until it is lost; return why."""
        try:
            # In a thread: the SDK takes a while to load, and everything else goes on meanwhile.
            module = await asyncio.to_thread(importlib.import_module, "tools.mcp.mcp_session")
            await self._hold(module.connected(self.settings, self._look.set))
        except Exception as error:
            return _reason(error)
        return ENDED

    async def _hold(self, session: Any) -> None:
        async with _Within(session, CONNECT) as connection:
            await self._list(connection)
            self._connection = connection
            listening = asyncio.create_task(self._listen(connection))
            try:
                await self._keep(connection)
            finally:
                # Now, not after the process has ended: nobody shall call it meanwhile.
                self._connection, self.mounted = None, {}
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)

    async def _keep(self, connection: McpSession) -> None:
        """List the tools again when they changed, and now and then to see that the server is still there."""
        while not connection.ended.is_set():
            await _first(self._look, connection.ended, within=CHECK_EVERY)
            if connection.ended.is_set():
                return
            self._look.clear()
            await self._list(connection)
            await _first(connection.ended, within=RELIST_PAUSE)

    async def _listen(self, connection: McpSession) -> None:
        for attempt in count():
            try:
                await connection.changes(self._look.set)
            except Exception:
                self._look.set()  # the stream of changes broke: look whether the server is still there
            else:
                return
            await asyncio.sleep(self._pauses[min(attempt, len(self._pauses) - 1)])

    async def _list(self, connection: McpSession) -> None:
        async with asyncio.timeout(CONNECT):
            listed = await connection.tools()
        offered = offer(
            self.settings,
            listed,
            call=self.call,
            clean=self._clean,
            taken=self._taken(self),
            before=self._known,
        )
        self._tell_changes(offered.mounted)
        notices = tuple(dict.fromkeys(offered.notices))[:SHOWN_NOTICES]
        if notices != self._status.notices:
            for notice in notices:
                log.warning("an MCP tool is not mounted", server=self.settings.name, reason=notice)
        was_up = self._status.state == "up"
        self.mounted = self._known = offered.mounted
        self._set("up", tools=tuple(offered.mounted), notices=notices)
        if not was_up:
            log.info("an MCP server is there", server=self.settings.name, tools=len(offered.mounted))
        self.tried.set()

    def _tell_changes(self, now: Mapping[str, Mounted]) -> None:
        """Log tools that are no longer what they were when they were first taken over."""
        for name, mounted in now.items():
            if name in self._known and self._known[name] is not mounted:
                log.warning("an MCP tool changed its description or schema", tool=name)
        for name in self._known.keys() - now.keys():
            log.warning("an MCP tool is gone", tool=name)

    def _down(self, reason: str) -> None:
        if self._status.state != "down" or self._status.reason != reason:
            log.warning("an MCP server is away", server=self.settings.name, reason=reason)
        self.mounted = {}
        self._set("down", away=tuple(self._known), reason=reason, notices=self._status.notices)
        self.tried.set()

    def _set(self, state: Literal["up", "down"], **more: Any) -> None:
        since = self._status.since if self._status.state == state else datetime.now(UTC)
        self._status = McpStatus(name=self.settings.name, state=state, since=since, **more)

    async def call(self, name: str, grade: Grade, caller: Caller, arguments: Mapping[str, Any]) -> Any:
        """Call a tool by the server's name for it, for `caller`.

        Raises ToolError for what the server says went wrong, ConnectionError and TimeoutError where nobody
        knows what became of the call.
        """
        connection = self._connection
        if connection is None:
            raise ConnectionError("The server is away.")
        try:
            result = await connection.call(name, arguments, self._meta(caller), timeout=grade.timeout)
        except ToolError as error:
            raise ToolError(error.code, shown_text(error.message, self._clean, ERROR_TEXT)) from None
        except OSError:
            self._look.set()
            raise
        if result.is_error:
            text = shown_text(result_text(result), self._clean, ERROR_TEXT)
            raise ToolError("failed", text or "The tool failed.")
        return result_value(result)

    def _meta(self, caller: Caller) -> dict[str, Any]:
        """Return what goes with a call beside the arguments: the model has no part in it."""
        key = caller.idempotency_key
        meta: dict[str, Any] = {"switchboard/idempotencyKey": key, "idempotencyKey": key}
        if self.settings.identity:
            meta["switchboard/customer"] = {
                "id": str(caller.customer_id),
                "trust": caller.trust,
                "verifiedAddresses": list(caller.verified_addresses),
            }
        return meta


class _Within:
    """Enter a context manager within so many seconds; leaving it takes as long as it takes."""

    def __init__(self, manager: Any, seconds: float) -> None:
        self._manager = manager
        self._seconds = seconds

    async def __aenter__(self) -> Any:
        async with asyncio.timeout(self._seconds):
            return await self._manager.__aenter__()

    async def __aexit__(self, *error: Any) -> Any:
        return await self._manager.__aexit__(*error)


async def _first(*events: asyncio.Event, within: float) -> None:
    """Wait until one of the events is set, for `within` seconds at most."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def _reason(error: BaseException) -> str:
    """Say in our own words why a server can't be used: an error's text may quote the server or a secret."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, FileNotFoundError):
        return "Its command is not there."
    if isinstance(error, PermissionError):
        return "Its command may not be run."
    if isinstance(error, TimeoutError):
        return f"It did not answer within {CONNECT:g} seconds."
    if isinstance(error, ImportError):
        return "The package mcp is not installed."
    known = {
        "ConnectError": "It can't be reached.",
        "ReadError": ENDED,
        "RemoteProtocolError": ENDED,
        "MCPError": ENDED if getattr(error, "code", None) == CLOSED else "It refuses to be used.",
        "ValidationError": "Its answers are not MCP.",
    }
    return known.get(type(error).__name__, f"It does not work ({type(error).__name__}).")
