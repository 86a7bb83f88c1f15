"""Whether a mail was written by a machine: such mail is recorded and never answered (RFC 3834).

Slugs, in the order they are looked for: feedback_report, delivery_report, read_receipt, auto_submitted,
bulk, list, junk, auto_reply, newsletter, auto_response_suppress, autoresponder, loop, null_sender,
mailer_daemon, out_of_office, reaction, calendar_reply; and with the envelope own_address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from channels.mail.mime.decoding import Notes, clean_text, decode_bytes
from channels.mail.mime.head import MailHeaders
from channels.mail.mime.parts import MimePart
from channels.mail.parsed import ParsedMail
from channels.mail.word_lists import any_of, words

REACTION, CALENDAR_REPLY = "reaction", "calendar_reply"

# RFC 9078 has a disposition; programs have types of their own, such as text/vnd.google.email-reaction+json.
_REACTION = re.compile(r"(?:text|application)/(?:[\w.+-]*[.+-])?reactions?(?:[.+-][\w.+-]*)?")
_CALENDARS = {"text/calendar", "application/ics"}
_ANSWERS = {
    "REPLY",
    "REFRESH",
    "DECLINECOUNTER",
}  # RFC 5546; COUNTER proposes, CANCEL tells
_METHOD = re.compile(r"(?im)^METHOD(?:;[^:\n]{0,100})?:\s*([A-Z-]{1,30})\s*$")
_CALENDAR_COMMENT = re.compile(r"(?im)^COMMENT(?:;[^:\n]{0,300})?:[^\S\n]*\S")
_ASKS = re.compile("[?\u061f\uff1f](?![\\w=&%/-])")
_LINK = re.compile(r"https?://\S{1,2000}")
_LARGEST = 200_000  # bytes


def gesture(part: MimePart) -> str | None:
    """`reaction`, `calendar_reply`, or None for a mail with words of its own."""
    if _is_reaction(part):
        return REACTION
    return CALENDAR_REPLY if _is_calendar_reply(part) else None


def _is_reaction(part: MimePart) -> bool:
    """The part, or one of the forms in which it says the same; a reaction beside other words is a message."""
    if not part.children:
        return part.disposition == "reaction" or _REACTION.fullmatch(part.type) is not None
    if part.type == "multipart/alternative":
        return any(_is_reaction(child) for child in part.children)
    return part.type.startswith("multipart/") and all(_is_reaction(child) for child in part.children)


def _is_calendar_reply(part: MimePart) -> bool:
    """An answer to an invitation without a comment: the text beside it is its program's, unless it asks."""
    texts = [
        clean_text(_text(leaf))
        for leaf in part.leaves()
        if leaf.type in _CALENDARS and leaf.disposition != "attachment"
    ]
    methods = {found[1].upper() for text in texts if (found := _METHOD.search(text))}
    if not methods or not methods <= _ANSWERS or any(_CALENDAR_COMMENT.search(text) for text in texts):
        return False
    plain = (leaf for leaf in part.leaves() if leaf.type == "text/plain" and leaf.disposition != "attachment")
    return not any(_ASKS.search(_LINK.sub("", clean_text(_text(leaf)))) for leaf in plain)


def _text(leaf: MimePart) -> str:
    return decode_bytes(leaf.decoded(Notes())[:_LARGEST], leaf.parameters.get("charset") or "utf-8")[0]


_WORDS = words("automatic")
_ABSENT_SUBJECT = any_of(_WORDS["absent_subject"])
_ABSENT_BODY = any_of(_WORDS["absent_body"])


def is_out_of_office(headers: MailHeaders, subject: str, text: str) -> bool:
    """A subject of absence notices, and one more sign: an answer to something, or the words for it.

    "Out of office furniture order" is neither; "Re: Automatic reply: …" is a human's answer to one.
    """
    if not _ABSENT_SUBJECT.match(subject.lstrip()):
        return False
    answers = headers.has("in-reply-to", "references")
    return answers or _ABSENT_BODY.search(text[:4_000]) is not None


_RECEIPTS = {"", "none", "oof", "dr", "ndr", "rn", "nrn"}
_SEPARATORS = re.compile(r"[,;\s]+")
_DAEMONS = re.compile(
    r"(?i)^(?:mailer[-_.]?daemon|mail-daemon|postmaster|mdaemon|bounces?|mail\.delivery|maildelivery|"
    r"mail[-_]delivery[-_]sub\w*|microsoftexchange[0-9a-f]{32})(?:[+@].*)?$"
)
_OOF_CLASS = re.compile(r"(?i)^ipm\.note\.rules\.(?:oof|reply)template")
_COMMENT = re.compile(r"\([^()]{0,200}\)")


def automatic_slug(part: MimePart, *, sender: str, subject: str, text: str) -> str | None:
    """Why this is no human's mail, from the mail alone; None for a human's."""
    return next(filter(None, _slugs(part, sender, subject, text)), None)


def _slugs(part: MimePart, sender: str, subject: str, text: str) -> Iterator[str | None]:
    headers = part.headers
    yield _report(part)
    yield _submitted(headers)
    yield _precedence(headers)
    yield "list" if headers.has(*_WORDS["lists"]) else None
    yield "newsletter" if headers.has(*_WORDS["newsletters"]) else None
    yield _suppressed(headers)
    yield "autoresponder" if _responder(headers) else None
    yield "loop" if headers.has(*_WORDS["loops"]) else None
    yield "null_sender" if "<>" in headers.get("return-path").replace(" ", "") else None
    yield "mailer_daemon" if is_daemon(sender or headers.get("from")) else None
    yield "out_of_office" if is_out_of_office(headers, subject, text) else None
    yield gesture(part)


def is_automatic(mail: ParsedMail, *, envelope_from: str, own_addresses: frozenset[str]) -> str | None:
    """As `mail.automatic`, and what only the envelope knows.

    `own_addresses` are in lower case, without plus-tags; a tagged one counts as its base. A mail
    from one of them would be answered to ourselves, for ever.
    """
    if mail.automatic is not None:
        return mail.automatic
    reverse_path = envelope_from.strip().strip("<>").strip().lower()
    if not reverse_path:
        return "null_sender"
    if is_daemon(reverse_path):
        return "mailer_daemon"
    # A forwarding service writes a tagged address of ours into the envelope (Google's caf_): so the reverse
    # path counts as it is.
    if _untagged(mail.from_address) in own_addresses or reverse_path in own_addresses:
        return "own_address"
    return None


def is_daemon(address: str) -> bool:
    """Whether an address is one that only mail systems write from."""
    return _DAEMONS.match(address.strip().strip("<>")) is not None


def _untagged(address: str) -> str:
    local, _, domain = address.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _report(part: MimePart) -> str | None:
    # A report says so in its outermost part; a person may attach one and ask what it means.
    kind = part.parameters.get("report-type", "").lower() if part.type == "multipart/report" else ""
    if kind == "feedback-report" or part.type == "message/feedback-report":
        return "feedback_report"
    if kind == "disposition-notification" or part.type == "message/disposition-notification":
        return "read_receipt"
    if part.type in {"multipart/report", "message/delivery-status"}:
        return "delivery_report"
    return None


def _submitted(headers: MailHeaders) -> str | None:
    for value in headers.all("auto-submitted"):
        word = _COMMENT.sub("", value).partition(";")[0].strip().lower()
        if word not in {"", "no"}:
            return "auto_submitted"
    return None


def _precedence(headers: MailHeaders) -> str | None:
    values = [*headers.all("precedence"), *headers.all("x-precedence"), *headers.all("preference")]
    said = (value.strip().lower().replace(" ", "_") for value in values)
    return next((_WORDS["precedence"][word] for word in said if word in _WORDS["precedence"]), None)


def _suppressed(headers: MailHeaders) -> str | None:
    """Only All and AutoReply ask for no automatic answer; the others name receipts (MS-OXCMAIL)."""
    values = headers.all("x-auto-response-suppress")
    words = {word for value in values for word in _SEPARATORS.split(value.lower())}
    return "auto_response_suppress" if words - _RECEIPTS else None


def _responder(headers: MailHeaders) -> bool:
    if any(headers.get(name).strip().lower() not in {"", "no", "false"} for name in _WORDS["responders"]):
        return True
    classes = (
        headers.get(name) for name in ("message-class", "x-message-class", "x-microsoft-message-class")
    )
    return (
        any(_OOF_CLASS.match(value) for value in classes)
        or "mailbox rules agent" in headers.get("x-ms-exchange-generated-message-source").lower()
        or headers.get("x-post-messageclass").startswith("9")
        or headers.get("delivered-to").lower().startswith("autoresponder")
    )
