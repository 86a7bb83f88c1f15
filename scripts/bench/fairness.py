"""Measures how long chat waits for an answer, alone and while thousands of mails wait to be read."""

from __future__ import annotations

import argparse
import asyncio
import smtplib
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import asyncpg
import machine

from tests.support.chaos.customer import Customer
from tests.support.chaos.model import TicketModel
from tests.support.chaos.storm import storm, until
from tests.support.gateway import Gateway, embedded_url

PEOPLE = 4
"""Who chat side by side, each with one message open."""
SENDERS = 8
MODEL = 0.1
"""Seconds of one answer of the model at most; a turn asks twice."""
MOST = 2.0
"""How many times the quiet median chat may take while mails wait."""
WAITING = """
SELECT (SELECT count(*) FROM mails WHERE state IN ('stored', 'reading')) AS unread,
    (SELECT count(*) FROM turns WHERE channel = 'mail' AND state = 'pending') AS unanswered
"""
ANSWERED = "SELECT count(*) FROM deliveries WHERE state = 'sent'"
CALM = 20.0
"""Seconds without chat between the two measurements beside mail."""


@dataclass(frozen=True, kw_only=True)
class Chat:
    """How long answers took, in milliseconds."""

    p50: float
    p95: float


def main() -> int:
    """Measure and print the table; 1 when the target was missed."""
    parser = argparse.ArgumentParser(prog="scripts/bench/fairness", description=__doc__)
    parser.add_argument("--mails", type=int, default=2_300)
    parser.add_argument("--messages", type=int, default=200)
    options = parser.parse_args()
    about, busy = machine.describe(), machine.is_busy()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        ratio = asyncio.run(measure(Path(folder), mails=options.mails, messages=options.messages))
    print(f"\n- {about}")
    if busy:
        print("- The machine was not idle before or during the run: compare rows, do not quote numbers.")
    print(f"- p50 beside mail is {ratio:.2f} times the quiet one; at most {MOST:g} is wanted.")
    return 0 if ratio <= MOST else 1


async def measure(folder: Path, *, mails: int, messages: int) -> float:
    """Print the rows and return the ratio of the medians."""
    async with (
        TicketModel(slowest=MODEL) as model,
        Gateway(folder / "var", model=model.url) as gateway,
        storm(model, lambda _: gateway.url, customers=PEOPLE, seed=1) as people,
    ):
        await until(lambda: all(each.connected for each in people.customers))
        await chat(people.customers, 40)  # warm
        quiet = await chat(people.customers, messages)
        row("quiet", quiet, "")
        connection = await asyncpg.connect(embedded_url(gateway.home))
        took = await deliver(gateway, mails)
        print(f"{mails} mails taken in {took:.1f} s", flush=True)
        unread = await beside_mails("unread", people.customers, messages, connection)
        before = await connection.fetchval(ANSWERED)
        await asyncio.sleep(CALM)  # nobody chats: mails are read and answered at full width
        rate = (await connection.fetchval(ANSWERED) - before) / CALM
        print(f"{rate:.1f} mails answered per second without chat", flush=True)
        read = await beside_mails("read", people.customers, messages, connection)
        await connection.close()
    return max(unread.p50, read.p50) / quiet.p50


async def beside_mails(
    name: str, people: Sequence[Customer], messages: int, connection: asyncpg.Connection[Any]
) -> Chat:
    """Let people chat while mails wait, and print both."""
    before, began = await connection.fetchrow(WAITING), time.monotonic()
    answered = await connection.fetchval(ANSWERED)
    result = await chat(people, messages)
    rate = (await connection.fetchval(ANSWERED) - answered) / (time.monotonic() - began)
    after = await connection.fetchrow(WAITING)
    row(name, result, f"{_waiting(before)} -> {_waiting(after)}; {rate:.1f} mails answered per second")
    return result


def row(name: str, result: Chat, more: str) -> None:
    """Print one line of the table."""
    print(f"{name:12} p50 {result.p50:7.0f} ms   p95 {result.p95:7.0f} ms   {more}", flush=True)


def _waiting(counts: asyncpg.Record) -> str:
    return f"{counts['unread']} unread, {counts['unanswered']} unanswered"


async def chat(people: Sequence[Customer], messages: int) -> Chat:
    """Let everybody write one message after the other; return how long the answers took."""
    waits: list[float] = []

    async def talk(customer: Customer) -> None:
        for _ in range(messages // len(people)):
            began = time.monotonic()
            await customer.write()
            await until(lambda: not customer.open_messages, limit=60.0)
            waits.append((time.monotonic() - began) * 1000)

    await asyncio.gather(*(talk(each) for each in people))
    return Chat(p50=median(waits), p95=quantiles(waits, n=20)[-1])


async def deliver(gateway: Gateway, mails: int) -> float:
    """Hand all mails over as several mail servers would; return the seconds until the last 250."""
    began = time.monotonic()
    numbers = [range(first, mails, SENDERS) for first in range(SENDERS)]
    await asyncio.gather(*(asyncio.to_thread(_hand_over, gateway.smtp_port, each) for each in numbers))
    return time.monotonic() - began


def _hand_over(port: int, numbers: Sequence[int]) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        for number in numbers:
            client.sendmail(f"person{number}@example.com", ["support@localhost"], _letter(number))


def _letter(number: int) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"person{number}@example.com"
    mail["To"] = "support@localhost"
    mail["Subject"] = f"Question {number}"
    mail["Message-ID"] = f"<{number}@fairness.example>"
    mail.set_content(f"Please note mail-{number % 1000}-{'abcdefghijkl'} for me.\n\n> quoted\n> lines\n")
    return mail.as_bytes()


if __name__ == "__main__":
    sys.exit(main())
