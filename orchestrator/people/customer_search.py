"""Whom an operator means: customers found by id, address, phone number, name, or what they spoke of."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from orchestrator.store.database import Database

DIGITS = re.compile(r"[+(]?[0-9][0-9 ()./-]{6,38}")
REFERENCE = re.compile(r"#?[A-Za-z0-9](?:[A-Za-z0-9_./-]{0,62}[A-Za-z0-9])?")
LONGEST = 254

# Their contacts, what they left for a human's answer, and the mails that merely claimed to be theirs.
BY_ADDRESS = """
SELECT customer_id FROM contacts WHERE lower(address) = lower($1)
UNION SELECT customer_id FROM conversations WHERE reach_address = lower($1)
UNION SELECT c.customer_id FROM mails m JOIN conversations c ON c.id = m.conversation_id
WHERE m.from_address = lower($1)
"""

# A number is written with and without its country: its end decides.
BY_PHONE = """
SELECT customer_id FROM contacts
WHERE kind = 'phone' AND regexp_replace(address, '\\D', '', 'g') LIKE '%' || $1
UNION SELECT c.customer_id FROM sessions s JOIN conversations c ON c.id = s.conversation_id
WHERE regexp_replace(s.phone, '\\D', '', 'g') LIKE '%' || $1
"""

BY_NAME = "SELECT id AS customer_id FROM customers WHERE strpos(lower(name), lower($1)) > 0"

# An order, a ticket, a booking: the engine knows none of them, but what was done with it and who named it.
BY_REFERENCE = """
SELECT coalesce(a.customer_id, c.customer_id) AS customer_id
FROM actions a JOIN conversations c ON c.id = a.conversation_id
WHERE jsonb_path_exists(a.arguments, '$.** ? (@ == $wanted)', jsonb_build_object('wanted', $1::text))
UNION SELECT c.customer_id FROM messages m JOIN conversations c ON c.id = m.conversation_id
WHERE m.author = 'customer' AND strpos(m.text, $1) > 0
    AND m.text ~ ('\\m' || $2 || '\\M')
"""

FOUND = """
SELECT cu.id, cu.name, cu.language, cu.tags, cu.created_at,
    (SELECT jsonb_agg(jsonb_build_object('kind', k.kind, 'address', k.address,
            'verified', k.verified_at IS NOT NULL) ORDER BY k.verified_at IS NULL, k.kind)
     FROM contacts k WHERE k.customer_id = cu.id) AS contacts,
    (SELECT count(*) FROM conversations c WHERE c.customer_id = cu.id) AS conversations, l.at, l.excerpt
FROM customers cu LEFT JOIN LATERAL (
    SELECT m.created_at AS at, left(coalesce(left(m.text, m.fold), m.text), 200) AS excerpt
    FROM conversations c JOIN messages m ON m.conversation_id = c.id
    WHERE c.customer_id = cu.id ORDER BY c.updated_at DESC, m.seq DESC LIMIT 1) l ON true
WHERE cu.id IN ({wanted})
    AND NOT EXISTS (SELECT 1 FROM customer_merges g WHERE g.merged = cu.id AND g.undone_at IS NULL)
ORDER BY l.at DESC NULLS LAST, cu.id DESC LIMIT {limit}
"""


class CustomerSearch:
    """Finds customers; read-only, every method raises `StoreAway`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, query: str, *, limit: int) -> list[dict[str, Any]]:
        """Return up to `limit` customers that `query` may mean, newest activity first.

        An id is looked up as one, what has an @ as an address, what looks like a number as a phone number
        and a reference, and anything else as a name and, in one word, a reference.
        """
        wanted = query.strip()[:LONGEST].replace("\0", "")
        if not wanted:
            return []
        found: dict[UUID, dict[str, Any]] = {}
        for sql, *values in _ways(wanted):
            for row in await self._database.fetch(FOUND.format(wanted=sql, limit=limit), *values):
                found.setdefault(row["id"], _item(row))
        return list(found.values())[:limit]


def _ways(wanted: str) -> list[tuple[Any, ...]]:
    """Return the look-ups that fit what was written, the surest first."""
    try:
        return [("SELECT $1::uuid", UUID(wanted))]
    except ValueError:
        pass
    if "@" in wanted:
        return [(BY_ADDRESS, wanted)]
    ways: list[tuple[Any, ...]] = []
    if DIGITS.fullmatch(wanted):
        digits = re.sub(r"\D", "", wanted)
        ways.append((BY_PHONE, digits.lstrip("0") or digits))
    if REFERENCE.fullmatch(wanted) and any(character.isdigit() for character in wanted):
        named = wanted.removeprefix("#")
        ways.append((BY_REFERENCE, named, re.escape(named)))
    return [*ways, (BY_NAME, wanted)]


def _item(row: Any) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "language": row["language"],
        "tags": row["tags"],
        "created_at": row["created_at"],
        "contacts": row["contacts"] or [],
        "conversations": row["conversations"],
        "last_message": {"at": row["at"], "excerpt": row["excerpt"]} if row["at"] else None,
    }
