"""The sending side of one socket: bounded in memory and in time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any

from aiohttp import web

from channels.chat.errors import ChatError, wire_of
from channels.chat.frames import encode, error_frame
from orchestrator.errors import OrchestratorError


class Gone(Exception):
    """The client is no longer there, or takes nothing any more."""


class Line:
    """Sends frames on one socket; a client that takes nothing for `timeout` seconds is cut off."""

    __slots__ = ("_leaving", "_reason", "_timeout", "_told_when", "_transport", "ws")

    def __init__(
        self, ws: web.WebSocketResponse, transport: asyncio.Transport | None, *, timeout: float
    ) -> None:
        self.ws = ws
        self._transport = transport
        self._timeout = timeout
        self._leaving = asyncio.timeout(None)
        self._reason: ChatError | OrchestratorError | None = None
        self._told_when = False

    async def serve(self, conversation: Coroutine[Any, Any, None]) -> None:
        """Run the conversation; when it fails, or `leave` asks for it, close the socket and say why.

        The close is made here, by the task that reads: only so is the client's own close frame awaited
        (RFC 6455 section 7.1.1), and no client sees a broken line instead of the reason.
        """
        try:
            async with self._leaving:
                await conversation
        except Gone:
            self._reason = ChatError("The client is gone.")
        except (ChatError, OrchestratorError) as error:
            await self._refuse(error)
        except TimeoutError:
            await self.close(self._reason or ChatError("Something went wrong on our side."))

    async def _refuse(self, error: ChatError | OrchestratorError) -> None:
        """Close, and say before when to come back where that is known."""
        if error.retry_after is not None and not self._told_when:
            with contextlib.suppress(Gone):
                await self.send_error(error)
        await self.close(error)

    def leave(self, reason: ChatError | OrchestratorError) -> None:
        """End the conversation from outside, at the next moment it waits."""
        if self._reason is None:
            self._reason = reason
            self._leaving.reschedule(asyncio.get_running_loop().time())

    async def send(self, frame: dict[str, Any]) -> None:
        """Send one frame; raises Gone."""
        try:
            async with asyncio.timeout(self._timeout):
                await self.ws.send_str(encode(frame))
        except (TimeoutError, ConnectionError):
            self.cut()
            raise Gone from None

    async def send_error(self, error: ChatError | OrchestratorError, *, refers_to: str | None = None) -> None:
        """Send an error frame; `refers_to` names the message that was refused. Raises Gone."""
        self._told_when = error.retry_after is not None
        await self.send(
            error_frame(error.code, error.message, retry_after=error.retry_after, refers_to=refers_to)
        )

    async def close(self, error: ChatError | OrchestratorError) -> None:
        """Close with the error's code and its reason, of which at most 123 bytes fit (RFC 6455 5.5)."""
        self._reason = error
        reason = f"{error.code}: {error.message}".encode()[:123].decode(errors="ignore").encode()
        try:
            async with asyncio.timeout(self._timeout):
                await self.ws.close(code=wire_of(error).close, message=reason)
        except TimeoutError:
            self.cut()

    def cut(self) -> None:
        """Drop the connection without a word, and whatever was still to be sent."""
        if self._transport is not None:
            self._transport.abort()
