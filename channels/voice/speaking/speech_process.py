"""One speaking child process: started, given sentences one by one, killed when it hangs, started again."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass
from typing import Final

import structlog

from channels.voice.child_process import ChildProcess, ProcessGone
from channels.voice.errors import SpeakerFailed, SpeakerTimeout

LONGEST_AUDIO: Final = 8 << 20
"""Bytes of one sentence, three minutes at 22,050 Hz: sentences are short, so this is an engine gone wild."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SpeechOrder:
    """One sentence to speak, with an eSpeak voice name and a rate in words a minute."""

    text: str
    voice: str
    rate: int


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


log = structlog.get_logger()
READY_WITHIN: Final = 20.0
FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 10.0
TRIES: Final = 2
"""Children that a sentence is given to while none of it has been heard."""


class SpeechProcess:
    """Takes sentences from `waiting` for as long as `run` runs; `timeout` is seconds for one of them."""

    def __init__(self, waiting: asyncio.Queue[Saying], *, module: str, timeout: float) -> None:
        self._waiting = waiting
        self._module = module
        self._timeout = timeout
        self._process: ChildProcess | None = None
        self._failures = 0
        self._next: Saying | None = None
        self.first_start: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        """The sample rate, or SpeakerFailed, after the first start."""
        self.restarts = 0

    @property
    def alive(self) -> bool:
        """Whether the child runs and has said that it is ready."""
        return self._process is not None and self._process.status is None

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._process.pid if self._process is not None else None

    async def run(self) -> None:
        """Keep a child running and speaking until cancelled."""
        try:
            while True:
                await self._live()
                self.restarts += 1
                await asyncio.sleep(self._pause())
        finally:
            if self._next is not None:
                self._next.fail(SpeakerFailed("The speaker was stopped."))
            if not self.first_start.done():
                self.first_start.cancel()

    def _pause(self) -> float:
        """Return the seconds before the next start: none after a sentence well spoken, then more and more."""
        if self._failures <= 1:
            return 0.0
        return float(min(FIRST_PAUSE * 2 ** min(self._failures - 2, 16), LONGEST_PAUSE))

    async def _live(self) -> None:
        """Start a child and serve with it until it ends."""
        self._failures += 1
        try:
            process, rate = await launch(self._module)
        except SpeakerFailed as failure:
            self._report(failure)
            return
        self._process = process
        if not self.first_start.done():
            self.first_start.set_result(rate)
        try:
            await self._serve(process)
        except ProcessGone:
            pass  # it is started again
        finally:
            self._process = None
            await process.end()
        log.warning("a speaking process ended, starting it again", status=process.status)

    def _report(self, failure: SpeakerFailed) -> None:
        log.error("a speaking process does not start", reason=failure.message)
        if not self.first_start.done():
            self.first_start.set_exception(failure)

    async def _serve(self, process: ChildProcess) -> None:
        watcher = asyncio.create_task(process.ended())
        try:
            while True:
                await self._fetch(watcher)
                await self._say(process)
                self._failures = 0
        finally:
            watcher.cancel()

    async def _fetch(self, watcher: asyncio.Task[None]) -> None:
        """Wait for the next sentence; raises ProcessGone when the child ends while idle."""
        while self._next is None or not self._next.wanted:
            self._next = None
            getter = asyncio.create_task(self._waiting.get())
            try:
                await asyncio.wait({getter, watcher}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                if getter.done() and not getter.cancelled():
                    self._next = getter.result()
                getter.cancel()
            if watcher.done():
                raise ProcessGone

    async def _say(self, process: ChildProcess) -> None:
        """Have `_next` spoken; raises ProcessGone when the child is of no use afterwards."""
        saying = self._next
        assert saying is not None
        saying.begun.set()
        saying.tries += 1
        try:
            async with asyncio.timeout(self._timeout):
                await self._relay(process, saying)
        except TimeoutError:
            self._give_up(SpeakerTimeout("The sentence took too long to be spoken."))
            raise ProcessGone from None
        except SpeakerFailed as failure:
            self._give_up(failure)
            raise ProcessGone from None
        except ProcessGone:
            if saying.made or saying.tries >= TRIES:
                self._give_up(SpeakerFailed("The speech process ended in the middle of a sentence."))
            raise
        self._next = None

    def _give_up(self, failure: SpeakerFailed) -> None:
        saying, self._next = self._next, None
        if saying is not None:
            saying.fail(failure)

    async def _relay(self, process: ChildProcess, saying: Saying) -> None:
        process.send(asdict(saying.order))
        while True:
            head, audio = await process.receive()
            match head.get("kind"):
                case "audio":
                    saying.add(audio)
                case "end":
                    return saying.finish()
                case "failed":  # the child itself is well: it refused a voice, say
                    return saying.fail(SpeakerFailed(str(head.get("why"))[:200]))
                case _:
                    raise ProcessGone


async def launch(module: str) -> tuple[ChildProcess, int]:
    """Start a child and return it with its sample rate; raises SpeakerFailed with its reason."""
    try:
        process = await ChildProcess.spawn((sys.executable, "-P", "-m", module))
    except OSError as error:
        raise SpeakerFailed(f"The speech process can't be started: {error}") from error
    try:
        async with asyncio.timeout(READY_WITHIN):
            return process, await _ready(process)
    except BaseException as error:
        await process.end()
        if isinstance(error, (ProcessGone, TimeoutError)):
            raise SpeakerFailed("The speech process does not become ready.") from error
        raise


async def _ready(process: ChildProcess) -> int:
    head, _ = await process.receive()
    if head.get("kind") == "failed":
        raise SpeakerFailed(str(head.get("why"))[:300])
    rate = head.get("rate")
    if head.get("kind") != "ready" or not isinstance(rate, int):
        raise ProcessGone
    return rate
