"""A whole gateway with its mail channel, in this process, and a customer with a mail program."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from orchestrator.store.database import Database
from switchboard.app import App
from switchboard.settings import Settings

PATIENCE = 40.0


class Post:
    """The gateway's address, its outbox and its tables."""

    def __init__(self, app: App, smtp: str, http: str, home: Path) -> None:
        self.http = http
        self.app = app
        self.database: Database = app.database
        self._host, _, port = smtp.removeprefix("smtp://").rpartition(":")
        self._port = int(port)
        self._outbox = home / "outbox" / "new"

    async def send(
        self, raw: bytes, *, sender: str = "ada@example.com", to: str = "support@localhost"
    ) -> None:
        """Hand a raw mail over as a mail server would."""
        await asyncio.to_thread(self._send, raw, sender, to)

    def _send(self, raw: bytes, sender: str, to: str) -> None:
        with smtplib.SMTP(self._host, self._port, timeout=20) as client:
            client.sendmail(sender, [to], raw)

    def answers(self) -> list[EmailMessage]:
        """Return the answers that went out, oldest first."""
        if not self._outbox.exists():
            return []
        files = sorted(self._outbox.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        return [message_from_bytes(path.read_bytes(), policy=default) for path in files]

    async def answered(self, count: int) -> EmailMessage:
        """Wait for the answer with this number and return it."""
        async with asyncio.timeout(PATIENCE):
            while len(self.answers()) < count:  # noqa: ASYNC110 - a folder has no event to wait for
                await asyncio.sleep(0.02)
        return self.answers()[count - 1]

    async def settled(self, count: int) -> list[Any]:
        """Wait until `count` mails came to an end and return their rows in order."""
        async with asyncio.timeout(PATIENCE):
            while True:
                rows = await self.database.fetch(
                    "SELECT * FROM mails WHERE state IN ('accepted', 'recorded') ORDER BY received_at, id"
                )
                if len(rows) >= count:
                    return rows
                await asyncio.sleep(0.02)


def letter(
    text: str, *, subject: str = "Hello", sender: str = "Ada Byron <ada@example.com>", **headers: str
) -> bytes:
    """Write a mail as a customer's program does; underscores in header names become hyphens."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = "support@localhost"
    message["Subject"] = subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes(policy=SMTP)


def said(message: EmailMessage) -> str:
    """Return the text of an answer."""
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@asynccontextmanager
async def open_post(database_url: str, home: Path, **more: Any) -> AsyncIterator[Post]:
    """Yield a running gateway on a database of its own."""
    settings = Settings(home=home, database_url=SecretStr(database_url), http_port=0, smtp_port=0, **more)
    app = App(settings)
    ready = await app.start()
    assert ready.smtp is not None
    try:
        yield Post(app, ready.smtp, ready.http, home)
    finally:
        await app.drain()
