"""What goes out on the wire: in order, by one task, and bounded."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import structlog

from channels.voice.errors import VoiceError

CLOSES: Final = {
    "broken": (1011, "internal: The call can't go on."),
    "restarting": (1012, "restarting: The server restarts, please call again in a moment."),
    "signed_out": (4401, "unknown_session: This session has ended."),
}
OVER: Final = (1000, "the call is over")
"""How a call is closed on its wire, by what ended it."""


class WireGone(VoiceError):
    """The caller's socket is closed, or takes nothing any more."""

    code = "wire_gone"


class CallWire(Protocol):
    """One caller's line; PCM16 mono in both directions. Every method but `close` may raise WireGone."""

    @property
    def rate(self) -> int:
        """Samples per second, both ways."""
        ...

    @property
    def clocked(self) -> bool:
        """Whether it reports how much was played (`Call.played` or `Call.marked`)."""
        ...

    async def audio(self, pcm: bytes) -> None:
        """Send audio; returns when the transport has taken it."""
        ...

    async def tell(self, event: Mapping[str, Any]) -> None:
        """Send an event of docs/protocol.md; a wire without a word for it does nothing."""
        ...

    async def mark(self, name: str) -> None:
        """Ask to be told (`Call.marked`) when all audio sent so far was played, where the wire can."""
        ...

    async def clear(self) -> None:
        """Drop the audio that was sent and not played."""
        ...

    async def close(self, *, code: int, reason: str) -> None:
        """Hang up; harmless when repeated or when the socket is gone."""
        ...


MOST: Final = 1_024
"""Things that may wait; a wire that takes nothing reaches it within seconds of speech."""
DROPPED: Final = frozenset({"reply", "audio_end"})
"""Events that belong to audio and go with it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Item:
    send: Callable[[Any], Coroutine[Any, Any, None]]
    what: Any
    with_audio: bool


class Outbox:
    """Sends audio, events and marks; each within `timeout` seconds, else the wire counts as gone."""

    def __init__(self, wire: CallWire, *, timeout: float) -> None:
        self._wire = wire
        self._timeout = timeout
        self._items: deque[_Item] = deque()
        self._filled = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._overflown = False

    def tell(self, event: Mapping[str, Any]) -> None:
        """Send an event."""
        self._put(self._wire.tell, event, with_audio=event.get("type") in DROPPED)

    def audio(self, pcm: bytes) -> None:
        """Send audio."""
        self._put(self._wire.audio, pcm)

    def mark(self, name: str) -> None:
        """Set a mark behind the audio sent so far."""
        self._put(self._wire.mark, name)

    def clear(self) -> None:
        """Drop audio here and on the wire, before anything else is sent."""
        kept = (item for item in self._items if not item.with_audio)
        self._items = deque((_Item(send=lambda _: self._wire.clear(), what=None, with_audio=False), *kept))
        self._empty.clear()
        self._filled.set()

    async def flushed(self) -> None:
        """Wait until everything was taken by the wire."""
        await self._empty.wait()

    async def run(self) -> None:
        """Send until cancelled; raises WireGone."""
        while True:
            while self._items:
                item = self._items.popleft()
                try:
                    async with asyncio.timeout(self._timeout):
                        await item.send(item.what)
                except TimeoutError:
                    raise WireGone("The caller's line takes nothing any more.") from None
                if self._overflown:
                    raise WireGone("The caller's line is too slow.")
            self._empty.set()
            self._filled.clear()
            await self._filled.wait()

    def _put(
        self, send: Callable[[Any], Coroutine[Any, Any, None]], what: object, *, with_audio: bool = True
    ) -> None:
        if len(self._items) >= MOST:
            self._overflown = True
            return
        self._items.append(_Item(send=send, what=what, with_audio=with_audio))
        self._empty.clear()
        self._filled.set()


log = structlog.get_logger()
LAST_WAIT_S: Final = 3.0
"""Seconds for each of the last things: what is still in the outbox, the wire's close, the summary."""


async def bounded(work: Awaitable[None]) -> None:
    """Do a last thing; whatever it fails of, the others are still done."""
    try:
        async with asyncio.timeout(LAST_WAIT_S):
            await work
    except TimeoutError:
        log.warning("the end of a call takes too long")
    except WireGone:
        pass
    except Exception:
        log.exception("the end of a call failed")
