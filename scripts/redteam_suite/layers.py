"""Which layer held an attack, counted from the gateway's own records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import asyncpg

from scripts.redteam_suite.case import Case

VERDICTS = """
SELECT conversation_id::text, stage, rule, count(*) AS times FROM verdicts
WHERE judgement <> 'allow' GROUP BY 1, 2, 3
"""
ACTIONS = """
SELECT conversation_id::text, tool, state, policy_line, reason, result ->> 'error' AS error, count(*) AS times
FROM actions WHERE state <> 'done' GROUP BY 1, 2, 3, 4, 5, 6
"""
INVALID = """
SELECT t.conversation_id::text, r.outcome, count(*) AS times FROM requests r JOIN turns t ON t.id = r.turn_id
WHERE r.outcome NOT IN ('ok', 'cancelled') GROUP BY 1, 2
"""


async def count(database: asyncpg.Pool[asyncpg.Record], cases: Sequence[Case]) -> None:
    """Note in every case what the gateway's records say held it."""
    owners = {conversation: case for case in cases for conversation in case.conversations}
    for row in await database.fetch(VERDICTS):
        _note(owners, row, f"{row['stage']} rule {row['rule']}")
    for row in await database.fetch(ACTIONS):
        _note(owners, row, _layer(row))
    for row in await database.fetch(INVALID):
        _note(owners, row, f"decision gate ({row['outcome']})")


def _note(owners: dict[str, Case], row: Any, what: str) -> None:
    case = owners.get(row["conversation_id"] or "")
    if case is not None:
        case.notes[what] += row["times"]


def _layer(row: Any) -> str:
    if row["state"] == "held":
        return "approval asked"
    line, reason = str(row["policy_line"] or ""), str(row["reason"] or row["error"] or "")
    if "its own check" in line or row["state"] == "failed":
        return {"not_found": "ownership"}.get(row["error"] or reason, f"tool: {row['error'] or reason}")
    if line.startswith("rule"):
        return f"action {line.partition(';')[0]}"
    return f"policy: {line.partition(',')[0]} refused"


def summary(cases: Sequence[Case], most: int = 4) -> str:
    """Return the layers that held most attacks of a family, with the number of attacks."""
    held: Counter[str] = Counter(what for case in cases for what in case.notes)
    return ", ".join(f"{what} {times}" for what, times in held.most_common(most)) or "nothing had to"
