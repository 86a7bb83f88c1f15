"""What the turn hands to a model, what it gets back, and what is written down about each request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from guardrails.decision import Decision

Release = Callable[[str], Awaitable[None]]
"""Takes the next piece of the reply, whole sentences only, in order."""


class ToolLike(Protocol):
    """What the model is told about a tool; `tools.tool.Tool` and `ToolSpec` both fit."""

    @property
    def name(self) -> str:
        """The name the model calls it by."""
        ...

    @property
    def description(self) -> str:
        """What it does, for the model."""
        ...

    @property
    def parameters(self) -> Mapping[str, Any]:
        """JSON Schema of its arguments."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolSpec:
    """A tool as the model sees it; `parameters` is a JSON Schema object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionOutcome:
    """One action that ran (or was refused) in this turn; `result` is what the model reads."""

    call_id: str
    tool: str
    arguments: Mapping[str, Any]
    result: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnStep:
    """An earlier decision of this turn and what came of its actions."""

    decision: Decision
    outcomes: tuple[ActionOutcome, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """Everything the model reads: system, earlier thread, this turn's messages, this turn's steps.

    `thread` is a run of already encoded JSON messages joined by commas ('' when there are none): it
    goes onto the wire as it is, so that a long conversation is not encoded again for every request.
    `steps` are rendered after `messages`, as each kind of model wants them.
    """

    system: str
    thread: str
    messages: tuple[Mapping[str, Any], ...]
    steps: tuple[TurnStep, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestOutcome:
    """What became of one model request; times in milliseconds, tokens None where not reported.

    `outcome`: ok, invalid, truncated, empty, no_calls, refused, too_large, whitespace, timeout,
    cancelled, aborted, unreachable, disconnected, bad_event, error_event, not_json,
    context_too_long, unsupported, http_NNN.
    `content` and `tool_calls` are kept for every answer, so that a restart never pays for it again.
    `counted` is False where nothing of an answer came: such a request takes nothing from the day's budget.
    """

    outcome: str
    error: str | None
    latency_ms: float
    first_token_ms: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    finish_reason: str | None = None
    content: str | None = None
    tool_calls: list[dict[str, Any]] | None = None
    counted: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordedRequest:
    """An earlier attempt of a step; `outcome` is None where the process died before an answer."""

    attempt: int
    model: str
    outcome: RequestOutcome | None


class Journal(Protocol):
    """The turn's ledger of model requests; may raise when the turn's lease is lost."""

    async def recorded(self, step: int) -> list[RecordedRequest]:
        """Return the earlier attempts of this step, oldest first."""
        ...

    async def begin(self, *, step: int, attempt: int, model: str, purpose: str) -> UUID:
        """Write the row before the request is sent; it counts in the budget from here on."""
        ...

    async def answered(self, request_id: UUID) -> None:
        """Note that an answer has begun to arrive; may be cancelled at any time."""
        ...

    async def finish(self, request_id: UUID, outcome: RequestOutcome) -> None:
        """Write the outcome before anything acts on it; one that was refused stops to count."""
        ...


class RequestBudget(Protocol):
    """How many model requests may still be sent today."""

    async def left(self) -> int | None:
        """Return the number of requests left, None when unlimited."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """A valid decision, the model that made it, and what of the reply was already released.

    `released` may differ from the start of `decision.reply` when an earlier attempt of this step
    was shown and then found invalid; `decision.reply` is what counts. `rest` are the pieces of it that were
    not released yet and may be shown as soon as whoever asked has reviewed them.
    """

    decision: Decision
    model: str
    released: str
    rest: tuple[str, ...] = ()


Tools = Sequence[ToolLike]
