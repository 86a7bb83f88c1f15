"""The audit: who or what changed something, in the same transaction as the change; rows are only added."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Protocol
from uuid import UUID

import structlog

from orchestrator.ids import new_id

REQUEST_ID = "request_id"
"""Under this name the gateway's HTTP layer binds a request's id (structlog's context variables)."""

LONGEST_TEXT = 300
MOST_VALUES = 50
DEEPEST = 5
ADDRESS = re.compile(r"([^\s@<>\"',;:]{1,64})@([^\s@<>\"',;:]{1,255})")

INSERT = """
INSERT INTO audit (id, actor, action, subject, conversation_id, request_id, before, after, verdicts)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""

PAGE = """
SELECT id, at, actor, action, subject, conversation_id AS conversation, request_id, before, after, verdicts
FROM audit
WHERE ($2::uuid IS NULL OR conversation_id = $2) AND ($3::text IS NULL OR actor = $3)
  AND ($4::text IS NULL OR action = $4)
  AND ($5::timestamptz IS NULL OR at >= $5) AND ($6::timestamptz IS NULL OR at < $6)
  AND ($7::timestamptz IS NULL OR (at, id) < ($7, $8))
ORDER BY at DESC, id DESC LIMIT $1
"""


class Executor(Protocol):
    """What runs a statement: a connection inside a transaction, or the `Database` itself."""

    async def execute(self, sql: str, /, *args: Any) -> Any:
        """Run one statement."""
        ...


class Source(Protocol):
    """What reads rows: the `Database`."""

    async def fetch(self, sql: str, /, *args: Any) -> list[Any]:
        """Run one statement and return its rows."""
        ...


async def note(
    connection: Executor,
    *,
    actor: str,
    action: str,
    subject: str,
    conversation_id: UUID | None = None,
    request_id: str | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    verdicts: Sequence[Mapping[str, Any]] | None = None,
) -> None:
    """Write one row of the audit on `connection`, so that it is there if and only if the effect is.

    `actor` is operator:NAME, bot, customer, system or policy; `action` noun.verb (conversation.take);
    `subject` noun:id. Never pass a message's text. Addresses are masked (a***@example.com), texts cut at 300
    characters. Without a `request_id` that of the HTTP request being served is taken.
    """
    await connection.execute(
        INSERT,
        new_id(),
        _text(actor),
        _text(action),
        _text(subject),
        conversation_id,
        request_id or structlog.contextvars.get_contextvars().get(REQUEST_ID),
        None if before is None else _plain(before, DEEPEST),
        None if after is None else _plain(after, DEEPEST),
        None if verdicts is None else _plain(verdicts, DEEPEST),
    )


def _plain(value: object, depth: int) -> Any:
    """Return `value` as bounded JSON; what no JSON could carry is named by its type."""
    if isinstance(value, Enum):
        value = value.value
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str | UUID | Decimal | date):
        return _text(str(value))
    if depth and isinstance(value, Mapping):
        items = list(value.items())[:MOST_VALUES]
        return {_text(str(key)): _plain(each, depth - 1) for key, each in items}
    if depth and isinstance(value, tuple | list | set | frozenset):
        return [_plain(each, depth - 1) for each in list(value)[:MOST_VALUES]]
    return type(value).__name__


def _text(text: str) -> str:
    cut = text[: LONGEST_TEXT * 2].encode("utf-8", "replace").decode().replace("\0", "")
    return ADDRESS.sub(lambda found: f"{found[1][0]}***@{found[2]}", cut)[:LONGEST_TEXT]


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditFilter:
    """Which rows are wanted, from `since` to before `until`; `after` is the row (time, id) to go on from."""

    conversation_id: UUID | None = None
    actor: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: tuple[datetime, UUID] | None = None


class Audit:
    """Reads the audit; raises `StoreAway`."""

    def __init__(self, database: Source) -> None:
        self._database = database

    async def rows(self, wanted: AuditFilter, *, limit: int) -> list[dict[str, Any]]:
        """Return up to `limit` rows, newest first."""
        at, last = wanted.after or (None, None)
        rows = await self._database.fetch(
            PAGE,
            limit,
            wanted.conversation_id,
            wanted.actor,
            wanted.action,
            wanted.since,
            wanted.until,
            at,
            last,
        )
        return [dict(row) for row in rows]
