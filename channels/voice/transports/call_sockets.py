"""All open sockets of calls: opens them, carries calls on them, and closes them when the gateway stops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final, Protocol

import structlog
from aiohttp import web

from channels.chat.chat_frames import encode, error_frame
from channels.chat.errors import ChatError, Restarting, TooMany
from channels.chat.gate import Gate
from channels.masking import MaskedWebSocketResponse
from channels.voice.calls.outbox import WireGone
from channels.voice.errors import CallRefused, Refusal, said
from channels.voice.settings import VoiceSettings
from orchestrator.errors import OrchestratorError

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


log = structlog.get_logger()
END_TIMEOUT: Final = 15.0
"""Seconds that a call has, after its socket closed, to leave the conversation clean."""
PARTING: Final = 10.0
"""Seconds that calls have to say why they end when the gateway stops."""


class CarriedCall(Protocol):
    """What a transport feeds: `channels.voice.calls.voice_call.Call`."""

    async def run(self) -> None:
        """Talk until the call is over."""
        ...

    def audio(self, pcm: bytes) -> None:
        """Take audio of the caller: PCM16 at the wire's rate, any length."""
        ...

    def dtmf(self, digit: str) -> None:
        """Take a key that was pressed."""
        ...

    def played(self, ms: int) -> None:
        """Take the client's word for how much it has played."""
        ...

    def marked(self, name: str) -> None:
        """Take the wire's word that all audio before a mark was played."""
        ...

    def hung_up(self) -> None:
        """Learn that the caller is gone; `run` returns soon."""
        ...

    def end(self, reason: str) -> None:
        """Hang up for a reason of ours; `run` returns soon."""
        ...

    def part(self, reason: str) -> None:
        """Say why, then hang up for a reason of ours; `run` returns within seconds."""
        ...


Talk = Callable[[CallSocket, web.Request, AsyncExitStack], Coroutine[Any, Any, None]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class CallSockets:
    """Opens sockets for calls and knows which are open."""

    def __init__(self, settings: VoiceSettings, gate: Gate) -> None:
        self._settings = settings
        self._gate = gate
        self._open: dict[CallSocket, CarriedCall | None] = {}
        self._left = asyncio.Event()

    def serving(self, talk: Talk) -> Handler:
        """Return the handler that opens a socket, runs `talk` on it and closes it.

        What `talk` puts on the stack it is given ends after the socket was closed.
        """

        async def handle(request: web.Request) -> web.StreamResponse:
            ws = self._response()
            if not ws.can_prepare(request):
                raise ChatError("This address speaks WebSocket only.", code="upgrade_required")
            await ws.prepare(request)
            socket = CallSocket(
                ws,
                request.transport,
                send_timeout=self._settings.send_timeout_s,
                close_timeout=self._settings.close_timeout_s,
            )
            await self._serve(socket, request, talk)
            return ws

        return handle

    def _response(self) -> web.WebSocketResponse:
        # Audio hardly deflates, and it would cost 100 KB per socket; aiohttp's size limit is exclusive.
        return MaskedWebSocketResponse(
            compress=False,
            heartbeat=self._settings.heartbeat_s,
            max_msg_size=self._settings.frame_bytes + 1,
            timeout=self._settings.close_timeout_s,
            writer_limit=self._settings.send_buffer,
        )

    async def _serve(self, socket: CallSocket, request: web.Request, talk: Talk) -> None:
        self._open[socket] = None
        try:
            async with AsyncExitStack() as stack:
                await socket.serve(talk(socket, request, stack))
        finally:
            del self._open[socket]
            self._left.set()

    def admit(self, request: web.Request, stack: AsyncExitStack, *, address: str | None) -> None:
        """Let a socket in and count it; raises OriginRefused, Restarting or TooMany."""
        self._gate.check_origin(request)
        if self._gate.draining:
            raise Restarting("The server restarts, please call again in a moment.", retry_after=2.0)
        try:
            stack.enter_context(self._gate.limits.socket(address))
        except TooMany:
            raise TooMany("There are too many calls open.", retry_after=30.0) from None

    def carry(self, call: CarriedCall, socket: CallSocket, stack: AsyncExitStack) -> None:
        """Run a call beside the reading of its socket; when one ends, so does the other."""
        self._open[socket] = call
        running = asyncio.create_task(call.run())
        running.add_done_callback(lambda task: _over(task, socket))
        stack.push_async_callback(_end, call, running)

    async def close_all(self) -> None:
        """Close every socket with 1012 (service restart); callers are told why, for `PARTING` seconds.

        Those whose client does not answer the close are cut.
        """
        for socket, call in self._open.items():
            if call is None:
                socket.leave(RESTARTING)
            else:
                call.part("restarting")
        if await self._all_left(within=PARTING):
            return
        for socket in self._open:
            socket.leave(RESTARTING)
        if not await self._all_left(within=2 * self._settings.close_timeout_s):
            for socket in self._open:
                socket.cut()

    async def _all_left(self, *, within: float) -> bool:
        try:
            async with asyncio.timeout(within):
                while self._open:
                    self._left.clear()
                    await self._left.wait()
        except TimeoutError:
            return False
        return True


def _over(task: asyncio.Task[None], socket: CallSocket) -> None:
    failure = None if task.cancelled() else task.exception()
    if failure is None or isinstance(failure, WireGone):
        socket.leave(OVER)
    elif isinstance(failure, (CallRefused, ChatError, OrchestratorError)):
        socket.leave(failure)
    else:
        log.error("call failed", exc_info=failure)
        socket.leave(BROKEN)


async def _end(call: CarriedCall, running: asyncio.Task[None]) -> None:
    call.hung_up()
    try:
        await asyncio.wait({running}, timeout=END_TIMEOUT)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
