"""Notices a model that writes white space without end, a common failure of constrained decoding."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from orchestrator.inference.errors import Whitespace

OUTSIDE = 256  # characters of white space in one run between tokens; indentation stays far below
INSIDE = 4096  # within a string

_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)


@dataclass(slots=True)
class BlankGuard:
    """Raises Whitespace once a run of white space is longer than an answer can need."""

    _parts: list[str] = field(default_factory=list)
    _run: int = 0
    _checked: bool = False

    def feed(self, text: str) -> None:
        """Take the next piece of the answer."""
        self._parts.append(text)
        stripped = text.rstrip()
        if stripped:
            self._run, self._checked = 0, False
        self._run += len(text) - len(stripped)
        if self._run > INSIDE or (self._run > OUTSIDE and not self._checked and not self._in_string()):
            raise Whitespace(f"a run of {self._run} blank characters")

    def _in_string(self) -> bool:
        """Say whether the run lies within a string; asked once per run."""
        self._checked = True
        return '"' in _STRING.sub("", "".join(self._parts))
