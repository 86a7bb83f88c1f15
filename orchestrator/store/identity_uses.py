"""Which session used an identity token first: nobody else may use it again."""

from __future__ import annotations

from typing import Any

from orchestrator.identity import TokenUse
from orchestrator.store.database import Database

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


class IdentityUses:
    """The used tokens."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def forget_expired(self) -> None:
        """Delete the rows of tokens that have expired: those are refused anyway."""
        await self._database.execute(
            "DELETE FROM identity_uses WHERE expires_at < now() - interval '2 minutes'"
        )
