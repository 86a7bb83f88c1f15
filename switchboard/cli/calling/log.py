"""What happened in a call, as its caller saw it; times are seconds since the call began."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Frame = Mapping[str, Any]
Watch = Callable[[float, Frame], None]

OWN: Final = "own-"
"""How the turns of the call's own sentences begin: greeting, read-back, questions; no answer of the model."""
LONGEST_TEXT: Final = 10_000
MOST: Final = 10_000
"""Sentences and transcripts that are kept."""


@dataclass(kw_only=True, slots=True, eq=False)
class HeardSentence:
    """A sentence of the gateway: announced `at`, its first audio came at `audio_at`."""

    turn: str
    text: str
    at: float
    audio_at: float | None = None

    @property
    def ours(self) -> bool:
        """Whether it is the call's own, not the conversation's answer."""
        return self.turn.startswith(OWN)


@dataclass(frozen=True, kw_only=True, slots=True)
class Understood:
    """A final transcript of what the caller said."""

    text: str
    at: float


@dataclass(kw_only=True, slots=True)
class CallLog:
    """Takes frames as they come; `watch` is told of each."""

    watch: Watch | None = None
    ready: Frame | None = None
    sentences: list[HeardSentence] = field(default_factory=list)
    understood: list[Understood] = field(default_factory=list)
    errors: list[Frame] = field(default_factory=list)
    clears: list[float] = field(default_factory=list)
    finished: set[str] = field(default_factory=set)
    transferred: str | None = None

    def take(self, at: float, frame: Frame) -> None:
        """Take a text frame of the server."""
        match frame.get("type"):
            case "ready":
                self.ready = frame
            case "reply" if len(self.sentences) < MOST:
                text = str(frame.get("text"))[:LONGEST_TEXT]
                self.sentences.append(HeardSentence(turn=str(frame.get("turn")), text=text, at=at))
            case "transcript" if frame.get("final") and len(self.understood) < MOST:
                self.understood.append(Understood(text=str(frame.get("text"))[:LONGEST_TEXT], at=at))
            case "audio_end":
                self.finished.add(str(frame.get("turn")))
            case "clear":
                self.clears.append(at)
            case "transfer":
                self.transferred = str(frame.get("to"))
            case "error":
                self.errors.append(frame)
        if self.watch is not None:
            self.watch(at, frame)

    def audio(self, at: float) -> None:
        """Take note that audio came: it belongs to the sentence announced last."""
        if self.sentences and self.sentences[-1].audio_at is None:
            self.sentences[-1].audio_at = at
