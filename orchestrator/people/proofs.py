"""Who a turn acts for, and what an address that was proved by a code changes."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from orchestrator.conversation.message import Trust
from orchestrator.ids import new_id
from orchestrator.people.identity_tokens import BY_CODE
from orchestrator.people.sessions import prove
from orchestrator.store.audit_log import note
from orchestrator.store.database import Database


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """Who the turn acts for; a one-time code proved within the turn puts a higher one in its place."""

    trust: int
    customer_id: UUID
    name: str | None
    verified_addresses: tuple[str, ...]
    claimed_addresses: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()


OWNER = """
SELECT c.customer_id,
    (SELECT a.customer_id FROM contacts a
     WHERE a.kind = 'email' AND a.address = $2 AND a.verified_at IS NOT NULL) AS proved,
    EXISTS (SELECT 1 FROM contacts a WHERE a.customer_id = c.customer_id) AS known,
    EXISTS (SELECT 1 FROM contacts a
        WHERE a.customer_id = c.customer_id AND a.verified_at IS NOT NULL) AS verified,
    EXISTS (SELECT 1 FROM contacts a WHERE a.customer_id = c.customer_id AND a.kind = 'email') AS has_address,
    EXISTS (SELECT 1 FROM sessions s WHERE s.conversation_id = c.id) AS in_session,
    EXISTS (SELECT 1 FROM sessions s
        WHERE s.conversation_id = c.id AND s.verified_until > now()) AS proved_now,
    EXISTS (SELECT 1 FROM sessions s
        WHERE s.conversation_id = c.id AND s.subject IS NOT NULL) AS somebodys
FROM conversations c WHERE c.id = $1
"""

# A merely claimed contact gives way to the proof; a verified one stays with whom it was verified for.
LINK = """
INSERT INTO contacts (id, customer_id, kind, address, verified_at) VALUES ($1, $2, 'email', $3, now())
ON CONFLICT (kind, address) DO UPDATE SET customer_id = excluded.customer_id, verified_at = now()
WHERE contacts.verified_at IS NULL
"""

FRESH = """
SELECT m.key, coalesce(left(m.text, m.fold), m.text) AS text
FROM messages m JOIN conversations c ON c.id = m.conversation_id
WHERE c.id = $1 AND m.author = 'customer' AND m.seq > c.answered_seq AND m.key IS NOT NULL ORDER BY m.seq
"""

PROVED = """
WITH proof AS (
    SELECT coalesce(
        (SELECT c.customer_id FROM conversations c JOIN sessions s ON s.conversation_id = c.id
         WHERE c.id = $1 AND s.verified_until > now() LIMIT 1),
        (SELECT a.customer_id FROM one_time_codes o
         JOIN turns t ON t.conversation_id = o.conversation_id AND t.id = $2
         JOIN contacts a ON a.kind = 'email' AND a.address = o.address AND a.verified_at IS NOT NULL
         WHERE o.conversation_id = $1 AND t.state = 'running' AND o.used_at >= t.started_at
         ORDER BY o.used_at DESC LIMIT 1)) AS customer_id
)
SELECT cu.id AS customer_id, cu.name, cu.tags,
    (SELECT array_agg(a.address) FROM contacts a
     WHERE a.customer_id = cu.id AND a.kind = 'email' AND a.verified_at IS NOT NULL) AS verified,
    (SELECT array_agg(a.address) FROM contacts a
     WHERE a.customer_id = cu.id AND a.kind = 'email' AND a.verified_at IS NULL) AS claimed
FROM proof JOIN customers cu ON cu.id = proof.customer_id
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Belonging:
    """Whose a conversation is, and whose the address: None stands for a new customer."""

    customer_id: UUID
    owner: UUID | None
    allowed: bool
    """Whether the address may be proved in this conversation."""


async def belonging_of(connection: Any, conversation_id: UUID, address: str) -> Belonging | None:
    """Find whose address it is, and whether it may be proved here; None when the conversation is gone.

    A conversation that was proved to be somebody's never changes hands. A stranger's becomes that of whom
    they prove to be; so does, for one turn, a mail conversation whose writer is merely claimed.
    """
    row = await connection.fetchrow(OWNER, conversation_id, address)
    if row is None:
        return None
    # Whom the host site vouches for at this moment, without an address, gets their first one.
    first = (row["in_session"] and not row["known"]) or (row["proved_now"] and not row["has_address"])
    owner = row["proved"] or (row["customer_id"] if first else None)
    taken = row["somebodys"] if row["in_session"] else row["verified"]
    return Belonging(
        customer_id=row["customer_id"], owner=owner, allowed=not taken or owner == row["customer_id"]
    )


async def hold(connection: Any, conversation_id: UUID) -> None:
    """Lock the rows that a proof changes, in the order of the whole house."""
    await connection.execute(
        "SELECT 1 FROM sessions WHERE conversation_id = $1 ORDER BY id FOR UPDATE", conversation_id
    )
    await connection.execute("SELECT 1 FROM conversations WHERE id = $1 FOR UPDATE", conversation_id)


async def verify(
    connection: Any, conversation_id: UUID, address: str, belonging: Belonging, *, code: str
) -> None:
    """Note that the address is proved in the conversation, within the caller's transaction.

    Whoever sent the message with the `code` gets the session's new token.
    """
    owner = belonging.owner or new_id()
    if belonging.owner is None:
        await connection.execute("INSERT INTO customers (id) VALUES ($1)", owner)
    await connection.execute(LINK, new_id(), owner, address)
    await prove(
        connection,
        conversation_id,
        customer_id=owner,
        subject=f"{BY_CODE}{address}",
        raised_by=await _sender_of(connection, conversation_id, code),
    )
    await note(
        connection,
        actor="customer",
        action="identity.verified",
        subject=f"customer:{owner}",
        conversation_id=conversation_id,
        before={"customer": belonging.customer_id},
        after={"customer": owner, "address": address},
    )


async def _sender_of(connection: Any, conversation_id: UUID, code: str) -> str | None:
    """Return the key of the unanswered message that holds the code, or of the only one (it was spoken)."""
    fresh = await connection.fetch(FRESH, conversation_id)
    holding = [row["key"] for row in fresh if code in _digits(row["text"])]
    if holding:
        return str(holding[-1])
    return str(fresh[0]["key"]) if len(fresh) == 1 else None


def _digits(text: str) -> str:
    return "".join(str(digit) for each in text if (digit := unicodedata.digit(each, None)) is not None)


async def principal(database: Database, conversation_id: UUID, turn_id: UUID) -> Principal | None:
    """Return the principal of who is proved to be behind a conversation, else None.

    A session is proved for half an hour; a conversation without one (mail) within the turn that had the code.
    """
    row = await database.fetchrow(PROVED, conversation_id, turn_id)
    if row is None:
        return None
    return Principal(
        trust=int(Trust.VERIFIED),
        customer_id=row["customer_id"],
        name=row["name"],
        verified_addresses=tuple(row["verified"] or ()),
        claimed_addresses=tuple(row["claimed"] or ()),
        tags=frozenset(row["tags"]),
    )
