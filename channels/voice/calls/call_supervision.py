"""What time brings: prompts, fillers, goodbyes; looked at four times a second."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from channels.voice.calls.announcer import Announcer, CallLanguage
from channels.voice.calls.fillers import Fillers
from channels.voice.calls.handover import Handover
from channels.voice.calls.outbox import Outbox
from channels.voice.calls.silence import Silence
from channels.voice.calls.turns import AwaitedTurns

GRACE_S: Final = 30.0
"""Beyond the longest time of a call, for its last sentence."""


class CallSupervision:
    """Says what is due by time; `end` hangs up, with the reason."""

    def __init__(
        self,
        *,
        announcer: Announcer,
        outbox: Outbox,
        language: CallLanguage,
        turns: AwaitedTurns,
        silence: Silence,
        fillers: Fillers,
        handover: Handover,
        transfer_to: Callable[[], str | None],
        end: Callable[[str], None],
        ends_at: float,
    ) -> None:
        self._announcer = announcer
        self._outbox = outbox
        self._language = language
        self._turns = turns
        self._silence = silence
        self._fillers = fillers
        self._handover = handover
        self._transfer_to = transfer_to
        self._end = end
        self._ends_at = ends_at
        self._time_told = False

    def tick(self, now: float, *, quiet: bool, thinking: bool) -> None:
        """Take the time; `quiet` when nobody speaks or types, `thinking` when the caller waits in silence."""
        self._limit(now)
        human = self._handover.human
        if self._turns.overdue(now):
            self._announcer.say("no_answer")
        if filler := self._fillers.tick(now, thinking=thinking and not human, language=self._language.spoken):
            self._announcer.fill(filler)
        self._hand_over(now, quiet=quiet)
        due = self._silence.tick(now, still=not quiet or human or self._turns.pending)
        if due == "prompt":
            self._announcer.say("still_there")
        elif due == "goodbye":
            self._announcer.say("goodbye", then=lambda: self._end("silence"))

    def _limit(self, now: float) -> None:
        if now >= self._ends_at + GRACE_S:
            self._end("time")
        elif now >= self._ends_at and not self._time_told:
            self._time_told = True
            self._announcer.say("time_is_up", first=True, then=lambda: self._end("time"))

    def _hand_over(self, now: float, *, quiet: bool) -> None:
        number = self._transfer_to() if self._handover.human else None
        match self._handover.tick(now, quiet=quiet, transfer=number is not None):
            case "tell":
                self._announcer.say("taken_over")
            case "transfer":
                self._announcer.say("transferring", then=lambda: self._transfer(number or ""))
            case "still_here" | "nobody_yet" as comfort:
                self._announcer.say(comfort)

    def _transfer(self, number: str) -> None:
        """Tell the wire where the call goes on, and leave: a phone line goes on when its stream ends."""
        self._outbox.tell({"type": "transfer", "to": number})
        self._end("transfer")
