"""`GET /voice`: the voice socket of docs/protocol.md."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import WSMessage, WSMsgType, web

from channels.chat.chat_frames import encode, parse_object, read_text
from channels.chat.gate import Gate
from channels.voice.calls.call_parts import CallOpening
from channels.voice.calls.outbox import CallWire, WireGone
from channels.voice.errors import BadCallFrame
from channels.voice.pcm import SAMPLE
from channels.voice.settings import LEAST_RATE, MOST_RATE, VoiceSettings
from channels.voice.transports.call_sockets import CallSocket, CallSockets, CarriedCall, Closing
from channels.voice.transports.capacity import AudioPace, PhoneLines
from orchestrator.ids import new_id
from orchestrator.people.identity_tokens import LONGEST_TOKEN

DIGITS: Final = frozenset("0123456789*#ABCD")
LONGEST_MS: Final = 24 * 3_600_000


@dataclass(frozen=True, kw_only=True, slots=True)
class VoiceHello:
    """The first frame: the rate of the audio both ways, who calls, and their language where it is known."""

    rate: int
    token: str | None
    identity: str | None
    language: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PressedKey:
    """A key was pressed."""

    digit: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Played:
    """So many milliseconds of the reply were played."""

    ms: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Hangup:
    """The caller ends the call."""


Frame = VoiceHello | PressedKey | Played | Hangup


def parse_frame(raw: str) -> Frame:
    """Read one text frame; raises BadFrame, or FrameRefused for what is not a JSON object."""
    frame = parse_object(raw)
    kind = frame.get("type")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise BadCallFrame("unknown frame type")
    return reader(frame)


def read_digit(value: object) -> str:
    """Return the key of a phone (ITU-T Q.23); raises BadFrame."""
    if not isinstance(value, str) or value not in DIGITS:
        raise BadCallFrame("digit must be one of 0-9, *, #, A-D")
    return value


def _read_hello(frame: dict[str, Any]) -> VoiceHello:
    rate = frame.get("rate")
    # A bool is an int to Python, but not to JSON.
    if type(rate) is not int or not LEAST_RATE <= rate <= MOST_RATE:
        raise BadCallFrame(f"rate must be a whole number from {LEAST_RATE} to {MOST_RATE} samples per second")
    return VoiceHello(
        rate=rate,
        token=read_text(frame, "token", longest=200),
        identity=read_text(frame, "identity", longest=LONGEST_TOKEN),
        language=read_text(frame, "language", longest=35),
    )


def _read_played(frame: dict[str, Any]) -> Played:
    ms = frame.get("ms")
    if type(ms) is not int or not 0 <= ms <= LONGEST_MS:
        raise BadCallFrame("ms must be a whole number of milliseconds, 0 or more")
    return Played(ms=ms)


_READERS: Final[dict[str, Callable[[dict[str, Any]], Frame]]] = {
    "hello": _read_hello,
    "dtmf": lambda frame: PressedKey(digit=read_digit(frame.get("digit"))),
    "played": _read_played,
    "hangup": lambda _frame: Hangup(),
}


MakeCall = Callable[[CallWire, CallOpening], CarriedCall]
PIECE_MS: Final = 200
"""Longer frames are taken in pieces, so that other calls get their turn in between."""
LEAST_S: Final = 0.001
"""What the shortest audio frame counts for: a flood of empty ones is a flood, too."""
CONTROL_S: Final = 0.01
"""What a text frame counts for: 100 per second are more than a client can mean."""


class NativeWire:
    """One client's socket as a call sees it: PCM16 in binary frames, events in JSON."""

    clocked: Final = True

    def __init__(self, socket: CallSocket, *, rate: int) -> None:
        self._socket = socket
        self.rate: Final = rate

    async def audio(self, pcm: bytes) -> None:
        """Send audio; raises WireGone."""
        await self._socket.send(pcm)

    async def tell(self, event: Mapping[str, Any]) -> None:
        """Send an event; raises WireGone."""
        await self._socket.send(encode(event))

    async def mark(self, name: str) -> None:
        """Nothing: this client reports by itself what it has played."""

    async def clear(self) -> None:
        """Tell the client to drop what it has not played; raises WireGone."""
        await self._socket.send('{"type":"clear"}')

    async def close(self, *, code: int, reason: str) -> None:
        """Hang up."""
        self._socket.leave(Closing(code=code, reason=reason))


class NativeCalls:
    """Serves the voice socket; `clock` gives seconds."""

    def __init__(
        self,
        *,
        settings: VoiceSettings,
        gate: Gate,
        sockets: CallSockets,
        lines: PhoneLines,
        make_call: MakeCall,
        clock: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._gate = gate
        self._sockets = sockets
        self._lines = lines
        self._make_call = make_call
        self._clock = clock

    async def talk(self, socket: CallSocket, request: web.Request, stack: AsyncExitStack) -> None:
        """Carry one call on its socket; raises what has to close it."""
        socket.explains = True
        address = self._gate.address(request)
        self._sockets.admit(request, stack, address=address)
        hello = await self._hello(socket)
        self._gate.limits.hello(address)
        stack.enter_context(self._lines.call(address))
        call = self._make_call(NativeWire(socket, rate=hello.rate), _opening(hello))
        self._sockets.carry(call, socket, stack)
        await self._read(socket, call, rate=hello.rate)

    async def _hello(self, socket: CallSocket) -> VoiceHello:
        try:
            message = await socket.ws.receive(timeout=self._settings.hello_timeout_s)
        except TimeoutError:
            raise BadCallFrame("no hello came in time", code="hello_timeout") from None
        if message.type is WSMsgType.BINARY:
            raise BadCallFrame("the first frame must be a hello", code="hello_expected")
        if message.type is not WSMsgType.TEXT:
            raise WireGone("The caller is gone.")
        frame = parse_frame(message.data)
        if not isinstance(frame, VoiceHello):
            raise BadCallFrame("the first frame must be a hello", code="hello_expected")
        return frame

    def _pace(self) -> AudioPace:
        return AudioPace(ahead=self._settings.flood_s, behind=self._settings.catch_up_s, clock=self._clock)

    async def _read(self, socket: CallSocket, call: CarriedCall, *, rate: int) -> None:
        audio, control = self._pace(), self._pace()
        async for message in socket.ws:
            if message.type is WSMsgType.BINARY:
                audio.take(max(len(message.data) / SAMPLE / rate, LEAST_S))
                await _hear(call, message.data, rate=rate)
            elif message.type is WSMsgType.TEXT:
                control.take(CONTROL_S)
                if not _obey(call, message):
                    return
            else:
                return


def _opening(hello: VoiceHello) -> CallOpening:
    return CallOpening(
        call_id=str(new_id()), token=hello.token, identity=hello.identity, language=hello.language
    )


async def _hear(call: CarriedCall, pcm: bytes, *, rate: int) -> None:
    size = rate * PIECE_MS // 1000 * SAMPLE
    call.audio(pcm[:size])
    for start in range(size, len(pcm), size):
        await asyncio.sleep(0)
        call.audio(pcm[start : start + size])


def _obey(call: CarriedCall, message: WSMessage) -> bool:
    """Do what a text frame asks for; return False when it ends the call."""
    match parse_frame(message.data):
        case PressedKey(digit=digit):
            call.dtmf(digit)
        case Played(ms=ms):
            call.played(ms)
        case Hangup():
            return False
        case VoiceHello():
            raise BadCallFrame("a second hello")
    return True
