"""A case in a few lines, for the human who takes it over: put together from rows, without the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

ASKED = 300
"""Characters shown of what was asked last."""
LISTED = 5
"""Actions listed, the newest."""

WHO = ("anonymous", "claimed", "authenticated", "verified")

SUMMARIES = f"""
SELECT c.id, c.status, c.channel, cu.name, asked.trust, asked.text, asked.at AS asked_at, acted.done,
    waits.held, handed.reason, handed.priority, coalesce(since.at, c.updated_at) AS since
FROM conversations c JOIN customers cu ON cu.id = c.customer_id
LEFT JOIN LATERAL (
    SELECT trust, left(coalesce(left(text, fold), text), {ASKED}) AS text, created_at AS at FROM messages
    WHERE conversation_id = c.id AND author = 'customer' ORDER BY seq DESC LIMIT 1) asked ON true
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('tool', tool, 'state', state, 'at', started_at)
        ORDER BY started_at) AS done
    FROM (SELECT tool, state, started_at FROM actions
          WHERE conversation_id = c.id AND state IN ('started', 'done', 'failed', 'in_doubt')
          ORDER BY started_at DESC LIMIT {LISTED}) newest) acted ON true
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('approval', id, 'tool', tool, 'state', state, 'summary', summary,
        'reason', reason, 'policy_line', policy_line, 'expires_at', expires_at) ORDER BY created_at) AS held
    FROM (SELECT * FROM approvals WHERE conversation_id = c.id AND settled_at IS NULL
          ORDER BY created_at DESC LIMIT {LISTED}) open) waits ON true
LEFT JOIN LATERAL (
    SELECT reason, priority FROM handoffs
    WHERE conversation_id = c.id AND ended_at IS NULL ORDER BY created_at DESC LIMIT 1) handed ON true
LEFT JOIN LATERAL (
    SELECT created_at AS at FROM status_changes
    WHERE conversation_id = c.id AND status = c.status ORDER BY seq DESC LIMIT 1) since ON true
WHERE c.id = ANY($1)
"""


async def summaries(database: Any, conversations: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return a summary of each of the conversations by id; raise `StoreAway`."""
    if not conversations:
        return {}
    now = datetime.now(UTC)
    rows = await database.fetch(SUMMARIES, list(conversations))
    return {row["id"]: _summary(row, now) for row in rows}


def _summary(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    trust = row["trust"] or 0
    summary = {
        "who": {"trust": trust, "level": WHO[trust], "channel": row["channel"], "name": row["name"]},
        "asked": {"text": row["text"], "at": row["asked_at"]} if row["text"] is not None else None,
        "done": row["done"] or [],
        "held": row["held"] or [],
        "handoff": {"reason": row["reason"], "priority": row["priority"]} if row["reason"] else None,
        "waiting_since": row["since"],
        "waiting_seconds": max(0, int((now - row["since"]).total_seconds())),
    }
    return {**summary, "text": " ".join(_sentences(summary))}


def _sentences(summary: Mapping[str, Any]) -> list[str]:
    who = summary["who"]
    name = f" ({who['name']})" if who["name"] else ""
    told = [f"A customer{name}, {who['level']} (trust {who['trust']}), on {who['channel']}."]
    if summary["asked"]:
        told.append(f"Asked last: “{' '.join(summary['asked']['text'].split())}”.")
    if summary["done"]:
        told.append(
            "Done: " + ", ".join(f"{each['tool']} ({each['state']})" for each in summary["done"]) + "."
        )
    told += [f"Held: {each['summary']} Why: {each['reason']}" for each in summary["held"]]
    if summary["handoff"]:
        told.append(f"Handed over ({summary['handoff']['priority']}): {summary['handoff']['reason']}")
    told.append(f"Waiting for {_duration(summary['waiting_seconds'])}.")
    return told


def _duration(seconds: int) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
