"""What one check of `switchboard doctor` came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "broken"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckResult:
    """One part, how it is, and one sentence."""

    part: str
    state: State
    detail: str


def ok(part: str, detail: str) -> CheckResult:
    """Say that a part is well."""
    return CheckResult(part=part, state="ok", detail=detail)


def warning(part: str, detail: str) -> CheckResult:
    """Say that a part works, but not as one would wish."""
    return CheckResult(part=part, state="warning", detail=detail)


def broken(part: str, detail: str) -> CheckResult:
    """Say that a part does not work."""
    return CheckResult(part=part, state="broken", detail=detail)
