"""The states of a call, and which may follow which."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class CallState(StrEnum):
    """What the call does now."""

    INITIALIZING = "initializing"
    LISTENING = "listening"
    THINKING = "thinking"
    """An utterance is being understood or answered, and nothing is being said."""
    SPEAKING = "speaking"
    ENDED = "ended"


_TALKING: Final = frozenset({CallState.LISTENING, CallState.THINKING, CallState.SPEAKING})
ALLOWED: Final[Mapping[CallState, frozenset[CallState]]] = MappingProxyType(
    {
        CallState.INITIALIZING: frozenset({CallState.LISTENING, CallState.SPEAKING, CallState.ENDED}),
        CallState.LISTENING: frozenset({CallState.THINKING, CallState.SPEAKING, CallState.ENDED}),
        CallState.THINKING: frozenset({CallState.LISTENING, CallState.SPEAKING, CallState.ENDED}),
        CallState.SPEAKING: frozenset({CallState.LISTENING, CallState.THINKING, CallState.ENDED}),
        CallState.ENDED: frozenset(),
    }
)


class IllegalTransition(Exception):
    """A call was told to do what can't follow what it does: a defect of ours."""


class CallStates:
    """Holds the state; `watch` is told of every change (from, to)."""

    def __init__(self, watch: Callable[[CallState, CallState], None]) -> None:
        self._watch = watch
        self.state = CallState.INITIALIZING

    @property
    def talking(self) -> bool:
        """Whether the call has begun and not ended."""
        return self.state in _TALKING

    def move(self, to: CallState) -> None:
        """Change to `to`; nothing when it is the state already. Raises IllegalTransition."""
        if to is self.state:
            return
        if to not in ALLOWED[self.state]:
            raise IllegalTransition(f"{self.state} can't become {to}.")
        before, self.state = self.state, to
        self._watch(before, to)
