"""Everything held about one customer, as pieces of one JSON text."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from orchestrator.people.person import CustomerUnknown, people
from orchestrator.store.audit_log import note
from orchestrator.store.database import Database

FORMAT = "switchboard-customer/1"
PAGE = 200
"""Rows read at a time: a message has at most 100,000 characters."""

PERSON: Mapping[str, str] = {
    "customers": "SELECT id, name, language, tags, created_at FROM customers WHERE id = ANY($1)",
    "contacts": (
        "SELECT id, customer_id, kind, address, verified_at, created_at FROM contacts"
        " WHERE customer_id = ANY($1)"
    ),
    "facts": (
        "SELECT md5(customer_id::text || conversation_id || key)::uuid AS id, conversation_id, key, value,"
        " trust, updated_at FROM customer_facts WHERE customer_id = ANY($1)"
    ),
    "tickets": (
        "SELECT id, number, conversation_id, subject, description, priority, kind, state, created_at"
        " FROM tickets WHERE customer_id = ANY($1)"
    ),
    "callbacks": (
        "SELECT id, number, conversation_id, phone, due_at, topic, state, created_at FROM callbacks"
        " WHERE customer_id = ANY($1)"
    ),
    "mails": (
        "SELECT id, received_at, sender, recipients, size, sha256, state, reason, from_address, from_name,"
        " subject, message_id, trust, authentication, conversation_id, reply_to, cc, sent_on FROM mails"
        " WHERE conversation_id IN (SELECT id FROM conversations WHERE customer_id = ANY($1))"
        " OR conversation_id IS NULL AND from_address IN"
        " (SELECT address FROM contacts WHERE customer_id = ANY($1) AND kind = 'email')"
    ),
    "merges": (
        "SELECT id, kept, merged, merged_by, created_at, undone_at FROM customer_merges"
        " WHERE kept = ANY($1) OR merged = ANY($1)"
    ),
}

CONVERSATION: Mapping[str, str] = {
    "messages": (
        "SELECT id, seq, author, channel, text, fold, below, trust, citations, created_at FROM messages"
        " WHERE conversation_id = $1"
    ),
    "files": (
        "SELECT id, message_id, name, media_type, size, sha256, created_at FROM files"
        " WHERE message_id IN (SELECT id FROM messages WHERE conversation_id = $1)"
        " OR session_id IN (SELECT id FROM sessions WHERE conversation_id = $1) OR conversation_id = $1"
    ),
    "sessions": (
        "SELECT id, channel, subject, phone, verified_until, created_at, seen_at FROM sessions"
        " WHERE conversation_id = $1"
    ),
    "calls": (
        "SELECT id, began, ended, ended_by, language, heard, missed, interrupted FROM calls"
        " WHERE conversation_id = $1"
    ),
    "actions": (
        "SELECT id, tool, arguments, state, verdict, reason, policy_line, amount, currency, result,"
        " started_at, finished_at FROM actions WHERE conversation_id = $1"
    ),
    "approvals": (
        "SELECT id, action_id, tool, arguments, state, summary, evidence, policy_line, reason, created_at,"
        " expires_at, decided_at, decided_by, note, settled_at, outcome FROM approvals"
        " WHERE conversation_id = $1"
    ),
    "verdicts": (
        "SELECT id, stage, rule, judgement, reason, subject, created_at FROM verdicts"
        " WHERE conversation_id = $1"
    ),
    "handoffs": (
        "SELECT id, reason, priority, created_at, ended_at FROM handoffs WHERE conversation_id = $1"
    ),
    "decisions": (
        "SELECT id, model, purpose, started_at, outcome, content, tool_calls FROM requests"
        " WHERE turn_id IN (SELECT id FROM turns WHERE conversation_id = $1)"
    ),
    "sent_mails": (
        "SELECT delivery_id AS id, message_id, recipient, subject, created_at, sent_at, bounced_at, bounce"
        " FROM sent_mails WHERE conversation_id = $1"
    ),
    "letters": (
        "SELECT id, kind, address, subject, CASE WHEN kind = 'code' THEN '' ELSE text END AS text, state,"
        " created_at, sent_at FROM letters WHERE conversation_id = $1"
    ),
    "codes": (
        "SELECT id, address, created_at, expires_at, used_at FROM one_time_codes WHERE conversation_id = $1"
    ),
}

CONVERSATIONS = (
    "SELECT id, customer_id, channel, owner, operator, status, reach_address, created_at, updated_at"
    " FROM conversations"
    " WHERE customer_id = ANY($1)"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Export:
    """An export that was granted: its pieces are read as they are asked for."""

    customer_id: UUID
    customers: tuple[UUID, ...]
    database: Database

    async def pieces(self) -> AsyncIterator[str]:
        """Yield the JSON text piece by piece, a page of rows at a time; raise `StoreAway`.

        No transaction is held meanwhile: what is written during the export may be in it or not.
        """
        head = {"format": FORMAT, "customer": self.customer_id, "exported_at": datetime.now(UTC)}
        yield _json(head)[:-1]
        for name, sql in PERSON.items():
            yield f',"{name}":['
            async for piece in self._rows(sql, list(self.customers)):
                yield piece
            yield "]"
        yield ',"conversations":['
        async for piece in self._conversations():
            yield piece
        yield "]}"

    async def _conversations(self) -> AsyncIterator[str]:
        comma = ""
        async for row in self._read(CONVERSATIONS, list(self.customers)):
            yield comma + _json(row)[:-1]
            for name, sql in CONVERSATION.items():
                yield f',"{name}":['
                async for piece in self._rows(sql, row["id"]):
                    yield piece
                yield "]"
            yield "}"
            comma = ","

    async def _rows(self, sql: str, argument: object) -> AsyncIterator[str]:
        comma = ""
        async for row in self._read(sql, argument):
            yield comma + _json(row)
            comma = ","

    async def _read(self, sql: str, argument: object) -> AsyncIterator[dict[str, Any]]:
        """Yield the rows in the order of their ids, page by page."""
        after = UUID(int=0)
        paged = f"SELECT * FROM ({sql}) AS rows WHERE id > $2 ORDER BY id LIMIT {PAGE}"
        while True:
            rows = await self.database.fetch(paged, argument, after)
            for row in rows:
                yield dict(row)
            if len(rows) < PAGE:
                return
            after = rows[-1]["id"]


async def begin_export(database: Database, customer_id: UUID, *, operator: str) -> Export:
    """Return the export of a customer, those merged into them and what was claimed in their name.

    It is noted in the audit before its first byte. Raises `CustomerUnknown` and `StoreAway`.
    """
    async with database.transaction() as connection:
        if not await connection.fetchval("SELECT 1 FROM customers WHERE id = $1", customer_id):
            raise CustomerUnknown("This customer does not exist.")
        customers = await people(connection, customer_id)
        await note(
            connection,
            actor=f"operator:{operator}",
            action="customer.exported",
            subject=f"customer:{customer_id}",
            after={"customers": customers},
        )
    return Export(customer_id=customer_id, customers=tuple(customers), database=database)


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, default=_plain, separators=(",", ":"))


def _plain(value: object) -> Any:
    match value:
        case UUID() | Decimal():
            return str(value)
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case date():
            return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in an export")
