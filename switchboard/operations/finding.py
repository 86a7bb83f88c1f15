"""What one check of `switchboard doctor` came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "broken", "absent"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One part, how it is, and one sentence. `absent`: this version does not have the part."""

    part: str
    state: State
    detail: str


def ok(part: str, detail: str) -> Finding:
    """Say that a part is well."""
    return Finding(part=part, state="ok", detail=detail)


def warning(part: str, detail: str) -> Finding:
    """Say that a part works, but not as one would wish."""
    return Finding(part=part, state="warning", detail=detail)


def broken(part: str, detail: str) -> Finding:
    """Say that a part does not work."""
    return Finding(part=part, state="broken", detail=detail)


def absent(part: str) -> Finding:
    """Say that a part is not in this version."""
    return Finding(part=part, state="absent", detail="Not in this version.")
