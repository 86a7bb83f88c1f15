"""Delivery reports in words only: Exim, qmail, Postfix, sendmail, Exchange, Gmail, Yahoo, GMX, SES."""

from __future__ import annotations

import re

from channels.mail.mime.addresses import normal_address
from channels.mail.mime.clean import clean_line
from channels.mail.mime.headers import Headers

_SUBJECT = re.compile(
    r"(?i)undeliver|delivery (?:status )?(?:notification|report|has failed|failure|problem|incomplete)|"
    r"mail delivery (?:failed|system|subsystem|failure)|return(?:ed|ing) (?:mail|message|to sender)|"
    r"failure notice|"
    r"message (?:you sent )?(?:could not|couldn't|not|wasn't|delivery|status)|non[- ]?deliver|"
    r"delivery[- ]delay|"
    r"warning: (?:message|could not)|unzustellbar|nicht zustellbar|zustellung|mail delivery|non remis|"
    r"échec de la (?:remise|distribution)|no se puede entregar|mancato recapito|delay"
)
_FAILED = re.compile(
    r"(?i)(?:could ?n[o']t|cannot|can't|unable to|was not able to|wasn't able to|was unable to|not) "
    r"(?:be |to )?(?:delivered?|deliver)|deliver(?:y|ing)[^\n]{0,80} fail|"
    r"permanent(?:ly)? (?:fatal )?(?:errors?|fail)|"
    r"permanent error|address(?:es)? failed|wasn't delivered|(?:address|recipient|mailbox|user)[^\n]{0,40}"
    r"(?:not found|unknown|does(?:n't| not) exist|couldn't be found)|delivery has failed|gave up|giving up|"
    r"error occurred while trying to deliver|undeliverable|konnte nicht zugestellt|n'a pas pu être|"
    r"no se (?:ha podido|pudo) entregar|non è stato possibile|message (?:was )?rejected|returned (?:to|below)"
)
_DELAYED = re.compile(
    r"(?i)delayed|not (?:yet )?been delivered[^\n]{0,60}(?:yet|after|for more)|will (?:be |"
    r"continue to )?(?:retr(?:y|ied)|"
    r"try(?:ing)?|be attempted)|delivery attempts will continue|no action is required|"
    r"still (?:being )?tr(?:y|ie)|"
    r"you do not need to resend|temporar(?:y|ily) (?:problem|fail|unable|error)[^\n]{0,40}(?:retry|again)"
)
_FINAL = re.compile(
    r"(?i)permanent|gave up|giving up|given up|will not be retried|could not be delivered to one or more"
)
_ADDRESS = r"[^\s<>()\"',;:@]{1,100}@[^\s<>()\"',;:@]{1,200}"
_RECIPIENTS = (
    re.compile(rf"(?im)^\s*(?:final-recipient|original-recipient)\s*:\s*(?:rfc822\s*;)?\s*<?({_ADDRESS})"),
    re.compile(rf"(?m)^\s{{0,8}}<({_ADDRESS})>:?\s*$"),
    re.compile(rf"(?m)^\s{{0,8}}<({_ADDRESS})>\s*[:(]"),
    re.compile(rf"(?m)^\s{{1,8}}({_ADDRESS})\s*$"),
    re.compile(rf"(?m)^\s{{0,8}}({_ADDRESS}):?\s*$"),
    re.compile(rf"(?i)(?:deliver(?:ed|ing|y)?|message|recipient|address|sent|zugestellt|an)[^\n@]{{0,40}}?\s<?({_ADDRESS})"),
)  # fmt: skip
_STATUS = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)")
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


def recipient_in(text: str, headers: Headers, own: frozenset[str]) -> str | None:
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
    match = _STATUS.search(_before_copy(text))
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
    told = next((line for line in lines if _STATUS.search(line)), None)
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
