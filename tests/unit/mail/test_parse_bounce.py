"""Delivery reports of many mail systems, and complaints."""

from __future__ import annotations

import pytest

from channels.mail.parse import parse_mail
from channels.mail.parsed import Bounce, ParsedMail
from tests.unit.mail.raw_mails import letter, multipart, plain

OURS = "<m1@shop.example>"
COPY = f"Received: from a\nFrom: support@shop.example\nTo: ada@example.com\nMessage-ID: {OURS}\n\nHello"


def report(
    status: str, *, copy: str | None = None, top: str = "From: MAILER-DAEMON@mx.example\n"
) -> ParsedMail:
    parts = [plain("Your mail did not arrive."), f"Content-Type: message/delivery-status\n\n{status}"]
    parts.append(copy if copy is not None else f"Content-Type: message/rfc822\n\n{COPY}")
    kind, body = multipart("report", *parts, more="; report-type=delivery-status")
    return letter(body, kind, top=f"{top}Subject: Undelivered Mail\n")


def told(body: str, *head: str, sender: str = "Mail Delivery System <MAILER-DAEMON@mx.example>") -> Bounce:
    mail = letter(body, *head, top=f"From: {sender}\nTo: support@shop.example\n")
    assert mail.bounce is not None
    assert mail.automatic
    return mail.bounce


def status(action: str, code: str, diagnostic: str = "smtp; 550 5.1.1 No such user") -> str:
    return (
        "Reporting-MTA: dns; mx.example\nArrival-Date: Fri, 20 Nov 2026 10:00:00 +0100\n\n"
        f"Final-Recipient: rfc822; Ada@example.com\nAction: {action}\nStatus: {code}\n"
        f"Diagnostic-Code: {diagnostic}\n"
    )


@pytest.mark.parametrize(
    ("action", "code", "kind", "permanent"),
    [
        ("failed", "5.1.1", "failed", True),
        ("FAILED (here)", "5.1.1 (bad address)", "failed", True),
        ("failed", "4.4.7", "failed", False),
        ("delayed", "4.4.1", "delayed", False),
        ("delivered", "2.0.0", "delivered", False),
        ("relayed", "2.0.0", "relayed", False),
        ("expanded", "2.0.0", "expanded", False),
        ("", "5.1.1", "failed", True),
        ("", "4.4.1", "delayed", False),
    ],
)
def test_standard_report(action: str, code: str, kind: str, permanent: bool) -> None:
    mail = report(status(action, code))
    assert mail.bounce == Bounce(
        kind=kind,
        recipient="Ada@example.com",
        status=code.split(maxsplit=1)[0],
        reason="550 5.1.1 No such user",
        original_message_id=OURS,
        permanent=permanent,
    )
    assert mail.automatic == "delivery_report"
    assert mail.text == "Your mail did not arrive."


def test_headers_only_copy() -> None:
    mail = report(status("failed", "5.0.0"), copy=f"Content-Type: text/rfc822-headers\n\n{COPY}")
    assert mail.bounce is not None
    assert mail.bounce.original_message_id == OURS


def test_without_a_copy_the_answered_id_counts() -> None:
    mail = report(status("failed", "5.0.0"), copy=plain(""), top=f"From: x@y.example\nIn-Reply-To: {OURS}\n")
    assert mail.bounce is not None
    assert mail.bounce.original_message_id == OURS


def test_the_failed_one_of_several_recipients() -> None:
    both = (
        status("delivered", "2.0.0")
        + "\nFinal-Recipient: rfc822;bob@example.com\nAction: failed\nStatus: 5.2.2\n"
    )
    bounce = report(both).bounce
    assert bounce is not None
    assert (bounce.recipient, bounce.status, bounce.kind) == ("bob@example.com", "5.2.2", "failed")


POSTFIX = f"""This is the mail system at host mx.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<ada@example.com>: host mx.example.com[192.0.2.1] said: 550 5.1.1
    <ada@example.com>: Recipient address rejected: User unknown

------ This is a copy of the message, including all the headers. ------
{COPY}
"""
EXIM = f"""This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  ada@example.com
    SMTP error from remote mail server after RCPT TO:<ada@example.com>:
    host mx.example.com [192.0.2.1]: 550 5.1.1 User unknown

------ This is a copy of the message, including all the headers. ------

{COPY}
"""
QMAIL = f"""Hi. This is the qmail-send program at mx.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<ada@example.com>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 No such user
Giving up on 192.0.2.1.

--- Below this line is a copy of the message.

{COPY}
"""
SENDMAIL = f"""The original message was received at Fri, 20 Nov 2026 10:00:00 +0100
from localhost [127.0.0.1]

   ----- The following addresses had permanent fatal errors -----
<ada@example.com>
    (reason: 550 5.1.1 User unknown)

   ----- Transcript of session follows -----
... while talking to mx.example.com.:
>>> RCPT To:<ada@example.com>
<<< 550 5.1.1 User unknown

   ----- Original message follows -----
{COPY}
"""
GMAIL = f"""** Address not found **

Your message wasn't delivered to ada@example.com because the address couldn't be found.

The response was:

550 5.1.1 The email account that you tried to reach does not exist.

----- Original message -----

{COPY}
"""
EXCHANGE = f"""Delivery has failed to these recipients or groups:

ada@example.com (ada@example.com)
Your message wasn't delivered. The recipient's email address wasn't found at the destination domain.

Diagnostic information for administrators:

Generating server: mx.example.com

ada@example.com
Remote Server returned '550 5.1.1 RESOLVER.ADR.RecipNotFound; not found'

Original message headers:

Received: from mx.example (192.0.2.1)
Message-ID: {OURS}
"""
YAHOO = f"""Sorry, we were unable to deliver your message to the following address.

<ada@example.com>:
550: 5.1.1 User unknown

--- Below this line is a copy of the message.

{COPY}
"""
GMX = f"""This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of
its recipients. The following address failed:

ada@example.com
SMTP error from remote server for RCPT TO command, host: mx.example.com reason: 550 5.1.1 User unknown

--- The header of the original message is following. ---

{COPY}
"""
SES = f"""An error occurred while trying to deliver the mail to the following recipients:
ada@example.com

550 5.1.1 User unknown

----- Original message -----
{COPY}
"""


@pytest.mark.parametrize(
    "body",
    [POSTFIX, EXIM, QMAIL, SENDMAIL, GMAIL, EXCHANGE, YAHOO, GMX, SES],
    ids=lambda body: str(body)[:20],
)
def test_reports_in_words(body: str) -> None:
    bounce = told(body, "Subject: Mail delivery failed: returning message to sender")
    assert (bounce.kind, bounce.recipient, bounce.permanent) == ("failed", "ada@example.com", True)
    assert bounce.original_message_id == OURS
    assert "550" in bounce.reason
    assert bounce.status == "5.1.1"


def test_exchange_system_administrator() -> None:
    bounce = told(
        EXCHANGE, "Subject: Undeliverable: Re: Cup", sender="Microsoft Outlook <postmaster@mx.example>"
    )
    assert bounce.recipient == "ada@example.com"


def test_failed_recipients_header() -> None:
    bounce = told("It could not be delivered.", "X-Failed-Recipients: ada@example.com", "Subject: failed")
    assert (bounce.recipient, bounce.status, bounce.permanent) == ("ada@example.com", None, True)


POSTFIX_DELAY = """This is a warning message only. YOU DO NOT NEED TO RESEND YOUR MESSAGE.
Your message could not be delivered for more than 4 hour(s).
It will be retried until it is 5 days old.

<ada@example.com>: connection timed out
"""
EXIM_DELAY = """A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue.

  ada@example.com

No action is required on your part. Delivery attempts will continue.
"""
GMAIL_DELAY = """** Delivery incomplete **

There was a temporary problem delivering your message to ada@example.com.
Gmail will retry for 46 more hours. You'll be notified if the delivery fails.
"""


@pytest.mark.parametrize("body", [POSTFIX_DELAY, EXIM_DELAY, GMAIL_DELAY], ids=["postfix", "exim", "gmail"])
def test_delays_are_no_failures(body: str) -> None:
    bounce = told(body, "Subject: Warning: message delayed 24 hours")
    assert (bounce.kind, bounce.recipient, bounce.permanent) == ("delayed", "ada@example.com", False)


def test_complaint() -> None:
    feedback = (
        "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: X/1\nVersion: 1\n"
        "Original-Rcpt-To: <ada@example.com>\n"
    )
    original = f"Content-Type: message/rfc822\n\n{COPY}"
    kind, body = multipart(
        "report", plain("A complaint"), feedback, original, more="; report-type=feedback-report"
    )
    mail = letter(body, kind)
    assert mail.automatic == "feedback_report"
    assert mail.bounce == Bounce(
        kind="complaint",
        recipient="ada@example.com",
        status=None,
        reason="abuse",
        original_message_id=OURS,
        permanent=True,
    )


@pytest.mark.parametrize(
    "subject", ["Delivery failure", "Returned mail: where is it?", "Undeliverable parcel"]
)
def test_a_human_who_writes_about_delivery(subject: str) -> None:
    mail = letter(
        "My parcel could not be delivered, 550 5.1.1 it says.\n> <x@y.example>: failed",
        top=f"From: ada@example.com\nSubject: {subject}\n",
    )
    assert (mail.bounce, mail.automatic) == (None, None)


def test_a_human_who_attaches_a_report() -> None:
    inner = f"Content-Type: message/rfc822\n\nFrom: MAILER-DAEMON@x.example\nSubject: failed\n\n{POSTFIX}"
    kind, body = multipart("mixed", plain("Why do I get this?"), inner)
    mail = letter(body, kind)
    assert (mail.bounce, mail.automatic) == (None, None)


@pytest.mark.parametrize("content", ["", "\n\n\n", "Action", ": x\n\n:", "Status: 9.9.9\n\n" * 2_000])
def test_a_broken_report_is_still_a_report(content: str) -> None:
    assert report(content).automatic == "delivery_report"


def test_words_of_a_report_without_failure_are_no_bounce() -> None:
    mail = parse_mail(b"From: postmaster@x.example\nSubject: Your quota\n\nYou have used 80 % of your quota.")
    assert (mail.bounce, mail.automatic) == (None, "mailer_daemon")
