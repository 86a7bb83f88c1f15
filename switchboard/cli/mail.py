"""`switchboard mail`: write to the support address, read what it answered, see to what was not answered."""

from __future__ import annotations

import argparse
import email
import getpass
import mailbox
import re
import smtplib
import sys
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import formatdate, make_msgid
from pathlib import Path

from channels.mail.flowed import unflow
from switchboard.cli import mail_desk
from switchboard.errors import SwitchboardError
from switchboard.settings import Settings
from switchboard.sources import load_settings

TIMEOUT = 30.0


def run(options: argparse.Namespace) -> int:
    """Run one action; the exit code is 0 when it worked."""
    if options.action == "password":
        return _password(options)
    settings = load_settings().settings
    if options.action in {"list", "open", "accept"}:
        return mail_desk.run(options, settings)
    return _send(options, settings) if options.action == "send" else _show(options, settings)


def _send(options: argparse.Namespace, settings: Settings) -> int:
    recipient = options.to or settings.mail_addresses[0]
    earlier = _newest(settings, 1)[-1:] if options.answer else []
    if options.answer and not earlier:
        raise SwitchboardError("There is no mail in the outbox to answer.")
    raw = _raw(options, recipient, earlier[0] if earlier else None)
    if earlier:
        recipient = str(earlier[0]["Reply-To"] or recipient)
    host, port = _server(options, settings)
    try:
        with smtplib.SMTP(host, port, timeout=TIMEOUT) as client:
            client.sendmail(options.sender, [recipient], raw)
    except (OSError, smtplib.SMTPException) as error:
        raise SwitchboardError(f"The gateway at {host}:{port} did not take the mail: {error}") from error
    print(f"Taken in for {recipient}.")
    return 0


def _password(options: argparse.Namespace) -> int:
    from switchboard.inbox.accounts import hash_password

    secret = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    print(f"{options.user}:{hash_password(secret)}")
    return 0


def _server(options: argparse.Namespace, settings: Settings) -> tuple[str, int]:
    if not options.server:
        return settings.smtp_host, settings.smtp_port
    host, _, port = options.server.rpartition(":")
    if not host or not port.isdigit():
        raise SwitchboardError("--server must be HOST:PORT.")
    return host, int(port)


def _raw(options: argparse.Namespace, recipient: str, earlier: EmailMessage | None) -> bytes:
    if options.file:
        try:
            return re.sub(rb"\r?\n", b"\r\n", Path(options.file).read_bytes())
        except OSError as error:
            raise SwitchboardError(f"{options.file} can't be read: {error.strerror}.") from error
    message = EmailMessage()
    message["From"] = options.sender
    message["To"] = recipient
    message["Subject"] = options.subject or (str(earlier["Subject"]) if earlier else "")
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid()
    if earlier is not None:
        message["In-Reply-To"] = str(earlier["Message-ID"])
        message["References"] = f"{earlier['References'] or ''} {earlier['Message-ID']}".strip()
    message.set_content(options.text if options.text is not None else sys.stdin.read())
    return message.as_bytes(policy=SMTP)


def _show(options: argparse.Namespace, settings: Settings) -> int:
    if settings.smarthost is not None:
        raise SwitchboardError("Answers go through the smarthost: there is no outbox to show.")
    messages = _newest(settings, options.count)
    if not messages:
        print("The outbox is empty.")
    for message in messages:
        print(message.as_string() if options.raw else _readable(message))
        print("-" * 72)
    return 0


def _newest(settings: Settings, count: int) -> list[EmailMessage]:
    """Return the newest mails of the outbox, oldest first."""
    folder = settings.home / "outbox"
    if not folder.exists():
        return []
    box = mailbox.Maildir(folder, factory=None, create=False)
    messages = [email.message_from_bytes(box.get_bytes(key), policy=default) for key in box.iterkeys()]
    return sorted(messages, key=lambda message: message["Date"].datetime)[-count:]


def _readable(message: EmailMessage) -> str:
    head = "\n".join(f"{name}: {message[name]}" for name in ("Date", "From", "To", "Subject"))
    body = message.get_body(("plain",))
    text = str(body.get_content()) if body is not None else ""
    if body is not None and body.get_param("format") == "flowed":
        text = unflow(text)
    files = [
        f"[file: {each.get_filename()}, {each.get_content_type()}]" for each in message.iter_attachments()
    ]
    return "\n".join([f"{head}\n\n{text}", *files])
