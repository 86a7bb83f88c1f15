"""All that happened in one conversation, in order: what was said, decided, done and handed over."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from orchestrator.store.database import Database

Row = Mapping[str, Any]
Entry = dict[str, Any]

LIMIT = 5_000
"""Entries of one kind; of a longer conversation the newest are shown."""

MESSAGES = """
SELECT m.id, m.seq, m.created_at AS at, m.author, m.channel, m.text, m.fold, m.below, m.trust,
    m.turn_id AS turn, m.citations, m.spoken,
    d.state AS delivery, d.attempts, d.error,
    (SELECT jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'media_type', f.media_type,
        'size', f.size) ORDER BY f.id) FROM files f WHERE f.message_id = m.id) AS files
FROM messages m LEFT JOIN deliveries d ON d.message_id = m.id
WHERE m.conversation_id = $1 ORDER BY m.seq DESC LIMIT $2
"""

STATUSES = """
SELECT seq, created_at AS at, status FROM status_changes
WHERE conversation_id = $1 ORDER BY seq DESC LIMIT $2
"""

TURNS = """
SELECT id, coalesce(started_at, created_at) AS at, state, outcome, attempt, created_at, started_at,
    finished_at
FROM turns WHERE conversation_id = $1 ORDER BY id DESC LIMIT $2
"""

REQUESTS = """
SELECT id, turn_id, step, attempt, provider, model, purpose, started_at, outcome, error, latency_ms,
    first_token_ms, input_tokens, output_tokens, finish_reason, content, tool_calls
FROM requests WHERE turn_id = ANY($1) ORDER BY step, attempt
"""

ACTIONS = """
SELECT id, turn_id, step, position, tool, arguments, verdict, policy_line, reason, amount, currency, state,
    result, started_at, finished_at
FROM actions WHERE turn_id = ANY($1) ORDER BY step, position
"""

HANDOFFS = """
SELECT id, created_at AS at, turn_id AS turn, reason, priority, ended_at FROM handoffs
WHERE conversation_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2
"""

VERDICTS = """
SELECT id, created_at AS at, turn_id AS turn, stage, rule, judgement, reason, subject FROM verdicts
WHERE conversation_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2
"""

APPROVALS = """
SELECT id, created_at AS at, action_id AS action, tool, arguments, state, summary, evidence, policy_line,
    reason, expires_at, decided_at, decided_by, note, settled_at, outcome
FROM approvals WHERE conversation_id = $1 ORDER BY created_at DESC, id DESC LIMIT $2
"""

CALLS = """
SELECT id, began AS at, ended, ended_by, language, heard, missed, interrupted FROM calls
WHERE conversation_id = $1 ORDER BY began DESC, id DESC LIMIT $2
"""

MAILS = """
SELECT id, received_at AS at, reason, detail, from_address AS sender, subject, left(reply_text, 2000) AS text
FROM mails WHERE conversation_id = $1 AND state = 'recorded' AND reason <> 'duplicate'
ORDER BY received_at DESC, id DESC LIMIT $2
"""

RANKS = {
    "mail": 0,
    "call": 0,
    "message": 0,
    "status": 0,
    "turn": 1,
    "verdict": 2,
    "approval": 3,
    "handoff": 4,
}
"""What comes first of entries of the same moment: a turn follows the message that made it."""


class Timeline:
    """Reads conversations as a whole."""

    def __init__(self, database: Database, *, limit: int = LIMIT) -> None:
        self._database = database
        self._limit = limit

    async def timeline(self, conversation_id: UUID) -> tuple[list[Entry], bool]:
        """Return the entries in order and whether older ones were left out; raise `StoreAway`.

        Each entry has `id`, `kind` (message, status, turn, verdict, approval, handoff, call or mail) and
        `at`. A turn has its model requests with their decisions, and its actions with their verdicts and
        results.
        """
        async with (
            self._database.connection() as connection,
            # One snapshot: an action must not show up without the turn it belongs to.
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            parts = [
                await connection.fetch(sql, conversation_id, self._limit + 1)
                for sql in (MESSAGES, STATUSES, TURNS, VERDICTS, APPROVALS, HANDOFFS, CALLS, MAILS)
            ]
            messages, statuses, turns, verdicts, approvals, handoffs, calls, mails = (
                rows[: self._limit] for rows in parts
            )
            ids = [turn["id"] for turn in turns]
            requests = _by_turn(await connection.fetch(REQUESTS, ids))
            actions = _by_turn(await connection.fetch(ACTIONS, ids))
        entries = [_message(row) for row in messages]
        entries += [_status(conversation_id, row) for row in statuses]
        entries += [_turn(row, requests, actions) for row in turns]
        entries += [{"kind": "verdict", **row} for row in verdicts]
        entries += [{"kind": "approval", **row} for row in approvals]
        entries += [{"kind": "handoff", **row} for row in handoffs]
        entries += [{"kind": "call", **row} for row in calls]
        entries += [{"kind": "mail", **row} for row in mails]
        return _sorted(entries), any(len(rows) > self._limit for rows in parts)


def _sorted(entries: Sequence[Entry]) -> list[Entry]:
    """Sort by time; messages and statuses keep the order of their numbers, whatever the clock said."""
    timed = list(_monotonic(entries))
    timed.sort(key=lambda pair: (pair[1], RANKS[pair[0]["kind"]], pair[0].get("seq", 0), str(pair[0]["id"])))
    return [entry for entry, _ in timed]


def _monotonic(entries: Sequence[Entry]) -> Iterator[tuple[Entry, datetime]]:
    latest: datetime | None = None
    for entry in sorted((entry for entry in entries if "seq" in entry), key=lambda entry: entry["seq"]):
        latest = entry["at"] if latest is None else max(latest, entry["at"])
        yield entry, latest
    for entry in entries:
        if "seq" not in entry:
            yield entry, entry["at"]


def _by_turn(rows: Sequence[Row]) -> dict[UUID, list[Entry]]:
    grouped: dict[UUID, list[Entry]] = {}
    for row in rows:
        entry = dict(row)
        grouped.setdefault(entry.pop("turn_id"), []).append(entry)
    return grouped


def _message(row: Row) -> Entry:
    entry = {"kind": "message", **row, "files": row["files"] or []}
    attempts, error = entry.pop("attempts"), entry.pop("error")
    if row["delivery"] is not None:
        entry["delivery"] = {"state": row["delivery"], "attempts": attempts, "error": error}
    return entry


def _status(conversation_id: UUID, row: Row) -> Entry:
    return {"kind": "status", "id": f"{conversation_id}:{row['seq']}", **row}


def _turn(row: Row, requests: Mapping[UUID, list[Entry]], actions: Mapping[UUID, list[Entry]]) -> Entry:
    return {
        "kind": "turn",
        **row,
        "requests": [_request(request) for request in requests.get(row["id"], [])],
        "actions": actions.get(row["id"], []),
    }


def _request(row: Entry) -> Entry:
    """Show the answer as the decision it is; one that is no JSON object is shown as it came."""
    content = row.pop("content")
    decision = _parsed(content)
    return {**row, "decision": decision, "content": content if decision is None else None}


def _parsed(content: str | None) -> dict[str, Any] | None:
    try:
        value = json.loads(content or "", parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _finite(text: str) -> float:
    """Refuse NaN, Infinity and 1e999: no answer of ours could carry them."""
    if not math.isfinite(value := float(text)):
        raise ValueError(f"{text} is no JSON")
    return value
