"""The policy as it is asked: what is to become of a proposed action."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from guardrails.policy.conditions import Condition
from guardrails.policy.opening_hours import OpeningHours, office_hours
from guardrails.policy.screening_settings import Screening
from guardrails.verdict import ProposedAction, Ruled, Ruling

UNLISTED: Mapping[str, Ruled] = {"read": "run", "write": "run"}
"""What becomes of a tool no table names, by sensitivity; every other sensitivity asks."""

_SAID: Mapping[Ruled, str] = {
    "run": "The policy allows this.",
    "ask": "The policy asks for a human's yes.",
    "refuse": "The policy does not allow this.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyRule:
    """One rule: the verdict where all conditions hold. `reason` is its author's own sentence, or empty."""

    verdict: Ruled
    conditions: tuple[Condition, ...]
    reason: str = ""

    def matches(self, action: ProposedAction, hours: OpeningHours) -> bool:
        """Say whether every condition holds."""
        return all(condition.holds(action, hours) for condition in self.conditions)

    def words(self) -> str:
        """Return the conditions in words."""
        return ", ".join(condition.words() for condition in self.conditions) or "always"


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolPolicy:
    """The rules of one tool in order, and what holds where none matches.

    `flagged` is how strictly at least a flagged turn's call is judged, None for what its sensitivity says;
    `lines` names each rule as an operator reads it.
    """

    rules: tuple[PolicyRule, ...]
    lines: tuple[str, ...]
    default: Ruled
    expires_hours: float
    flagged: Ruled | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolGlob:
    """A tool table whose name is a pattern of names, such as `crm_*`."""

    name: str
    pattern: re.Pattern[str]
    table: ToolPolicy


@dataclass(frozen=True, kw_only=True, slots=True)
class Replies:
    """Links, e-mail addresses and phone numbers that a reply may always name."""

    allowed_links: tuple[str, ...] = ()
    allowed_addresses: tuple[str, ...] = ()
    allowed_phones: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class CallPolicy:
    """Where calls are passed on to, and whether and for how many days their sound is kept."""

    transfer_to: str | None = None
    keep_audio: bool = False
    audio_days: int = 7


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """A whole policy. `has_hours` says that the file has a table [hours].

    `assistant` is what it does while a conversation waits for a human: help with other things, or nothing.
    `sensitive_per_hour` is how many sensitive actions a customer has in an hour before a human is asked;
    `globs` are the tool tables whose name is a pattern, in the order of the file.
    """

    tools: Mapping[str, ToolPolicy] = field(default_factory=dict)
    globs: tuple[ToolGlob, ...] = ()
    hours: OpeningHours = field(default_factory=office_hours)
    has_hours: bool = False
    screening: Screening = field(default_factory=Screening)
    replies: Replies = field(default_factory=Replies)
    voice: CallPolicy = field(default_factory=CallPolicy)
    assistant: Literal["goes_on", "silent"] = "goes_on"
    expires_hours: float = 72.0
    sensitive_per_hour: int = 5

    def goes_on(self, channel: str) -> bool:
        """Say whether the assistant still answers while a human is waited for; not on a call passed on."""
        return self.assistant == "goes_on" and not (channel == "voice" and self.voice.transfer_to)

    def table(self, tool: str) -> ToolPolicy | None:
        """Return the table of a tool: its own, else the first pattern that fits its name."""
        own = self.tools.get(tool)
        if own is not None:
            return own
        return next((glob.table for glob in self.globs if glob.pattern.match(tool)), None)

    def named_tables(self) -> tuple[tuple[str, ToolPolicy], ...]:
        """Return every tool table with its name or pattern, patterns last."""
        return (*self.tools.items(), *((glob.name, glob.table) for glob in self.globs))

    def rule(self, action: ProposedAction) -> Ruling:
        """Return what becomes of an action: the first rule that matches, the tool's default, or closed."""
        table = self.table(action.tool)
        if table is None:
            return self._unlisted(action)
        for rule, line in zip(table.rules, table.lines, strict=True):
            if rule.matches(action, self.hours):
                reason = rule.reason or _SAID[rule.verdict]
                return Ruling(
                    ruled=rule.verdict,
                    line=f"{action.tool}, {line}",
                    reason=reason,
                    expires_hours=table.expires_hours,
                )
        return Ruling(
            ruled=table.default,
            line=f"{action.tool}, no rule matches: {table.default}",
            reason=_SAID[table.default],
            expires_hours=table.expires_hours,
        )

    def _unlisted(self, action: ProposedAction) -> Ruling:
        ruled = UNLISTED.get(action.sensitivity, "ask")
        return Ruling(
            ruled=ruled,
            line=f"{action.tool}, not listed: {action.sensitivity} {ruled}",
            reason=_SAID[ruled],
            expires_hours=self.expires_hours,
        )
