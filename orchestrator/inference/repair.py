"""What a model is told after an answer that could not be used."""

from __future__ import annotations

from collections.abc import Sequence

from guardrails.json_text import clean_text
from guardrails.thoughts import visible_text
from orchestrator.inference.answer import ModelAnswer
from orchestrator.inference.rendering import Message, compact, tool_call

_SHOWN = 4000  # characters of the model's own bad answer
_AGAIN = "Answer again with exactly one JSON object that follows the decision schema, and nothing else."
_NOTHING_RAN = "Nothing was run and nothing was shown."
_NUDGES = {
    "empty": f"Your answer was empty. {_AGAIN}",
    "whitespace": f"Your answer was only white space. {_AGAIN}",
    "too_large": f"Your answer was far too long. Keep the reply short. {_AGAIN}",
    "no_calls": "You announced a tool call, but none arrived. Call the tool now, or give your reply.",
}


def nudge(outcome: str) -> tuple[Message, ...]:
    """Return the message for an answer that held nothing to correct."""
    return ({"role": "user", "content": _NUDGES[outcome]},)


def correction(answer: ModelAnswer, problems: Sequence[str], *, native: bool) -> tuple[Message, ...]:
    """Return the model's own answer, made valid, and what was wrong with it.

    For native calls each call gets the problems as its result; the stored arguments are valid JSON,
    because broken ones would make every later request fail.
    """
    wrong = "; ".join(problems)
    if native and answer.calls:
        calls = [tool_call(number, each.name, each.arguments) for number, each in enumerate(answer.calls)]
        result = compact({"ok": False, "error": "invalid_call", "message": f"{wrong}. {_NOTHING_RAN}"})
        results = [{"role": "tool", "tool_call_id": call["id"], "content": result} for call in calls]
        return ({"role": "assistant", "content": None, "tool_calls": calls}, *results)
    listed = "\n".join(f"- {each}" for each in problems)
    told = {
        "role": "user",
        "content": f"Your last answer was not accepted:\n{listed}\n{_NOTHING_RAN} {_AGAIN}",
    }
    shown = clean_text(visible_text(answer.content)).strip()[:_SHOWN]
    return ({"role": "assistant", "content": shown}, told) if shown else (told,)
