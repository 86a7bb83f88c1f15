"""Mails under kills: what got 250 is answered once, what did not is not half there."""

from __future__ import annotations

import asyncio
import random
import smtplib
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path

import asyncpg
import pytest

from tests.support.gateway import Gateway, embedded_url
from tests.support.model_server.server import ModelServer

MAILS, KILLS = 24, 4


def letter(number: int) -> bytes:
    message = EmailMessage()
    message["From"] = f"customer{number}@example.com"
    message["To"] = "support@localhost"
    message["Subject"] = f"Question {number}"
    message["Message-ID"] = f"<{number}@example.com>"
    message.set_content(f"This is question number-{number}, please answer.")
    return message.as_bytes(policy=SMTP)


def hand_over(port: int, number: int) -> bool:
    """Send one mail; say whether it was taken."""
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
            client.sendmail(f"customer{number}@example.com", ["support@localhost"], letter(number))
    except (OSError, smtplib.SMTPException):
        return False
    return True


def answers(home: Path) -> list[EmailMessage]:
    folder = home / "outbox" / "new"
    return [message_from_bytes(path.read_bytes(), policy=default) for path in folder.glob("*")]


@pytest.mark.timeout(180)
async def test_every_mail_that_got_250_is_answered_once(tmp_path: Path) -> None:
    chance = random.Random(7)
    home = tmp_path / "var"
    async with ModelServer() as model, Gateway(home, model=model.url) as gateway:
        await gateway.kill()
        taken: set[int] = set()
        for _ in range(KILLS):
            ready = await gateway.start()
            port = int(ready["smtp"].rpartition(":")[2])
            sending = asyncio.create_task(_send_all(port, taken))
            await asyncio.wait([sending], timeout=chance.uniform(0.1, 1.5))
            await gateway.kill()
            await sending
        ready = await gateway.start()
        await _send_all(int(ready["smtp"].rpartition(":")[2]), taken)
        assert taken == set(range(MAILS))
        async with asyncio.timeout(90):
            while len(answers(home)) < MAILS:  # noqa: ASYNC110 - a folder has no event to wait for
                await asyncio.sleep(0.1)
        await _no_more_to_come(home)
        answered = sorted(str(answer["In-Reply-To"]) for answer in answers(home))
        assert answered == sorted(f"<{number}@example.com>" for number in range(MAILS))


async def _send_all(port: int, taken: set[int]) -> None:
    """Send what was not taken yet, until the gateway is gone; a refused mail is sent again, as servers do."""
    for number in sorted(set(range(MAILS)) - taken):
        if await asyncio.to_thread(hand_over, port, number):
            taken.add(number)


async def _no_more_to_come(home: Path) -> None:
    connection = await asyncpg.connect(embedded_url(home))
    try:
        open_turns = "SELECT count(*) FROM turns WHERE state <> 'done'"
        waiting = "SELECT count(*) FROM mails WHERE state IN ('stored', 'reading')"
        queued = "SELECT count(*) FROM deliveries WHERE state <> 'sent'"
        async with asyncio.timeout(60):
            while any([await connection.fetchval(sql) for sql in (open_turns, waiting, queued)]):  # noqa: ASYNC110 - rows
                await asyncio.sleep(0.1)
    finally:
        await connection.close()
