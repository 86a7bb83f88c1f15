"""`switchboard mail`: write to the support address, read what it answered, see to what was not answered."""

from __future__ import annotations

import argparse
import asyncio
import email
import getpass
import mailbox
import re
import smtplib
import sys
from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Any
from uuid import UUID

from channels.mail.plain_body import unflow
from switchboard.cli.operator_client import OperatorClient, client_of, show
from switchboard.cli.shared_arguments import add_url
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
        return _ask(options)
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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what one can do with mails."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    send = actions.add_parser("send", help="hand a mail to a running gateway", allow_abbrev=False)
    send.add_argument("--from", dest="sender", required=True, metavar="ADDRESS")
    send.add_argument("--to", metavar="ADDRESS", help="default: the first address of ours")
    send.add_argument("--subject", default="")
    send.add_argument("--text", help="default: standard input")
    send.add_argument("--file", metavar="EML", help="send this file as it is, headers and all")
    send.add_argument("--answer", action="store_true", help="answer the newest mail in the outbox, threaded")
    send.add_argument("--server", metavar="HOST:PORT", help="default: from the settings")
    password = actions.add_parser(
        "password", help="make a line for SWITCHBOARD_MAIL__ACCOUNTS", allow_abbrev=False
    )
    password.add_argument("user")
    show = actions.add_parser("show", help="show the answers in the outbox", allow_abbrev=False)
    show.add_argument("count", nargs="?", type=int, default=5, help="how many of the newest (5)")
    show.add_argument("--raw", action="store_true", help="with all headers and parts")
    _add_desk(actions)


def _add_desk(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `list`, `open` and `accept`, which ask a running gateway."""
    listed = actions.add_parser("list", help="list mails that nobody was answered for", allow_abbrev=False)
    listed.add_argument("--state", default="recorded", help="recorded (default), accepted, stored or all")
    listed.add_argument("--reason", help="only this one, e.g. bulk, form_without_visitor, same_words")
    listed.add_argument("--limit", type=int, metavar="N")
    listed.add_argument("--cursor", help="go on where a list ended")
    opened = actions.add_parser("open", help="show one mail with its text", allow_abbrev=False)
    accepted = actions.add_parser("accept", help="make a conversation of a recorded mail", allow_abbrev=False)
    accepted.add_argument(
        "--from", dest="sender", metavar="ADDRESS", help="whose it is, where it does not say"
    )
    accepted.add_argument("--no-answer", action="store_true", help="let it wait for a person")
    accepted.add_argument("--operator", default="operator", metavar="NAME")
    for each in (opened, accepted):
        each.add_argument("id", type=UUID)
    for each in (listed, opened, accepted):
        add_url(each)
        each.add_argument("--json", action="store_true")


LONGEST_LINE = 80


def _ask(options: argparse.Namespace) -> int:
    """Do one thing and print what came of it; raises GatewayRefused, which is exit code 1."""
    value = asyncio.run(_done(client_of(options), options))
    return show(value, _lines(options.action, value), as_json=options.json)


async def _done(client: OperatorClient, options: argparse.Namespace) -> dict[str, Any]:
    if options.action == "list":
        given = {name: getattr(options, name) for name in ("state", "reason", "cursor", "limit")}
        given["state"] = None if given["state"] == "all" else given["state"]
        return await client.get("/api/mails", {name: str(value) for name, value in given.items() if value})
    path = f"/api/mails/{options.id}"
    if options.action == "open":
        return await client.get(path, {})
    sender = {"from": options.sender} if options.sender else {}
    return await client.post(
        f"{path}/accept", {"operator": options.operator, "answer": not options.no_answer, **sender}
    )


def _lines(action: str, value: Mapping[str, Any]) -> Iterator[str]:
    if action == "list":
        yield from _listed(value)
    elif action == "open":
        yield from (f"{name}: {value[name]}" for name in SHOWN if value[name])
        yield from ("", value["text"] or "(There is no text.)")
    else:
        yield f"{value['id']}  {value['state']}  conversation {value['conversation'] or '(being read)'}"


SHOWN = ("received_at", "state", "reason", "detail", "from", "form", "reply_to", "subject", "conversation")


def _listed(value: Mapping[str, Any]) -> Iterator[str]:
    for item in value["items"]:
        excerpt = " ".join((item["excerpt"] or item["subject"] or "").split())[:LONGEST_LINE]
        reason = item["reason"] or item["state"]
        yield f"{item['id']}  {item['received_at']}  {reason:22}  {item['from'] or '<>'}  {excerpt}"
    if value["next"]:
        yield f"More: --cursor {value['next']}"
