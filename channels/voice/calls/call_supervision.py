"""What time brings: prompts, fillers, goodbyes; looked at four times a second."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from channels.voice.calls.announcer import Announcer, CallLanguage
from channels.voice.calls.call_exchange import AwaitedTurns
from channels.voice.calls.call_phrases import choices
from channels.voice.calls.outbox import Outbox

Due = Literal["tell", "transfer", "still_here", "nobody_yet"]
SETTLED_S: Final = 0.5
"""The reply that announces it may come just after the word that it is so."""
RECENT_S: Final = 2.0
MOST_COMFORT: Final = 2
"""To a caller whom a colleague has spoken to; before that the caller is never left in silence."""
HONEST_EVERY: Final = 3
AGAIN_S: Final = 1.0
"""Quiet after which a transfer is due again: its announcement was spoken over, else the call were over."""


class Handover:
    """What is due while an operator, or the operators' queue, has the conversation; times in seconds."""

    def __init__(self, *, comfort_s: float) -> None:
        self._comfort_after = comfort_s
        self._since: float | None = None
        self._announced = float("-inf")
        self._told = self._transferred = False
        self._quiet_since = 0.0
        self._comforted = 0
        self._answered = False

    @property
    def human(self) -> bool:
        """Whether a human has the conversation."""
        return self._since is not None

    def began(self, now: float) -> None:
        """A human has it from now on; harmless when repeated."""
        if self._since is None:
            self._since = self._quiet_since = now
            self._told = self._transferred = self._answered = False
            self._comforted = 0

    def ended(self) -> None:
        """The bot has it again."""
        self._since = None

    def announced(self, now: float) -> None:
        """A reply of the conversation is being said, which tells the caller what happens."""
        self._announced = self._quiet_since = now

    def answered(self) -> None:
        """A colleague has spoken to the caller."""
        self._answered, self._comforted = True, 0

    def tick(self, now: float, *, quiet: bool, transfer: bool) -> Due | None:
        """Take the time; `quiet` when nobody speaks, `transfer` when a number is known."""
        if self._since is None:
            return None
        if not quiet:
            self._quiet_since = now
            return None
        if not self._told and now - self._since >= SETTLED_S:
            self._told = True
            if self._announced < self._since - RECENT_S:
                return "tell"
        if self._told and transfer:
            due = not self._transferred or now - self._quiet_since >= AGAIN_S
            self._transferred = True
            return "transfer" if due else None
        return self._comfort(now)

    def _comfort(self, now: float) -> Due | None:
        if self._answered and self._comforted >= MOST_COMFORT:
            return None
        if now - self._quiet_since < self._comfort_after:
            return None
        self._comforted += 1
        self._quiet_since = now
        return "nobody_yet" if not self._answered and self._comforted % HONEST_EVERY == 0 else "still_here"


class Fillers:
    """Decides what is due: a filler after `after_s` seconds of silence from us, never two in a row.

    A caller who has heard one, or a read-back, and waits on hears after each `patience_s` seconds of silence
    that it takes longer, in other words each time.
    """

    def __init__(self, *, after_s: float, patience_s: float) -> None:
        self._after = after_s
        self._patience = patience_s
        self._since: float | None = None
        self._allowed = True
        self._next = 0
        self._waits = 0

    def said(self) -> None:
        """Something was said that fills the wait: no filler until a reply was heard."""
        self._allowed = False

    def replied(self) -> None:
        """A reply is being heard: the next wait may have a filler again."""
        self._allowed = True

    def tick(self, now: float, *, thinking: bool, language: str) -> str | None:
        """Take the time; return a filler when one is due. `thinking` only while nothing is being said."""
        if not thinking:
            self._since = None
            return None
        if self._since is None:
            self._since = now
        waited = now - self._since
        if self._allowed and waited >= self._after:
            return self._filler(language)
        return self._still_here(now, language) if waited >= self._patience else None

    def _filler(self, language: str) -> str:
        self._allowed = False
        known = choices("fillers", language)
        self._next += 1
        return known[(self._next - 1) % len(known)]

    def _still_here(self, now: float, language: str) -> str:
        self._since = now
        known = choices("patience", language)
        self._waits += 1
        return known[(self._waits - 1) % len(known)]


class Silence:
    """Counts the caller's silence in seconds; it stands still while `still`."""

    def __init__(self, *, prompt_s: float, goodbye_s: float) -> None:
        self._prompt = prompt_s
        self._goodbye = goodbye_s
        self._quiet = 0.0
        self._prompted = False
        self._over = False
        self._last: float | None = None

    def broken(self) -> None:
        """Begin anew: the caller said something."""
        self._quiet, self._prompted, self._over = 0.0, False, False

    def answered(self) -> None:
        """Begin to count anew, for we said something ourselves; a prompt already given stays given."""
        self._quiet = 0.0

    def tick(self, now: float, *, still: bool) -> Literal["prompt", "goodbye"] | None:
        """Take the time; return what is to be said now, each at most once per silence."""
        passed = 0.0 if self._last is None else max(0.0, now - self._last)
        self._last = now
        if still or self._over:
            return None
        self._quiet += passed
        if not self._prompted and self._quiet >= self._prompt:
            self._prompted, self._quiet = True, 0.0
            return "prompt"
        if self._prompted and self._quiet >= self._goodbye:
            self._over = True
            return "goodbye"
        return None


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
