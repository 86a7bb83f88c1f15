"""The messages of Twilio Media Streams. Source: Twilio, "Media Streams - WebSocket Messages"."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from channels.chat.frames import parse_object
from channels.voice.transports.errors import BadCallFrame
from channels.voice.transports.native_frames import read_digit

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
class PressedKey:
    """A key was pressed."""

    digit: str


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
