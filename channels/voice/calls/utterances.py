"""From the audio of an utterance to its words: on trial in every pause, one utterance after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from channels.voice.errors import TranscriberBusy, TranscriberTimeout, VoiceError
from channels.voice.hearing.audio_events import SpeechStopped
from channels.voice.settings import VoiceSettings
from channels.voice.transcribing.transcriber import Heard, Transcriber

MOST: Final = 4
"""Utterances that may wait; of more, the oldest are left out."""
HURRY_S: Final = 0.25
"""So long the pass on trial may take beyond the end of an utterance before it is asked for urgently too."""
AGAIN_S: Final = 1.0

Transcript = Heard | VoiceError
Trial = asyncio.Task[Transcript]


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class HeardUtterance:
    """What the caller said, and the transcription begun in its last pause."""

    stopped: SpeechStopped
    trial: Trial | None
    at: float


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyedDigits:
    """Digits that were keyed in."""

    digits: str


@dataclass(frozen=True, kw_only=True, slots=True)
class UtteranceHooks:
    """What is told: a transcript on trial, that it takes longer, an utterance that is understood."""

    partial: Callable[[Heard], None]
    waiting: Callable[[], None]
    heard: Callable[[HeardUtterance, Transcript], Awaitable[None]]
    typed: Callable[[str], Awaitable[None]]
    idle: Callable[[], None]


class Utterances:
    """Transcribes in order; `language` gives the tag to assume, None to have it detected."""

    def __init__(
        self,
        *,
        transcriber: Transcriber,
        settings: VoiceSettings,
        language: Callable[[], str | None],
        clock: Callable[[], float],
        hooks: UtteranceHooks,
    ) -> None:
        self._transcriber = transcriber
        self._limit = settings.transcribe_timeout_s + settings.transcriber_wait_s
        self._language = language
        self._clock = clock
        self._hooks = hooks
        self._queue: asyncio.Queue[HeardUtterance | KeyedDigits] = asyncio.Queue(MOST)
        self._trial: Trial | None = None
        self._working = False

    @property
    def busy(self) -> bool:
        """Whether an utterance is being understood."""
        return self._working or not self._queue.empty()

    def paused(self, audio: bytes) -> None:
        """The caller pauses: transcribe what was said so far, on trial."""
        self.resumed()
        self._trial = asyncio.create_task(self._try(audio))

    def resumed(self) -> None:
        """The caller went on: the trial is void."""
        trial, self._trial = self._trial, None
        if trial is not None:
            trial.cancel()

    def stopped(self, stopped: SpeechStopped) -> None:
        """An utterance is over."""
        trial, self._trial = self._trial, None
        self._put(HeardUtterance(stopped=stopped, trial=trial, at=self._clock()))

    def typed(self, digits: str) -> None:
        """A number was keyed in."""
        self._put(KeyedDigits(digits=digits))

    async def finished(self) -> None:
        """Wait until every utterance was understood."""
        await self._queue.join()

    async def run(self) -> None:
        """Understand utterances until cancelled."""
        try:
            while True:
                await self._work(await self._queue.get())
        finally:
            self.resumed()
            while not self._queue.empty():
                _forget(self._queue.get_nowait())

    async def _work(self, item: HeardUtterance | KeyedDigits) -> None:
        self._working = True
        try:
            if isinstance(item, KeyedDigits):
                await self._hooks.typed(item.digits)
            else:
                await self._hooks.heard(item, await self._transcript(item))
        finally:
            _forget(item)
            self._working = False
            self._queue.task_done()
        self._hooks.idle()

    def _put(self, item: HeardUtterance | KeyedDigits) -> None:
        if self._queue.full():
            _forget(self._queue.get_nowait())
            self._queue.task_done()
        self._queue.put_nowait(item)

    async def _try(self, audio: bytes) -> Transcript:
        transcript = await self._transcribe(audio, urgent=False)
        if isinstance(transcript, Heard) and self._trial is asyncio.current_task():
            self._hooks.partial(transcript)
        return transcript

    async def _transcript(self, utterance: HeardUtterance) -> Transcript:
        transcript = await self._first(utterance)
        if isinstance(transcript, TranscriberBusy):
            self._hooks.waiting()
            await asyncio.sleep(AGAIN_S)
            transcript = await self._transcribe(utterance.stopped.audio, urgent=True)
        return transcript

    async def _first(self, utterance: HeardUtterance) -> Transcript:
        """Return the trial's transcript, or that of an urgent pass begun when the trial is late."""
        trial = utterance.trial
        if trial is not None:
            await asyncio.wait({trial}, timeout=HURRY_S)
            if (transcript := _usable(trial)) is not None:
                return transcript
        urgent = asyncio.create_task(self._transcribe(utterance.stopped.audio, urgent=True))
        try:
            tasks = {urgent} if trial is None or trial.done() else {urgent, trial}
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return (trial and _usable(trial)) or await urgent
        finally:
            urgent.cancel()
            await asyncio.gather(urgent, return_exceptions=True)

    async def _transcribe(self, audio: bytes, *, urgent: bool) -> Transcript:
        """Return what the transcriber gives, its refusal included: nothing raised here may end the call."""
        try:
            async with asyncio.timeout(self._limit):
                return await self._transcriber.transcribe(audio, language=self._language(), urgent=urgent)
        except TimeoutError:
            return TranscriberTimeout("The transcriber does not answer.")
        except VoiceError as error:
            return error


def _usable(trial: Trial) -> Transcript | None:
    """Return what came of a trial, None while it runs and when it was turned away."""
    if not trial.done() or trial.cancelled() or isinstance(trial.result(), TranscriberBusy):
        return None
    return trial.result()


def _forget(item: HeardUtterance | KeyedDigits) -> None:
    if isinstance(item, HeardUtterance) and item.trial is not None:
        item.trial.cancel()
