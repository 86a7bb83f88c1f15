"""Sessions: the secrets by which visitors come back to their conversation."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from orchestrator.conversation.message import Trust
from orchestrator.errors import IdentityRejected, SessionUnknown
from orchestrator.ids import new_id
from orchestrator.people.identity_tokens import BY_CODE, TokenUse
from orchestrator.people.session_tokens import Ids
from orchestrator.store.database import RELAXED, Database
from orchestrator.store.replica import CHANNEL

# One statement decides a race: of two sessions at once, the row of the first turns the second away. A row is
# kept a little longer than its token lives, for clocks differ; then its place is free.
BIND = """
INSERT INTO identity_uses (token_hash, session_hash, expires_at) VALUES ($1, $2, $3)
ON CONFLICT (token_hash) DO UPDATE SET session_hash = excluded.session_hash, expires_at = excluded.expires_at
WHERE identity_uses.session_hash = excluded.session_hash
    OR identity_uses.expires_at < now() - interval '2 minutes'
RETURNING true
"""


async def bind_token(connection: Any, use: TokenUse, session_hash: bytes) -> bool:
    """Bind a token to a session within the caller's transaction; False when another one has used it."""
    return bool(await connection.fetchval(BIND, use.hash, session_hash, use.expires_at))


VERIFIED_FOR = timedelta(minutes=30)
FORGOTTEN_AFTER = timedelta(days=30)
UNUSED_AFTER = timedelta(days=1)
RETIRED_FOR = timedelta(days=2)
"""Longer than an unused token is valid."""

COLUMNS = """
s.id, s.conversation_id, s.subject, c.customer_id, c.last_seq, c.status, s.peer_hash, s.generation,
    s.raised_by, s.ended_at IS NOT NULL AS ended,
    (SELECT a.assistant FROM status_changes a WHERE a.conversation_id = c.id ORDER BY a.seq DESC LIMIT 1)
        AS assistant,
    CASE WHEN s.verified_until > now() THEN 3 WHEN s.phone IS NOT NULL THEN 1 ELSE 0 END AS trust
"""

# Who only posts a message is shown no more than its answer: then it is noted that the session lives, no more.
FIND = f"""
WITH s AS (
    SELECT * FROM sessions WHERE key_hash = $1 AND seen_at > now() - $2::interval
), seen AS (
    UPDATE sessions SET seen_at = now() FROM s
    WHERE sessions.id = s.id AND ($3 OR s.seen_at < now() - interval '1 day')
)
SELECT {COLUMNS} FROM s JOIN conversations c ON c.id = s.conversation_id
"""

BY_ID = f"SELECT {COLUMNS} FROM sessions s JOIN conversations c ON c.id = s.conversation_id WHERE s.id = $1"

BEGIN = """
INSERT INTO sessions (id, key_hash, channel, conversation_id, subject, phone, peer_hash, verified_until)
VALUES ($1, $2, $3, $4, $5, $7, $8, CASE WHEN $5::text IS NOT NULL THEN now() + $6 END)
"""

READ = f"""
UPDATE conversations SET read_seq = least($2, last_seq)
WHERE id = $1 AND read_seq < least($2, last_seq) AND {RELAXED}
"""

# A host site's own name for a visitor stays: its next token must still be that of the same person.
PROVE = """
UPDATE sessions SET verified_until = now() + $3,
    subject = CASE WHEN subject IS NULL OR subject LIKE 'email:%' THEN $2 ELSE subject END,
    generation = generation + CASE WHEN verified_until > now() THEN 0 ELSE 1 END,
    raised_by = CASE WHEN verified_until > now() THEN raised_by ELSE $4 END
WHERE conversation_id = $1 AND ended_at IS NULL
"""


class SessionReplaced(SessionUnknown):
    """Another request gave the session a new token at this moment: look again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredSession:
    """A session as the table has it; `subject` is who proved to be behind it, None for a stranger.

    `raised_by` is the key of the message whose code raised its trust last; `ended` says it was signed out.
    """

    id: UUID
    conversation_id: UUID
    subject: str | None
    customer_id: UUID
    last_seq: int
    status: str
    trust: int
    peer_hash: bytes | None
    assistant: str | None = None
    generation: int = 0
    raised_by: str | None = None
    ended: bool = False

    @property
    def signed_in(self) -> bool:
        """Say whether it is somebody's whom the host site names: they have to come with their identity."""
        return self.subject is not None and not self.subject.startswith(BY_CODE)

    def proved_elsewhere(self, peer: str | None) -> bool:
        """Say whether a one-time code was proved in this session by somebody at another address."""
        by_code = self.trust == Trust.VERIFIED and (self.subject or "").startswith(BY_CODE)
        return by_code and peer is not None and self.peer_hash != hash_of(peer)


class Sessions:
    """All sessions; keys are stored as hashes only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def secret(self) -> bytes:
        """Return the secret of the session tokens, which all replicas share; made when it is not there."""
        await self._database.execute(
            "INSERT INTO house_secrets (name, value) VALUES ('sessions', $1) ON CONFLICT (name) DO NOTHING",
            secrets.token_bytes(32),
        )
        return bytes(await self._database.fetchval("SELECT value FROM house_secrets WHERE name = 'sessions'"))

    async def find(self, key: str, *, watches: bool = True) -> StoredSession | None:
        """Return the session of `key`, unless it is unknown or was not seen for 30 days.

        `watches` says that its visitor is shown what they have missed.
        """
        row = await self._database.fetchrow(FIND, hash_of(key), FORGOTTEN_AFTER, watches)
        return None if row is None else StoredSession(**row)

    async def by_id(self, session_id: UUID) -> StoredSession | None:
        """Return a session by its id, None where there are no rows of it."""
        row = await self._database.fetchrow(BY_ID, session_id)
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
        ids: Ids | None = None,
    ) -> StoredSession:
        """Begin a conversation under `key` for a known customer, or for a stranger when there is none.

        The rows are called as in `ids` where the key is that of a token. Raises
        `asyncpg.UniqueViolationError` when the key's session has begun meanwhile, `IdentityRejected` when the
        token of `use` was used by another session, `SessionUnknown` when the key's token was retired.
        """
        async with self._database.transaction() as connection:
            retired = "SELECT 1 FROM retired_tokens WHERE key_hash = $1"
            if ids is not None and await connection.fetchval(retired, hash_of(key)):
                raise SessionUnknown("This session has ended.")
            ids = ids or Ids(session=new_id(), conversation=new_id(), customer=new_id())
            await _bind(connection, use, key)
            await connection.execute(
                "DELETE FROM sessions WHERE key_hash = $1 AND seen_at <= now() - $2::interval",
                hash_of(key),
                FORGOTTEN_AFTER,
            )
            if customer_id is None:
                customer_id = ids.customer
                await connection.execute("INSERT INTO customers (id) VALUES ($1)", customer_id)
            await connection.execute(
                "INSERT INTO conversations (id, customer_id, channel) VALUES ($1, $2, $3)",
                ids.conversation,
                customer_id,
                channel,
            )
            await connection.execute(
                BEGIN,
                ids.session,
                hash_of(key),
                channel,
                ids.conversation,
                subject,
                VERIFIED_FOR,
                phone,
                None if peer is None else hash_of(peer),
            )
        found = await self.find(key)
        if found is None:
            raise RuntimeError("a session vanished right after it began")
        return found

    async def seen_at(self, session: StoredSession, peer: str) -> None:
        """Note from which address the session is used now."""
        if session.peer_hash != hash_of(peer):
            await self._database.execute(
                "UPDATE sessions SET peer_hash = $2 WHERE id = $1", session.id, hash_of(peer)
            )

    async def retire(self, key: str, *, conversation_id: UUID) -> None:
        """End a token under which nothing was written; whoever listens to its conversation is told."""
        async with self._database.transaction() as connection:
            await retire(connection, [hash_of(key)])
            await _tell(connection, conversation_id)

    async def retired(self, key: str) -> bool:
        """Say whether a token was ended before anything was written under it."""
        return bool(
            await self._database.fetchval("SELECT 1 FROM retired_tokens WHERE key_hash = $1", hash_of(key))
        )

    async def end(
        self, session_id: UUID, conversation_id: UUID, *, generation: int, frees_key: bool = False
    ) -> None:
        """Sign a session out: its tokens name nothing any more, and what a code proved is over.

        With `frees_key` its key may name another session from now on: an id of the client's own choice.
        """
        async with self._database.transaction() as connection:
            await connection.execute(
                "UPDATE sessions SET ended_at = now(), verified_until = NULL, generation = generation + 1,"
                " key_hash = CASE WHEN $3 THEN $4 ELSE key_hash END"
                " WHERE id = $1 AND generation = $2 AND ended_at IS NULL",
                session_id,
                generation,
                frees_key,
                secrets.token_bytes(32),
            )
            await _tell(connection, conversation_id)

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
            await connection.execute(
                "DELETE FROM retired_tokens WHERE retired_at < now() - $1::interval", RETIRED_FOR
            )
            # Used tokens that have expired: those are refused anyway.
            await connection.execute(
                "DELETE FROM identity_uses WHERE expires_at < now() - interval '2 minutes'"
            )
        return len(gone)

    async def read(self, conversation_id: UUID, seq: int) -> None:
        """Note that the customer has seen the timeline up to `seq`, at most up to its end."""
        await self._database.execute(READ, conversation_id, seq)

    async def bind(self, use: TokenUse | None, key: str) -> None:
        """Bind an identity token to the session of `key`; raise `IdentityRejected` if another has used it."""
        if use is not None:
            async with self._database.transaction() as connection:
                await _bind(connection, use, key)

    async def verify(
        self,
        session: StoredSession,
        *,
        customer_id: UUID,
        subject: str,
        key: str = "",
        use: TokenUse | None = None,
        rises: bool = False,
        renamed: bool = False,
    ) -> StoredSession:
        """Note that `subject` proved to be behind the session; a stranger's conversation becomes theirs.

        Where trust `rises`, tokens issued before name nothing any more, and whoever holds one is told;
        `renamed` puts the session under `key`. Raises `IdentityRejected` when the token of `use` was used by
        another session than that of `key`, `asyncpg.UniqueViolationError` where `key` has a session already,
        `SessionReplaced` where another request was faster.
        """
        async with self._database.transaction() as connection:
            await _bind(connection, use, key)
            generation = await connection.fetchval(
                "UPDATE sessions SET subject = $2, verified_until = now() + $3,"
                " generation = generation + $4, key_hash = CASE WHEN $5 THEN $6 ELSE key_hash END"
                " WHERE id = $1 AND generation = $7 RETURNING generation",
                session.id,
                subject,
                VERIFIED_FOR,
                1 if rises else 0,
                renamed,
                hash_of(key),
                session.generation,
            )
            if generation is None:
                raise SessionReplaced("This session got another token at this moment.")
            if session.customer_id != customer_id:
                await _rebind(connection, session.conversation_id, customer_id)
            if rises:
                await _tell(connection, session.conversation_id)
        return replace(
            session,
            customer_id=customer_id,
            subject=subject,
            trust=int(Trust.VERIFIED),
            generation=generation,
        )

    async def rename(self, session: StoredSession, key: str) -> None:
        """Put a session under another key."""
        await self._database.execute(
            "UPDATE sessions SET key_hash = $2 WHERE id = $1", session.id, hash_of(key)
        )


async def prove(
    connection: Any, conversation_id: UUID, *, customer_id: UUID, subject: str, raised_by: str | None = None
) -> None:
    """Verify every session of a conversation within the caller's transaction; it becomes `customer_id`'s.

    Where trust rises by it, tokens issued before name nothing any more: the new one goes to who sent the
    message with the key `raised_by`. Without a session (mail) nothing is changed.
    """
    proved = await connection.execute(PROVE, conversation_id, subject, VERIFIED_FOR, raised_by)
    if proved != "UPDATE 0":
        await _rebind(connection, conversation_id, customer_id)
        await _tell(connection, conversation_id)


async def retire(connection: Any, key_hashes: Sequence[bytes]) -> None:
    """End tokens within the caller's transaction, whatever is or will be deleted of their sessions."""
    await connection.execute(
        "INSERT INTO retired_tokens (key_hash) SELECT unnest($1::bytea[]) ON CONFLICT DO NOTHING",
        list(key_hashes),
    )


async def _tell(connection: Any, conversation_id: UUID) -> None:
    """Have every replica, this one too, ask its listeners whether their session still holds."""
    await connection.execute(
        "SELECT pg_notify($1, '[0,[[\"' || $2::text || '\",\"session\"]]]')", CHANNEL, str(conversation_id)
    )


async def _bind(connection: Any, use: TokenUse | None, key: str) -> None:
    if use is not None and not await bind_token(connection, use, hash_of(key)):
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


def hash_of(key: str) -> bytes:
    """Return what stands for a key, or an address, in the tables."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
