"""Mails as operators see them: those that were only recorded too, which they may turn into conversations."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from orchestrator.errors import OrchestratorError
from orchestrator.handover.ownership import Conflict
from orchestrator.mail.spool import NOTICE
from orchestrator.store.audit_log import note
from orchestrator.store.database import Database
from orchestrator.store.replica import CHANNEL

EXCERPT: Final = 200  # characters
LOOK: Final = 0.1
"""Seconds between looks at whether an accepted mail was read."""
NAMELESS: Final = frozenset({"form_without_visitor", "no_reply", "no_sender"})
"""Reasons that say that nobody knows whose words a mail holds."""

ITEM: Final = """
id, state, reason, detail, received_at, mailbox, coalesce(from_address, sender) AS "from", from_name,
reply_to, form_sender AS form, subject, size, trust, conversation_id AS conversation,
accepted_message_id AS message, accepted_by
"""
LIST: Final = f"""
SELECT {ITEM}, left(reply_text, {EXCERPT}) AS excerpt FROM mails
WHERE ($2::text IS NULL OR state = $2) AND ($3::text IS NULL OR reason = $3)
  AND ($4::timestamptz IS NULL OR (received_at, id) < ($4, $5))
ORDER BY received_at DESC, id DESC LIMIT $1
"""
SHOW: Final = f"""
SELECT {ITEM}, reply_text AS text, message_id, reference_ids AS "references", cc, sender AS envelope_from,
    recipients, authentication, notes, sent_on
FROM mails WHERE id = $1
"""


class MailUnknown(OrchestratorError):
    """There is no mail with this id."""

    code = "unknown_mail"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a page of mails ended."""

    received_at: datetime
    id: UUID


class RecordedMails:
    """Lists mails and takes recorded ones up; `own` are our addresses. Methods raise `StoreAway`."""

    def __init__(self, database: Database, *, own: frozenset[str]) -> None:
        self._database = database
        self._own = own

    async def list(
        self, *, state: str | None, reason: str | None, after: Place | None, limit: int
    ) -> list[dict[str, Any]]:
        """Return up to `limit` mails behind a place, newest first."""
        at, mail_id = (after.received_at, after.id) if after is not None else (None, None)
        return [dict(row) for row in await self._database.fetch(LIST, limit, state, reason, at, mail_id)]

    async def show(self, mail_id: UUID) -> dict[str, Any]:
        """Return one mail with its text; raise `MailUnknown`."""
        row = await self._database.fetchrow(SHOW, mail_id)
        if row is None:
            raise MailUnknown("This mail does not exist.")
        return dict(row)

    async def accept(
        self, mail_id: UUID, operator: str, *, sender: str | None, answer: bool, wait: float
    ) -> dict[str, Any]:
        """Have a recorded mail read again as a customer's, and return it as it is within `wait` seconds.

        `sender` says whose it is where the mail does not, `answer` whether the assistant answers it. A mail
        that is accepted already, or about to be, stays as it is. Raises `MailUnknown` and `Conflict`.
        """
        async with self._database.transaction() as connection:
            row = await connection.fetchrow(f"SELECT {ITEM} FROM mails WHERE id = $1 FOR UPDATE", mail_id)
            if row is None:
                raise MailUnknown("This mail does not exist.")
            if row["state"] == "recorded":
                self._check(row, sender)
                await _offer(connection, row, operator, sender=sender, answer=answer)
        return await self._settled(mail_id, wait)

    def _check(self, row: Mapping[str, Any], sender: str | None) -> None:
        if sender is not None and self._is_own(sender):
            raise Conflict("This address is one of ours: a mail can't be ours and a customer's.")
        unknown = row["reason"] in NAMELESS or not row["from"] or self._is_own(row["from"])
        if sender is None and unknown:
            raise Conflict("This mail does not say whose it is: name the customer's address in `from`.")

    def _is_own(self, address: str) -> bool:
        local, _, domain = address.lower().rpartition("@")
        return f"{local.partition('+')[0]}@{domain}" in self._own

    async def _settled(self, mail_id: UUID, wait: float) -> dict[str, Any]:
        for _ in range(int(wait / LOOK)):
            mail = await self.show(mail_id)
            if mail["state"] not in {"stored", "reading"}:
                return mail
            await asyncio.sleep(LOOK)
        return await self.show(mail_id)


async def _offer(
    connection: Any, row: Mapping[str, Any], operator: str, *, sender: str | None, answer: bool
) -> None:
    await connection.execute(
        "UPDATE mails SET state = 'stored', available_at = now(), accepted_by = $2, accepted_from = $3,"
        " accepted_answer = $4 WHERE id = $1",
        row["id"],
        operator,
        sender,
        answer,
    )
    await note(
        connection,
        actor=f"operator:{operator}",
        action="mail.accepted",
        subject=f"mail:{row['id']}",
        conversation_id=row["conversation"],
        before={"state": row["state"], "reason": row["reason"]},
        after={"from": sender or row["from"], "answer": answer},
    )
    await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, NOTICE)
