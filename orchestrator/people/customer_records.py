"""Customers and the contact points that are known to be theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg

from orchestrator.ids import new_id
from orchestrator.people.identity_tokens import Claims
from orchestrator.people.person import CustomerUnknown, lock_address
from orchestrator.store.audit_log import note
from orchestrator.store.database import Database

LINK = """
INSERT INTO contacts (id, customer_id, kind, address, verified_at) VALUES ($1, $2, $3, $4, now())
ON CONFLICT (kind, address) DO UPDATE SET customer_id = excluded.customer_id, verified_at = now()
    WHERE contacts.verified_at IS NULL
RETURNING id
"""


class Customers:
    """The customers; one contact point belongs to one customer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_identity(self, claims: Claims) -> UUID:
        """Return the customer a verified identity belongs to, made when new."""
        try:
            return await self._of_identity(claims)
        except asyncpg.UniqueViolationError:
            return await self._of_identity(claims)  # made by someone else at the same moment: now it is there

    async def _of_identity(self, claims: Claims) -> UUID:
        async with self._database.transaction() as connection:
            # One at a time per person: two first sign-ins at once must not make two customers.
            for key in sorted({f"subject:{claims.subject}", *filter(None, [claims.email])}):
                await lock_address(connection, key)
            customer_id = await _known(connection, claims)
            if customer_id is None:
                customer_id = new_id()
                await connection.execute("INSERT INTO customers (id) VALUES ($1)", customer_id)
            await _link(connection, customer_id, "subject", claims.subject)
            if claims.email:
                await _link(connection, customer_id, "email", claims.email)
            await connection.execute(
                "UPDATE customers SET name = coalesce($2, name), language = coalesce(language, $3)"
                " WHERE id = $1 AND (name IS DISTINCT FROM coalesce($2, name)"
                "  OR language IS DISTINCT FROM coalesce(language, $3))",
                customer_id,
                claims.name,
                claims.language,
            )
        return customer_id

    async def tag(self, customer_id: UUID, tags: Sequence[str], *, operator: str) -> None:
        """Put `tags` in the place of the customer's; raise `CustomerUnknown`."""
        async with self._database.transaction() as connection:
            before = await connection.fetchval(
                "SELECT tags FROM customers WHERE id = $1 FOR UPDATE", customer_id
            )
            if before is None:
                raise CustomerUnknown("This customer does not exist.")
            await connection.execute("UPDATE customers SET tags = $2 WHERE id = $1", customer_id, list(tags))
            await note(
                connection,
                actor=f"operator:{operator}",
                action="customer.tagged",
                subject=f"customer:{customer_id}",
                before={"tags": before},
                after={"tags": tags},
            )


async def _known(connection: Any, claims: Claims) -> UUID | None:
    found: UUID | None = await connection.fetchval(
        "SELECT customer_id FROM contacts WHERE (kind = 'subject' AND address = $1)"
        " OR (kind = 'email' AND address = $2 AND verified_at IS NOT NULL) ORDER BY kind DESC LIMIT 1",
        claims.subject,
        claims.email or "",
    )
    return found


async def _link(connection: Any, customer_id: UUID, kind: str, address: str) -> None:
    # A merely claimed contact gives way to the proof; a verified one stays with whom it was verified for.
    contact_id = await connection.fetchval(LINK, new_id(), customer_id, kind, address)
    if contact_id is not None:
        await note(
            connection,
            actor="customer",
            action="contact.verified",
            subject=f"customer:{customer_id}",
            after={"contact": contact_id, "kind": kind, "by": "identity"},
        )
