"""`GET /voice/twilio`: phone calls by Twilio's bidirectional Media Streams, 8 kHz mu-law.

Closing the socket ends the stream; Twilio then asks the <Connect>'s `action` (see `incoming`), which
hangs up, or puts the caller through when the call was told to be transferred.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any, Final

from aiohttp import WSMsgType, web

from channels.voice.calls.parts import CallOpening
from channels.voice.calls.wire import WireGone
from channels.voice.settings import VoiceSettings
from channels.voice.transports import mulaw
from channels.voice.transports.capacity import PhoneLines
from channels.voice.transports.errors import BadCallFrame
from channels.voice.transports.native import LEAST_S, PIECE_MS, MakeCall
from channels.voice.transports.pace import AudioPace
from channels.voice.transports.socket import BROKEN, CallSocket, Closing
from channels.voice.transports.sockets import CallSockets, CarriedCall
from channels.voice.transports.transfers import REGRET, Transfers
from channels.voice.transports.twilio_messages import (
    Connected,
    Mark,
    Media,
    Message,
    PressedKey,
    Start,
    Stop,
    TwilioReader,
    TwilioWriter,
)
from orchestrator.ids import new_id

PIECE: Final = mulaw.RATE * PIECE_MS // 1000
"""Bytes of mu-law in one media message, at most."""
MARKS: Final = 1_000
"""Marks that may be on their way back; a stream that returns none must not make us keep more."""


class TwilioWire:
    """One media stream as a call sees it. Marks are its clock; those of cleared audio are not passed on."""

    rate: Final = mulaw.RATE
    clocked: Final = True

    def __init__(self, socket: CallSocket, start: Start, transfers: Transfers) -> None:
        self._socket = socket
        self._call_sid = start.call_sid
        self._outgoing = TwilioWriter(start.stream_sid)
        self._transfers = transfers
        self._marks: OrderedDict[str, None] = OrderedDict()

    async def audio(self, pcm: bytes) -> None:
        """Send audio; raises WireGone."""
        codes = mulaw.encode(pcm)
        for start in range(0, len(codes), PIECE):
            await self._socket.send(self._outgoing.media(codes[start : start + PIECE]))

    async def tell(self, event: Mapping[str, Any]) -> None:
        """Note where the call is to go on; Twilio has no word for any other event."""
        if event.get("type") == "transfer":
            self._transfers.put(self._call_sid, str(event.get("to")))

    async def mark(self, name: str) -> None:
        """Ask for a mark after the audio sent so far; raises WireGone."""
        self._marks[name] = None
        if len(self._marks) > MARKS:
            self._marks.popitem(last=False)
        await self._socket.send(self._outgoing.mark(name))

    def returned(self, name: str) -> bool:
        """Say whether a mark that came back means that its audio was played."""
        if name not in self._marks:
            return False
        del self._marks[name]
        return True

    async def clear(self) -> None:
        """Drop the audio not yet played; raises WireGone."""
        self._marks.clear()  # before Twilio sends them all back
        await self._socket.send(self._outgoing.clear())

    async def close(self, *, code: int, reason: str) -> None:
        """End the stream; where that is a failure of ours, what follows it says so."""
        if code == BROKEN.code:
            self._transfers.put(self._call_sid, REGRET)
        self._socket.leave(Closing(code=code, reason=reason))


class TwilioCalls:
    """Serves media streams; `clock` gives seconds."""

    def __init__(
        self,
        *,
        settings: VoiceSettings,
        sockets: CallSockets,
        lines: PhoneLines,
        transfers: Transfers,
        make_call: MakeCall,
        clock: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._sockets = sockets
        self._lines = lines
        self._transfers = transfers
        self._make_call = make_call
        self._clock = clock

    async def talk(self, socket: CallSocket, request: web.Request, stack: AsyncExitStack) -> None:
        """Carry one call on its stream; raises what has to close it."""
        # All calls come from a few addresses of Twilio's: limits per address would hit the wrong ones.
        self._sockets.admit(request, stack, address=None)
        incoming = TwilioReader()
        start = await self._start(socket, incoming)
        kept = self._lines.claim(start.token, call_sid=start.call_sid)
        stack.enter_context(self._lines.call(None))
        wire = TwilioWire(socket, start, self._transfers)
        call = self._make_call(wire, CallOpening(call_id=str(new_id()), caller_id=kept.phone))
        self._sockets.carry(call, socket, stack)
        await self._read(socket, incoming, wire, call)

    async def _start(self, socket: CallSocket, incoming: TwilioReader) -> Start:
        try:
            async with asyncio.timeout(self._settings.hello_timeout_s):
                message = await _receive(socket, incoming)
                if isinstance(message, Connected):
                    message = await _receive(socket, incoming)
        except TimeoutError:
            raise BadCallFrame("no start came in time", code="hello_timeout") from None
        if not isinstance(message, Start):
            raise BadCallFrame("a stream begins with connected and start", code="hello_expected")
        return message

    async def _read(
        self, socket: CallSocket, incoming: TwilioReader, wire: TwilioWire, call: CarriedCall
    ) -> None:
        pace = AudioPace(ahead=self._settings.flood_s, behind=self._settings.catch_up_s, clock=self._clock)
        while True:
            message = await _receive(socket, incoming)
            pace.take(_seconds(message))
            if isinstance(message, Stop):
                return
            await _pass_on(message, wire, call)


def _seconds(message: Message) -> float:
    """Return what a message weighs: audio its length, any other little, for it comes beside the audio."""
    return max(len(message.codes) / mulaw.RATE, LEAST_S) if isinstance(message, Media) else LEAST_S


async def _receive(socket: CallSocket, incoming: TwilioReader) -> Message:
    message = await socket.ws.receive()
    if message.type is WSMsgType.BINARY:
        raise BadCallFrame("binary frames are not part of this protocol")
    if message.type is not WSMsgType.TEXT:
        raise WireGone("The caller is gone.")
    return incoming.read(message.data)


async def _pass_on(message: Message, wire: TwilioWire, call: CarriedCall) -> None:
    match message:
        case Media(codes=codes):
            await _hear(call, codes)
        case Mark(name=name) if wire.returned(name):
            call.marked(name)
        case PressedKey(digit=digit):
            call.dtmf(digit)
        case Start():
            raise BadCallFrame("a second start")


async def _hear(call: CarriedCall, codes: bytes) -> None:
    call.audio(mulaw.decode(codes[:PIECE]))
    for start in range(PIECE, len(codes), PIECE):
        await asyncio.sleep(0)
        call.audio(mulaw.decode(codes[start : start + PIECE]))
