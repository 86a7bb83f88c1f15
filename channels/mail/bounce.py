"""Delivery reports (RFC 3464), complaints (RFC 5965), and the many that follow no standard."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from channels.mail.automatic import is_daemon
from channels.mail.mime.decoding import Notes, clean_line
from channels.mail.mime.field_values import normal_address, read_ids, read_message_id
from channels.mail.mime.head import MailHeaders, read_headers
from channels.mail.mime.parts import EMBEDDED, MimePart
from channels.mail.parsed import Bounce
from channels.mail.word_lists import any_of, words

_WORDS = words("reports")
_SUBJECT = any_of(_WORDS["subject"])
_FAILED = any_of(_WORDS["failed"])
_DELAYED = any_of(_WORDS["delayed"])
_FINAL = any_of(_WORDS["final"])
_ADDRESS = r"[^\s<>()\"',;:@]{1,100}@[^\s<>()\"',;:@]{1,200}"
_RECIPIENTS = (
    re.compile(rf"(?im)^\s*(?:final-recipient|original-recipient)\s*:\s*(?:rfc822\s*;)?\s*<?({_ADDRESS})"),
    re.compile(rf"(?m)^\s{{0,8}}<({_ADDRESS})>:?\s*$"),
    re.compile(rf"(?m)^\s{{0,8}}<({_ADDRESS})>\s*[:(]"),
    re.compile(rf"(?m)^\s{{1,8}}({_ADDRESS})\s*$"),
    re.compile(rf"(?m)^\s{{0,8}}({_ADDRESS}):?\s*$"),
    re.compile(rf"(?i)(?:deliver(?:ed|ing|y)?|message|recipient|address|sent|zugestellt|an)[^\n@]{{0,40}}?\s<?({_ADDRESS})"),
)  # fmt: skip
_STATUS_IN_TEXT = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)")
_CODE = re.compile(r"(?m)^[^\n]{0,200}?(?<![\d.:])([45]\d\d)[ -](?=[#\w<])[^\n]{1,400}")
_MESSAGE_ID = re.compile(r"(?im)^[>\s]{0,8}message-id\s*:\s*(<[^<>\s]{1,900}>)")
_QUOTED_MAIL = re.compile(
    r"(?im)^-{2,}[^\n]{0,60}(?:copy of|original message|returned message|message header|unsent|"
    r"below this line)|"
    r"^received: |^return-path: "
)


def is_bounce_subject(subject: str) -> bool:
    """Whether a subject is one of those that mail systems give their reports."""
    return _SUBJECT.search(subject) is not None


def outcome_in(text: str, subject: str) -> str | None:
    """`failed`, `delayed`, or None when the text speaks of neither."""
    head = f"{subject}\n{text[:6_000]}"
    if _DELAYED.search(head) and not _FINAL.search(head):
        return "delayed"
    return "failed" if _FAILED.search(head) else None


def recipient_in(text: str, headers: MailHeaders, own: frozenset[str]) -> str | None:
    """Whom the mail did not reach."""
    named = normal_address(headers.get("x-failed-recipients").partition(",")[0])
    if named:
        return named
    head = _before_copy(text)
    for pattern in _RECIPIENTS:
        for match in pattern.finditer(head):
            address = normal_address(match[1])
            if (
                address
                and address not in own
                and not match[1].lower().startswith(("postmaster@", "mailer-daemon@"))
            ):
                return address
    return None


def status_in(text: str) -> str | None:
    """The first enhanced status code (RFC 3463)."""
    match = _STATUS_IN_TEXT.search(_before_copy(text))
    return match[1] if match else None


def smtp_code_in(text: str) -> str | None:
    """The first SMTP reply code of a refusal, such as 550."""
    match = _CODE.search(_before_copy(text))
    return match[1] if match else None


def reason_in(text: str) -> str:
    """The line that says why, else the first that speaks of the failure."""
    head = _before_copy(text)
    match = _CODE.search(head)
    if match is not None:
        return clean_line(match[0], 500)
    lines = [line for line in head.split("\n") if line.strip()]
    told = next((line for line in lines if _STATUS_IN_TEXT.search(line)), None)
    told = told or next((line for line in lines if _FAILED.search(line)), None) or (lines[0] if lines else "")
    return clean_line(told, 500)


def message_id_in(text: str) -> str | None:
    """The Message-ID in the quoted copy of the mail that did not arrive."""
    match = _MESSAGE_ID.search(text[:200_000])
    return match[1] if match else None


def _before_copy(text: str) -> str:
    head = text[:20_000]
    match = _QUOTED_MAIL.search(head)
    return head[: match.start()] if match else head


_KINDS = {"failed", "delayed", "delivered", "relayed", "expanded"}
_STATUSES = {"message/delivery-status", "message/global-delivery-status"}
_HEADERS_ONLY = {"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"}
_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n|\r[ \t]*\r")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_TYPE_PREFIX = re.compile(r"^[\w-]{1,20}\s*;\s*")
_SYSTEMS = re.compile(
    r"(?i)mail delivery|mailer.?daemon|delivery (?:sub)?system|mail administrator|postmaster|"
    r"system administrator"
)
_COMPLAINED = "x-hmxmroriginalrecipient"
_LARGEST_REPORT = 200_000  # bytes


def read_bounce(part: MimePart, *, sender: str, name: str, subject: str, text: str) -> Bounce | None:
    """What a delivery report or complaint says; None for any other mail."""
    leaves = list(part.leaves())
    complaint = next((leaf for leaf in leaves if leaf.type == "message/feedback-report"), None)
    if complaint is not None:
        return _complaint(complaint, part, text)
    reported = next((address for leaf in (part, *leaves) if (address := _reported(leaf))), None)
    if reported is not None:
        return _complained(reported, part, text)
    machine = _from_machine(part.headers, sender, name)
    status = next((leaf for leaf in leaves if leaf.type in _STATUSES), None)
    if status is not None and (part.type in _STATUSES | {"multipart/report"} or machine):
        return _standard(status, part, text)
    failed = machine and part.headers.has("x-failed-recipients")
    report = part.parameters.get("report-type", "").lower() == "delivery-status"
    returned = is_bounce_subject(subject) and (machine or _has_copy_and_code(part, leaves, text))
    if not (failed or report or returned or (machine and not sender)):
        return None
    return _told(part, subject, text)


def _from_machine(headers: MailHeaders, sender: str, name: str) -> bool:
    return (
        is_daemon(sender)
        or "<>" in headers.get("return-path").replace(" ", "")
        or (_SYSTEMS.search(f"{name} {'' if sender else headers.get('from')}") is not None)
        or headers.get("auto-submitted").lower().startswith(("auto-generated", "auto-replied"))
    )


def _standard(status: MimePart, part: MimePart, text: str) -> Bounce | None:
    """The recipient that failed, else the first one, of message/delivery-status."""
    groups = list(_groups(status))
    recipients = [
        group for group in groups if "final-recipient" in group or "action" in group or "status" in group
    ]
    if not recipients:
        return _told(part, "", text)
    group = next((one for one in recipients if _kind(one) == "failed"), recipients[0])
    found = _STATUS.search(group.get("status", ""))
    kind = _kind(group)
    code = found[0] if found else None
    diagnostic = _TYPE_PREFIX.sub("", group.get("diagnostic-code", ""))
    return Bounce(
        kind=kind,
        recipient=_recipient(group),
        status=code,
        reason=clean_line(diagnostic, 500) or reason_in(text),
        original_message_id=_original_id(part, text),
        permanent=kind == "failed" and not (code or "").startswith("4"),
    )


def _groups(status: MimePart) -> Iterator[Mapping[str, str]]:
    data = status.decoded(Notes())[:_LARGEST_REPORT]
    for block in _BLANK.split(data)[:500]:
        headers, _ = read_headers(block, 0, len(block), Notes(), whole=True)
        yield {name: headers.get(name) for name, _ in headers.fields[:50]}


def _kind(group: Mapping[str, str]) -> str:
    """The action; missing or unknown, what the status says."""
    words = group.get("action", "").lower().split()
    action = words[0].strip(",;(") if words else ""
    if action in _KINDS:
        return action
    return {"2": "delivered", "4": "delayed"}.get(group.get("status", "").strip()[:1], "failed")


def _recipient(group: Mapping[str, str]) -> str | None:
    for name in ("final-recipient", "original-recipient", "x-actual-recipient"):
        address = normal_address(_TYPE_PREFIX.sub("", group.get(name, "")))
        if address:
            return address
    return None


def _told(part: MimePart, subject: str, text: str) -> Bounce | None:
    """A report in words only."""
    kind = outcome_in(text, subject)
    if kind is None:
        return None
    own = frozenset(normal_address(part.headers.get(name)) for name in ("to", "from", "delivered-to"))
    status, code = status_in(text), smtp_code_in(text)
    if kind == "delayed" and (status or code or "").startswith("5"):
        kind = "failed"
    return Bounce(
        kind=kind,
        recipient=recipient_in(text, part.headers, own),
        status=status,
        reason=reason_in(text),
        original_message_id=_original_id(part, text),
        permanent=kind == "failed" and not (status or code or "5").startswith("4"),
    )


def _complaint(report: MimePart, part: MimePart, text: str) -> Bounce:
    group = {name: value for one in _groups(report) for name, value in one.items()}
    address = normal_address(group.get("original-rcpt-to", "")) or normal_address(
        group.get("removal-recipient", "")
    )
    original = next(
        (leaf.children[0] for leaf in part.leaves() if leaf.type in EMBEDDED and leaf.children), None
    )
    if not address and original is not None:
        address = normal_address(original.headers.get("to"))
    return Bounce(
        kind="complaint",
        recipient=address or None,
        status=None,
        reason=clean_line(group.get("feedback-type", "abuse"), 100),
        original_message_id=_original_id(part, text),
        permanent=True,
    )


def _reported(leaf: MimePart) -> str | None:
    """Who complained, where a report without RFC 5965 parts says so in the copy of our mail (Outlook.com)."""
    head = _head_of_copy(leaf)
    return normal_address(head.get(_COMPLAINED)) or None if head is not None else None


def _complained(address: str, part: MimePart, text: str) -> Bounce:
    return Bounce(
        kind="complaint",
        recipient=address,
        status=None,
        reason="abuse",
        original_message_id=_original_id(part, text),
        permanent=True,
    )


def _has_copy_and_code(part: MimePart, leaves: Sequence[MimePart], text: str) -> bool:
    """Our mail beside a code of its refusal: a report, whoever sends it; a person's answer has a thread."""
    copied = any(leaf.type in EMBEDDED | _HEADERS_ONLY for leaf in leaves) or message_id_in(text) is not None
    refused = status_in(text) is not None or smtp_code_in(text) is not None
    return copied and refused and not part.headers.has("in-reply-to", "references")


def _head_of_copy(leaf: MimePart) -> MailHeaders | None:
    if leaf.type in EMBEDDED and leaf.children:
        return leaf.children[0].headers
    if leaf.type in _HEADERS_ONLY:
        data = leaf.decoded(Notes())
        return read_headers(data, 0, len(data), Notes(), whole=True)[0]
    return None


def _original_id(part: MimePart, text: str) -> str | None:
    """From the attached copy, the copy in the text, or what the report says it answers."""
    for leaf in part.leaves():
        head = _head_of_copy(leaf)
        if head is not None and (found := read_message_id(head.all("message-id"))):
            return found
    answered = read_ids(part.headers.get("x-original-message-id")) or read_ids(
        part.headers.get("in-reply-to")
    )
    return message_id_in(text) or next(iter(answered or read_ids(part.headers.get("references"))[-1:]), None)
