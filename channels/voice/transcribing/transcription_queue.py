"""Utterances inside the child process: at most one per worker, each with its time limit."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from channels.voice.child_process import ChildProcess
from channels.voice.errors import TranscriberBusy, TranscriberFailed, TranscriberTimeout, VoiceError
from channels.voice.transcribing.transcriber import Heard, Word


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


TRIES = 2
"""How many processes may end under one utterance before it is blamed."""


class Working:
    """Hands utterances from the queue to a child that is ready, and answers to those who asked."""

    def __init__(self, *, waiting: TranscriptionQueue, workers: int, timeout_s: float) -> None:
        self._waiting = waiting
        self._workers = workers
        self._timeout_s = timeout_s
        self._numbers = count(1)
        self._child: ChildProcess | None = None
        self._under_way: dict[int, TranscriptionRequest] = {}

    @property
    def ready(self) -> bool:
        """Whether there is a child that takes utterances."""
        return self._child is not None

    def use(self, child: ChildProcess) -> None:
        """Give the queue to `child`, whose model is loaded."""
        self._child = child
        self.advance()

    def advance(self) -> None:
        """Hand over as many utterances as there are free workers."""
        while self._child is not None and len(self._under_way) < self._workers:
            asked = self._waiting.next()
            if asked is None:
                return
            self._hand_over(asked, self._child)

    def at_work_on(self, audio: bytes, *, language: str | None, words: bool) -> asyncio.Future[Heard] | None:
        """Return the answer that is on its way to somebody who asked just the same."""
        for asked in self._under_way.values():
            same = asked.language == language and asked.words == words and asked.audio == audio
            if same and not asked.answer.done():
                return asked.answer
        return None

    def _hand_over(self, asked: TranscriptionRequest, child: ChildProcess) -> None:
        number = next(self._numbers)
        self._under_way[number] = asked
        asked.timer = asyncio.get_running_loop().call_later(self._timeout_s, self._too_long, number)
        child.send(asked.head(number), asked.audio)

    def _too_long(self, number: int) -> None:
        asked = self._under_way.pop(number, None)
        if asked is not None and self._child is not None:
            asked.fail(TranscriberTimeout("An utterance took too long to transcribe."))
            self._child.kill()  # its supervisor notices, and puts the others back

    def answered(self, frame: dict[str, Any]) -> None:
        """Take in a `heard` or `failed` frame; an answer nobody waits for only frees its worker."""
        asked = self._under_way.pop(int(frame["id"]), None)
        if asked is None:
            return
        answer = ANSWERS[frame["kind"]]
        answer(asked, frame)
        self.advance()

    def gone(self) -> None:
        """The child has ended: try once more what was under way, in the next one."""
        self._child = None
        under_way, self._under_way = self._under_way, {}
        for asked in under_way.values():
            asked.stop_timer()
            asked.died += 1
            if asked.died < TRIES:
                self._waiting.put_back(asked)
            else:
                asked.fail(TranscriberFailed("The transcriber ended twice over this utterance."))

    def fail_all(self) -> None:
        """Nothing will be transcribed any more."""
        self._child = None
        error = TranscriberFailed("The transcriber has been stopped.")
        under_way, self._under_way = self._under_way, {}
        for asked in under_way.values():
            asked.fail(error)
        self._waiting.fail_all(error)


def _heard(asked: TranscriptionRequest, frame: dict[str, Any]) -> None:
    asked.succeed(
        Heard(
            text=frame["text"],
            language=frame["language"],
            confidence=frame["confidence"],
            words=tuple(Word(**each) for each in frame["words"]),
            took_ms=frame["took_ms"],
        )
    )


def _failed(asked: TranscriptionRequest, frame: dict[str, Any]) -> None:
    asked.fail(TranscriberFailed(f"An utterance could not be transcribed ({frame['why']})."))


ANSWERS: dict[str, Callable[[TranscriptionRequest, dict[str, Any]], None]] = {
    "heard": _heard,
    "failed": _failed,
}
