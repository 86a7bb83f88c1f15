"""Rules and the scanner that reads a text with them once, from left to right."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

Say = Callable[[re.Match[str]], str | None]
_GROUP_NAME: Final = re.compile(r"\(\?P<\w+>")


@dataclass(frozen=True, kw_only=True, slots=True)
class SpeechRule:
    """What is recognised, and how it is spoken; `say` returns None for a match that is not its business.

    Patterns have bounded repetitions and no back-references: they keep the scanner's time linear.
    """

    pattern: str
    say: Say


class SpeechReader:
    """Reads texts with rules; where several fit at one place, the earlier one counts."""

    def __init__(self, rules: Sequence[SpeechRule]) -> None:
        self._rules = [(re.compile(rule.pattern), rule.say) for rule in rules]
        unnamed = (_GROUP_NAME.sub("(?:", rule.pattern) for rule in rules)
        self._any = re.compile("|".join(f"(?:{pattern})" for pattern in unnamed) or r"(?!)")

    def read(self, text: str) -> str:
        """Return `text` with all that the rules know in words."""
        parts: list[str] = []
        at = 0
        start = 0
        while (found := self._any.search(text, start)) is not None:
            said, end = self._say(text, found.start())
            if said is None:  # no rule wanted it: look again behind its first character
                start = found.start() + 1
                continue
            parts += (text[at : found.start()], said)
            at = start = end
        return "".join(parts) + text[at:]

    def _say(self, text: str, at: int) -> tuple[str | None, int]:
        for pattern, say in self._rules:
            match = pattern.match(text, at)
            if match and match.end() > at and (said := say(match)) is not None:
                return said, match.end()
        return None, at
