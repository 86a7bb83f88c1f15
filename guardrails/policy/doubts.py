"""What in a right policy is probably not meant: rules that never match, names that nobody has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from guardrails.policy.conditions import Condition
from guardrails.policy.policy import Policy, PolicyRule, ToolPolicy


def doubts(policy: Policy, known_tools: Mapping[str, str]) -> list[str]:
    """Return one sentence for each doubt; `known_tools` are the names that exist and their sensitivity."""
    found = [
        f"[tools.{name}] names no tool that is known."
        for name in policy.tools
        if known_tools and name not in known_tools
    ]
    found.extend(
        f"[tools.{name}] lets a sensitive tool run where no rule matches."
        for name, table in policy.tools.items()
        if table.default == "run" and known_tools.get(name) == "sensitive"
    )
    for name, table in policy.named_tables():
        found.extend(f"[tools.{name}] {doubt}" for doubt in _of_table(table))
    return found


def _of_table(table: ToolPolicy) -> Iterator[str]:
    for place, rule in enumerate(table.rules):
        earlier = next(
            (number for number, other in enumerate(table.rules[:place], start=1) if covers(other, rule)), None
        )
        if earlier is not None:
            yield f"rule {place + 1} can never match: rule {earlier} matches whenever it would."
    if table.rules and all(rule.verdict == table.default for rule in table.rules):
        yield f"has rules, but comes to {table.default!r} whatever they say."


def covers(earlier: PolicyRule, later: PolicyRule) -> bool:
    """Say whether the earlier rule certainly matches whatever the later one would match."""
    return all(_is_implied(condition, later.conditions) for condition in earlier.conditions)


def _is_implied(condition: Condition, given: tuple[Condition, ...]) -> bool:
    return any(condition.covers(other) for other in given)
