"""One call over the voice socket (docs/protocol.md): a live line, 20 ms after 20 ms."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final

import aiohttp

from channels.voice.settings import RATE
from switchboard.cli.calling.caller_audio import (
    FRAME_MS,
    CallerUtterance,
    CallFailed,
    LineLost,
    Loudspeaker,
    Microphone,
    Recording,
)

Frame = Mapping[str, Any]
Watch = Callable[[float, Frame], None]

OWN: Final = "own-"
"""How the turns of the call's own sentences begin: greeting, read-back, questions; no answer of the model."""
LONGEST_TEXT: Final = 10_000
MOST: Final = 10_000
"""Sentences and transcripts that are kept."""


@dataclass(kw_only=True, slots=True, eq=False)
class HeardSentence:
    """A sentence of the gateway: announced `at`, its first audio came at `audio_at`."""

    turn: str
    text: str
    at: float
    audio_at: float | None = None

    @property
    def ours(self) -> bool:
        """Whether it is the call's own, not the conversation's answer."""
        return self.turn.startswith(OWN)


@dataclass(frozen=True, kw_only=True, slots=True)
class Understood:
    """A final transcript of what the caller said."""

    text: str
    at: float


@dataclass(kw_only=True, slots=True)
class CallLog:
    """Takes frames as they come; `watch` is told of each."""

    watch: Watch | None = None
    ready: Frame | None = None
    sentences: list[HeardSentence] = field(default_factory=list)
    understood: list[Understood] = field(default_factory=list)
    errors: list[Frame] = field(default_factory=list)
    clears: list[float] = field(default_factory=list)
    finished: set[str] = field(default_factory=set)
    transferred: str | None = None

    def take(self, at: float, frame: Frame) -> None:
        """Take a text frame of the server."""
        match frame.get("type"):
            case "ready":
                self.ready = frame
            case "reply" if len(self.sentences) < MOST:
                text = str(frame.get("text"))[:LONGEST_TEXT]
                self.sentences.append(HeardSentence(turn=str(frame.get("turn")), text=text, at=at))
            case "transcript" if frame.get("final") and len(self.understood) < MOST:
                self.understood.append(Understood(text=str(frame.get("text"))[:LONGEST_TEXT], at=at))
            case "audio_end":
                self.finished.add(str(frame.get("turn")))
            case "clear":
                self.clears.append(at)
            case "transfer":
                self.transferred = str(frame.get("to"))
            case "error":
                self.errors.append(frame)
        if self.watch is not None:
            self.watch(at, frame)

    def audio(self, at: float) -> None:
        """Take note that audio came: it belongs to the sentence announced last."""
        if self.sentences and self.sentences[-1].audio_at is None:
            self.sentences[-1].audio_at = at


HANDSHAKE: Final = aiohttp.ClientTimeout(total=15.0)
READY_WITHIN: Final = 15.0
SEND_WITHIN: Final = 10.0
GOODBYE_WITHIN: Final = 8.0
"""Seconds for the gateway to take leave: it may still be taking in what was said last."""
LONGEST_FRAME: Final = 1 << 20
REPORT_EVERY: Final = 10
"""Frames between two reports of what was played."""
KEY_EVERY: Final = 0.12


class VoiceLine:
    """A call: connected within `async with`, hung up at its end. `log` holds what came.

    Raises CallFailed where there is no call to be had, LineLost where it ends from the other side.
    """

    def __init__(
        self,
        url: str,
        *,
        identity: str | None = None,
        token: str | None = None,
        microphone: Microphone,
        loudspeaker: Loudspeaker,
        log: CallLog,
        recording: Recording | None = None,
        hear: Callable[[bytes], None] | None = None,
    ) -> None:
        self.log = log
        self._url = f"{url.rstrip('/')}/voice"
        self._hello = {"type": "hello", "rate": RATE, "token": token, "identity": identity}
        self._microphone = microphone
        self._loudspeaker = loudspeaker
        self._recording = recording
        self._hear = hear
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._moved = asyncio.Event()
        self._quiet_since = 0.0
        self._http: aiohttp.ClientSession
        self._socket: aiohttp.ClientWebSocketResponse
        self._tasks: list[asyncio.Task[None]] = []
        self.speech_began = 0.0
        """When the first frame of what was said last went out."""
        self.over: str | None = None
        """Why the call is over, None while it is on."""

    @property
    def now(self) -> float:
        """Seconds since the call began."""
        return self._loop.time() - self._began

    @property
    def quiet_for(self) -> float:
        """For how many seconds the gateway's voice has not been heard."""
        return 0.0 if self._loudspeaker.playing else self.now - self._quiet_since

    async def __aenter__(self) -> VoiceLine:
        self._http = aiohttp.ClientSession(timeout=HANDSHAKE)
        try:
            await self._connect()
            self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._live())]
            await self.until(lambda: self.log.ready is not None, within=READY_WITHIN)
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self.hang_up()
        finally:
            await self._end()

    async def say(self, utterance: CallerUtterance) -> float:
        """Say something and return when its last voiced frame went out; raises LineLost."""
        saying = asyncio.create_task(self._microphone.say(utterance))
        try:
            await self.until(saying.done, within=len(utterance.pcm) / (RATE * 2) * 4 + SEND_WITHIN)
        finally:
            saying.cancel()
        return self.now

    async def press(self, keys: str) -> float:
        """Press keys as a person does, one after the other, and return when the last one was."""
        for key in keys:
            await self._send(json.dumps({"type": "dtmf", "digit": key}))
            await asyncio.sleep(KEY_EVERY)
        return self.now

    async def until(self, holds: Callable[[], bool], *, within: float) -> None:
        """Wait until something holds; raises LineLost if the call ends first, TimeoutError after `within`."""
        async with asyncio.timeout(within):
            while not holds():
                if self.over is not None:
                    raise LineLost(self.over)
                self._moved.clear()
                await self._moved.wait()

    async def hang_up(self) -> None:
        """Say goodbye and wait for the gateway to close; harmless when the call is over."""
        if self.over is not None:
            return
        try:
            async with asyncio.timeout(GOODBYE_WITHIN):
                await self._socket.send_str('{"type":"hangup"}')
                await self._tasks[0]
        except (TimeoutError, ConnectionError, aiohttp.ClientError):
            pass  # it was a goodbye all the same

    async def send(self, frame: str | bytes) -> None:
        """Send any frame, for a caller who does not behave."""
        await self._send(frame)

    async def _connect(self) -> None:
        try:
            self._socket = await self._http.ws_connect(self._url, heartbeat=30.0, max_msg_size=LONGEST_FRAME)
            await self._send(json.dumps(self._hello))
        except aiohttp.WSServerHandshakeError as error:
            raise CallFailed(_refused(self._url, error.status)) from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise CallFailed(
                f"No gateway answers at {self._url} ({str(error) or 'it takes too long'})."
            ) from error

    async def _listen(self) -> None:
        """Take what comes until the other side closes."""
        try:
            async for message in self._socket:
                self._take(message)
        except (aiohttp.ClientError, ConnectionError, ValueError) as error:
            self._finish(f"The call broke off ({error}).")
        else:
            self._finish(self._farewell())

    def _take(self, message: aiohttp.WSMessage) -> None:
        if message.type is aiohttp.WSMsgType.BINARY:
            self.log.audio(self.now)
            self._loudspeaker.add(message.data)
            self._quiet_since = self.now
            if self._hear is not None:
                self._hear(message.data)
        elif message.type is aiohttp.WSMsgType.TEXT:
            frame: Any = json.loads(message.data)
            if not isinstance(frame, dict):
                raise ValueError("a frame is no JSON object")
            if frame.get("type") == "clear":
                self._loudspeaker.clear()
            self.log.take(self.now, frame)
        self._moved.set()

    def _farewell(self) -> str:
        """Say why the gateway closed: in its own words, where it gave any."""
        if self.log.errors and self._socket.close_code not in (1000, None):
            return str(self.log.errors[-1].get("message"))
        return f"The gateway hung up (close code {self._socket.close_code})."

    def _finish(self, why: str) -> None:
        self.over = self.over or why
        self._moved.set()

    async def _live(self) -> None:
        """Send and play 20 ms, again and again, at the pace of the clock."""
        due, frames, reported = self._loop.time(), 0, 0
        try:
            while self.over is None:
                await self._tick()
                frames += 1
                if frames % REPORT_EVERY == 0 and self._loudspeaker.played_ms != reported:
                    reported = self._loudspeaker.played_ms
                    await self._send(json.dumps({"type": "played", "ms": reported}))
                due += FRAME_MS / 1000
                await asyncio.sleep(max(0.0, due - self._loop.time()))
        except LineLost as error:
            self._finish(str(error))

    async def _tick(self) -> None:
        beginning = self._microphone.beginning
        said = self._microphone.frame()
        await self._send(said)
        if beginning:
            self.speech_began = self.now
        self._microphone.sent()
        if self._loudspeaker.playing:
            self._quiet_since = self.now
        heard = self._loudspeaker.frame()
        if self._recording is not None:
            self._recording.add(said, heard)
        self._moved.set()

    async def _send(self, frame: str | bytes) -> None:
        try:
            async with asyncio.timeout(SEND_WITHIN):
                await (
                    self._socket.send_str(frame) if isinstance(frame, str) else self._socket.send_bytes(frame)
                )
        except TimeoutError:
            raise LineLost("The gateway takes nothing any more.") from None
        except (aiohttp.ClientError, ConnectionError):
            raise LineLost(self.over or "The call broke off.") from None

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.close()


def _refused(url: str, status: int) -> str:
    if status == 404:
        return f"The gateway at {url} runs without voice."
    return f"The gateway at {url} takes no calls (HTTP {status})."
