"""One sentence on its way through a speaking process, and the audio it has become so far."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Final

from channels.voice.errors import SpeakerFailed
from channels.voice.speaking.frames import SpeechOrder

LONGEST_AUDIO: Final = 8 << 20
"""Bytes of one sentence, three minutes at 22,050 Hz: sentences are short, so this is an engine gone wild."""


class Saying:
    """Holds audio between a child that makes it at once and a listener who takes it as it is played."""

    def __init__(self, order: SpeechOrder) -> None:
        self.order = order
        self.wanted = True
        """False once nobody listens any more."""
        self.begun = asyncio.Event()
        """Set when a child has taken it on."""
        self.tries = 0
        """Children it was given to."""
        self.made = 0
        """Bytes of audio so far."""
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._failure: SpeakerFailed | None = None

    def add(self, chunk: bytes) -> None:
        """Take the next audio; raises SpeakerFailed when there is too much of it."""
        self.made += len(chunk)
        if self.made > LONGEST_AUDIO:
            raise SpeakerFailed("The speech engine does not come to an end.")
        if self.wanted:
            self._chunks.put_nowait(chunk)

    def finish(self) -> None:
        """Say that this was all."""
        self._chunks.put_nowait(None)

    def fail(self, failure: SpeakerFailed) -> None:
        """Say that no more will come, and why; what was made before is still heard."""
        self._failure = failure
        self.begun.set()
        self._chunks.put_nowait(None)

    def drop(self) -> None:
        """Nobody listens any more: forget what was made."""
        self.wanted = False
        self._chunks = asyncio.Queue()

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """Yield the audio as it comes; raises what it failed of."""
        while (chunk := await self._chunks.get()) is not None:
            yield chunk
        if self._failure is not None:
            raise self._failure
