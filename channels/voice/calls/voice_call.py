"""One call, from the first word to the hang-up: who speaks when."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

import structlog

from channels.chat.visit import Cursor, follow
from channels.voice.calls.announcer import Announcer, CallLanguage
from channels.voice.calls.call_exchange import AwaitedTurns, CallExchange, ReadMark, SpokenReplies
from channels.voice.calls.call_parts import (
    AudioInputLike,
    CallNotes,
    CallOpening,
    CallParts,
    CallState,
    CallStates,
)
from channels.voice.calls.call_supervision import CallSupervision, Fillers, Handover, Silence
from channels.voice.calls.caller_listener import KEYS, CallerListener, Keys, audio_input_settings
from channels.voice.calls.outbox import CLOSES, LAST_WAIT_S, OVER, CallWire, Outbox, WireGone, bounded
from channels.voice.calls.playback import Playback, SpokenLine
from channels.voice.calls.player import Player, PlayerHooks
from channels.voice.calls.replying import Replying
from channels.voice.calls.utterances import HeardUtterance, Transcript, UtteranceHooks, Utterances
from channels.voice.hearing.audio_input import AudioInput
from channels.voice.transcribing.transcriber import Heard, TranscriberState
from orchestrator.conversation.event_bus import (
    ActionRun,
    Event,
    Listener,
    Missed,
    Posted,
    ReplyDelta,
    SessionChanged,
    StatusChanged,
    TurnBegan,
    TurnEnded,
)
from orchestrator.conversation.message import VisitorSession

log = structlog.get_logger()
TICK_S: Final = 0.25
PARTING: Final = {"broken": "trouble", "restarting": "restarting"}
"""Ends of our making that the caller hears the reason of."""
PARTING_S: Final = 8.0
"""Seconds in which the call is over even where that can't be said."""
HUNG_UP: Final = frozenset({"caller", "wire"})
"""What ends a call while the caller may have said something that is not taken in yet."""


class VoiceCall:
    """Turn-taking of one call; made within the running event loop, whose time it keeps.

    The transport calls `run` once and feeds it: `audio`, `dtmf`, `played`, `marked`, `hung_up`, all of them
    at any time, also before and after. `audio_input` is for tests.
    """

    def __init__(
        self,
        *,
        parts: CallParts,
        wire: CallWire,
        opening: CallOpening,
        audio_input: AudioInputLike | None = None,
    ) -> None:
        settings = parts.settings
        self._parts = parts
        self._wire = wire
        self._opening = opening
        self._clock: Callable[[], float] = asyncio.get_running_loop().time
        self._over = asyncio.Event()
        self._ended_by = "us"
        self._lost: dict[UUID, str] = {}
        self._stopped_at: float | None = None
        self._all_heard = False
        self._parting: asyncio.TimerHandle | None = None
        self._excused = False
        self._notes = CallNotes()
        self._states = CallStates(self._changed_state)
        self._language = CallLanguage(
            opening.language, default=settings.default_language, sure_from=settings.ask_again_below
        )
        self._outbox = Outbox(wire, timeout=settings.send_timeout_s)
        self._playback = Playback(rate=wire.rate, clock=self._clock)
        self._player = Player(
            speaker=parts.speaker,
            playback=self._playback,
            outbox=self._outbox,
            rate=wire.rate,
            settings=settings,
            clock=self._clock,
            hooks=PlayerHooks(
                changed=self._settle, first_audio=self._first_audio, broken=lambda: self.end("broken")
            ),
        )
        self._announcer = Announcer(self._player, self._language, free=self._free)
        self._answers = SpokenReplies(self._player, lambda: self._language.spoken)
        self._turns = AwaitedTurns(limit_s=settings.answer_limit_s)
        self._keys = Keys(pause_s=settings.key_pause_s)
        self._silence = Silence(prompt_s=settings.silence_prompt_s, goodbye_s=settings.goodbye_s)
        self._fillers = Fillers(after_s=settings.filler_after_s, patience_s=settings.patience_s)
        self._handover = Handover(comfort_s=settings.comfort_s)
        self._utterances = Utterances(
            transcriber=parts.transcriber,
            settings=settings,
            language=lambda: self._language.assumed,
            clock=self._clock,
            hooks=UtteranceHooks(
                partial=self._partial,
                waiting=lambda: self._announcer.say("one_moment", first=True),
                heard=self._heard,
                typed=self._typed,
                idle=self._settle,
            ),
        )
        self._listening = CallerListener(
            audio_input=audio_input
            or AudioInput(vad=parts.vad, rate=wire.rate, settings=audio_input_settings(settings)),
            rate=wire.rate,
            player=self._player,
            playback=self._playback,
            outbox=self._outbox,
            announcer=self._announcer,
            utterances=self._utterances,
            settings=settings,
            interrupted=self._interrupted,
            clock=self._clock,
        )
        self._supervision = CallSupervision(
            announcer=self._announcer,
            outbox=self._outbox,
            language=self._language,
            turns=self._turns,
            silence=self._silence,
            fillers=self._fillers,
            handover=self._handover,
            transfer_to=parts.transfer_to,
            end=self.end,
            ends_at=self._clock() + settings.call_limit_s,
        )
        self._replying: Replying | None = None
        self._read_mark: ReadMark | None = None

    @property
    def state(self) -> CallState:
        """What the call does now."""
        return self._states.state

    # --- what the transport feeds ---

    def audio(self, pcm: bytes) -> None:
        """Take the caller's audio: PCM16 mono at the wire's rate, chunks of any length."""
        if not self._over.is_set() and self._listening.audio(pcm):
            self._settle()

    def dtmf(self, digit: str) -> None:
        """Take a key of the caller's telephone: 0 to 9, *, #, A to D; anything else says nothing."""
        if self._over.is_set() or len(digit) != 1 or digit not in KEYS:
            return
        self._silence.broken()
        if (number := self._keys.press(digit, self._clock())) is not None:
            self._utterances.typed(number)
        elif self._keys.collecting:
            self._player.hold()
        self._settle()

    def played(self, ms: int) -> None:
        """Take the wire's word on how much was played (see `Playback`)."""
        self._playback.played(ms)

    def marked(self, name: str) -> None:
        """Take the wire's word that everything up to a mark was played."""
        self._playback.marked(name)

    def hung_up(self) -> None:
        """The caller is gone."""
        self.end("caller")

    def end(self, reason: str) -> None:
        """Hang up; the first reason counts. `restarting` and `broken` have close codes of their own."""
        if not self._over.is_set():
            self._ended_by = reason
            self._announcer.mute = True
            self._over.set()

    def part(self, reason: str) -> None:
        """Say why we have to hang up, in place of all that waits, and then do so; `PARTING_S` at most."""
        if self._parting is not None:
            return
        if not self._states.talking:
            self.end(reason)
            return
        self._parting = asyncio.get_running_loop().call_later(PARTING_S, self.end, reason)
        self._player.hold()
        self._announcer.say(PARTING[reason], first=True, then=lambda: self._part_now(reason))
        self._announcer.mute = True
        self._player.release()

    def _part_now(self, reason: str) -> None:
        self._excused = reason == "broken"  # whoever carries the call on need not say it again
        self.end(reason)

    # --- its life ---

    async def run(self) -> None:
        """Talk until somebody hangs up; the wire is closed then, and the conversation as it was heard.

        Raises OrchestratorError when the session can't be opened; then nothing was said.
        """
        desk, opening = self._parts.desk, self._opening
        session = await self._open()
        exchange = CallExchange(
            desk=desk,
            session=session,
            call_id=opening.call_id,
            player=self._player,
            answers=self._answers,
            turns=self._turns,
            waiting=lambda: self._announcer.say("one_moment", first=True),
        )
        self._exchange = exchange
        self._replying = self._make_replying(exchange)
        self._read_mark = ReadMark(desk, session.conversation_id)
        try:
            async with desk.listen(session.conversation_id) as listener:
                self._begin(session)
                await self._talk(session, listener)
        finally:
            self._stop()
            await self._leave(session, exchange)

    async def _open(self) -> VisitorSession:
        opening = self._opening
        try:
            session = await self._parts.desk.open_session(
                channel="voice",
                token=opening.token,
                identity=opening.identity,
                issued_only=True,
                phone=opening.caller_id,
            )
            if opening.caller_id is not None:
                await self._parts.desk.begin(session)  # who rang is kept, whether they say something or not
            return session
        except BaseException:
            self._stop()
            raise

    def _make_replying(self, exchange: CallExchange) -> Replying:
        return Replying(
            parts=self._parts,
            exchange=exchange,
            player=self._player,
            outbox=self._outbox,
            announcer=self._announcer,
            language=self._language,
            answers=self._answers,
            turns=self._turns,
            handover=self._handover,
            silence=self._silence,
            fillers=self._fillers,
            notes=self._notes,
            lost=lambda: self.end("broken"),
            clock=self._clock,
        )

    def _begin(self, session: VisitorSession) -> None:
        ready = {
            "type": "ready",
            "rate": self._wire.rate,
            "token": session.token,
            "conversation": str(session.conversation_id),
            "model": self._parts.desk.model,
        }
        notice = self._parts.transcriber.notice
        self._outbox.tell(ready if notice is None else {**ready, "notice": notice})
        self._greet()
        if session.status == "human":
            begun = StatusChanged(seq=0, status=session.status, assistant=session.assistant)
            self._status(begun, self._clock())
        self._states.move(CallState.SPEAKING if self._player.busy else CallState.LISTENING)
        self._settle()

    def _greet(self) -> None:
        words = self._opening.first_words
        if words is not None:
            if words.strip():
                self._announcer.say_text(words)
            return
        if self._parts.business:
            self._announcer.say("greeting_of", business=self._parts.business)
        else:
            self._announcer.say("greeting")
        if self._parts.desk.model == "sandbox":
            self._announcer.say("sandbox")
        if self._parts.transcriber.state is TranscriberState.TEST_MODEL:
            self._announcer.say("test_model")

    async def _talk(self, session: VisitorSession, listener: Listener) -> None:
        cursor = Cursor(conversation_id=session.conversation_id, seq=session.last_seq)
        jobs = (
            self._outbox.run,
            self._player.run,
            self._utterances.run,
            self._tick,
            lambda: follow(self._parts.desk, listener, cursor, self._show),
        )
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._guarded(job)) for job in jobs]
            await self._over.wait()
            await self._wind_up()
            for task in tasks:
                task.cancel()

    async def _guarded(self, job: Callable[[], Awaitable[None]]) -> None:
        """Let no job's failure leave the others talking."""
        try:
            await job()
        except WireGone:
            self.end("wire")
        except Exception:
            log.exception("a call failed")
            if job in (self._outbox.run, self._player.run):
                self.end("broken")  # nothing can be said any more
            else:
                self.part("broken")

    async def _wind_up(self) -> None:
        """Fall silent; take in what the caller said last, or let them hear our last words to the end."""
        if self._ended_by in HUNG_UP:
            self._listening.finish()
        self._stop()
        settings = self._parts.settings
        try:
            if self._ended_by in HUNG_UP:
                async with asyncio.timeout(settings.farewell_s):
                    await self._utterances.finished()
            else:
                async with asyncio.timeout(LAST_WAIT_S):
                    await self._outbox.flushed()
        except TimeoutError:
            pass  # the caller is gone, or takes nothing: what there is stays

    def _stop(self) -> None:
        """Fall silent for good, and remember what was not heard."""
        self._over.set()
        self._announcer.mute = True
        if self._parting is not None:
            self._parting.cancel()
        if self._states.state is CallState.ENDED:
            return
        self._all_heard = not self._player.busy
        running = self._turns.running
        # A turn that still runs may be doing what the caller asked for: it goes on, and its reply is kept.
        self._lost = {turn: heard for turn, heard in self._player.drop().items() if turn != running}
        self._states.move(CallState.ENDED)

    async def _leave(self, session: VisitorSession, exchange: CallExchange) -> None:
        await bounded(exchange.note_heard(self._lost))
        if self._read_mark is not None and self._all_heard:
            await bounded(self._read_mark.spoken())
        code, reason = OVER if self._excused else CLOSES.get(self._ended_by, OVER)
        await bounded(self._wire.close(code=code, reason=reason))
        summary = self._notes.summary(
            call_id=self._opening.call_id,
            conversation_id=session.conversation_id,
            ended_by=self._ended_by,
            language=self._language.spoken,
        )
        await bounded(self._parts.summarise(summary))

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            now = self._clock()
            if (number := self._keys.due(now)) is not None:
                self._utterances.typed(number)
            self._listening.tick(now, passed_s=TICK_S)
            self._settle()
            waits = self._player.held or not self._player.busy
            thinking = self.state is CallState.THINKING and waits and not self._keys.collecting
            self._supervision.tick(now, quiet=self._quiet, thinking=thinking)
            if self._read_mark is not None and not self._player.busy and not self._over.is_set():
                await bounded(self._read_mark.spoken())

    @property
    def _quiet(self) -> bool:
        """Whether nobody speaks, types or is being understood."""
        ours = self._player.busy or self._player.held
        return not (ours or self._listening.speaking or self._keys.collecting or self._utterances.busy)

    # --- what happens ---

    def _free(self) -> None:
        """Let our own words out, unless the caller speaks or types."""
        if not (self._listening.speaking or self._keys.collecting):
            self._player.release()

    def _settle(self) -> None:
        """Bring the state in line with who speaks; whoever waits for the floor gets it."""
        if not self._states.talking:
            return
        speaking, audible = self._listening.speaking, self._player.audible
        if speaking and not audible:
            self._player.hold()  # a reply that is ready waits until the caller has spoken
        elif not (speaking or self._utterances.busy or self._keys.collecting):
            self._player.release()
        if audible or (self._player.busy and not self._player.held):
            self._states.move(CallState.SPEAKING)
        elif not speaking and (self._utterances.busy or self._turns.pending):
            self._states.move(CallState.THINKING)
        else:
            self._states.move(CallState.LISTENING)

    def _changed_state(self, before: CallState, after: CallState) -> None:
        log.debug("call state", before=before, after=after)

    def _interrupted(self) -> None:
        self._notes.interrupted += 1

    def _first_audio(self, line: SpokenLine, took: float) -> None:
        self._parts.observe("speak", took)
        if self._stopped_at is not None:
            self._parts.observe("answer", self._clock() - self._stopped_at)
            self._stopped_at = None
        if line.source is not None:
            self._fillers.replied()
        self._silence.answered()

    def _partial(self, heard: Heard) -> None:
        self._listening.partial(heard)

    async def _heard(self, utterance: HeardUtterance, transcript: Transcript) -> None:
        self._stopped_at = utterance.at
        assert self._replying is not None
        await self._replying.heard(utterance, transcript)
        self._listening.expect_number(self._replying.expects_number)

    async def _typed(self, digits: str) -> None:
        assert self._replying is not None
        await self._replying.typed(digits)

    async def _show(self, event: Event) -> None:
        """Take what happens in the conversation."""
        now = self._clock()
        match event:
            case TurnBegan():
                self._seen(event.turn)
            case ReplyDelta():
                self._seen(event.turn)
                self._answers.delta(event)
            case ActionRun():
                self._seen(event.turn)
                self._answers.remark_over(event.turn)
            case Posted():
                self._posted(event, now)
            case StatusChanged():
                self._status(event, now)
            case TurnEnded():
                self._turn_ended(event, now)
            case SessionChanged() | Missed():
                await self._exchange.look_again(self._outbox, over=lambda: self.end("signed_out"))
        self._settle()

    def _turn_ended(self, event: TurnEnded, now: float) -> None:
        self._turns.ended(event.turn, event.upto_seq, now)
        if event.status == "deferred" and not self._answers.spoke(event.turn):
            self._announcer.say(
                "no_answer"
            )  # the conversation was told before, but a caller waits for a word

    def _seen(self, turn: UUID) -> None:
        if not self._answers.dropped(turn):
            self._turns.seen(turn)

    def _posted(self, event: Posted, now: float) -> None:
        if self._read_mark is not None and event.author != "customer":
            self._read_mark.posted(event.seq)
        if event.turn is not None and event.author != "customer":
            self._turns.replied(event.turn, now)
        if self._answers.posted(event):
            self._handover.announced(now)
            if event.author == "operator":
                self._handover.answered()
            if self._replying is not None:
                self._listening.expect_number(self._replying.expects_number)

    def _status(self, event: StatusChanged, now: float) -> None:
        told = {"type": "status", "status": event.status}
        self._outbox.tell(told if event.assistant is None else {**told, "assistant": event.assistant})
        if event.silent:
            self._handover.began(now)
            self._turns.forget()
        else:
            self._handover.ended()
