"""What goes out on the wire: in order, by one task, and bounded."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final

from channels.voice.calls.wire import CallWire, WireGone

MOST: Final = 1_024
"""Things that may wait; a wire that takes nothing reaches it within seconds of speech."""
DROPPED: Final = frozenset({"reply", "audio_end"})
"""Events that belong to audio and go with it."""

Send = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Item:
    send: Send
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
        self._put(lambda: self._wire.tell(event), with_audio=event.get("type") in DROPPED)

    def audio(self, pcm: bytes) -> None:
        """Send audio."""
        self._put(lambda: self._wire.audio(pcm), with_audio=True)

    def mark(self, name: str) -> None:
        """Set a mark behind the audio sent so far."""
        self._put(lambda: self._wire.mark(name), with_audio=True)

    def clear(self) -> None:
        """Drop audio here and on the wire, before anything else is sent."""
        self._items = deque(item for item in self._items if not item.with_audio)
        self._items.appendleft(_Item(send=self._wire.clear, with_audio=False))
        self._wake()

    async def flushed(self) -> None:
        """Wait until everything was taken by the wire."""
        await self._empty.wait()

    async def run(self) -> None:
        """Send until cancelled; raises WireGone."""
        while True:
            while self._items:
                await self._send(self._items.popleft())
            self._empty.set()
            self._filled.clear()
            await self._filled.wait()

    async def _send(self, item: _Item) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                await item.send()
        except TimeoutError:
            raise WireGone("The caller's line takes nothing any more.") from None
        if self._overflown:
            raise WireGone("The caller's line is too slow.")

    def _put(self, send: Send, *, with_audio: bool) -> None:
        if len(self._items) >= MOST:
            self._overflown = True
            return
        self._items.append(_Item(send=send, with_audio=with_audio))
        self._wake()

    def _wake(self) -> None:
        self._empty.clear()
        self._filled.set()
