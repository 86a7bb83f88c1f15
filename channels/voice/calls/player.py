"""The call's voice: says one line after the other, can be held, goes on or drops what was left."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np
import soxr
import structlog

from channels.voice.calls.call_phrases import id_nouns
from channels.voice.calls.outbox import Outbox
from channels.voice.calls.playback import Playback, SpokenLine, split
from channels.voice.errors import SpeakerFailed, SpeakerTimeout
from channels.voice.settings import VoiceSettings
from channels.voice.speaking.speaker import Speaker
from channels.voice.speaking.spoken.prepare import spoken


class _Resampler:
    """One sentence from the speaker's rate to the wire's (soxr, a stream)."""

    def __init__(self, come: int, go: int) -> None:
        self._stream = None if come == go else soxr.ResampleStream(come, go, 1, dtype="int16")

    def push(self, pcm: bytes, *, last: bool = False) -> bytes:
        """Return what is known at the wire's rate."""
        if self._stream is None:
            return pcm
        resampled: bytes = self._stream.resample_chunk(np.frombuffer(pcm, "<i2"), last=last).tobytes()
        return resampled


async def voiced(
    speaker: Speaker, line: SpokenLine, *, rate: int, timeout: float, nouns: frozenset[str]
) -> AsyncGenerator[bytes, None]:
    """Yield a line as PCM16 at `rate`; raises SpeakerFailed, SpeakerTimeout when a chunk takes too long."""
    resampler = _Resampler(speaker.rate, rate)
    said = spoken(line.text, line.language, nouns=nouns)
    async with aclosing(speaker.say(said, language=line.language)) as chunks:
        while (chunk := await _next(chunks, timeout)) is not None:
            if ready := resampler.push(chunk):
                yield ready
    if rest := resampler.push(b"", last=True):
        yield rest


async def _next(chunks: AsyncGenerator[bytes, None], timeout: float) -> bytes | None:
    try:
        async with asyncio.timeout(timeout):
            return await anext(chunks, None)
    except TimeoutError:
        raise SpeakerTimeout("The sentence does not go on.") from None


log = structlog.get_logger()
MOST_LINES: Final = 200
"""Lines that may wait, a quarter of an hour of speech; what is beyond is not said."""
REMEMBERED: Final = 16
"""Turns whose heard words are kept."""
TRIES: Final = 2
LEAST_WAIT: Final = 0.02


@dataclass(frozen=True, kw_only=True, slots=True)
class PlayerHooks:
    """What the player tells: a change, a line's first audio and the seconds it took, that speaking fails."""

    changed: Callable[[], None]
    first_audio: Callable[[SpokenLine, float], None]
    broken: Callable[[], None]


class Player:
    """Speaks lines in order; never two at once, for one task does it.

    The settings bound what is sent and not played, and each chunk of the speaker.
    """

    def __init__(
        self,
        *,
        speaker: Speaker,
        playback: Playback,
        outbox: Outbox,
        rate: int,
        settings: VoiceSettings,
        clock: Callable[[], float],
        hooks: PlayerHooks,
    ) -> None:
        self._speaker = speaker
        self._playback = playback
        self._outbox = outbox
        self._rate = rate
        self._ahead_ms = settings.ahead_s * 1000
        self._settings = settings
        self._clock = clock
        self._hooks = hooks
        self._queue: deque[SpokenLine] = deque()
        self._current: SpokenLine | None = None
        self._voicing: asyncio.Task[None] | None = None
        self._wanted = asyncio.Event()
        self._heard: OrderedDict[UUID, list[str]] = OrderedDict()
        self._closed: OrderedDict[str, None] = OrderedDict()
        self._failures = 0
        self.held = False
        self.cut = False
        """Whether the hold cut a line short."""

    @property
    def audible(self) -> bool:
        """Whether a line is being played or made."""
        return self._current is not None or self._playback.audible

    @property
    def busy(self) -> bool:
        """Whether something is or waits to be said."""
        return bool(self._queue) or self.audible

    @property
    def only_a_question_left(self) -> bool:
        """Whether what was cut short was the question a reply ends with."""
        return len(self._queue) == 1 and self._queue[0].text.rstrip().endswith("?")

    def say(self, line: SpokenLine, *, first: bool = False, closed: bool = False) -> None:
        """Say a line after those that wait, or before them; `closed` when its turn has no more."""
        if len(self._queue) >= MOST_LINES:
            log.warning("too much waits to be spoken, a sentence was left out")
            return
        if first:
            self._queue.appendleft(line)
        else:
            self._queue.append(line)
        if closed:
            self._close(line.turn)
        self._wanted.set()

    def close(self, turn: str) -> None:
        """The turn has no more lines: `audio_end` follows its last audio."""
        if turn not in self._closed:
            self._close(turn)
            self._end_audio(turn)

    def hold(self) -> None:
        """Fall silent at once; what was not heard waits for `release` or `drop`."""
        if self.held:
            return
        self.settle()
        self.held, self.cut = True, self.audible
        if self.cut:
            self._outbox.clear()
            if self._voicing is not None:
                self._voicing.cancel()
            self._current = None
        for line, fraction in reversed(self._playback.cut()):
            words, rest = split(line, fraction)
            self._note(line.source, words)
            if rest is not None:
                self._queue.appendleft(rest)

    def release(self) -> None:
        """Go on with what waits."""
        if self.held:
            self.held = self.cut = False
            self._wanted.set()

    def drop(self) -> dict[UUID, str]:
        """Forget what waits; return the turns that lost something, with what was heard of each."""
        self.hold()
        lost = dict.fromkeys(line.source for line in self._queue if line.source is not None)
        self._queue.clear()
        self.cut = False
        return {turn: self.heard(turn) for turn in lost}

    def heard(self, turn: UUID) -> str:
        """Return what was heard of a turn's reply so far."""
        return " ".join(self._heard.get(turn, ()))

    def settle(self) -> None:
        """Take note of the lines that were played to their end."""
        for line in self._playback.heard():
            self._note(line.source, line.text)
            if line.then is not None:
                line.then()

    async def run(self) -> None:
        """Speak until cancelled."""
        try:
            while True:
                line = await self._next()
                self._current = line
                self.settle()
                self._hooks.changed()
                self._voicing = asyncio.create_task(self._voice(line))
                await asyncio.wait({self._voicing})
                if not self._voicing.cancelled():
                    self._voicing.result()
                self._current = self._voicing = None
        finally:
            if self._voicing is not None:
                self._voicing.cancel()
                await asyncio.gather(self._voicing, return_exceptions=True)

    async def _next(self) -> SpokenLine:
        """Wait for the next line, and meanwhile for the end of what plays."""
        while not self._may_go_on():
            playing = self._playback.ahead_ms / 1000 if self._playback.audible else None
            self._wanted.clear()
            self.settle()
            self._hooks.changed()
            if self._may_go_on():
                break
            try:
                async with asyncio.timeout(None if playing is None else max(playing, LEAST_WAIT)):
                    await self._wanted.wait()
            except TimeoutError:
                continue
        return self._queue.popleft()

    def _may_go_on(self) -> bool:
        return bool(self._queue) and not self.held and not self._playback.awaited

    async def _voice(self, line: SpokenLine) -> None:
        for _ in range(TRIES):
            self._playback.begin(line)
            try:
                await self._make(line)
            except SpeakerFailed as failure:
                log.warning("a sentence could not be spoken", code=failure.code)
                self._playback.spoil()
            else:
                self._failures = 0
                break
        else:
            self._skip(line)
        self._end_audio(line.turn)

    def _skip(self, line: SpokenLine) -> None:
        """Leave a line out; two in a row mean that the caller hears nothing any more."""
        self._failures += 1
        if line.then is not None:
            line.then()
        if self._failures >= TRIES:
            self._hooks.broken()

    async def _make(self, line: SpokenLine) -> None:
        begun, asked = False, self._clock()
        nouns = id_nouns(self._settings.ids, line.language)
        timeout = self._settings.say_timeout_s
        voice = voiced(self._speaker, line, rate=self._rate, timeout=timeout, nouns=nouns)
        async with aclosing(voice) as chunks:
            async for pcm in chunks:
                if not begun:
                    begun = True
                    self._outbox.tell({"type": "reply", "turn": line.turn, "text": line.text})
                    self._hooks.first_audio(line, self._clock() - asked)
                self._playback.sent(pcm)
                self._outbox.audio(pcm)
                self._mark()
                # While enough lies unplayed, half of it may be played before more is sent.
                while (ahead := self._playback.ahead_ms) > self._ahead_ms:  # noqa: ASYNC110 - a clock
                    await asyncio.sleep(max((ahead - self._ahead_ms / 2) / 1000, LEAST_WAIT))
        self._playback.finish()
        self._mark()

    def _mark(self) -> None:
        if (name := self._playback.mark()) is not None:
            self._outbox.mark(name)

    def _end_audio(self, turn: str) -> None:
        if turn in self._closed and not any(line.turn == turn for line in self._queue):
            self._outbox.tell({"type": "audio_end", "turn": turn})
            self._playback.end_reply()

    def _close(self, turn: str) -> None:
        self._closed[turn] = None
        if len(self._closed) > REMEMBERED:
            self._closed.popitem(last=False)

    def _note(self, turn: UUID | None, words: str) -> None:
        if turn is None or not words:
            return
        self._heard.setdefault(turn, []).append(words)
        if len(self._heard) > REMEMBERED:
            self._heard.popitem(last=False)
