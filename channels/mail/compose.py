"""One answer as a mail: threaded, marked as what it is, text and HTML, the same bytes on every try."""

from __future__ import annotations

import hashlib
import re
from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Iterable, Iterator
from datetime import UTC
from email.utils import format_datetime
from typing import Final
from urllib.parse import quote

from channels.mail.header_text import (
    LONGEST_SUBJECT,
    folded,
    mailboxes,
    one_line,
    reply_subject,
    unstructured,
)
from channels.mail.html_body import html_body, language_tag
from channels.mail.mailbox import AddressInvalid, Mailbox, read_mailbox
from channels.mail.markup import read_markup
from channels.mail.plain_body import plain_body
from channels.mail.quotation import plain_text, short_quote
from guardrails.text_direction import in_order
from orchestrator.mail.mail_types import OutgoingMail

LONGEST_FILE_NAME: Final = 240  # octets of UTF-8: percent-encoded it still fits a line of 998
FLOWED: Final = "; format=flowed; delsp=no"
"""Of a text part whose lines are only broken for the wire (RFC 3676)."""
_READ_NAME: Final = 2_000
_TOKEN: Final = r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
_MEDIA_TYPE: Final = re.compile(rf"{_TOKEN}/{_TOKEN}")
_SIMPLE_NAME: Final = re.compile(r"[A-Za-z0-9 ._()+,@=\-]{1,70}")
_METHOD: Final = re.compile(rb"^METHOD:([A-Za-z-]{1,20})\r?$", re.MULTILINE)
_FROM: Final = re.compile(rb"^From ", re.MULTILINE)
_COMPOSITE: Final = ("multipart/", "message/")


def text_part(subtype: str, text: str, *, more: str = "") -> bytes:
    """Make a text part in UTF-8, quoted-printable or base64 by length; `text` has `\\n` line ends.

    `more` are parameters of its type, such as `FLOWED`.
    """
    data = text.replace("\n", "\r\n").encode("utf-8", "replace")
    printable = _FROM.sub(b"=46rom ", b2a_qp(data, istext=True))
    packed = _base64(data)
    encoding, body = ("quoted-printable", printable) if len(printable) <= len(packed) else ("base64", packed)
    return _mime_part(
        [f'Content-Type: text/{subtype}; charset="utf-8"{more}', f"Content-Transfer-Encoding: {encoding}"],
        body,
    )


def file_part(name: str, media_type: str, data: bytes) -> bytes:
    """Make an attachment; a name or type that can't stand in a header is made harmless."""
    kind = media_type.strip().lower()
    if not _MEDIA_TYPE.fullmatch(kind) or kind.startswith(_COMPOSITE):  # composites must not be base64
        kind = "application/octet-stream"
    return _mime_part(
        [
            f"Content-Type: {kind}{_more(kind, data)}",
            f"Content-Disposition: attachment;\r\n {_file_name(name)}",
            "Content-Transfer-Encoding: base64",
        ],
        _base64(data),
    )


def _more(kind: str, data: bytes) -> str:
    """A calendar names its method (RFC 6047 2.4); one that has none is published, not a question."""
    if kind != "text/calendar":
        return ""
    method = _METHOD.search(data)
    return f'; charset="utf-8"; method={method[1].decode().upper() if method else "PUBLISH"}'


def multipart(subtype: str, boundary: str, parts: Iterable[bytes]) -> bytes:
    """Wrap parts; a boundary that holds `=_` can't occur inside quoted-printable or base64."""
    mark = b"--" + boundary.encode("ascii")
    inner = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts)
    return _mime_part(
        [f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"'], inner + mark + b"--\r\n"
    )


def _mime_part(headers: list[str], body: bytes) -> bytes:
    return "\r\n".join([*headers, "", ""]).encode("ascii") + body


def _base64(data: bytes) -> bytes:
    return encodebytes(data).replace(b"\n", b"\r\n")


def _file_name(name: str) -> str:
    whole = one_line(name.replace("\\", "/").rpartition("/")[2], _READ_NAME).strip(". ") or "file"
    cleaned = _shortened(whole)
    if _SIMPLE_NAME.fullmatch(cleaned):
        return f'filename="{cleaned}"'
    return f"filename*=utf-8''{quote(cleaned, safe='')}"  # RFC 2231


def _shortened(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 10:
        stem, dot, ending = name, "", ""
    room = LONGEST_FILE_NAME - len(f"{dot}{ending}".encode())
    return stem.encode()[:room].decode("utf-8", "ignore") + dot + ending


MOST_REFERENCES: Final = 50
MOST_REFERENCE_OCTETS: Final = 4_000
MOST_COPIES: Final = 50
_LONGEST_NAME: Final = 120
_LONGEST_ID: Final = 250
_MESSAGE_ID: Final = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]+>")


class MessageIdInvalid(ValueError):
    """The Message-ID given for an answer can't stand in a header."""

    code = "message_id_invalid"


def compose(answer: OutgoingMail) -> bytes:
    """Make the mail (RFC 5322, MIME) with CRLF line ends and no line over 998 octets.

    All octets are ASCII unless a local part is not: such a mail needs SMTPUTF8. Copies that are no valid
    addresses are left out. Raises `AddressInvalid` for From, To or Reply-To, `MessageIdInvalid` for the id.
    """
    headers = "".join(f"{name}: {value}\r\n" for name, value in _headers(answer))
    return headers.encode("utf-8") + _body(answer)


def envelope_recipients(answer: OutgoingMail) -> tuple[str, ...]:
    """Give the addresses the mail of `answer` goes to, once each; raises `AddressInvalid` for To."""
    return tuple(str(mailbox) for mailbox in (read_mailbox(answer.to), *_copies(answer)))


def _headers(answer: OutgoingMail) -> Iterator[tuple[str, str]]:
    name = one_line(answer.from_name, _LONGEST_NAME)
    yield "Date", format_datetime(answer.date.astimezone(UTC))
    yield "From", mailboxes("From", [(name, read_mailbox(answer.from_address))])
    if answer.reply_to is not None:
        yield "Reply-To", mailboxes("Reply-To", [("", read_mailbox(answer.reply_to))])
    yield "To", mailboxes("To", [("", read_mailbox(answer.to))])
    if copies := _copies(answer):
        yield "Cc", mailboxes("Cc", [("", mailbox) for mailbox in copies])
    yield "Subject", unstructured("Subject", _subject(answer))
    yield from _threading(answer)
    if not answer.by_person:
        yield "Auto-Submitted", "auto-generated" if answer.initial else "auto-replied"  # RFC 3834
        yield "X-Auto-Response-Suppress", "All"  # Exchange sends no out-of-office, no receipts
    yield "Content-Language", language_tag(answer.language)
    yield "MIME-Version", "1.0"


def _subject(answer: OutgoingMail) -> str:
    if answer.initial:
        return one_line(answer.subject, LONGEST_SUBJECT)
    return reply_subject(answer.subject, answer.language)


def _threading(answer: OutgoingMail) -> Iterator[tuple[str, str]]:
    if not _is_id(answer.message_id):
        raise MessageIdInvalid("The Message-ID needs angle brackets and printable ASCII between them.")
    yield "Message-ID", answer.message_id
    if answer.in_reply_to and _is_id(answer.in_reply_to):
        yield "In-Reply-To", answer.in_reply_to
    if references := thread_references(answer.references, answer.in_reply_to):
        yield "References", folded("References", references)


def thread_references(references: Iterable[str], in_reply_to: str | None) -> list[str]:
    """Give the References of a reply, each id once: the first and the newest, at most 50 and 4,000 octets."""
    parent = [in_reply_to] if in_reply_to else []
    older = [one for one in references if _is_id(one) and one != in_reply_to]
    ids = list(dict.fromkeys(older)) + [one for one in parent if _is_id(one)]
    if len(ids) <= 1:
        return ids
    first, newest, room = ids[0], list[str](), MOST_REFERENCE_OCTETS - len(ids[0])
    for one in reversed(ids[-(MOST_REFERENCES - 1) :] if len(ids) > MOST_REFERENCES else ids[1:]):
        room -= len(one) + 1
        if room < 0:
            break
        newest.append(one)
    return [first, *reversed(newest)]


def _is_id(text: str) -> bool:
    return len(text) <= _LONGEST_ID and _MESSAGE_ID.fullmatch(text) is not None


def _copies(answer: OutgoingMail) -> list[Mailbox]:
    seen = {_key(read_mailbox(answer.to))}
    copies: list[Mailbox] = []
    for text in answer.cc[:MOST_COPIES]:
        try:
            mailbox = read_mailbox(text)
        except AddressInvalid:
            continue  # a broken copy must not keep the customer from the answer
        if _key(mailbox) not in seen:
            seen.add(_key(mailbox))
            copies.append(mailbox)
    return copies


def _key(mailbox: Mailbox) -> str:
    return str(mailbox).casefold()


def _body(answer: OutgoingMail) -> bytes:
    text = plain_text(in_order(answer.text)).strip("\n").rstrip()
    blocks = read_markup(text, escapes=not answer.by_person)
    quote = short_quote(
        in_order(answer.quoted),
        name=in_order(answer.quoted_from),
        address=answer.quoted_address,
        on=answer.quoted_on,
        language=answer.language,
    )
    seed = hashlib.sha256(answer.message_id.encode("utf-8", "replace")).hexdigest()[:24]
    parts = [
        text_part("plain", plain_body(blocks, quote), more=FLOWED),
        text_part("html", html_body(blocks, quote, answer.language)),
    ]
    both = multipart("alternative", f"=_a{seed}", parts)
    if not answer.attachments:
        return both
    return multipart(
        "mixed",
        f"=_m{seed}",
        [both, *(file_part(in_order(each.name), each.media_type, each.data) for each in answer.attachments)],
    )
