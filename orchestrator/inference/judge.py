"""Decides what an answer is worth: a valid decision, or which kind of failure."""

from __future__ import annotations

from dataclasses import dataclass

from guardrails.decision import Decision, DecisionError, DecisionGate
from orchestrator.inference.answer import ModelAnswer

_CUT = "length"
_CALLS = ("tool_calls", "function_call")


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """`outcome` as in RequestOutcome; `decision` is set exactly when it is "ok"."""

    outcome: str
    decision: Decision | None = None
    problems: tuple[str, ...] = ()
    retry_after: float | None = None


def judge(
    answer: ModelAnswer, *, gate: DecisionGate, native: bool, max_tokens: int, accept_text: bool = False
) -> Judged:
    """Return what a finished answer is worth.

    `accept_text` takes plain text of a native model as its reply even where it announced calls that
    never came. An answer that was cut off is truncated, whatever else is wrong with it.
    """
    if answer.refusal or answer.finish_reason == "content_filter":
        return Judged(outcome="refused", problems=("the model refused",))
    blank = not answer.content.strip()
    cut = answer.finish_reason == _CUT
    if answer.calls and (cut or (answer.output_tokens or 0) >= max_tokens):
        return _truncated("the tool calls were cut off")
    if not answer.calls and answer.finish_reason in _CALLS and (blank or (native and not accept_text)):
        return Judged(outcome="no_calls", problems=("the answer announced tool calls and held none",))
    if blank and not answer.calls:
        return _truncated("nothing was written in time") if cut else _empty()
    return _parsed(answer, gate, native=native, cut=cut)


def _parsed(answer: ModelAnswer, gate: DecisionGate, *, native: bool, cut: bool) -> Judged:
    try:
        if native or (answer.calls and not answer.content.strip()):
            decision = gate.from_calls(answer.calls, answer.content)
            if cut:
                return _truncated("the reply was cut off")
        else:
            decision = gate.parse(answer.content)
    except DecisionError as error:
        if error.truncated or cut:
            return Judged(outcome="truncated", problems=error.problems)
        return Judged(outcome="invalid", problems=error.problems)
    return Judged(outcome="ok", decision=decision)


def _truncated(problem: str) -> Judged:
    return Judged(outcome="truncated", problems=(problem,))


def _empty() -> Judged:
    return Judged(outcome="empty", problems=("the answer is empty",))
