"""The parts of a call, faked: wire, audio input, transcriber, speaker and desk do as they are told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from typing import Any
from uuid import UUID

from channels.voice.calls.outbox import WireGone
from channels.voice.errors import VoiceError
from channels.voice.hearing.audio_events import AudioEvent
from channels.voice.transcribing.transcriber import Heard, TranscriberState
from orchestrator.conversation.event_bus import ActionRun, Posted, ReplyDelta, TurnEnded
from orchestrator.conversation.message import Accepted, Inbound
from orchestrator.errors import OrchestratorError
from orchestrator.ids import new_id
from tests.support.fake_desk import Answer, Conversation, FakeDesk
from tests.support.voice.fast_time import now

RATE = 8000
MS_PER_CHARACTER = 50


class FakeWire:
    """Keeps what was sent, with the time; `blocked` makes it take nothing, `gone` refuse everything."""

    def __init__(self, *, clocked: bool = False, rate: int = RATE) -> None:
        self.rate = rate
        self.clocked = clocked
        self.sent: list[tuple[float, str, Any]] = []
        self.blocked = False
        self.gone = False
        self.closed: list[tuple[int, str]] = []

    async def audio(self, pcm: bytes) -> None:
        await self._take("audio", pcm)

    async def tell(self, event: Mapping[str, Any]) -> None:
        await self._take("tell", event)

    async def mark(self, name: str) -> None:
        await self._take("mark", name)

    async def clear(self) -> None:
        await self._take("clear", None)

    async def close(self, *, code: int, reason: str) -> None:
        self.closed.append((code, reason))

    async def _take(self, kind: str, what: Any) -> None:
        if self.gone:
            raise WireGone("closed")
        if self.blocked:
            await asyncio.Event().wait()
        self.sent.append((now(), kind, what))

    def told(self, kind: str) -> list[Mapping[str, Any]]:
        return [what for _, each, what in self.sent if each == "tell" and what["type"] == kind]

    @property
    def said(self) -> list[str]:
        """The sentences that were spoken, in order."""
        return [str(event["text"]) for event in self.told("reply")]

    @property
    def clears(self) -> int:
        return sum(kind == "clear" for _, kind, _ in self.sent)


class FakeAudioInput:
    """Reports what it is handed with the next audio."""

    def __init__(self) -> None:
        self.events: list[AudioEvent] = []
        self.playing: list[float | None] = []
        self.waits: list[int] = []

    def hear(self, pcm: bytes, *, playing: float | None, now: float | None = None) -> list[AudioEvent]:
        self.playing.append(playing)
        events, self.events = self.events, []
        return events

    def wait_for(self, silence_ms: int) -> None:
        self.waits.append(silence_ms)


def utterance(text: str, *, confidence: float = 0.95, language: str = "en") -> bytes:
    """Return audio that the fake transcriber understands as `text`."""
    return json.dumps([text, confidence, language]).encode()


class FakeTranscriber:
    """Reads `utterance` audio; `failures` are raised first, `slow` is how long it takes (seconds)."""

    notice: str | None = None
    alive = True
    state = TranscriberState.READY
    detail = "ready"

    def __init__(self) -> None:
        self.failures: list[VoiceError] = []
        self.slow = 0.05
        self.asked: list[tuple[str, bool]] = []
        self.languages: list[str | None] = []

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def transcribe(
        self, audio: bytes, *, language: str | None, urgent: bool = True, words: bool = False
    ) -> Heard:
        text, confidence, spoken = json.loads(audio)
        self.asked.append((text, urgent))
        self.languages.append(language)
        await asyncio.sleep(self.slow)
        if self.failures:
            raise self.failures.pop(0)
        return Heard(text=text, language=spoken, confidence=confidence)


class FakeSpeaker:
    """Hums 50 ms for each character; `failures` are raised first, `stuck` never begins."""

    rate = RATE
    alive = True

    def __init__(self) -> None:
        self.failures: list[VoiceError] = []
        self.stuck = False
        self.texts: list[str] = []
        self.open = self.most_open = 0

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def say(self, text: str, *, language: str) -> AsyncGenerator[bytes, None]:
        self.texts.append(text)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            if self.stuck:
                await asyncio.Event().wait()
            await asyncio.sleep(0.005)
            if self.failures:
                raise self.failures.pop(0)
            for _ in range(0, len(text), 2):
                yield b"\x00\x10" * (RATE * MS_PER_CHARACTER * 2 // 1000)
        finally:
            self.open -= 1


class CallDesk(FakeDesk):
    """The fake desk with interruptions; `interrupted` holds (turn, heard)."""

    def __init__(self, *, answer: Answer | None = None) -> None:
        super().__init__(answer=answer, live=True)
        self.model = "oxlo"
        self.interrupted: list[tuple[UUID, str]] = []
        self.away: list[OrchestratorError] = []

    async def interrupt(self, conversation_id: UUID, turn: UUID, heard: str) -> None:
        self.interrupted.append((turn, heard))

    async def accept(self, inbound: Inbound) -> Accepted:
        if self.away:
            raise self.away.pop(0)
        return await super().accept(inbound)

    @property
    def texts(self) -> list[str]:
        return [inbound.text for inbound in self.inbound]

    @property
    def listening(self) -> int:
        return sum(self.listeners_of(conversation) for conversation in self.conversations.values())

    @property
    def conversation(self) -> Conversation:
        return self.only_conversation()

    def delta(self, turn: UUID, text: str) -> None:
        self.publish(self.conversation, ReplyDelta(turn=turn, text=text))

    def action(self, turn: UUID, state: str = "started") -> None:
        self.publish(self.conversation, ActionRun(turn=turn, tool="get_order_status", state=state))

    def end(self, turn: UUID, text: str, *, status: str = "answered", author: str = "assistant") -> None:
        upto = max((e.seq for e in self.conversation.timeline if _by_customer(e)), default=0)
        self.post(self.conversation, author=author, text=text, turn=turn)
        self.publish(self.conversation, TurnEnded(turn=turn, status=status, upto_seq=upto))

    def answer_with(self, text: str) -> UUID:
        """Let a turn answer at once: its sentences as pieces, then the whole."""
        turn = new_id()
        for piece in text.replace(". ", ".\0").replace("? ", "?\0").split("\0"):
            self.delta(turn, f"{piece} ")
        self.end(turn, text)
        return turn


def _by_customer(event: object) -> bool:
    return isinstance(event, Posted) and event.author == "customer"
