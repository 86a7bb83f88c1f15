"""The playback clock: how much of what was sent the caller has heard."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from channels.voice.pcm import level, milliseconds


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class SpokenLine:
    """One sentence to be spoken.

    `turn` names it on the wire; `source` is the turn of the conversation it belongs to, None for words of
    our own and of operators. `then` is called once it was played to its end.
    """

    text: str
    turn: str
    language: str
    source: UUID | None = None
    then: Callable[[], None] | None = None


def split(line: SpokenLine, fraction: float) -> tuple[str, SpokenLine | None]:
    """Return the words wholly heard when `fraction` of a line was played, and the line that is left."""
    words = line.text.split()
    lengths = [len(word) + 1 for word in words]
    heard, room = 0, fraction * sum(lengths) + 1e-6
    while heard < len(words) and lengths[heard] <= room:
        room -= lengths[heard]
        heard += 1
    rest = " ".join(words[heard:])
    return " ".join(words[:heard]), replace(line, text=rest) if rest else None


TRUSTED_MS: Final = 1_000.0
"""So far ahead of its last report a line is believed to have played on."""
STUCK_MS: Final = 3_000.0
"""A line that reports nothing new for so long counts as playing in real time again."""
BEFORE_MS: Final = 300.0
AHEAD_MS: Final = 100.0
"""Around the playing position our own voice may be in the room: players and networks are not exact."""
MARK_EVERY_MS: Final = 500.0
PER_CHARACTER_MS: Final = 65.0
"""Length of speech that is not made yet."""


@dataclass(kw_only=True, slots=True)
class _Part:
    """Where a line lies on the call's timeline of sent audio (milliseconds)."""

    line: SpokenLine | None
    start: float
    end: float
    whole: bool = False

    def fraction(self, position: float) -> float:
        length = self.end - self.start
        if not self.whole and self.line is not None:
            length = max(length, len(self.line.text) * PER_CHARACTER_MS)
        return max(0.0, min(1.0, (position - self.start) / length)) if length else 0.0


class Playback:
    """One call's audio on its way out; `clock` gives seconds.

    A wire without reports counts as playing in real time; one with reports is believed, for a while also
    beyond the last of them. `played` may be counted from the start of the call or from the first audio after
    a `clear` or `audio_end`: whichever is nearest to the time that has passed is meant.
    """

    def __init__(self, *, rate: int, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._clock = clock
        self._sent = 0.0
        self._anchor = 0.0
        self._anchored_at = clock()
        self._reported = False
        self._parts: deque[_Part] = deque()
        self._levels: deque[tuple[float, float]] = deque()
        self._bases: deque[float] = deque([0.0], maxlen=4)
        self._fresh = True
        self._marks: dict[str, float] = {}
        self._marked = 0.0
        self._names = 0

    @property
    def position_ms(self) -> float:
        """How much of the call's audio was played."""
        since = (self._clock() - self._anchored_at) * 1000
        if self._reported:
            since = min(since, TRUSTED_MS) + max(0.0, since - STUCK_MS)
        return min(self._sent, self._anchor + since)

    @property
    def ahead_ms(self) -> float:
        """How much was sent and not yet played."""
        return self._sent - self.position_ms

    @property
    def audible(self) -> bool:
        """Whether something is being played."""
        return self.ahead_ms > 0

    @property
    def awaited(self) -> bool:
        """Whether a line is out whose end something waits for: nothing may be said behind last words."""
        return any(part.line is not None and part.line.then is not None for part in self._parts)

    def begin(self, line: SpokenLine) -> None:
        """The audio that follows is that of `line`."""
        self._parts.append(_Part(line=line, start=self._sent, end=self._sent))

    def sent(self, pcm: bytes) -> None:
        """Some audio went out."""
        position = self.position_ms
        if position >= self._sent:
            self._anchor, self._anchored_at = self._sent, self._clock()
        if self._fresh:
            self._fresh = False
            self._bases.append(self._sent)
        self._sent += milliseconds(pcm, self._rate)
        self._parts[-1].end = self._sent
        self._levels.append((self._sent, level(pcm)))

    def finish(self) -> None:
        """The line that began last is complete."""
        if self._parts:
            self._parts[-1].whole = True

    def spoil(self) -> None:
        """The line that began last broke off: what was sent of it does not count as heard."""
        if self._parts:
            self._parts[-1].line = None
            self._parts[-1].whole = True

    def end_reply(self) -> None:
        """The next audio begins a new reply, from which a client may count anew."""
        self._fresh = True

    def mark(self) -> str | None:
        """Return the name of a mark to be set here, None where the last one is near enough."""
        if self._sent - self._marked < MARK_EVERY_MS and not (self._parts and self._parts[-1].whole):
            return None
        self._names += 1
        self._marked = self._sent
        name = f"m{self._names}"
        self._marks[name] = self._sent
        return name

    def marked(self, name: str) -> None:
        """The wire has played up to a mark; unknown ones, and those of dropped audio, say nothing."""
        position = self._marks.pop(name, None)
        if position is not None:
            self._believe(position)

    def played(self, ms: int) -> None:
        """The wire has played `ms`; what can't be is left out."""
        estimate = self.position_ms
        possible = [base + ms for base in (0.0, *self._bases) if 0 <= base + ms <= self._sent + AHEAD_MS]
        if possible:
            self._believe(min(possible, key=lambda position: abs(position - estimate)))

    def _believe(self, position: float) -> None:
        # A report that says nothing new does not stop the clock: a stuck player must not hold the call.
        if position > self._anchor or not self._reported:
            self._anchor = max(self._anchor, min(position, self._sent))
            self._anchored_at = self._clock()
            self._reported = True

    def level(self) -> float | None:
        """Return the level (dBFS) of what is in the caller's room now, None when that is nothing of ours."""
        if not self._levels:
            return None
        position = self.position_ms
        while self._levels and self._levels[0][0] < position - BEFORE_MS:
            self._levels.popleft()
        silent_ms = (self._clock() - self._anchored_at) * 1000 - (self._sent - self._anchor)
        if position >= self._sent and silent_ms > BEFORE_MS:
            self._levels.clear()
        loudest = None
        for end, each in self._levels:
            loudest = each if loudest is None else max(loudest, each)
            if end > position + AHEAD_MS:
                break
        return loudest

    def heard(self) -> list[SpokenLine]:
        """Return the lines that were played to their end since the last question."""
        position = self.position_ms
        lines = []
        while self._parts and self._parts[0].whole and self._parts[0].end <= position:
            line = self._parts.popleft().line
            if line is not None:
                lines.append(line)
        return lines

    def cut(self) -> list[tuple[SpokenLine, float]]:
        """Forget what was not played; return the lines not played to their end, with the share heard."""
        position = self.position_ms
        broken = [(part.line, part.fraction(position)) for part in self._parts if part.line is not None]
        self._parts.clear()
        self._marks.clear()
        self._levels = deque(each for each in self._levels if each[0] <= position + AHEAD_MS)
        self._sent = self._anchor = self._marked = position
        self._anchored_at = self._clock()
        self._fresh = True
        return broken
