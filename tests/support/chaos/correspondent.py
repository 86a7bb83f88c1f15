"""People who write mails: each is handed over again, as mail servers do, until it got its 250."""

from __future__ import annotations

import asyncio
import random
import string
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP

import aiosmtplib

from tests.support.chaos.customer import LOST

OPEN = 40
"""Mails that may wait for an answer before the next is written."""


class Correspondents:
    """Write mails to the port that `where` returns; `taken` are the Message-IDs that got 250."""

    def __init__(self, *, where: Callable[[], int], answered: Callable[[], int], seed: int) -> None:
        self.tokens: dict[str, str] = {}
        self.taken: set[str] = set()
        self._where = where
        self._answered = answered
        self._dice = random.Random(seed)

    async def run(self) -> None:
        """Write until cancelled; a mail that is being handed over then may be taken or not."""
        while True:
            await asyncio.sleep(self._dice.uniform(0.1, 0.8))
            if len(self.tokens) - self._answered() < OPEN:
                await self._hand_over(self._new())

    async def finish(self) -> None:
        """Hand over what was begun and has no 250 yet."""
        for message_id in self.tokens.keys() - self.taken:
            await self._hand_over(message_id)

    def _new(self) -> str:
        number = len(self.tokens) + 1
        letters = "".join(self._dice.choices(string.ascii_lowercase, k=12))
        message_id = f"<{number}.{letters}@people{number % 7}.example>"
        self.tokens[message_id] = f"mail-{number % 1000}-{letters}"
        return message_id

    async def _hand_over(self, message_id: str) -> None:
        mail = _letter(message_id, self.tokens[message_id])
        while message_id not in self.taken:
            try:
                await aiosmtplib.send(
                    mail, hostname="127.0.0.1", port=self._where(), timeout=10.0, start_tls=False
                )
                self.taken.add(message_id)
            except (aiosmtplib.SMTPException, *LOST, OSError):
                await asyncio.sleep(self._dice.uniform(0.1, 0.5))


def _letter(message_id: str, token: str) -> bytes | EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"{message_id.strip('<>').replace('.', '-', 1)}"
    mail["To"] = "support@localhost"
    mail["Subject"] = f"About {token.partition('-')[0]}"
    mail["Message-ID"] = message_id
    mail.set_content(f"Please note {token} for me.")
    return mail
