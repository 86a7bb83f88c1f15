"""A mail finds its conversation: one transaction from the read mail to the message and its turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from orchestrator.ids import new_id
from orchestrator.mail import KeptMail, ReadMail
from orchestrator.message import Trust
from orchestrator.store.database import Database
from orchestrator.store.handover import open_again, to_queue
from orchestrator.store.mails import close_mail, in_hand

TOO_MANY = "This sender got the most automatic answers an hour allows; a human decides."

# Ours by a Message-ID it refers to, nearest first, else by the token in the address it was sent to.
THREAD = """
SELECT c.id, c.status, c.updated_at > now() - make_interval(days => $3) AS recent
FROM conversations c
LEFT JOIN LATERAL (
    SELECT min(array_position($1::text[], i.message_id)) AS nearness
    FROM mail_ids i WHERE i.conversation_id = c.id AND i.message_id = ANY($1)
) near ON true
WHERE c.channel = 'mail' AND c.customer_id = $4 AND (c.id = $2 OR c.id IN (
    SELECT conversation_id FROM mail_ids WHERE message_id = ANY($1)))
ORDER BY near.nearness NULLS LAST
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What became of a mail: `outcome` is accepted, duplicate or capped."""

    conversation_id: UUID | None
    outcome: str


class MailIntake:
    """Takes read mails into conversations.

    A reply reopens a closed conversation within `reopen_days`; a sender who got `hourly_cap` answers within
    the hour gets no more automatic ones.
    """

    def __init__(self, database: Database, *, reopen_days: int = 14, hourly_cap: int = 10) -> None:
        self._database = database
        self._reopen_days = reopen_days
        self._hourly_cap = hourly_cap

    async def accept(self, kept: KeptMail, mail: ReadMail) -> Taken:
        """Put a mail into its conversation in one transaction; a mail seen before is only recorded.

        A mail that another reader has in hand by now is left to it.
        """
        async with self._database.transaction() as connection:
            # One at a time per address: two first mails at once must not make two customers.
            await connection.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", mail.from_address
            )
            if not await in_hand(connection, kept):
                return Taken(conversation_id=None, outcome="overtaken")
            first = await connection.fetchrow(
                "SELECT conversation_id FROM mails WHERE dedupe_key = $1 AND id <> $2 FOR SHARE",
                mail.dedupe_key,
                kept.id,
            )
            if first is not None:
                await close_mail(
                    connection,
                    kept.id,
                    state="recorded",
                    reason="duplicate",
                    mail=mail,
                    conversation_id=first["conversation_id"],
                )
                return Taken(conversation_id=first["conversation_id"], outcome="duplicate")
            customer_id = await _customer(connection, mail)
            found = await self._conversation(connection, mail, customer_id)
            conversation_id = found or await _begin_conversation(connection, customer_id)
            capped = await self._capped(connection, mail.from_address)
            message_id = await _post(connection, conversation_id, mail, turn=not capped)
            await close_mail(
                connection,
                kept.id,
                state="accepted",
                mail=mail,
                conversation_id=conversation_id,
                message_id=message_id,
            )
            if capped:
                await to_queue(connection, conversation_id, TOO_MANY)
            await _keep_id(connection, conversation_id, mail)
            await _keep_files(connection, message_id, mail)
        return Taken(conversation_id=conversation_id, outcome="capped" if capped else "accepted")

    async def _conversation(self, connection: Any, mail: ReadMail, customer_id: UUID) -> UUID | None:
        """Find the conversation a mail continues, by id or token: only one of the sender's own."""
        rows = await connection.fetch(
            THREAD, list(mail.thread_ids), mail.token, self._reopen_days, customer_id
        )
        for row in rows:
            if row["status"] != "closed" or row["recent"]:
                await open_again(connection, row["id"])
                return UUID(str(row["id"]))
        return None

    async def _capped(self, connection: Any, address: str) -> bool:
        # Mails taken in, not answers sent: of many at once none has been answered yet.
        taken = await connection.fetchval(
            "SELECT count(*) FROM mails WHERE from_address = $1 AND state = 'accepted'"
            " AND received_at > now() - interval '1 hour'",
            address,
        )
        return int(taken) >= self._hourly_cap


async def _customer(connection: Any, mail: ReadMail) -> UUID:
    """Return whose address it is, made when new; an authenticated mail verifies the address."""
    customer_id: UUID | None = await connection.fetchval(
        "SELECT customer_id FROM contacts WHERE kind = 'email' AND address = $1", mail.from_address
    )
    if customer_id is None:
        customer_id = new_id()
        name = mail.from_name[:200] or None if mail.trust >= Trust.AUTHENTICATED else None
        await connection.execute("INSERT INTO customers (id, name) VALUES ($1, $2)", customer_id, name)
        await connection.execute(
            "INSERT INTO contacts (id, customer_id, kind, address) VALUES ($1, $2, 'email', $3)",
            new_id(),
            customer_id,
            mail.from_address,
        )
    if mail.trust >= Trust.AUTHENTICATED:
        await connection.execute(
            "UPDATE contacts SET verified_at = now()"
            " WHERE kind = 'email' AND address = $1 AND verified_at IS NULL",
            mail.from_address,
        )
    return customer_id


async def _begin_conversation(connection: Any, customer_id: UUID) -> UUID:
    conversation_id = new_id()
    await connection.execute(
        "INSERT INTO conversations (id, customer_id, channel) VALUES ($1, $2, 'mail')",
        conversation_id,
        customer_id,
    )
    return conversation_id


async def _post(connection: Any, conversation_id: UUID, mail: ReadMail, *, turn: bool) -> UUID:
    row = await connection.fetchrow(
        "UPDATE conversations SET last_seq = last_seq + 1, updated_at = now() WHERE id = $1"
        " RETURNING last_seq, owner, customer_id",
        conversation_id,
    )
    message_id = new_id()
    await connection.execute(
        "INSERT INTO messages (id, conversation_id, seq, author, channel, key, text, trust)"
        " VALUES ($1, $2, $3, 'customer', 'mail', $4, $5, $6)",
        message_id,
        conversation_id,
        row["last_seq"],
        mail.dedupe_key,
        mail.text,
        mail.trust,
    )
    if turn and row["owner"] == "bot":
        await connection.execute(
            "INSERT INTO turns (id, conversation_id, customer_id, channel) VALUES ($1, $2, $3, 'mail')"
            " ON CONFLICT (conversation_id) WHERE state = 'pending'"
            " DO UPDATE SET available_at = least(turns.available_at, now())",
            new_id(),
            conversation_id,
            row["customer_id"],
        )
    return message_id


async def _keep_id(connection: Any, conversation_id: UUID, mail: ReadMail) -> None:
    if mail.message_id:
        await connection.execute(
            "INSERT INTO mail_ids (message_id, conversation_id, direction) VALUES ($1, $2, 'in')"
            " ON CONFLICT DO NOTHING",
            mail.message_id,
            conversation_id,
        )


async def _keep_files(connection: Any, message_id: UUID, mail: ReadMail) -> None:
    for file in mail.files:
        await connection.execute(
            "INSERT INTO files (id, message_id, name, media_type, size, sha256)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            new_id(),
            message_id,
            file.name[:200],
            file.media_type,
            len(file.data),
            file.sha256,
        )
