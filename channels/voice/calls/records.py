"""What is left of a call: its summary."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class CallSummary:
    """One call that is over; `ended_by` is caller, silence, time, broken, wire, transfer or us.

    `heard` counts utterances that became messages, `missed` those that were not understood, `interrupted`
    the replies spoken over.
    """

    call_id: str
    conversation_id: UUID
    began: datetime
    ended: datetime
    ended_by: str
    language: str
    heard: int
    missed: int
    interrupted: int


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(kw_only=True, slots=True)
class CallNotes:
    """Counts what the summary tells."""

    began: datetime = field(default_factory=_now)
    heard: int = 0
    missed: int = 0
    interrupted: int = 0

    def summary(self, *, call_id: str, conversation_id: UUID, ended_by: str, language: str) -> CallSummary:
        """Return the summary of a call that ends now."""
        return CallSummary(
            call_id=call_id,
            conversation_id=conversation_id,
            began=self.began,
            ended=_now(),
            ended_by=ended_by,
            language=language,
            heard=self.heard,
            missed=self.missed,
            interrupted=self.interrupted,
        )
