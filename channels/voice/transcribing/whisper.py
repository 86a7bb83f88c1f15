"""faster-whisper behind the interface `Transcriber`: a client that keeps one child process running.

The model lives in the child, so that a hang can be killed and a crash hurts no call. This module imports no
voice library.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from typing import Any, Final

import structlog

from channels.voice.child_process import ChildProcess, ProcessGone
from channels.voice.errors import TranscriberFailed
from channels.voice.settings import VoiceSettings
from channels.voice.transcribing.transcriber import (
    LONGEST_BYTES,
    FixedTranscriber,
    Heard,
    Transcriber,
    TranscriberState,
)
from channels.voice.transcribing.transcription_queue import TranscriptionQueue, TranscriptionRequest, Working
from channels.voice.transcribing.weights import TEST_MODEL, TEST_NOTICE

log = structlog.get_logger()
BACKOFF_S: Final = (0.1, 0.5, 2.0, 5.0, 15.0, 30.0)
"""Seconds before the next start, after so many starts in a row that came to nothing."""
HOPELESS: Final = 3
"""Starts in a row that came to nothing, after which callers are told at once."""
LOG_EVERY_MB: Final = 25
COMMAND: Final = (sys.executable, "-P", "-m", "channels.voice.transcribing.whisper_child")


class Unusable(Exception):
    """The weights can't be used; the message says why, as a part of a sentence."""

    def __init__(self, why: str, *, by_any: bool = False) -> None:
        super().__init__(why)
        self.by_any = by_any
        """No weights at all could be used: a package is missing."""


class Whisper:
    """Transcribes with the weights `model` (size name or folder), or the test model if they are missing."""

    def __init__(self, *, model: str, settings: VoiceSettings, command: Sequence[str] = COMMAND) -> None:
        self._configured = self._model = model
        self._settings = settings
        self._command = command
        self._waiting = TranscriptionQueue(
            most=settings.transcriber_queue, wait_s=settings.transcriber_wait_s
        )
        self._working = Working(
            waiting=self._waiting,
            workers=settings.transcriber_workers,
            timeout_s=settings.transcribe_timeout_s,
        )
        self._state = TranscriberState.LOADING
        self._detail = f"loading the model {model}"
        self._notice: str | None = None
        self._decided = asyncio.Event()
        self._supervisor: asyncio.Task[None] | None = None
        self._child: ChildProcess | None = None
        self._in_vain = 0
        self._logged_mb = 0.0

    @property
    def notice(self) -> str | None:
        """A sentence to show loudly: the test weights are in use."""
        return self._notice

    @property
    def alive(self) -> bool:
        """Whether the model is loaded and takes utterances."""
        return self._working.ready

    @property
    def state(self) -> TranscriberState:
        """Where it stands."""
        return self._state

    @property
    def detail(self) -> str:
        """One sentence on the state."""
        return self._detail

    @property
    def pid(self) -> int | None:
        """The child's process id, for measuring."""
        return self._child.pid if self._child is not None else None

    async def start(self) -> None:
        """Begin to load; returns when that is decided, or after `transcriber_start_s` while it goes on."""
        self._supervisor = asyncio.create_task(self._supervise(), name="transcriber")
        try:
            async with asyncio.timeout(self._settings.transcriber_start_s):
                await self._decided.wait()
        except TimeoutError:
            log.warning("the transcriber is still loading; calls wait for it", model=self._configured)

    async def stop(self) -> None:
        """End the child; whoever waits gets TranscriberFailed."""
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is not None:
            supervisor.cancel()
            await asyncio.gather(supervisor, return_exceptions=True)
        self._now(TranscriberState.STOPPED, "stopped")
        self._working.fail_all()

    async def transcribe(
        self, audio: bytes, *, language: str | None, urgent: bool = True, words: bool = False
    ) -> Heard:
        """Return what is said in `audio`, as `Transcriber.transcribe` tells."""
        if self._state in {TranscriberState.FAILED, TranscriberState.STOPPED} or self._supervisor is None:
            raise TranscriberFailed("The transcriber is not running.")
        audio = _bounded(audio)
        if not audio.strip(b"\0"):
            return Heard(text="", language=language or "en", confidence=0.0)
        # A pass on trial that takes long is asked for again, urgently: it must not be made twice.
        begun = self._working.at_work_on(audio, language=language, words=words)
        if begun is not None:
            await asyncio.wait({begun})
            if not begun.cancelled():
                return begun.result()
        answer: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
        asked = TranscriptionRequest(
            audio=audio, language=language, words=words, urgent=urgent, answer=answer
        )
        self._waiting.put(asked)
        self._working.advance()
        return await answer  # cancelled, its place in the queue falls to the next

    # --- the child's life ---

    async def _supervise(self) -> None:
        while True:
            try:
                await self._live_once()
            except Unusable as error:
                self._fall_back(str(error), by_any=error.by_any)
            except (ProcessGone, OSError) as error:
                self._ended(error)
            except Exception:
                log.exception("the transcriber's supervisor failed")
                self._in_vain += 1
            await asyncio.sleep(BACKOFF_S[min(max(0, self._in_vain - 1), len(BACKOFF_S) - 1)])

    async def _live_once(self) -> None:
        child = self._child = await ChildProcess.spawn(self._command)
        try:
            await self._load(child)
            while True:
                frame, _ = await child.receive()
                self._working.answered(frame)
                self._in_vain = 0
        finally:
            self._child = None
            self._working.gone()
            await child.end()

    async def _load(self, child: ChildProcess) -> None:
        child.send(self._wanted())
        try:
            async with asyncio.timeout(self._settings.transcriber_load_s):
                frame = await self._loaded(child)
        except TimeoutError as error:
            raise Unusable("fetching and loading them took too long") from error
        if frame["kind"] != "ready":
            why = str(frame.get("why", "they can't be loaded"))
            raise Unusable(why, by_any=not frame.get("installed", True))
        self._ready(frame)
        self._working.use(child)

    async def _loaded(self, child: ChildProcess) -> dict[str, Any]:
        while True:
            frame, _ = await child.receive()
            if frame["kind"] != "progress":
                return frame
            self._progress(float(frame["megabytes"]))

    def _wanted(self) -> dict[str, Any]:
        settings = self._settings
        return {
            "kind": "load",
            "model": self._model,
            "device": settings.whisper_device,
            "compute": settings.whisper_compute,
            "workers": settings.transcriber_workers,
            "threads": settings.whisper_threads or _threads(settings.transcriber_workers),
            "beam": settings.whisper_beam,
        }

    def _progress(self, megabytes: float) -> None:
        self._detail = f"fetching the model {self._model}: {megabytes:.0f} MB so far"
        if megabytes >= self._logged_mb + LOG_EVERY_MB:
            self._logged_mb = megabytes
            log.info("the Whisper weights are being fetched", model=self._model, megabytes=round(megabytes))

    def _ready(self, frame: dict[str, Any]) -> None:
        where = f"{frame['compute']} on {frame['device']}"
        if not frame["synthetic"]:
            self._now(TranscriberState.READY, f"the model {self._model} is loaded, {where}")
        else:
            self._notice = self._notice or TEST_NOTICE
            self._now(TranscriberState.TEST_MODEL, self._notice)
            log.info("calls are understood by the test model only")  # said aloud before: see `say_what_hears`
        log.info(
            "the transcriber is ready", model=self._model, device=frame["device"], compute=frame["compute"]
        )

    def _fall_back(self, why: str, *, by_any: bool) -> None:
        """Take the test model, loudly; where even that can't be loaded, there is no hearing at all."""
        if by_any or self._model == str(TEST_MODEL):
            self._in_vain += 1
            self._now(TranscriberState.FAILED, f"The transcriber can't be started: {why}.")
            log.error("the transcriber can't be started", why=why)
            return
        self._notice = f"{_sentence(self._configured, why)} {TEST_NOTICE}"
        self._model = str(TEST_MODEL)
        # Not aloud: it was said at the start, and /readyz has the notice.
        log.info("the Whisper weights can't be used", model=self._configured, why=why)

    def _ended(self, error: Exception) -> None:
        self._in_vain += 1
        log.warning("the transcriber's process ended", why=type(error).__name__, in_a_row=self._in_vain)
        if self._in_vain >= HOPELESS:
            self._now(TranscriberState.FAILED, "The transcriber's process ends again and again.")
            self._waiting.fail_all(TranscriberFailed("The transcriber's process can't be kept running."))

    def _now(self, state: TranscriberState, detail: str) -> None:
        self._state, self._detail = state, detail
        if state is not TranscriberState.LOADING:
            self._decided.set()


def _bounded(audio: bytes) -> bytes:
    """Keep whole samples, and of audio that is too long the end, which was said last."""
    whole = audio[: len(audio) - len(audio) % 2]
    return whole[-LONGEST_BYTES:]


def _threads(workers: int) -> int:
    return max(1, min(4, os.cpu_count() or 1) // workers)


def _sentence(model: str, why: str) -> str:
    if why.startswith("SWITCHBOARD_"):
        return why
    return (
        f"The Whisper weights {model} can't be used: {why}. Set SWITCHBOARD_WHISPER_MODEL to a CTranslate2 "
        "model folder, or let this machine reach huggingface.co once."
    )


FIXED = "fixed:"


def make_transcriber(spec: str, model: str, *, settings: VoiceSettings) -> Transcriber:
    """Return the transcriber `spec` (SWITCHBOARD_TRANSCRIBER) with the weights `model`.

    `spec` is "whisper", or "fixed:TEXT" for measuring; ValueError for anything else.
    """
    if spec.startswith(FIXED):
        return FixedTranscriber(spec.removeprefix(FIXED))
    if spec == "whisper":
        return Whisper(model=model, settings=settings)
    raise ValueError("SWITCHBOARD_TRANSCRIBER must be whisper or fixed:TEXT.")
