"""Reads a policy file (TOML, https://toml.io/en/v1.0.0)."""

from __future__ import annotations

import fnmatch
import re
import tomllib
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from guardrails.policy.amount_conditions import AmountIn, CountIn, Range, SumIn
from guardrails.policy.conditions import (
    AtClock,
    Condition,
    DeskIs,
    OnChannel,
    OnWeekday,
    Plain,
    Tagged,
    TrustFrom,
    ValueIs,
    ValueTest,
    value_test,
)
from guardrails.policy.opening_hours import DAYS, OpeningHours, Period, office_hours
from guardrails.policy.policy_tables import (
    AmountTable,
    HoursTable,
    PolicyTable,
    RepliesTable,
    RuleTable,
    ScreeningTable,
    ToolRulesTable,
    ValueTable,
)
from guardrails.policy.screening_settings import HUMAN_PHRASES, HumanPhrase, Screening, Topic
from guardrails.policy.tool_policy import CallPolicy, Policy, PolicyRule, Replies, ToolGlob, ToolPolicy


class PolicyInvalid(ValueError):
    """The policy can't be used; the message is one sentence that names file, table, index and field."""

    code = "policy_invalid"


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
    """Return `tools.pay_back.rules, number 2, amount.max`: counted from 1, as the rules are told."""
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


def build(table: PolicyTable) -> Policy:
    """Return the policy a checked file describes."""
    expires = table.approvals.expires_hours
    tools = {name: _tool(each, expires) for name, each in table.tools.items()}
    return Policy(
        tools={name: each for name, each in tools.items() if not _is_glob(name)},
        globs=tuple(
            ToolGlob(name=name, pattern=re.compile(fnmatch.translate(name)), table=each)
            for name, each in tools.items()
            if _is_glob(name)
        ),
        hours=office_hours() if table.hours is None else _hours(table.hours),
        has_hours=table.hours is not None,
        screening=_screening(table.screening),
        replies=_replies(table.replies),
        voice=CallPolicy(
            transfer_to=table.voice.transfer_to,
            keep_audio=table.voice.keep_audio,
            audio_days=table.voice.audio_days,
        ),
        assistant=table.handoff.assistant,
        expires_hours=expires,
        sensitive_per_hour=table.limits.sensitive_per_hour,
    )


def _is_glob(name: str) -> bool:
    return "*" in name or "?" in name


def _tool(table: ToolRulesTable, expires: float) -> ToolPolicy:
    rules = tuple(
        PolicyRule(verdict=rule.verdict, conditions=tuple(_conditions(rule)), reason=rule.reason or "")
        for rule in table.rules
    )
    return ToolPolicy(
        rules=rules,
        lines=tuple(
            f"rule {number}: {rule.words()} {rule.verdict}" for number, rule in enumerate(rules, start=1)
        ),
        default=table.default,
        expires_hours=expires if table.expires_hours is None else table.expires_hours,
        flagged=table.flagged,
    )


def _conditions(rule: RuleTable) -> Iterator[Condition]:
    """Yield a rule's conditions, the cheap ones first: none is asked after one that does not hold."""
    if rule.amount is not None:
        yield AmountIn(range=_range(rule.amount))
    if rule.trust is not None:
        yield TrustFrom(least=rule.trust.min, most=rule.trust.max)
    if rule.channels is not None:
        yield OnChannel(channels=frozenset(rule.channels))
    if rule.tags is not None:
        yield Tagged(wanted=_folded(rule.tags.any), unwanted=_folded(rule.tags.none))
    yield from _values("argument", rule.arguments)
    yield from _values("fact", rule.facts)
    if rule.weekdays is not None:
        yield OnWeekday(days=frozenset(DAYS.index(day) for day in rule.weekdays))
    if rule.hours is not None:
        yield _time(rule.hours)
    if rule.count is not None:
        yield CountIn(per=rule.count.per, least=rule.count.min or 1, most=rule.count.max)
    if rule.sum is not None:
        yield SumIn(range=_range(rule.sum), per=rule.sum.per)


def _range(table: AmountTable) -> Range:
    return Range(
        currency=table.currency,
        least=table.min if table.above is None else table.above,
        most=table.max,
        open_start=table.above is not None,
    )


def _values(source: Literal["argument", "fact"], tests: dict[str, ValueTable]) -> Iterator[Condition]:
    for name, table in tests.items():
        yield ValueIs(source=source, name=name, test=_test(table))


def _test(table: ValueTable) -> ValueTest:
    among: tuple[Plain, ...] | None = None if table.among is None else tuple(table.among)
    if table.equals is not None:
        among = (table.equals,)
    return value_test(among=among, pattern=table.matches, least=table.min, most=table.max)


def _time(text: str) -> Condition:
    if text == "open":
        return DeskIs(state="open")
    return DeskIs(state="closed") if text == "closed" else AtClock(period=Period.parse(text))


def _folded(words: list[str]) -> frozenset[str]:
    return frozenset(word.casefold() for word in words)


def _hours(table: HoursTable) -> OpeningHours:
    return OpeningHours(
        zone=ZoneInfo(table.zone),
        week=tuple(tuple(map(Period.parse, periods)) for periods in table.week),
        holidays=frozenset(day for day in table.holidays if isinstance(day, date)),
        yearly=frozenset((int(day[:2]), int(day[3:])) for day in table.holidays if isinstance(day, str)),
    )


def _screening(table: ScreeningTable) -> Screening:
    return Screening(
        topics=tuple(
            Topic(name=each.name, phrases=tuple(each.phrases), reason=each.reason) for each in table.topics
        ),
        human_phrases=tuple(
            HumanPhrase(name=each.name, phrases=tuple(each.phrases), priority=each.priority)
            for each in table.human
        )
        or HUMAN_PHRASES,
        flood_messages=table.flood_messages,
        flood_repeats=table.flood_repeats,
    )


def _replies(table: RepliesTable) -> Replies:
    return Replies(
        allowed_links=tuple(table.allowed_links),
        allowed_addresses=tuple(table.allowed_addresses),
        allowed_phones=tuple(table.allowed_phones),
    )
