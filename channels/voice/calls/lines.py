"""What is said to a caller: one line is one sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID


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
