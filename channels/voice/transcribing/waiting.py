"""Utterances on their way to the model: a bounded queue, the urgent before the speculative."""

from __future__ import annotations

import asyncio
import heapq
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from channels.voice.errors import TranscriberBusy, VoiceError
from channels.voice.transcribing.transcriber import Heard


@dataclass(eq=False, kw_only=True, slots=True)
class TranscriptionRequest:
    """One utterance, and who waits for it."""

    audio: bytes
    language: str | None
    words: bool
    urgent: bool
    answer: asyncio.Future[Heard]
    died: int = 0
    """How often its process ended under it."""
    timer: asyncio.TimerHandle | None = None

    def head(self, number: int) -> dict[str, Any]:
        """Return the frame's head."""
        return {"kind": "transcribe", "id": number, "language": self.language, "words": self.words}

    def succeed(self, heard: Heard) -> None:
        """Answer, if anybody still waits."""
        self.stop_timer()
        if not self.answer.done():
            self.answer.set_result(heard)

    def fail(self, error: VoiceError) -> None:
        """Answer with `error`, if anybody still waits."""
        self.stop_timer()
        if not self.answer.done():
            self.answer.set_exception(error)

    def stop_timer(self) -> None:
        """End the time limit."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


@dataclass(kw_only=True, slots=True)
class TranscriptionQueue:
    """The queue: at most `most` utterances, each at most `wait_s` seconds."""

    most: int
    wait_s: float
    _heap: list[tuple[bool, int, TranscriptionRequest]] = field(default_factory=list)
    _numbers: Any = field(default_factory=count)

    def __len__(self) -> int:
        return sum(not asked.answer.done() for _, _, asked in self._heap)

    def put(self, asked: TranscriptionRequest) -> None:
        """Take `asked` in; raise TranscriberBusy when the queue is full."""
        self._forget_gone()
        if len(self._heap) >= self.most:
            raise TranscriberBusy("Too many utterances wait to be transcribed.")
        self._enter(asked, next(self._numbers))

    def put_back(self, asked: TranscriptionRequest) -> None:
        """Take back in front what was already being worked on; there is always room."""
        if not asked.answer.done():
            self._enter(asked, -1 - next(self._numbers))

    def _enter(self, asked: TranscriptionRequest, number: int) -> None:
        late = TranscriberBusy("The transcriber did not come to this utterance in time.")
        asked.stop_timer()
        asked.timer = asyncio.get_running_loop().call_later(self.wait_s, asked.fail, late)
        heapq.heappush(self._heap, (not asked.urgent, number, asked))

    def next(self) -> TranscriptionRequest | None:
        """Take out the next utterance that somebody still waits for."""
        while self._heap:
            _, _, asked = heapq.heappop(self._heap)
            asked.stop_timer()
            if not asked.answer.done():
                return asked
        return None

    def fail_all(self, error: VoiceError) -> None:
        """Answer everybody with `error`."""
        while (asked := self.next()) is not None:
            asked.fail(error)

    def _forget_gone(self) -> None:
        kept = []
        for entry in self._heap:
            if entry[2].answer.done():
                entry[2].stop_timer()
            else:
                kept.append(entry)
        heapq.heapify(kept)
        self._heap = kept
