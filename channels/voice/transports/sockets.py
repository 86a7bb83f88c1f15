"""All open sockets of calls: opens them, carries calls on them, and closes them when the gateway stops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any, Final, Protocol

import structlog
from aiohttp import web

from channels.chat.errors import ChatError, Restarting, TooMany
from channels.chat.gate import Gate
from channels.masking import MaskedWebSocketResponse
from channels.voice.calls.wire import WireGone
from channels.voice.settings import VoiceSettings
from channels.voice.transports.errors import CallRefused
from channels.voice.transports.socket import BROKEN, OVER, RESTARTING, CallSocket
from orchestrator.errors import OrchestratorError

log = structlog.get_logger()
END_TIMEOUT: Final = 15.0
"""Seconds that a call has, after its socket closed, to leave the conversation clean."""
PARTING: Final = 10.0
"""Seconds that calls have to say why they end when the gateway stops."""


class CarriedCall(Protocol):
    """What a transport feeds: `channels.voice.calls.call.Call`."""

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
