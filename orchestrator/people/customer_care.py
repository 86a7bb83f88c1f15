"""Customers, their contact points, and what an operator may do with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from orchestrator.conversation.event_bus import EventBus, Lagged
from orchestrator.errors import MessageInvalid
from orchestrator.handover.ownership import checked_name
from orchestrator.ids import new_id
from orchestrator.people.erasure import Erased, Erasure
from orchestrator.people.exports import Export, begin_export
from orchestrator.people.identity_tokens import Claims
from orchestrator.people.merging import Merge, merge_customers, undo_merge
from orchestrator.people.person import CustomerUnknown, lock_address
from orchestrator.store.audit_log import note
from orchestrator.store.database import Database

log = structlog.get_logger()
MOST_TAGS = 20
TAG = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")

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


class CustomerCare:
    """The operators' side of the customers; `operator` is the name a human works under.

    Every change is in the audit with its effect. Methods raise `CustomerUnknown`, `MessageInvalid`, `Busy`,
    `Conflict` or `StoreAway`; then nothing was changed.
    """

    def __init__(
        self,
        database: Database,
        *,
        erasure: Erasure,
        bus: EventBus,
        turns_wait: Callable[[], None],
    ) -> None:
        self._database = database
        self._erasure = erasure
        self._bus = bus
        self._turns_wait = turns_wait

    async def merge(self, kept: UUID, other: UUID, operator: str) -> Merge:
        """Make `other` the same person as `kept`; also raises `NotVerified`."""
        merge = await merge_customers(self._database, kept, other, operator=checked_name(operator))
        log.info("customers were merged", kept=str(kept), merged=str(other), merge=str(merge.id))
        self._turns_wait()
        return merge

    async def unmerge(self, kept: UUID, merge_id: UUID, operator: str) -> Merge:
        """Put back what a merge moved; also raises `MergeUnknown`."""
        merge = await undo_merge(self._database, kept, merge_id, operator=checked_name(operator))
        log.info("a merge was undone", kept=str(kept), merge=str(merge_id))
        self._turns_wait()
        return merge

    async def tag(self, customer_id: UUID, tags: Sequence[str], operator: str) -> tuple[str, ...]:
        """Set the customer's tags and return them: at most 20, each a short slug."""
        unique = tuple(dict.fromkeys(tags))
        if len(unique) > MOST_TAGS or not all(TAG.fullmatch(tag) for tag in unique):
            raise MessageInvalid(
                f"A customer has at most {MOST_TAGS} tags, each of 1 to 40 characters from a-z, 0-9, _ . -"
            )
        operator = checked_name(operator)
        async with self._database.transaction() as connection:
            before = await connection.fetchval(
                "SELECT tags FROM customers WHERE id = $1 FOR UPDATE", customer_id
            )
            if before is None:
                raise CustomerUnknown("This customer does not exist.")
            await connection.execute("UPDATE customers SET tags = $2 WHERE id = $1", customer_id, unique)
            await note(
                connection,
                actor=f"operator:{operator}",
                action="customer.tagged",
                subject=f"customer:{customer_id}",
                before={"tags": before},
                after={"tags": unique},
            )
        return unique

    async def export(self, customer_id: UUID, operator: str) -> Export:
        """Return all that is held about the person."""
        return await begin_export(self._database, customer_id, operator=checked_name(operator))

    async def delete(self, customer_id: UUID, operator: str) -> Erased:
        """Delete all that is held about the person, the files on disk too."""
        erased = await self._erasure.delete(customer_id, operator=checked_name(operator))
        log.info("a customer was deleted", customer=str(customer_id), conversations=len(erased.conversations))
        for conversation_id in erased.conversations:
            self._bus.bring(conversation_id, Lagged())
        return erased
