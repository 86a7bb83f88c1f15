"""One speaking child process: started, given sentences one by one, killed when it hangs, started again."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from typing import Final

import structlog

from channels.voice.errors import SpeakerFailed, SpeakerTimeout
from channels.voice.speaking.frames import HEAD, LONGEST, SpeechFrame, pack_order
from channels.voice.speaking.saying import Saying

log = structlog.get_logger()
INHERITED: Final = (
    *("ESPEAK_DATA_PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH"),
    *("SYSTEMROOT", "TMPDIR"),
)
"""Environment the child gets; our keys and passwords are not its business."""
READY_WITHIN: Final = 20.0
FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 10.0
TRIES: Final = 2
"""Children that a sentence is given to while none of it has been heard."""


class ChildGone(Exception):
    """The child ended or spoke nonsense."""


class SpeechProcess:
    """Takes sentences from `waiting` for as long as `run` runs; `timeout` is seconds for one of them."""

    def __init__(self, waiting: asyncio.Queue[Saying], *, module: str, timeout: float) -> None:
        self._waiting = waiting
        self._module = module
        self._timeout = timeout
        self._process: Process | None = None
        self._failures = 0
        self._next: Saying | None = None
        self.first_start: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        """The sample rate, or SpeakerFailed, after the first start."""
        self.restarts = 0

    @property
    def alive(self) -> bool:
        """Whether the child runs and has said that it is ready."""
        return self._process is not None and self._process.returncode is None

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
        except ChildGone:
            pass  # it is started again
        finally:
            self._process = None
            await end(process)
        log.warning("a speaking process ended, starting it again", status=process.returncode)

    def _report(self, failure: SpeakerFailed) -> None:
        log.error("a speaking process does not start", reason=failure.message)
        if not self.first_start.done():
            self.first_start.set_exception(failure)

    async def _serve(self, process: Process) -> None:
        watcher = asyncio.create_task(process.wait())
        try:
            while True:
                await self._fetch(watcher)
                await self._say(process)
                self._failures = 0
        finally:
            watcher.cancel()

    async def _fetch(self, watcher: asyncio.Task[int]) -> None:
        """Wait for the next sentence; raises ChildGone when the child ends while idle."""
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
                raise ChildGone

    async def _say(self, process: Process) -> None:
        """Have `_next` spoken; raises ChildGone when the child is of no use afterwards."""
        saying = self._next
        assert saying is not None
        saying.begun.set()
        saying.tries += 1
        try:
            async with asyncio.timeout(self._timeout):
                await self._relay(process, saying)
        except TimeoutError:
            self._give_up(SpeakerTimeout("The sentence took too long to be spoken."))
            raise ChildGone from None
        except SpeakerFailed as failure:
            self._give_up(failure)
            raise ChildGone from None
        except (ChildGone, ConnectionError, EOFError):
            if saying.made or saying.tries >= TRIES:
                self._give_up(SpeakerFailed("The speech process ended in the middle of a sentence."))
            raise ChildGone from None
        self._next = None

    def _give_up(self, failure: SpeakerFailed) -> None:
        saying, self._next = self._next, None
        if saying is not None:
            saying.fail(failure)

    async def _relay(self, process: Process, saying: Saying) -> None:
        assert process.stdin is not None
        process.stdin.write(pack_order(saying.order))
        await process.stdin.drain()
        while True:
            kind, payload = await read_frame(process)
            match kind:
                case SpeechFrame.AUDIO:
                    saying.add(payload)
                case SpeechFrame.END:
                    return saying.finish()
                case SpeechFrame.FAILED:  # the child itself is well: it refused a voice, say
                    return saying.fail(SpeakerFailed(payload.decode("utf-8", "replace")[:200]))
                case SpeechFrame.READY:
                    raise ChildGone


async def launch(module: str) -> tuple[Process, int]:
    """Start a child and return it with its sample rate; raises SpeakerFailed with its reason."""
    process = await _spawned(module)
    try:
        async with asyncio.timeout(READY_WITHIN):
            return process, await _ready(process)
    except BaseException as error:
        await end(process)
        if isinstance(error, (ChildGone, EOFError, TimeoutError, ValueError)):
            raise SpeakerFailed("The speech process does not become ready.") from error
        raise


async def _spawned(module: str) -> Process:
    """Return the new process; cancelled meanwhile, it is waited for and ended, else its files would leak."""
    birth = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", module),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env={name: os.environ[name] for name in INHERITED if name in os.environ},
            start_new_session=True,
        )
    )
    try:
        return await asyncio.shield(birth)
    except asyncio.CancelledError:
        await end(await birth)
        raise
    except OSError as error:
        raise SpeakerFailed(f"The speech process can't be started: {error}") from error


async def _ready(process: Process) -> int:
    kind, payload = await read_frame(process)
    if kind is SpeechFrame.FAILED:
        raise SpeakerFailed(payload.decode("utf-8", "replace")[:300])
    if kind is not SpeechFrame.READY:
        raise ChildGone
    return int(payload)


async def read_frame(process: Process) -> tuple[SpeechFrame, bytes]:
    """Return the child's next frame; raises EOFError at its end, ChildGone for what is none."""
    assert process.stdout is not None
    kind, length = HEAD.unpack(await process.stdout.readexactly(HEAD.size))
    if length > LONGEST or kind not in set(SpeechFrame):
        raise ChildGone
    return SpeechFrame(kind), await process.stdout.readexactly(length)


async def end(process: Process) -> None:
    """Kill the child if it lives, and wait for its end, even when cancelled meanwhile: it takes no time."""
    ending = asyncio.ensure_future(_end(process))
    try:
        await asyncio.shield(ending)
    except asyncio.CancelledError:
        await ending
        raise


async def _end(process: Process) -> None:
    if process.returncode is None:
        try:
            process.kill()
        except ProcessLookupError:
            pass  # it ended by itself just now
    if process.stdin is not None:
        process.stdin.close()
    await process.communicate()  # to the pipe's end: only then are its files closed
