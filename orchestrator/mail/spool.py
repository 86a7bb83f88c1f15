"""The spool: mails become durable here, many with one commit, before the wire says 250; then a reader claims
them, and they are recorded, accepted or put back.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from orchestrator.conversation.file_store import write_durably
from orchestrator.errors import StoreAway
from orchestrator.ids import new_id
from orchestrator.mail.mail_types import Acceptance, Envelope, KeptMail, ReadMail
from orchestrator.mail.repeats import digests
from orchestrator.store.database import Database
from orchestrator.store.replica import CHANNEL, gone

IN_ROW = 1_000_000
"""Bytes up to which a raw mail travels in its row; a larger one is a file from the start."""

NOTICE = '[0,[["mail"]]]'
"""What wakes the readers; no replica has the number 0."""

KEEP = """
INSERT INTO mails (id, received_at, sender, recipients, peer, helo, tls, protocol, authenticated_as, size,
    sha256, raw)
SELECT id, received_at, sender, string_to_array(recipients, E'\\n'), peer, helo, tls, protocol,
    authenticated_as, size, sha256, raw
FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bool[],
    $8::text[], $9::text[], $10::bigint[], $11::text[], $12::bytea[])
AS m(id, received_at, sender, recipients, peer, helo, tls, protocol, authenticated_as, size, sha256, raw)
"""


def raw_path(folder: Path, digest: str) -> Path:
    """Return where the raw mail with this SHA-256 digest lies."""
    return folder / "raw" / digest[:2] / digest


class Spool:
    """Keeps raw mails: small ones in their row, large ones on disk by content hash."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder

    async def keep(self, mails: Sequence[Envelope]) -> None:
        """Make all mails durable with one commit; raise `StoreAway` when they are not."""
        digests = [hashlib.sha256(mail.raw).hexdigest() for mail in mails]
        for mail, digest in zip(mails, digests, strict=True):
            if len(mail.raw) > IN_ROW:
                await self._to_disk(mail.raw, digest)
        async with self._database.transaction() as connection:
            await connection.execute(KEEP, *zip(*map(_row, mails, digests), strict=True))
            await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, NOTICE)

    async def _to_disk(self, raw: bytes, digest: str) -> None:
        try:
            await asyncio.to_thread(write_durably, raw_path(self._folder, digest), raw)
        except OSError as error:
            raise StoreAway("The mail can't be stored for the moment.", retry_after=5.0) from error


def _row(mail: Envelope, digest: str) -> tuple[object, ...]:
    return (
        new_id(),
        mail.received_at,
        _text(mail.sender),
        "\n".join(map(_text, mail.recipients)),
        _text(mail.peer),
        _text(mail.helo),
        mail.tls,
        mail.protocol,
        mail.authenticated_as,
        len(mail.raw),
        digest,
        mail.raw if len(mail.raw) <= IN_ROW else None,
    )


def _text(value: str) -> str:
    """PostgreSQL's text holds neither NUL nor lone surrogates, and a line break parts recipients."""
    clean = value.replace("\0", "").replace("\n", " ")
    return clean.encode("utf-8", "replace").decode()


# A mail in hand is offered again when its reader is gone, or did not finish within two minutes.
CLAIM = f"""
WITH due AS (
    SELECT id FROM mails q
    WHERE state IN ('stored', 'reading') AND (available_at <= now() OR state = 'reading' AND {gone("q")})
    ORDER BY available_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE mails m SET state = 'reading', attempts = attempts + 1, replica = $1, renewed_at = now(),
    available_at = now() + interval '2 minutes'
FROM due WHERE m.id = due.id
RETURNING m.id, m.sender, m.recipients, m.peer, m.helo, m.received_at, m.attempts, m.raw, m.sha256,
    m.accepted_by, m.accepted_from, m.accepted_answer
"""


class KeptMails:
    """The mails in the tables, with their raw bytes below `folder`."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder

    async def claim(self, replica: int, limit: int) -> list[KeptMail]:
        """Take up to `limit` mails that wait to be read."""
        rows = await self._database.fetch(CLAIM, replica, limit)
        return [
            KeptMail(
                id=row["id"],
                sender=row["sender"],
                recipients=tuple(row["recipients"]),
                peer=row["peer"],
                helo=row["helo"],
                received_at=row["received_at"],
                attempts=row["attempts"],
                raw=row["raw"],
                path=raw_path(self._folder, row["sha256"]),
                accepted=_acceptance(row),
            )
            for row in rows
        ]

    async def record(self, kept: KeptMail, reason: str, mail: ReadMail | None) -> None:
        """Note a mail that is never answered, and why; one that refers to a conversation is kept with it."""
        async with self._database.transaction() as connection:
            if not await in_hand(connection, kept):
                return
            found = None
            if mail is not None and mail.thread_ids:
                found = await connection.fetchval(
                    "SELECT conversation_id FROM mail_ids WHERE message_id = ANY($1)"
                    " ORDER BY array_position($1::text[], message_id), created_at LIMIT 1",
                    list(mail.thread_ids),
                )
            await close_mail(
                connection, kept.id, state="recorded", reason=reason, mail=mail, conversation_id=found
            )

    async def put_back(self, kept: KeptMail, *, seconds: float) -> None:
        """Let a mail that could not be read now be read later."""
        await self._database.execute(
            "UPDATE mails SET state = 'stored', available_at = now() + make_interval(secs => $3)"
            " WHERE id = $1 AND attempts = $2 AND state = 'reading'",
            kept.id,
            kept.attempts,
            seconds,
        )


def _acceptance(row: Any) -> Acceptance | None:
    if row["accepted_by"] is None:
        return None
    return Acceptance(sender=row["accepted_from"], answer=row["accepted_answer"])


async def in_hand(connection: Any, kept: KeptMail) -> bool:
    """Lock a mail's row and say whether this reading of it is still the one that counts."""
    found = await connection.fetchval(
        "SELECT 1 FROM mails WHERE id = $1 AND attempts = $2 AND state = 'reading' FOR UPDATE",
        kept.id,
        kept.attempts,
    )
    return found is not None


async def close_mail(
    connection: Any,
    mail_id: UUID,
    *,
    state: str,
    mail: ReadMail | None,
    reason: str | None = None,
    conversation_id: UUID | None = None,
    message_id: UUID | None = None,
) -> None:
    """Write what a mail came to, whose bytes are on disk by now; an accepted one bars later copies."""
    await connection.execute(
        "UPDATE mails SET state = $2, reason = $3, conversation_id = $4, accepted_message_id = $5,"
        " raw = NULL"
        " WHERE id = $1",
        mail_id,
        state,
        reason,
        conversation_id,
        message_id,
    )
    if mail is None:
        return
    await connection.execute(
        "UPDATE mails SET mailbox = $2, from_address = $3, from_name = $4, subject = $5, message_id = $6,"
        " reference_ids = $7, trust = $8, authentication = $9, notes = $10, reply_to = $11, cc = $12,"
        " reply_text = $13, sent_on = $14, dedupe_key = CASE WHEN $15 = 'accepted' THEN $16 END,"
        " own_words = $17, form_sender = $18, words_digest = $19, shape_digest = $20, detail = $21"
        " WHERE id = $1",
        mail_id,
        mail.mailbox,
        mail.from_address,
        mail.from_name,
        mail.subject,
        mail.message_id,
        list(reversed(mail.thread_ids)),
        mail.trust,
        dict(mail.authentication),
        list(mail.notes),
        mail.reply_to,
        list(mail.cc),
        mail.text,
        mail.sent_on,
        state,
        mail.dedupe_key,
        mail.words,
        mail.form_sender,
        *digests(mail),
        mail.detail,
    )
