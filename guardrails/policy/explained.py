"""A policy in lines that a person reads, and what in a right one is probably not meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from guardrails.policy.conditions import Condition
from guardrails.policy.tool_policy import Policy, PolicyRule, ToolPolicy


def told(policy: Policy) -> Iterator[str]:
    """Yield what the policy means, line by line."""
    for name, table in policy.named_tables():
        yield name
        yield from _table(table)
    yield "every other tool"
    yield "  -  read and write run, sensitive asks"
    yield "further"
    yield from (f"  {line}" for line in _further(policy))


def _table(table: ToolPolicy) -> Iterator[str]:
    for number, rule in enumerate(table.rules, start=1):
        yield f"  {number}  {rule.words()}: {rule.verdict}{f' ({rule.reason})' if rule.reason else ''}"
    yield f"  -  {'otherwise' if table.rules else 'always'}: {table.default}"
    if table.flagged is not None:
        yield f"  -  in a flagged turn: {table.flagged}, or what is stricter"
    if "ask" in {table.default, table.flagged, *(rule.verdict for rule in table.rules)}:
        yield f"  -  a human has {table.expires_hours:g} hours to decide"


def _further(policy: Policy) -> Iterator[str]:
    screening, hours = policy.screening, policy.hours
    meanwhile = "goes on with other matters" if policy.assistant == "goes_on" else "is silent"
    yield f"while a human is waited for, the assistant {meanwhile}"
    yield f"desk: {hours}{'' if policy.has_hours else ' (no [hours]: the tools go by their own)'}"
    if count := len(hours.holidays) + len(hours.yearly):
        yield f"holidays: {count}, {len(hours.yearly)} of them every year"
    yield f"sensitive actions of a customer in an hour without a human: {policy.sensitive_per_hour}"
    yield (
        f"held as a flood: more than {screening.flood_messages} messages in 10 minutes, "
        f"or {screening.flood_repeats} times the same in an hour"
    )
    for topic in screening.topics:
        yield f"never by the bot: {topic.name} ({len(topic.phrases)} phrases)"
    for human in screening.human_phrases:
        yield f"always a human: {human.name} ({len(human.phrases)} phrases), priority {human.priority}"
    replies = policy.replies
    named = (*replies.allowed_links, *replies.allowed_addresses, *replies.allowed_phones)
    yield f"a reply may always name: {', '.join(named) or 'nothing'}"
    voice = policy.voice
    kept = f"kept for {voice.audio_days} days" if voice.keep_audio else "not kept"
    yield f"calls: passed on to {voice.transfer_to or 'nobody'}, sound {kept}"


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
