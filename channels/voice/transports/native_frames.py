"""The client's frames of CONTRACTS section 4: text in, checked values out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from channels.chat.frames import parse_object, read_text
from channels.voice.transports.errors import BadCallFrame
from orchestrator.people.identity_tokens import LONGEST_TOKEN

LEAST_RATE: Final = 8_000
MOST_RATE: Final = 48_000
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
