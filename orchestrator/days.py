"""Days as the budget counts them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta


def next_day(now: datetime) -> datetime:
    """Return the next midnight UTC, when a new day's requests begin."""
    return datetime.combine(now.date() + timedelta(days=1), time(), tzinfo=UTC)
