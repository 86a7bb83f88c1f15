"""Between an exchange and its row in the ledger."""

from __future__ import annotations

from guardrails.json_text import clean_text
from orchestrator.inference.answer import ModelAnswer, ToolCall, call_id
from orchestrator.inference.judge import Judged
from orchestrator.inference.provider import ModelExchange
from orchestrator.inference.types import RequestOutcome

_LONGEST_ERROR = 1000  # characters


def outcome_of(judged: Judged, exchange: ModelExchange) -> RequestOutcome:
    """Return the row of a finished request; its text is made storable."""
    answer = exchange.answer
    calls = [
        {"name": clean_text(each.name), "arguments": clean_text(each.arguments)} for each in answer.calls
    ]
    return RequestOutcome(
        outcome=judged.outcome,
        error=clean_text("; ".join(judged.problems))[:_LONGEST_ERROR] or None,
        latency_ms=round(exchange.latency_ms, 3),
        first_token_ms=None if exchange.first_token_ms is None else round(exchange.first_token_ms, 3),
        input_tokens=answer.input_tokens,
        output_tokens=answer.output_tokens,
        finish_reason=answer.finish_reason and clean_text(answer.finish_reason)[:64],
        content=clean_text(answer.content) or None,
        tool_calls=calls or None,
        counted=exchange.answered,
    )


def unfinished(outcome: str, error: BaseException, seconds: float) -> RequestOutcome:
    """Return the row of a request that was broken off from our side."""
    return RequestOutcome(
        outcome=outcome,
        error=type(error).__name__,
        latency_ms=round(seconds * 1000, 3),
        first_token_ms=None,
        input_tokens=None,
        output_tokens=None,
        finish_reason=None,
        content=None,
        tool_calls=None,
    )


def answer_of(outcome: RequestOutcome) -> ModelAnswer:
    """Return the recorded answer, for a restarted process."""
    calls = tuple(
        ToolCall(id=call_id(number), name=str(each.get("name", "")), arguments=str(each.get("arguments", "")))
        for number, each in enumerate(outcome.tool_calls or ())
    )
    return ModelAnswer(
        content=outcome.content or "",
        calls=calls,
        finish_reason=outcome.finish_reason,
        input_tokens=outcome.input_tokens,
        output_tokens=outcome.output_tokens,
        complete=True,
    )
