"""No mail of 1 MB takes long: hostile repetitions of everything the rules look for."""

from __future__ import annotations

import time

import pytest

from channels.mail.reply_text import extract_reply

MEGABYTE = 1_000_000
LIMIT = 1.0  # seconds of processor time

HOSTILE = [
    "a",
    "a\n",
    "\n",
    "\r",
    ">",
    ">\n",
    "> > ",
    "On ",
    "On 3 May 2024 at 10:00,\n",
    "a On 1 On 1 On 1 On 1 On 1:\n",
    "On 3 May 2024 Anna wrote:\n> x\ny\n",
    "wrote:\n",
    " wrote" * 80 + ":\n",
    "a@b.c wrote:\n",
    "a@" * 240 + " wrote:\n",
    "<a@b" * 100 + " wrote:\n",
    "<a ",
    "From: a@b.c\n",
    "To: a@b.c\n\n",
    "To: a\nb\n",
    "01/05/2001 10:12 AM\n\n\n\nTo: x\n",
    "reply On 3 May 2024 " + "x" * 100 + " wrote:\n",
    "-- \n",
    "--\n",
    "_" * 30 + "\n",
    "-" * 1_900 + "\n",
    "1" * 1_900 + "\n",
    "Sent from my iPhone\n",
    "sent from " * 10 + "\n",
    "https://",
    "\ufeff\u200b",
    "This e-mail and any\n\n",
    "----- Forwarded message -----\n> a\nb\n",
    "1.1.",
    "12:",
    "ä 1월 作成\n",
    ">>> a 1.1.2024 10:00 >>>\n",
    "a@b.c 1.1.2024 10:00:\n",
    "a:\n> b\n",
    "a\n\nConfidential: b\n\n",
    "x\n\nOn 3 May 2024 at 10:00, A <a@b.c> wrote:\n",
]


@pytest.mark.timed
@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_megabyte_is_quick(piece: str) -> None:
    body = piece * (MEGABYTE // len(piece))
    before = time.process_time()
    extract_reply(body)
    assert time.process_time() - before < LIMIT


@pytest.mark.timed
def test_twice_the_length_takes_not_much_more_than_twice_as_long() -> None:
    def spent(length: int) -> float:
        body = "Hello there, On 3 May 2024 I wrote:\n" * length
        before = time.process_time()
        extract_reply(body)
        return time.process_time() - before

    spent(1_000)
    assert spent(60_000) < 3 * max(spent(30_000), 0.05)
