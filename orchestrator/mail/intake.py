"""A mail finds its customer and conversation: one transaction from the read mail to the message and turn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from orchestrator.conversation.message import Trust
from orchestrator.handover.status import open_again, to_queue
from orchestrator.ids import new_id
from orchestrator.mail.folding import fold
from orchestrator.mail.mail_types import KeptMail, ReadMail
from orchestrator.mail.notifications import notifications_answered, notifications_quoted
from orchestrator.mail.repeats import LOOP, SAME_WORDS, Repeats, repeats
from orchestrator.mail.spool import close_mail, in_hand
from orchestrator.people.person import lock_address
from orchestrator.store.audit_log import note
from orchestrator.store.database import Database

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
        return await _believed_customer(connection, mail, contact)
    return await _claimed_customer(connection, mail, contact)


async def _believed_customer(connection: Any, mail: ReadMail, contact: Any) -> UUID:
    if contact is not None and contact["verified_at"] is not None:
        return UUID(str(contact["customer_id"]))
    # What was claimed before stays where it is: others may have written it.
    customer_id = await _make_customer(connection, name=mail.from_name[:200] or None)
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


async def _claimed_customer(connection: Any, mail: ReadMail, contact: Any) -> UUID:
    if contact is not None and contact["verified_at"] is None:
        return UUID(str(contact["customer_id"]))
    found = await connection.fetchval(CLAIMED, mail.from_address, int(Trust.AUTHENTICATED))
    if found is not None:
        return UUID(str(found))
    customer_id = await _make_customer(connection, name=None)
    if contact is None:
        await connection.execute(
            "INSERT INTO contacts (id, customer_id, kind, address) VALUES ($1, $2, 'email', $3)"
            " ON CONFLICT DO NOTHING",
            new_id(),
            customer_id,
            mail.from_address,
        )
    return customer_id


async def _make_customer(connection: Any, *, name: str | None) -> UUID:
    customer_id = new_id()
    await connection.execute("INSERT INTO customers (id, name) VALUES ($1, $2)", customer_id, name)
    return customer_id


TOO_MANY = "This sender got the most automatic answers an hour allows; a human decides."
TOO_MANY_VISITORS = (
    "Too many visitors wrote through this form within the hour; a human decides. Name the forms that are"
    " ours in SWITCHBOARD_MAIL__FORM_SENDERS."
)

MOST_SAID = 400_000
"""Characters of each side's words that a quote is held against, newest first: about half a second."""

BELIEVED = " believed"
"""Ends the key of a mail whose sender is believed: a forged copy that comes first must not hide it."""

# Ours by a Message-ID it refers to, nearest first, else by the token in the address it was sent to. Believed
# and merely claimed mails never share a conversation: a forged one must not read or steer what an
# authenticated one began, nor speak in the thread that an authenticated one goes on with.
THREAD = f"""
SELECT c.id, c.status, c.owner, c.updated_at > now() - make_interval(days => $3) AS recent
FROM conversations c
LEFT JOIN LATERAL (
    SELECT min(array_position($1::text[], i.message_id)) AS nearness
    FROM mail_ids i WHERE i.conversation_id = c.id AND i.message_id = ANY($1)
) near ON true
WHERE c.channel = 'mail' AND c.customer_id = $4 AND (c.id = $2 OR c.id IN (
    SELECT conversation_id FROM mail_ids WHERE message_id = ANY($1)))
  AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.conversation_id = c.id AND m.author = 'customer'
    AND (m.trust >= {Trust.AUTHENTICATED:d}) <> $5)
ORDER BY near.nearness NULLS LAST
"""

# What a quote may repeat: what was said in the sender's conversations by mail, and what we sent in the thread
# that the mail names, whose customer may be another to us; nothing of it is shown to anybody.
SAID = """
SELECT m.author, m.text FROM messages m JOIN conversations c ON c.id = m.conversation_id
WHERE c.channel = 'mail' AND (c.customer_id = $1 OR m.author <> 'customer' AND c.id IN (
    SELECT conversation_id FROM mail_ids WHERE direction = 'out' AND message_id = ANY($2)))
ORDER BY m.created_at DESC LIMIT 100
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What became of a mail: `outcome` is accepted, duplicate, repeated, capped or overtaken."""

    conversation_id: UUID | None
    outcome: str


class MailIntake:
    """Takes read mails into conversations.

    A mail whose sender is only claimed (trust 1) never touches the customer to whom the address was verified:
    it begins or continues conversations of a customer that stands for the mere claim.
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
            await lock_address(connection, mail.from_address)
            if not await in_hand(connection, kept):
                return Taken(conversation_id=None, outcome="overtaken")
            first = await _first(connection, kept, mail)
            if mail.trust >= Trust.AUTHENTICATED:
                mail = replace(mail, dedupe_key=mail.dedupe_key + BELIEVED)
            if first is not None:
                mail = fold(mail)
                await close_mail(
                    connection,
                    kept.id,
                    state="recorded",
                    reason="duplicate",
                    mail=mail,
                    conversation_id=first["conversation_id"],
                )
                return Taken(conversation_id=first["conversation_id"], outcome="duplicate")
            customer_id = await customer_of(connection, mail)
            found, owner = await self._conversation(connection, mail, customer_id)
            mail = await _folded(connection, mail, customer_id)
            again = await repeats(connection, found, mail) if found and not kept.accepted else Repeats()
            if again.same and owner == "bot":
                await close_mail(
                    connection,
                    kept.id,
                    state="recorded",
                    reason=SAME_WORDS,
                    mail=mail,
                    conversation_id=found,
                )
                return Taken(conversation_id=found, outcome="repeated")
            if found is not None:
                await open_again(connection, found)
            conversation_id = found or await _begin_conversation(connection, customer_id)
            capped = await self._capped(connection, mail) or (LOOP if again.looping else None)
            for_people = mail.for_people or capped
            turn = for_people is None and not again.same
            message_id = await _post(connection, conversation_id, mail, turn=turn)
            await close_mail(
                connection,
                kept.id,
                state="accepted",
                mail=mail,
                conversation_id=conversation_id,
                message_id=message_id,
            )
            if for_people is not None:
                await to_queue(connection, conversation_id, for_people)
            await _keep_id(connection, conversation_id, mail)
            await notifications_answered(
                connection, mail.thread_ids, conversation_id=conversation_id, customer_id=customer_id
            )
            await _keep_files(connection, message_id, mail)
        return Taken(conversation_id=conversation_id, outcome="capped" if capped else "accepted")

    async def _conversation(
        self, connection: Any, mail: ReadMail, customer_id: UUID
    ) -> tuple[UUID | None, str]:
        """Find the conversation a mail continues, only one of the sender's own, and who has it."""
        rows = await connection.fetch(
            THREAD,
            [*mail.thread_ids, *filter(None, [mail.message_id])],  # its own id too: other words under one id
            mail.token,
            self._reopen_days,
            customer_id,
            mail.trust >= Trust.AUTHENTICATED,
        )
        for row in rows:
            if row["status"] != "closed" or row["recent"]:
                return UUID(str(row["id"])), row["owner"]
        return None, ""

    async def _capped(self, connection: Any, mail: ReadMail) -> str | None:
        """Return why a person has to decide whether to answer, None where the hour still allows it."""
        # Mails taken in, not answers sent: of many at once none has been answered yet. Forged ones are
        # counted apart, else they could silence the real sender.
        taken = await connection.fetchval(
            "SELECT count(*) FROM mails WHERE from_address = $1 AND state = 'accepted'"
            " AND (trust >= $2) = $3 AND received_at > now() - interval '1 hour'",
            mail.from_address,
            int(Trust.AUTHENTICATED),
            mail.trust >= Trust.AUTHENTICATED,
        )
        if int(taken) >= self._hourly_cap:
            return TOO_MANY
        if mail.form_sender is None or mail.form_known:
            return None
        # A form that nobody named may be somebody who has us write to strangers.
        through = await connection.fetchval(
            "SELECT count(*) FROM mails WHERE form_sender = $1 AND state = 'accepted'"
            " AND received_at > now() - interval '1 hour'",
            mail.form_sender,
        )
        return TOO_MANY_VISITORS if int(through) >= self._hourly_cap else None


async def _folded(connection: Any, mail: ReadMail, customer_id: UUID) -> ReadMail:
    """Fold a mail, holding its quotes against what was said in the conversations it may belong to."""
    if not mail.cut:
        return mail
    rows = await connection.fetch(SAID, customer_id, list(mail.thread_ids))
    return fold(
        mail,
        ours=[
            *_newest(row["text"] for row in rows if row["author"] != "customer"),
            *await notifications_quoted(connection, mail.thread_ids),
        ],
        theirs=_newest(row["text"] for row in rows if row["author"] == "customer"),
    )


def _newest(texts: Iterable[str]) -> list[str]:
    """The first texts, `MOST_SAID` characters in all."""
    room, kept = MOST_SAID, list[str]()
    for text in texts:
        if room <= 0:
            break
        kept.append(text[:room])
        room -= len(text)
    return kept


async def _first(connection: Any, kept: KeptMail, mail: ReadMail) -> Any:
    """Return the row of an earlier copy of the mail that was believed at least as much, None without one."""
    keys = [mail.dedupe_key + BELIEVED]
    if mail.trust < Trust.AUTHENTICATED:
        keys.append(mail.dedupe_key)
    return await connection.fetchrow(
        "SELECT conversation_id FROM mails WHERE dedupe_key = ANY($1) AND id <> $2 LIMIT 1 FOR SHARE",
        keys,
        kept.id,
    )


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
        "INSERT INTO messages (id, conversation_id, seq, author, channel, key, text, trust, fold, below)"
        " VALUES ($1, $2, $3, 'customer', 'mail', $4, $5, $6, $7, $8)",
        message_id,
        conversation_id,
        row["last_seq"],
        mail.dedupe_key,
        mail.text,
        mail.trust,
        mail.fold,
        mail.below,
    )
    if turn and row["owner"] != "operator":
        await connection.execute(
            "INSERT INTO turns (id, conversation_id, customer_id, channel) VALUES ($1, $2, $3, 'mail')"
            " ON CONFLICT (conversation_id) WHERE state = 'pending'"
            " DO UPDATE SET available_at = CASE WHEN turns.waits_for IS NULL"
            " THEN least(turns.available_at, now()) ELSE turns.available_at END",
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
