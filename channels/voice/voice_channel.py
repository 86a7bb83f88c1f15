"""The voice channel: builds its wires, names its routes, starts and stops."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from aiohttp import web

from channels.chat.errors import ChatError
from channels.chat.gate import Gate
from channels.chat.settings import ChatSettings
from channels.voice.errors import CallRefused, Refusal, said
from channels.voice.settings import VoiceSettings
from channels.voice.transports.call_sockets import CallSockets, Handler
from channels.voice.transports.capacity import PhoneLines
from channels.voice.transports.native import MakeCall, NativeCalls
from channels.voice.transports.twilio_stream import TwilioCalls
from channels.voice.transports.twilio_webhooks import INCOMING, NEXT, STREAM, PhoneCalls, PublicUrl, Transfers
from orchestrator.errors import OrchestratorError

log = structlog.get_logger()


class VoiceChannel:
    """Voice: mount `routes()`; `drain()` early and `stop()` last.

    `door` has the origins, proxies and limits per address, which are those of the chat; `make_call` makes
    the call that a wire carries; `clock` gives seconds.
    """

    name: Final = "voice"

    def __init__(
        self,
        settings: VoiceSettings,
        *,
        door: ChatSettings,
        make_call: MakeCall,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gate = Gate(door, clock)
        self._lines = PhoneLines(
            most=settings.max_calls,
            per_address=settings.calls_per_address,
            keep_s=settings.twilio_start_s,
            clock=clock,
        )
        transfers = Transfers(clock)
        self._sockets = CallSockets(settings, self._gate)
        self._native = NativeCalls(
            settings=settings,
            gate=self._gate,
            sockets=self._sockets,
            lines=self._lines,
            make_call=make_call,
            clock=clock,
        )
        self._twilio = TwilioCalls(
            settings=settings,
            sockets=self._sockets,
            lines=self._lines,
            transfers=transfers,
            make_call=make_call,
            clock=clock,
        )
        self._phone = PhoneCalls(
            settings=settings,
            gate=self._gate,
            lines=self._lines,
            transfers=transfers,
            public_url=PublicUrl(door.public_url, door.trusted_proxies),
        )

    @property
    def open_calls(self) -> int:
        """Calls that are on now."""
        return self._lines.open

    def routes(self) -> list[web.RouteDef]:
        """Return every route of the voice channel, for `app.add_routes`."""
        return [
            web.get("/voice", answering(self._sockets.serving(self._native.talk))),
            web.get(STREAM, answering(self._sockets.serving(self._twilio.talk))),
            web.post(INCOMING, answering(self._phone.incoming)),
            web.post(NEXT, answering(self._phone.next)),
        ]

    def drain(self) -> None:
        """Turn new calls away; those that are on go on."""
        self._gate.draining = True

    async def stop(self) -> None:
        """Close every call's socket with 1012; takes a few seconds at most."""
        self.drain()
        await self._sockets.close_all()


def answering(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Handler:
    """Wrap a handler so that every failure before its answer becomes a JSON error."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            response = await handler(request)
        except (CallRefused, ChatError, OrchestratorError) as error:
            response = error_response(error)
        except web.HTTPException:
            raise
        except Exception:
            log.exception("voice request failed")
            response = error_response(ChatError("Something went wrong on our side."))
        if not response.prepared:
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answer


def error_response(error: Refusal) -> web.Response:
    """Return `error` as a JSON answer with its status and, where it says when to come back, Retry-After."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    headers = {}
    if error.retry_after is not None:
        body["retry_after"] = error.retry_after
        headers["Retry-After"] = str(math.ceil(error.retry_after))
    return web.json_response({"error": body}, status=said(error).status, headers=headers)
