"""Raw mail in, `ParsedMail` out: never an exception, bounded time and memory, nothing left out silently.

Parts are found by `mime/structure.py` instead of the standard library's feed parser, which raises on
deep nesting and slows down with it; decoding rests on the standard library's codecs.
"""

from __future__ import annotations

from channels.mail.attachments import AttachmentCollector
from channels.mail.automatic import automatic_slug
from channels.mail.bodies import BodyText, MailBodyReader, without_armor
from channels.mail.bounce import read_bounce
from channels.mail.decoration import without_decoration
from channels.mail.forwarded import attached_forward, pasted_forward
from channels.mail.mime.decoding import LARGEST_TEXT, Notes, clean_line, clean_text, decode_bytes, tidy
from channels.mail.mime.field_values import MOST_IDS, read_addresses, read_date, read_ids, read_message_id
from channels.mail.mime.head import MailHeaders
from channels.mail.mime.parts import MimePart, read_parts
from channels.mail.parsed import Attachment, Forwarded, ParsedMail

_LONGEST_SUBJECT = 1_000  # characters
_MOST_RESULTS = 50  # Authentication-Results headers
_FIELDS = ("from", "date", "message-id", "subject", "reply-to")  # RFC 5322: at most one of each
_SCRIPTS = ("x-php-script", "x-php-originating-script", "x-form-id")


def parse_mail(raw: bytes) -> ParsedMail:
    """Read one raw mail. Never raises; what could not be read is in `notes`.

    Time is linear in the size of `raw` (a 35 MB mail takes well under 2 s), memory a few times its size.
    """
    try:
        return _parse(bytes(raw))
    except Exception:  # a mail must never be lost to a bug in here: the raw text still is a message
        return _unparsed(bytes(raw))


def _parse(raw: bytes) -> ParsedMail:
    notes = Notes()
    part = read_parts(raw, notes)
    headers = part.headers
    name, address = _sender(headers, notes)
    subject = headers.text("subject", _LONGEST_SUBJECT)
    files = AttachmentCollector(notes)
    reader = MailBodyReader(files, notes)
    body = _body(part, reader)
    text, armor = without_armor(body.text)
    security = reader.security or armor
    if security and security.endswith("encrypted"):
        notes.add("encrypted")
    answered, references = _thread(headers)
    automatic = automatic_slug(part, sender=address, subject=subject, text=text)
    bounce = read_bounce(part, sender=address, name=name, subject=subject, text=text)
    if bounce is not None and automatic not in {"feedback_report", "delivery_report"}:
        automatic = "feedback_report" if bounce.kind == "complaint" else "delivery_report"
    forwarded = (
        None if automatic in {"delivery_report", "feedback_report"} else _forwarded(subject, text, reader)
    )
    text = _with_forwarded(text, forwarded, reader)
    reply_tos = _addresses(headers, "reply-to")
    return ParsedMail(
        from_address=address,
        from_name=name,
        to=_addresses(headers, "to"),
        cc=_addresses(headers, "cc"),
        reply_to=next(iter(reply_tos), None),
        subject=subject,
        date=read_date(headers.get("date")),
        message_id=read_message_id(headers.all("message-id")),
        in_reply_to=answered,
        references=references,
        text=_cut(text, notes),
        html=body.html,
        attachments=tuple(without_decoration(files.kept, body.html, text)),
        automatic=automatic,
        bounce=bounce,
        forwarded=forwarded,
        authentication_results=_results(headers),
        notes=notes.all(),
        security=security,
        reply_tos=reply_tos,
        scripted=headers.has(*_SCRIPTS),
    )


def _sender(headers: MailHeaders, notes: Notes) -> tuple[str, str]:
    """Name and address of the first usable From, else Sender."""
    for field in _FIELDS:
        if len(headers.all(field)) > 1:
            notes.add(f"repeated_{field.replace('-', '_')}")
    for field in ("from", "sender"):
        for value in headers.all(field):
            found = read_addresses(value)
            if found:
                notes.add("several_authors" if len(found) > 1 else None)
                return found[0]
    notes.add("no_sender")
    return headers.text("from", 200).strip("\"'<> "), ""


def _addresses(headers: MailHeaders, field: str) -> tuple[str, ...]:
    found = [address for value in headers.all(field) for _, address in read_addresses(value)]
    return tuple(dict.fromkeys(found))


def _thread(headers: MailHeaders) -> tuple[str | None, tuple[str, ...]]:
    """The id that is answered, and all ids of the thread; further In-Reply-To ids join the latter."""
    answered = [found for value in headers.all("in-reply-to") for found in read_ids(value)]
    references = [found for value in headers.all("references") for found in read_ids(value)]
    every = dict.fromkeys([*references, *answered[1:]])
    return next(iter(answered), None), tuple(list(every)[: MOST_IDS * 2])


def _body(part: MimePart, reader: MailBodyReader) -> BodyText:
    """The text, from wherever there is some: the parts, winmail.dat, or a lone text file."""
    body = reader.read(part)
    files = reader.files
    if not body.text.strip() and files.winmail_text.strip():
        body = BodyText(text=tidy(clean_text(files.winmail_text)), html=body.html)
    elif not body.text.strip() and files.winmail_html.strip():
        body = reader.html(files.winmail_html)
    if not body.text.strip() and len(files.kept) == 1 and _is_letter(files.kept[0]):
        reader.notes.add("text_from_attachment")
        body = BodyText(text=tidy(clean_text(decode_bytes(files.kept[0].data)[0])))
    return body


def _is_letter(file: Attachment) -> bool:
    return file.media_type == "text/plain" and 0 < file.size <= 65_536 and bool(file.data)


def _forwarded(subject: str, text: str, reader: MailBodyReader) -> Forwarded | None:
    return attached_forward(subject, text, reader.mails) or pasted_forward(subject, text)


def _with_forwarded(text: str, forwarded: Forwarded | None, reader: MailBodyReader) -> str:
    """An attached forward is shown below the words it came with, calendar entries at the very end."""
    pieces = [text] if text.strip() else []
    if forwarded is not None and reader.mails:
        pieces.append("\n".join([*_forward_head(forwarded), "", forwarded.text]))
    return "\n\n".join([*pieces, *reader.summaries[:20]])


def _forward_head(forwarded: Forwarded) -> list[str]:
    address = f"<{forwarded.from_address}>" if forwarded.from_address else ""
    sender = f"{forwarded.from_name} {address}".strip()
    fields = (("From", sender), ("Date", forwarded.date))
    return [
        "---------- Forwarded message ---------",
        *(f"{name}: {value}" for name, value in fields if value),
    ]


def _results(headers: MailHeaders) -> tuple[str, ...]:
    values = [*headers.all("authentication-results")][:_MOST_RESULTS]
    return tuple(clean_line(value, 8_000) for value in values)


def _cut(text: str, notes: Notes) -> str:
    if len(text) > LARGEST_TEXT:
        notes.add("text_cut")
    return text[:LARGEST_TEXT]


def _unparsed(raw: bytes) -> ParsedMail:
    """The last resort: everything as text."""
    text = raw[:LARGEST_TEXT].decode("utf-8", "replace")
    return ParsedMail(text=tidy(clean_text(text)), notes=("unparsed",))
