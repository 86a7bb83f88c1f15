"""`GET /voice/twilio`: phone calls by Twilio's bidirectional Media Streams, 8 kHz mu-law.

Closing the socket ends the stream; Twilio then asks the <Connect>'s `action` (see `incoming`), which
hangs up, or puts the caller through when the call was told to be transferred.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import WSMsgType, web

from channels.chat.chat_frames import parse_object
from channels.voice.calls.call_parts import CallOpening
from channels.voice.calls.outbox import WireGone
from channels.voice.errors import BadCallFrame
from channels.voice.settings import VoiceSettings
from channels.voice.transports import mulaw
from channels.voice.transports.call_sockets import BROKEN, CallSocket, CallSockets, CarriedCall, Closing
from channels.voice.transports.capacity import AudioPace, PhoneLines
from channels.voice.transports.native import LEAST_S, PIECE_MS, MakeCall, PressedKey, read_digit
from channels.voice.transports.twilio_webhooks import REGRET, Transfers
from orchestrator.ids import new_id

LONGEST_ID: Final = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Connected:
    """The first message of a socket."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """The stream begins; `token` is our start parameter."""

    stream_sid: str
    call_sid: str
    token: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Media:
    """Audio of the caller, mu-law."""

    codes: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """The audio before a mark of ours was played, or cleared."""

    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Stop:
    """The stream or the call has ended."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Other:
    """A message that is of no use to us, or that we do not know."""


Message = Connected | Start | Media | Mark | PressedKey | Stop | Other


class TwilioReader:
    """Reads one stream's messages; each but the first carries a number that grows."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last = -1

    def read(self, raw: str) -> Message:
        """Return what a text frame says; raises BadFrame, or FrameRefused for what is not a JSON object."""
        message = parse_object(raw)
        event = message.get("event")
        if not isinstance(event, str):
            raise BadCallFrame("event must be a string")
        self._count(message.get("sequenceNumber"))
        reader = _READERS.get(event)
        return reader(message) if reader else Other()

    def _count(self, value: object) -> None:
        if value is None:
            return
        text = str(value)
        if not (text.isascii() and text.isdecimal() and len(text) <= 18) or int(text) <= self._last:
            raise BadCallFrame("sequenceNumber must be a number that grows from message to message")
        self._last = int(text)


def _read_start(message: dict[str, Any]) -> Start:
    start = _object(message, "start")
    encoding = _object(start, "mediaFormat")
    if (encoding.get("encoding"), encoding.get("sampleRate")) != ("audio/x-mulaw", 8000):
        raise BadCallFrame("mediaFormat must be audio/x-mulaw at 8000")
    return Start(
        stream_sid=_id(start.get("streamSid") or message.get("streamSid"), "streamSid"),
        call_sid=_id(start.get("callSid"), "callSid"),
        token=_token(start.get("customParameters")),
    )


def _token(parameters: object) -> str:
    token = parameters.get("token") if isinstance(parameters, dict) else None
    return token if isinstance(token, str) and len(token) <= LONGEST_ID else ""


def _read_media(message: dict[str, Any]) -> Media | Other:
    media = _object(message, "media")
    if media.get("track", "inbound") != "inbound":
        return Other()  # our own voice, when the stream was set up for both tracks
    payload = media.get("payload")
    if not isinstance(payload, str):
        raise BadCallFrame("media.payload must be a string")
    try:
        return Media(codes=binascii.a2b_base64(payload, strict_mode=True))
    except ValueError:
        raise BadCallFrame("media.payload must be base64") from None


def _read_mark(message: dict[str, Any]) -> Mark:
    return Mark(name=_id(_object(message, "mark").get("name"), "mark.name"))


def _object(message: dict[str, Any], name: str) -> dict[str, Any]:
    value = message.get(name)
    if not isinstance(value, dict):
        raise BadCallFrame(f"{name} must be an object")
    return value


def _id(value: object, name: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID:
        raise BadCallFrame(f"{name} must be a string of at most {LONGEST_ID} characters")
    return value


_READERS: Final[dict[str, Callable[[dict[str, Any]], Message]]] = {
    "connected": lambda _message: Connected(),
    "start": _read_start,
    "media": _read_media,
    "mark": _read_mark,
    "dtmf": lambda message: PressedKey(digit=read_digit(_object(message, "dtmf").get("digit"))),
    "stop": lambda _message: Stop(),
}


class TwilioWriter:
    """Writes the messages of one stream."""

    __slots__ = ("_clear", "_mark", "_media")

    def __init__(self, stream_sid: str) -> None:
        sid = json.dumps(stream_sid)
        self._media = f'{{"event":"media","streamSid":{sid},"media":{{"payload":"'
        self._mark = f'{{"event":"mark","streamSid":{sid},"mark":{{"name":'
        self._clear = f'{{"event":"clear","streamSid":{sid}}}'

    def media(self, codes: bytes) -> str:
        """Return audio to be played after all that was sent before."""
        return f'{self._media}{base64.b64encode(codes).decode()}"}}}}'

    def mark(self, name: str) -> str:
        """Return a mark: it comes back when the audio before it was played, or cleared."""
        return f"{self._mark}{json.dumps(name)}}}}}"

    def clear(self) -> str:
        """Return what drops all audio not yet played; Twilio sends all marks back by that."""
        return self._clear


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
