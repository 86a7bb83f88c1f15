"""Sessions: the secrets by which visitors come back to their conversation."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from orchestrator.errors import IdentityRejected
from orchestrator.identity import TokenUse
from orchestrator.ids import new_id
from orchestrator.message import Trust
from orchestrator.store.database import RELAXED, Database
from orchestrator.store.identity_uses import bind_token

VERIFIED_FOR = timedelta(minutes=30)
FORGOTTEN_AFTER = timedelta(days=30)
UNUSED_AFTER = timedelta(days=1)

# Who only posts a message is shown no more than its answer: then it is noted that the session lives, no more.
FIND = """
UPDATE sessions SET seen_at = CASE WHEN $3 OR seen_at < now() - interval '1 day' THEN now() ELSE seen_at END
FROM conversations c
WHERE key_hash = $1 AND sessions.seen_at > now() - $2::interval AND c.id = sessions.conversation_id
RETURNING sessions.id, sessions.conversation_id, subject, c.customer_id, c.last_seq, c.status,
    CASE WHEN verified_until > now() THEN 3 WHEN phone IS NOT NULL THEN 1 ELSE 0 END AS trust, peer_hash,
    (SELECT a.assistant FROM status_changes a WHERE a.conversation_id = c.id ORDER BY a.seq DESC LIMIT 1)
        AS assistant
"""

READ = f"""
UPDATE conversations SET read_seq = least($2, last_seq)
WHERE id = $1 AND read_seq < least($2, last_seq) AND {RELAXED}
"""

# A host site's own name for a visitor stays: its next token must still be that of the same person.
PROVE = """
UPDATE sessions SET verified_until = now() + $3,
    subject = CASE WHEN subject IS NULL OR subject LIKE 'email:%' THEN $2 ELSE subject END
WHERE conversation_id = $1
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredSession:
    """A session as the table has it; `subject` is who proved to be behind it, None for a stranger."""

    id: UUID
    conversation_id: UUID
    subject: str | None
    customer_id: UUID
    last_seq: int
    status: str
    trust: int
    peer_hash: bytes | None
    assistant: str | None

    def proved_elsewhere(self, peer: str | None) -> bool:
        """Say whether a one-time code was proved in this session by somebody at another address."""
        by_code = self.trust == Trust.VERIFIED and (self.subject or "").startswith("email:")
        return by_code and peer is not None and self.peer_hash != _hash(peer)


class Sessions:
    """All sessions; keys are stored as hashes only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, key: str, *, watches: bool = True) -> StoredSession | None:
        """Return the session of `key`, unless it is unknown or was not seen for 30 days.

        `watches` says that its visitor is shown what they have missed.
        """
        row = await self._database.fetchrow(FIND, _hash(key), FORGOTTEN_AFTER, watches)
        return None if row is None else StoredSession(**row)

    async def begin(
        self,
        key: str,
        *,
        channel: str,
        customer_id: UUID | None,
        subject: str | None,
        use: TokenUse | None = None,
        phone: str | None = None,
        peer: str | None = None,
    ) -> StoredSession:
        """Begin a conversation under `key` for a known customer, or for a stranger when there is none.

        Raises `asyncpg.UniqueViolationError` when the key's session has begun meanwhile, `IdentityRejected`
        when the token of `use` was used by another session.
        """
        async with self._database.transaction() as connection:
            await _bind(connection, use, key)
            await connection.execute(
                "DELETE FROM sessions WHERE key_hash = $1 AND seen_at <= now() - $2::interval",
                _hash(key),
                FORGOTTEN_AFTER,
            )
            if customer_id is None:
                customer_id = new_id()
                await connection.execute("INSERT INTO customers (id) VALUES ($1)", customer_id)
            conversation_id = new_id()
            await connection.execute(
                "INSERT INTO conversations (id, customer_id, channel) VALUES ($1, $2, $3)",
                conversation_id,
                customer_id,
                channel,
            )
            await connection.execute(
                "INSERT INTO sessions (id, key_hash, channel, conversation_id, subject, phone, peer_hash,"
                " verified_until)"
                " VALUES ($1, $2, $3, $4, $5, $7, $8, CASE WHEN $5::text IS NOT NULL THEN now() + $6 END)",
                new_id(),
                _hash(key),
                channel,
                conversation_id,
                subject,
                VERIFIED_FOR,
                phone,
                None if peer is None else _hash(peer),
            )
        found = await self.find(key)
        if found is None:
            raise RuntimeError("a session vanished right after it began")
        return found

    async def seen_at(self, session: StoredSession, peer: str) -> None:
        """Note from which address the session is used now."""
        if session.peer_hash != _hash(peer):
            await self._database.execute(
                "UPDATE sessions SET peer_hash = $2 WHERE id = $1", session.id, _hash(peer)
            )

    async def forget_unused(self) -> int:
        """Delete sessions nobody wrote in for a day, and strangers who left nothing; return how many."""
        async with self._database.transaction() as connection:
            gone = await connection.fetch(
                "DELETE FROM conversations c USING sessions s WHERE s.conversation_id = c.id"
                " AND c.last_seq = 0 AND s.seen_at < now() - $1::interval RETURNING c.customer_id",
                UNUSED_AFTER,
            )
            await connection.execute(
                "DELETE FROM customers WHERE id = ANY($1)"
                " AND NOT EXISTS (SELECT 1 FROM conversations WHERE customer_id = customers.id)"
                " AND NOT EXISTS (SELECT 1 FROM contacts WHERE customer_id = customers.id)",
                [row["customer_id"] for row in gone],
            )
        return len(gone)

    async def read(self, conversation_id: UUID, seq: int) -> None:
        """Note that the customer has seen the timeline up to `seq`, at most up to its end."""
        await self._database.execute(READ, conversation_id, seq)

    async def verify(
        self,
        session: StoredSession,
        *,
        customer_id: UUID,
        subject: str,
        key: str = "",
        use: TokenUse | None = None,
    ) -> StoredSession:
        """Note that `subject` proved to be behind the session; a stranger's conversation becomes theirs.

        Raises `IdentityRejected` when the token of `use` was used by another session than that of `key`.
        """
        async with self._database.transaction() as connection:
            await _bind(connection, use, key)
            await connection.execute(
                "UPDATE sessions SET subject = $2, verified_until = now() + $3 WHERE id = $1",
                session.id,
                subject,
                VERIFIED_FOR,
            )
            if session.customer_id != customer_id:
                await _rebind(connection, session.conversation_id, customer_id)
        return replace(session, customer_id=customer_id, subject=subject, trust=int(Trust.VERIFIED))


async def prove(connection: Any, conversation_id: UUID, *, customer_id: UUID, subject: str) -> None:
    """Verify every session of a conversation within the caller's transaction; it becomes `customer_id`'s.

    Without a session (mail) nothing is changed.
    """
    proved = await connection.execute(PROVE, conversation_id, subject, VERIFIED_FOR)
    if proved != "UPDATE 0":
        await _rebind(connection, conversation_id, customer_id)


async def _bind(connection: Any, use: TokenUse | None, key: str) -> None:
    if use is not None and not await bind_token(connection, use, _hash(key)):
        raise IdentityRejected("The identity token was used by another session.")


async def _rebind(connection: Any, conversation_id: UUID, customer_id: UUID) -> None:
    await connection.execute(
        "UPDATE conversations SET customer_id = $2 WHERE id = $1", conversation_id, customer_id
    )
    await connection.execute(
        "UPDATE turns SET customer_id = $2 WHERE conversation_id = $1 AND state = 'pending'",
        conversation_id,
        customer_id,
    )
    await connection.execute(
        "UPDATE customer_facts SET customer_id = $2 WHERE conversation_id = $1", conversation_id, customer_id
    )


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
