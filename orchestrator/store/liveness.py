"""Which replicas live, as SQL: a living one holds an advisory lock under its number."""

from __future__ import annotations

REPLICA_LOCK = 0x5B0A
"""First key of that lock; the second is the replica's number."""

GRACE = "interval '2 seconds'"
"""Without a sign of life before a missing lock counts: a connection may be lost for a moment."""


def gone(row: str, *, grace: str = GRACE) -> str:
    """Return a condition that is true when the replica that has `row` (`replica`, `renewed_at`) is gone.

    One that lives holds its lock; one that lost its connection for a moment (`grace`) renews still. After
    a restart of the server nobody has their lock back for a while.
    """
    return f"""({row}.renewed_at < now() - {grace}
        AND pg_postmaster_start_time() < now() - interval '10 seconds' AND NOT EXISTS (
            SELECT 1 FROM pg_locks l
            WHERE l.locktype = 'advisory' AND l.classid = {REPLICA_LOCK}::bigint::oid
              AND l.objid = {row}.replica::bigint::oid AND l.objsubid = 2 AND l.granted
              AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())))"""


HUNG = "1 hour"
"""Without a sign of life of one piece of work it is somebody else's, even if its replica lives."""


HOLDS = 8
"""Tries of a reply, ten minutes in all, in which it holds the later ones of its conversation."""


def holds(row: str) -> str:
    """Return a condition that is true for a row of a queue that later ones of its conversation wait for.

    What may have arrived probably has, and what is refused for long must not silence a conversation.
    """
    return f"({row}.state IN ('queued', 'sending') AND {row}.doubts = 0 AND {row}.attempts < {HOLDS})"


def to_send(row: str) -> str:
    """Return a condition that is true for a row of a queue (`state`, `available_at`, …) to be sent now.

    $1 is the replica that asks, $3 the ids of what it sends now. What it took and does not send was taken by
    a statement whose answer never came.
    """
    return f"""({row}.id <> ALL($3) AND ({row}.state = 'queued' AND {row}.available_at <= now()
        OR {row}.state = 'sending' AND ({row}.replica = $1 OR {gone(row)}
            OR {row}.renewed_at < now() - interval '{HUNG}')))"""
