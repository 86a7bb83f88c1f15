"""The caller's microphone: a live line, with the sound of the room where nobody speaks."""

from __future__ import annotations

import asyncio

from switchboard.cli.calling.audio import FRAME, CallerUtterance


class Microphone:
    """Gives frame after frame; `room` (PCM16, whole frames) is heard between utterances, silence if empty."""

    def __init__(self, *, room: bytes = b"") -> None:
        self._room = room or bytes(FRAME)
        self._room_at = 0
        self._saying: CallerUtterance | None = None
        self._at = 0
        self._ended: asyncio.Future[None] | None = None

    @property
    def beginning(self) -> bool:
        """Whether the next frame is the first of an utterance."""
        return self._saying is not None and self._at == 0

    async def say(self, utterance: CallerUtterance) -> None:
        """Say something; returns when the last frame with voice in it has gone out."""
        self._ended = asyncio.get_running_loop().create_future()
        self._saying, self._at = utterance, 0
        try:
            await self._ended
        finally:
            if self._ended.cancelled():
                self._saying = None

    def frame(self) -> bytes:
        """Return the next frame."""
        if self._saying is None:
            return self._next_of_the_room()
        frame = self._saying.pcm[self._at : self._at + FRAME]
        self._at += FRAME
        return frame.ljust(FRAME, b"\0")

    def sent(self) -> None:
        """Learn that the frame has gone out."""
        if self._saying is None:
            return
        if self._at >= self._saying.ends and self._ended is not None and not self._ended.done():
            self._ended.set_result(None)
        if self._at >= len(self._saying.pcm):
            self._saying = None

    def _next_of_the_room(self) -> bytes:
        frame = self._room[self._room_at : self._room_at + FRAME]
        self._room_at = (self._room_at + FRAME) % len(self._room)
        return frame
