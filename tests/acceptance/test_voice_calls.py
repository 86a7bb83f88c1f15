"""30 callers ask for their orders: eSpeak voices, paces and noise, through real recognition.

Nobody ever hears of an order that is not the one they were read back, and nearly all get their own.
"""

from __future__ import annotations

import asyncio
import random
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from lindenhof.example import Customer, Order, customers, orders
from switchboard.cli.calling.caller_audio import CallFailed
from switchboard.cli.calling.caller_dialogue import CallerTurn, read_out, spelled
from switchboard.cli.calling.voice_line import HeardSentence
from tests.support.voice.caller import Caller, Sounds, calling
from tests.support.voice.voice_gateway import identity, voice_gateway

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

CALLS = 30
AT_ONCE = 10
LEAST = 27
CONFIRMED = "Yes, that is right."
SAYINGS = (
    "Where is my order {number}?",
    "What is the status of order {number}?",
    "I want to know where my order {number} is.",
    "Has order {number} been shipped yet?",
)
VOICES = ("en-us", "en", "en-us+f2", "en-us+m3", "en-us+f4")
PACES = (140, 150, 165, 175, 190)
NOISES = (-70.0, -60.0, -52.0, -46.0, -42.0)
"""dBFS: 50 to 22 dB below the voice."""
STATUSES = {
    "processing": "is being processed",
    "packed": "is packed",
    "shipped": "has been shipped",
    "delivered": "has been delivered",
    "cancelled": "has been cancelled",
    "returned": "has been returned",
}
DATA = re.compile(
    "|".join(STATUSES.values())
    + r"|\bcontains\b|^Total:|^Ordered on|^Handed to|^Carrier:|^Delivered on|Tracking:"
    r"|^Expected delivery|^Refunded"
)
"""What is said of an order that exists."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Script:
    """One caller: who they are, what they ask for, how they sound."""

    customer: Customer
    order: Order
    saying: str
    sounds: Sounds


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """How one call went."""

    script: Script
    turns: tuple[CallerTurn, ...]
    sentences: tuple[HeardSentence, ...]
    failure: str = ""

    @property
    def got_it(self) -> bool:
        """Whether the caller heard the status of their own order."""
        wanted = f"Order {self.script.order.number} {STATUSES[self.script.order.status]}"
        return any(not each.ours and wanted in each.text for each in self.sentences)

    @property
    def wrong(self) -> list[str]:
        """What was said of another order, or of an order that was not read back before."""
        told, read_back = [], self.keyed_in
        for sentence in self.sentences:
            if sentence.ours:
                read_back.update(read_out(sentence.text))
            elif DATA.search(sentence.text) and not self._allowed(sentence.text, read_back):
                told.append(sentence.text)
        return told

    @property
    def how(self) -> str:
        """How the order's number got across."""
        if self.keyed_in:
            return "keyed in"
        said = [turn.said for turn in self.turns if turn.said != CONFIRMED]
        return "heard at once" if len(said) == 1 else "repeated or corrected"

    @property
    def keyed_in(self) -> set[str]:
        """Return what needs no reading back."""
        return {turn.said.strip("[]#") for turn in self.turns if turn.said.startswith("[")}

    def _allowed(self, text: str, read_back: set[str]) -> bool:
        named = set(read_out(text)) & {str(order.number) for order in orders()}
        return str(self.script.order.number) in read_back and named <= {str(self.script.order.number)}

    def row(self) -> str:
        """Return one line of the table of misses."""
        heard = [each.text for turn in self.turns for each in turn.understood]
        said = [each.text for turn in self.turns for each in turn.sentences]
        sounds = self.script.sounds
        return (
            f"{self.script.order.number} {sounds.voice:9} {sounds.pace} {sounds.noise:.0f} dBFS "
            f"heard {heard} said {said} {self.failure}"
        )


def scripts() -> list[Script]:
    """Return the callers, the same each time."""
    draw = random.Random(5)
    theirs = {order.customer: order for order in reversed(orders())}
    people = customers()[:CALLS]
    return [
        Script(
            customer=customer,
            order=theirs[customer.number],
            saying=SAYINGS[at % len(SAYINGS)].format(number=spelled(str(theirs[customer.number].number))),
            sounds=Sounds(
                voice=VOICES[at % len(VOICES)],
                pace=draw.choice(PACES),
                pitch=draw.choice((40, 50, 60)),
                gain=draw.choice((-6.0, -3.0, 0.0)),
                noise=NOISES[at // len(VOICES) % len(NOISES)],
                seed=at,
            ),
        )
        for at, customer in enumerate(people)
    ]


async def ring(url: str, script: Script, gate: asyncio.Semaphore) -> Result:
    """Make one call."""
    caller: Caller | None = None
    failure = ""

    def enough(turn: CallerTurn) -> bool:
        return any(not each.ours and DATA.search(each.text) for each in turn.sentences)

    async with gate:
        try:
            signed = identity(script.customer.email, script.customer.name)
            async with calling(url, identity=signed, sounds=script.sounds, enough=enough) as caller:
                await caller.says(script.saying)
        except CallFailed as error:
            failure = str(error)
    turns = tuple(caller.turns) if caller else ()
    sentences = tuple(caller.log.sentences) if caller else ()
    return Result(script=script, turns=turns, sentences=sentences, failure=failure)


async def test_callers_get_their_own_orders_and_never_another(folder: Path) -> None:
    gate = asyncio.Semaphore(AT_ONCE)
    async with voice_gateway(folder) as gateway:
        results = await asyncio.gather(*(ring(gateway.url, script, gate) for script in scripts()))
    missed = [result for result in results if not result.got_it]
    table = "\n".join(result.row() for result in missed)
    ways = Counter(result.how for result in results if result.got_it)
    sys.stdout.write(f"{len(results) - len(missed)} of {len(results)} got their own order's status: {ways}\n")
    sys.stdout.write(f"{table}\n")
    wrong = {result.row(): result.wrong for result in results if result.wrong}
    assert not wrong
    assert len(results) - len(missed) >= LEAST, table
