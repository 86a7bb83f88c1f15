"""A mail as the rest of the house sees it: readable text, people, ids, files, and what is odd about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from orchestrator.mail.mail_types import MailFile


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment(MailFile):
    """One file that came with the mail.

    `media_type` is what the bytes are, not what the sender said. `note` is a sentence about why the
    file is not kept (then `data` is empty) or not passed on; None means that it is harmless to use.
    """

    size: int  # bytes as they came, also when `data` is not kept
    inline: bool
    note: str | None = None
    content_id: str | None = None  # without <>; HTML refers to it as cid:…
    contents: tuple[str, ...] = ()  # names inside a zip archive, at most 200
    summary: str = ""  # calendar entries and contact cards, as text


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounce:
    """What a delivery report or a complaint says of a mail we sent."""

    kind: str  # failed | delayed | delivered | relayed | expanded | complaint
    recipient: str | None
    status: str | None  # RFC 3463, such as 5.1.1
    reason: str
    original_message_id: str | None
    permanent: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Forwarded:
    """The mail inside a forwarded mail; whoever forwarded it stays the sender."""

    from_address: str
    from_name: str
    date: str | None  # as written there: its form depends on the mail program's language
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedMail:
    """One mail, read. All texts are valid Unicode without NUL and end lines with \\n.

    `automatic` is a stable slug that says why this is no human's mail, None for a human's. `notes` are
    slugs of what was repaired, cut or not understood. `security` says whether a part was signed or
    encrypted: pgp_encrypted, pgp_signed, smime_encrypted, smime_signed; an encrypted mail's text is
    empty or only what stood beside it. `reply_tos` are all addresses of Reply-To, the first is `reply_to`;
    `scripted` says that its head names the web script that wrote it.
    """

    from_address: str = ""  # domain in lower case and ASCII; '' if there is none
    from_name: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    reply_to: str | None = None
    subject: str = ""
    date: datetime | None = None  # aware, UTC
    message_id: str | None = None  # with <>
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    text: str
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()
    automatic: str | None = None
    bounce: Bounce | None = None
    forwarded: Forwarded | None = None
    authentication_results: tuple[str, ...] = ()  # raw header values, topmost first
    notes: tuple[str, ...] = ()
    security: str | None = None
    reply_tos: tuple[str, ...] = ()
    scripted: bool = False
