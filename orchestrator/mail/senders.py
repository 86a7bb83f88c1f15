"""Whose mail it is: by how far the sender is believed (docs/protocol.md, "Trust levels")."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from orchestrator.conversation.message import Trust
from orchestrator.ids import new_id
from orchestrator.mail.mail_types import ReadMail
from orchestrator.store.audit_log import note

# The customer who stands for the claim already: nobody verified anything of theirs.
CLAIMED = """
SELECT c.customer_id FROM mails m JOIN conversations c ON c.id = m.conversation_id
WHERE m.from_address = $1 AND m.state = 'accepted' AND m.trust < $2 AND NOT EXISTS (
    SELECT 1 FROM contacts k WHERE k.customer_id = c.customer_id AND k.verified_at IS NOT NULL)
ORDER BY m.received_at DESC LIMIT 1
"""

CONTACT = "SELECT id, customer_id, verified_at FROM contacts WHERE kind = 'email' AND address = $1 FOR UPDATE"

VERIFY = """
INSERT INTO contacts (id, customer_id, kind, address, verified_at) VALUES ($1, $2, 'email', $3, now())
ON CONFLICT (kind, address) DO UPDATE SET customer_id = excluded.customer_id, verified_at = now()
    WHERE contacts.verified_at IS NULL
RETURNING id
"""


async def customer_of(connection: Any, mail: ReadMail) -> UUID:
    """Return the customer a mail is filed under, made when new, within the caller's transaction.

    A believed mail belongs to whom its address is verified for, and verifies it where nobody had; a merely
    claimed one to a customer who stands for the claim and never has a verified contact.
    """
    contact = await connection.fetchrow(CONTACT, mail.from_address)
    if mail.trust >= Trust.AUTHENTICATED:
        return await _believed(connection, mail, contact)
    return await _claimed(connection, mail, contact)


async def _believed(connection: Any, mail: ReadMail, contact: Any) -> UUID:
    if contact is not None and contact["verified_at"] is not None:
        return UUID(str(contact["customer_id"]))
    # What was claimed before stays where it is: others may have written it.
    customer_id = await _make(connection, name=mail.from_name[:200] or None)
    if not await connection.fetchval(VERIFY, new_id(), customer_id, mail.from_address):
        # Verified by an identity token at this very moment.
        await connection.execute("DELETE FROM customers WHERE id = $1", customer_id)
        return await customer_of(connection, mail)
    await note(
        connection,
        actor="customer",
        action="contact.verified",
        subject=f"customer:{customer_id}",
        before=None if contact is None else {"claimed_by": contact["customer_id"]},
        after={"kind": "email", "by": "mail"},
    )
    return customer_id


async def _claimed(connection: Any, mail: ReadMail, contact: Any) -> UUID:
    if contact is not None and contact["verified_at"] is None:
        return UUID(str(contact["customer_id"]))
    found = await connection.fetchval(CLAIMED, mail.from_address, int(Trust.AUTHENTICATED))
    if found is not None:
        return UUID(str(found))
    customer_id = await _make(connection, name=None)
    if contact is None:
        await connection.execute(
            "INSERT INTO contacts (id, customer_id, kind, address) VALUES ($1, $2, 'email', $3)"
            " ON CONFLICT DO NOTHING",
            new_id(),
            customer_id,
            mail.from_address,
        )
    return customer_id


async def _make(connection: Any, *, name: str | None) -> UUID:
    customer_id = new_id()
    await connection.execute("INSERT INTO customers (id, name) VALUES ($1, $2)", customer_id, name)
    return customer_id
