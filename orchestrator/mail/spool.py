"""The spool: mails become durable here, many with one commit, before the wire says 250."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path

from orchestrator.conversation.file_store import write_durably
from orchestrator.errors import StoreAway
from orchestrator.ids import new_id
from orchestrator.mail.mail_types import Envelope
from orchestrator.store.database import Database
from orchestrator.store.replica import CHANNEL

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
            await connection.execute(KEEP, *_columns(mails, digests))
            await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, NOTICE)

    async def _to_disk(self, raw: bytes, digest: str) -> None:
        try:
            await asyncio.to_thread(write_durably, raw_path(self._folder, digest), raw)
        except OSError as error:
            raise StoreAway("The mail can't be stored for the moment.", retry_after=5.0) from error


def _columns(mails: Sequence[Envelope], digests: Sequence[str]) -> list[list[object]]:
    return [
        [new_id() for _ in mails],
        [mail.received_at for mail in mails],
        [_text(mail.sender) for mail in mails],
        ["\n".join(_text(each) for each in mail.recipients) for mail in mails],
        [_text(mail.peer) for mail in mails],
        [_text(mail.helo) for mail in mails],
        [mail.tls for mail in mails],
        [mail.protocol for mail in mails],
        [mail.authenticated_as for mail in mails],
        [len(mail.raw) for mail in mails],
        list(digests),
        [mail.raw if len(mail.raw) <= IN_ROW else None for mail in mails],
    ]


def _text(value: str) -> str:
    """PostgreSQL's text holds neither NUL nor lone surrogates, and a line break parts recipients."""
    clean = value.replace("\0", "").replace("\n", " ")
    return clean.encode("utf-8", "replace").decode()
