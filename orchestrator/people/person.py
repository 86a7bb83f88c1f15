"""A customer as a person: who belongs together, and the locks under which customers are moved or deleted.

Locks are taken in one order everywhere: mail addresses, deliveries and mails, sessions, conversations (by
id), contacts, customers, turns. A turn that ends takes conversation, customer, turn; a mail address,
conversation. So whoever moves a customer waits for them, and none of them ever waits in a circle.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from orchestrator.errors import OrchestratorError
from orchestrator.store.database import Database

T = TypeVar("T")

MOVES = 0x5B0B_0001
"""Advisory lock: one customer is moved or deleted at a time, in the whole house."""
PAUSES = (0.1, 0.2, 0.4, 0.8, 1.5)
"""Seconds between tries."""
WAIT = "SET LOCAL lock_timeout = '3s'"

# The customer, those merged into them, and those who merely claimed one of their addresses in a mail.
PEOPLE = """
WITH RECURSIVE merged AS (
    SELECT $1::uuid AS id
    UNION
    SELECT m.merged FROM customer_merges m JOIN merged ON merged.id = m.kept WHERE m.undone_at IS NULL
)
SELECT id FROM merged
UNION
SELECT c.customer_id FROM contacts k
JOIN mails m ON m.from_address = k.address JOIN conversations c ON c.id = m.conversation_id
WHERE k.customer_id IN (SELECT id FROM merged) AND k.kind = 'email' AND m.state = 'accepted'
  AND NOT EXISTS (SELECT 1 FROM contacts v WHERE v.customer_id = c.customer_id AND v.verified_at IS NOT NULL)
"""

ADDRESSES = "SELECT DISTINCT address FROM contacts WHERE customer_id = ANY($1) AND kind = 'email' ORDER BY 1"
MERGED_INTO = "SELECT kept FROM customer_merges WHERE merged = $1 AND undone_at IS NULL"


class CustomerUnknown(OrchestratorError):
    """There is no customer with this id."""

    code = "unknown_customer"


class MergeUnknown(OrchestratorError):
    """This customer has no such merge."""

    code = "unknown_merge"


class NotVerified(OrchestratorError):
    """A customer without a verified contact point can't be merged."""

    code = "not_verified"


class Busy(OrchestratorError):
    """The assistant is at work for this customer; nothing was changed."""

    code = "busy"


def busy() -> Busy:
    """Return the error of a customer who can't be touched at this moment."""
    return Busy("The assistant is at work for this customer right now; try again.", retry_after=2.0)


async def moving(database: Database, work: Callable[[Any], Awaitable[T]]) -> T:
    """Do `work` on a connection, alone among moves, in one transaction; raise `Busy` when it stays in use.

    A lock that is not had within 3 s, or `Busy` from `work`, is tried again a few times.
    """
    for pause in PAUSES:
        try:
            return await _once(database, work)
        except (Busy, asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            await asyncio.sleep(pause)
    try:
        return await _once(database, work)
    except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
        raise busy() from None


async def _once(database: Database, work: Callable[[Any], Awaitable[T]]) -> T:
    async with database.transaction() as connection:
        await connection.execute(WAIT)
        await connection.execute("SELECT pg_advisory_xact_lock($1)", MOVES)
        return await work(connection)


async def people(connection: Any, customer_id: UUID) -> list[UUID]:
    """Return the ids of all customers that stand for this person, in order."""
    return sorted(row["id"] for row in await connection.fetch(PEOPLE, customer_id))


async def lock_address(connection: Any, address: str) -> None:
    """Hold off other mails from, and other moves of, an address until the transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", address)


async def lock_addresses(connection: Any, customers: Sequence[UUID]) -> list[str]:
    """Hold off mails from the customers' addresses; return those, in order."""
    addresses = [row["address"] for row in await connection.fetch(ADDRESSES, list(customers))]
    for address in addresses:
        await lock_address(connection, address)
    return addresses


async def lock_customers(connection: Any, customers: Sequence[UUID]) -> dict[UUID, Any]:
    """Lock the customers' contacts, then the customers; return the customers' rows by id."""
    await connection.execute(
        "SELECT 1 FROM contacts WHERE customer_id = ANY($1) ORDER BY kind DESC, address FOR UPDATE",
        list(customers),
    )
    rows = await connection.fetch(
        "SELECT id, name, language, tags FROM customers WHERE id = ANY($1) ORDER BY id FOR UPDATE",
        list(customers),
    )
    return {row["id"]: row for row in rows}


async def lock_idle_turns(connection: Any, conversations: Sequence[UUID]) -> None:
    """Keep waiting turns from being claimed; raise `Busy` when one runs."""
    await connection.execute(
        "SELECT 1 FROM turns WHERE conversation_id = ANY($1) AND state = 'pending' ORDER BY id FOR UPDATE",
        list(conversations),
    )
    running = "SELECT 1 FROM turns WHERE conversation_id = ANY($1) AND state = 'running' LIMIT 1"
    if await connection.fetchval(running, list(conversations)):
        raise busy()
