"""Mail in its normal form: kept as it came, read, answered."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal
from uuid import UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """One accepted mail with its SMTP envelope.

    All texts are free of control characters, lone surrogates and NUL. `raw` is what came between DATA
    and the final dot, dots unstuffed, every line ended by CRLF, otherwise untouched (no Received line
    is added, so that equal mails stay equal).
    """

    sender: str
    """The reverse-path; '' is the null one."""
    recipients: tuple[str, ...]
    """As the client wrote them, tags included; each is one of the configured addresses."""
    peer: str
    """IP address of the client (from the PROXY header where one is believed); '' on a unix socket."""
    helo: str
    tls: bool
    protocol: Literal["smtp", "lmtp"]
    smtputf8: bool
    received_at: datetime
    raw: bytes
    authenticated_as: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Acceptance:
    """What an operator said who took a recorded mail up: whose it is, and whether the assistant answers."""

    sender: str | None
    answer: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptMail:
    """A mail that is durable and not read yet; its bytes are in `raw` or in the file `path`."""

    id: UUID
    sender: str
    recipients: tuple[str, ...]
    peer: str
    helo: str
    received_at: datetime
    attempts: int
    raw: bytes | None
    path: Path
    accepted: Acceptance | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MailFile:
    """A file that came with a mail."""

    name: str
    media_type: str
    data: bytes

    @property
    def sha256(self) -> str:
        """Return the digest of the content, in hex."""
        return hashlib.sha256(self.data).hexdigest()


class CutKind(StrEnum):
    """What a piece looks like that the reply was freed of."""

    QUOTE = "quote"
    LOOSE = "loose"  # a notice, divider or device line, unless it is the customer's words
    SIGNATURE = "signature"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """Lines taken out of a mail; `heads` are those of them (from 0) that tell who wrote the ones below."""

    kind: CutKind
    text: str
    heads: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadMail:
    """What a mail says, ready for its conversation.

    `mailbox` is the address of ours it came to, `text` what its writer said in it with our notes, `words` the
    writer's own words alone, `token` the conversation its address names, `thread_ids` the Message-IDs it
    refers to, nearest first; `trust` is 1 or 2. `cut` was taken out of it. Once that is folded, `text` goes
    on below its first `fold` characters with what of it may be new, and `below` is all of it. `form_sender`
    is the web form that wrote it for `from_address`, `form_known` one that the settings name; `for_people`
    says why people and not the assistant answer it; `detail` is what a report tells, and of whom.
    """

    mailbox: str
    from_address: str
    from_name: str = ""
    subject: str = ""
    message_id: str | None = None
    thread_ids: tuple[str, ...] = ()
    token: UUID | None = None
    text: str
    words: str = ""
    trust: int
    authentication: Mapping[str, Any] = field(default_factory=dict)
    dedupe_key: str
    reply_to: str | None = None
    cc: tuple[str, ...] = ()
    sent_on: datetime | None = None
    files: tuple[MailFile, ...] = ()
    notes: tuple[str, ...] = ()
    cut: tuple[Cut, ...] = ()
    fold: int | None = None
    below: str | None = None
    form_sender: str | None = None
    form_known: bool = False
    for_people: str | None = None
    detail: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OutgoingMail:
    """What a mail of ours consists of; everything a customer wrote may be in it as it came."""

    from_address: str
    from_name: str
    """The business, as the customer shall see it."""
    to: str
    cc: tuple[str, ...] = ()
    subject: str
    """Of the customer's mail; `Re:` is put before it."""
    text: str
    language: str
    """Tag such as `de` or `pt-BR`; marks the parts and chooses the words of the attribution."""
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    """The customer's References, oldest first; `in_reply_to` is added as the last."""
    message_id: str
    """With angle brackets, the same on every try."""
    reply_to: str | None
    """Our address with the conversation's token; None: answers go to From."""
    quoted: str = ""
    quoted_from: str = ""
    quoted_address: str = ""
    quoted_on: datetime | None = None
    attachments: tuple[MailFile, ...] = ()
    date: datetime
    initial: bool = False
    """It answers no mail: the subject stays as it is, and it is generated, not a reply (RFC 3834)."""
    by_person: bool = False
    """A person wrote it: nothing says that it is automatic, else the other side's software files it away."""
