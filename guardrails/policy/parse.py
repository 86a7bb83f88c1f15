"""Read a policy file (TOML, https://toml.io/en/v1.0.0)."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from guardrails.policy.build import build
from guardrails.policy.errors import PolicyInvalid
from guardrails.policy.policy import Policy
from guardrails.policy.tables import PolicyTable

MAX_SIZE = 1_000_000  # characters
MAX_SENTENCE = 400


def parse_policy(text: str, *, source: str) -> Policy:
    """Read a policy; `source` names the file in errors.

    Raises PolicyInvalid, and nothing else, with one sentence that names file, table, index and field.
    """
    if len(text) > MAX_SIZE:
        raise PolicyInvalid(f"{source}: is larger than {MAX_SIZE} characters.")
    try:
        return build(PolicyTable.model_validate(_toml(text, source)))
    except ValidationError as error:
        raise _invalid(source, _first_problem(error)) from None


def _toml(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise _invalid(source, f"is not valid TOML: {str(error) or type(error).__name__}") from None


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
    message = problem["msg"].removeprefix("Value error, ")
    if place := _place(problem["loc"]):
        return f"{place}: {message}"
    return message


def _place(parts: Sequence[int | str]) -> str:
    """Return `tools.refund_order.rules, number 2, amount.max`: counted from 1, as the rules are told."""
    groups: list[list[str]] = [[]]
    for part in parts:
        if isinstance(part, int):
            groups += [[f"number {part + 1}"], []]
        else:
            groups[-1].append(part)
    return ", ".join(".".join(group) for group in groups if group)


def _invalid(source: str, problem: str) -> PolicyInvalid:
    sentence = " ".join(problem.split())[:MAX_SENTENCE].rstrip(".")
    return PolicyInvalid(f"{source}: {sentence}.")
