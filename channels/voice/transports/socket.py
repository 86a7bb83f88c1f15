"""One open socket of a call: every send is bounded in time, and one place closes it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Final

import structlog
from aiohttp import web

from channels.chat.errors import ChatError
from channels.chat.frames import encode, error_frame
from channels.voice.calls.wire import WireGone
from channels.voice.transports.errors import CallRefused, Refusal, said
from orchestrator.errors import OrchestratorError

log = structlog.get_logger()
REASON_BYTES: Final = 123
"""What fits into a close frame (RFC 6455 section 5.5)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Closing:
    """The close code of a socket (RFC 6455 section 7.4) and its reason."""

    code: int
    reason: str

    @classmethod
    def of(cls, error: Refusal) -> Closing:
        """Return how `error` closes a socket."""
        return cls(code=said(error).close, reason=f"{error.code}: {error.message}")


OVER: Final = Closing(code=1000, reason="the call is over")
BROKEN: Final = Closing(code=1011, reason="internal: Something went wrong on our side.")
RESTARTING: Final = Closing(code=1012, reason="restarting: The server restarts, please call again soon.")


class CallSocket:
    """Sends on one socket and closes it. `explains`: an error frame goes before a refusal's close."""

    __slots__ = (
        "_close_timeout",
        "_leaving",
        "_over",
        "_reason",
        "_send_timeout",
        "_transport",
        "explains",
        "ws",
    )

    def __init__(
        self,
        ws: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        *,
        send_timeout: float,
        close_timeout: float,
    ) -> None:
        self.ws = ws
        self.explains = False
        self._transport = transport
        self._send_timeout = send_timeout
        self._close_timeout = close_timeout
        self._leaving = asyncio.timeout(None)
        self._reason: Closing | Refusal | None = None
        self._over = False

    async def serve(self, talk: Coroutine[Any, Any, None]) -> None:
        """Run the talk; when it ends or fails, or `leave` asks for it, close the socket and say why.

        The task that reads is the one that closes: only so is the client's own close frame awaited
        (RFC 6455 section 7.1.1).
        """
        try:
            async with self._leaving:
                await self._talked(talk)
        except TimeoutError:
            closing = await self._left()
        except (CallRefused, ChatError, OrchestratorError) as error:
            closing = await self._refuse(error)
        except WireGone:
            closing = OVER
        except Exception:
            log.exception("call socket failed")
            closing = BROKEN
        else:
            closing = OVER
        await self._close(closing)

    async def _talked(self, talk: Coroutine[Any, Any, None]) -> None:
        try:
            await talk
        finally:
            self._over = True

    async def _left(self) -> Closing:
        if self._reason is None or isinstance(self._reason, Closing):
            return self._reason or BROKEN
        return await self._refuse(self._reason)

    async def _refuse(self, error: Refusal) -> Closing:
        if self.explains:
            frame = error_frame(error.code, error.message, retry_after=error.retry_after)
            try:
                await self.send(encode(frame))
            except WireGone:
                pass  # nobody is there to read it
        return Closing.of(error)

    def leave(self, reason: Closing | Refusal) -> None:
        """End the talk from outside, at the next moment it waits; the first reason counts."""
        if self._reason is None and not self._over:
            self._reason = reason
            self._leaving.reschedule(asyncio.get_running_loop().time())

    async def send(self, frame: str | bytes) -> None:
        """Send one frame; raises WireGone when the client is gone or takes nothing for too long."""
        try:
            async with asyncio.timeout(self._send_timeout):
                if isinstance(frame, str):
                    await self.ws.send_str(frame)
                else:
                    await self.ws.send_bytes(frame)
        except (TimeoutError, ConnectionError):
            self.cut()
            raise WireGone("The caller's line is gone.") from None

    async def _close(self, closing: Closing) -> None:
        reason = closing.reason.encode()[:REASON_BYTES].decode(errors="ignore").encode()
        try:
            async with asyncio.timeout(self._close_timeout):
                await self.ws.close(code=closing.code, message=reason)
        except TimeoutError:
            self.cut()

    def cut(self) -> None:
        """Drop the connection without a word, and whatever was still to be sent."""
        if self._transport is not None:
            self._transport.abort()
