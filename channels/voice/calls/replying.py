"""From what the caller said to what is done about it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from channels.voice.calls.announcer import Announcer, CallLanguage
from channels.voice.calls.call_exchange import AwaitedTurns, CallExchange, SpokenReplies
from channels.voice.calls.call_parts import CallNotes, CallParts
from channels.voice.calls.call_supervision import Fillers, Handover, Silence
from channels.voice.calls.outbox import Outbox
from channels.voice.calls.player import Player
from channels.voice.calls.understanding import CallSituation, Move, Said, Understanding, asks_for_code
from channels.voice.calls.utterances import HeardUtterance, Transcript
from channels.voice.errors import VoiceError
from channels.voice.hearing.audio_events import SpeechStopped
from channels.voice.settings import RATE
from channels.voice.transcribing.transcriber import Heard
from orchestrator.conversation.message import Spoken
from orchestrator.errors import MessageInvalid, SessionUnknown, StoreAway

log = structlog.get_logger()
KEEP_WAIT_S = 1.0


class Replying:
    """Takes transcripts and keyed-in numbers, one after the other, and does what they mean."""

    def __init__(
        self,
        *,
        parts: CallParts,
        exchange: CallExchange,
        player: Player,
        outbox: Outbox,
        announcer: Announcer,
        language: CallLanguage,
        answers: SpokenReplies,
        turns: AwaitedTurns,
        handover: Handover,
        silence: Silence,
        fillers: Fillers,
        notes: CallNotes,
        lost: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        self._parts = parts
        self._exchange = exchange
        self._player = player
        self._outbox = outbox
        self._announcer = announcer
        self._language = language
        self._answers = answers
        self._turns = turns
        self._handover = handover
        self._silence = silence
        self._fillers = fillers
        self._notes = notes
        self._lost = lost
        self._clock = clock
        self._understanding = Understanding(parts.settings)

    @property
    def expects_number(self) -> bool:
        """Whether the caller was asked for a number or a code."""
        return self._understanding.expects_number or asks_for_code(
            self._answers.last_reply, self._parts.settings.ids
        )

    async def heard(self, utterance: HeardUtterance, transcript: Transcript) -> None:
        """Take what was made of an utterance."""
        self._parts.observe("transcribe", self._clock() - utterance.at)
        if isinstance(transcript, VoiceError):
            log.warning("an utterance could not be transcribed", code=transcript.code)
            await self._do(self._understanding.failed(self._situation()))
            return
        if transcript.text:
            self._outbox.tell({"type": "transcript", "text": transcript.text, "final": True})
        self._language.learn(transcript)
        said = Said(
            text=transcript.text,
            confidence=transcript.confidence,
            voiced_ms=utterance.stopped.voiced_ms,
        )
        move = self._understanding.heard(said, self._situation())
        await self._do(move, utterance.stopped, transcript)

    async def typed(self, digits: str) -> None:
        """Take a number that was keyed in."""
        await self._do(self._understanding.typed(digits, self._situation()))

    @property
    def _code_asked(self) -> bool:
        return asks_for_code(self._answers.last_reply, self._parts.settings.ids)

    def _situation(self) -> CallSituation:
        player = self._player
        return CallSituation(
            language=self._language.spoken,
            over_reply=player.cut or player.audible,
            asked=player.cut and player.only_a_question_left,
            thinking=self._turns.pending or player.busy,
            code_asked=self._code_asked,
            human=self._handover.human,
        )

    async def _do(self, move: Move, stopped: SpeechStopped | None = None, heard: Heard | None = None) -> None:
        self._notes.missed += move.missed
        if move.message is None and move.say is None:
            return
        self._silence.broken()
        if move.message is None:
            await self._ask(move.say or "")
            return
        await self._exchange.stop_reply()
        if move.say is not None:
            self._announcer.say_text(move.say)
            self._fillers.said()
        spoken = await self._spoken(stopped, heard) if stopped is not None and heard is not None else None
        await self._hand_in(move.message, spoken)

    async def _ask(self, question: str) -> None:
        """Ask the caller something; a reply that was spoken over is not taken up again."""
        if self._player.cut:
            await self._exchange.stop_reply()
        self._announcer.say_text(question, first=True)

    async def _hand_in(self, text: str, spoken: Spoken | None) -> None:
        try:
            accepted = await self._exchange.hand_in(text, spoken)
        except StoreAway:
            self._announcer.say("not_stored")
        except MessageInvalid:
            self._announcer.say("not_understood")
        except SessionUnknown:
            self._lost()
        else:
            self._notes.heard += 1
            if accepted.owner == "operator" or self._handover.human:
                self._handover.began(self._clock())
            else:
                self._turns.accepted(accepted.seq, self._clock())

    async def _spoken(self, stopped: SpeechStopped, heard: Heard) -> Spoken:
        return Spoken(
            started_ms=stopped.started_ms,
            ended_ms=max(stopped.started_ms, stopped.at_ms - stopped.silence_ms),
            confidence=heard.confidence,
            audio=await self._kept(stopped.audio),
        )

    async def _kept(self, audio: bytes) -> str | None:
        """Keep the audio where the policy wants it; a full disk costs the recording, not the call."""
        if self._parts.keep_audio is None:
            return None
        try:
            async with asyncio.timeout(KEEP_WAIT_S):
                return await self._parts.keep_audio(audio, RATE)
        except (OSError, TimeoutError):
            log.warning("a recording could not be kept")
            return None
