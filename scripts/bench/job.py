"""The job every system does: what customers write, what the model answers, and how a turn is measured.

Standard library only: it runs in the peers' environment as well.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

MODEL = "instant"
TOOL = "get_order_status"
INSTRUCTIONS = "You are the support assistant of Lindenhof Supply. Look orders up before you answer."
TOOL_DESCRIPTION = "Look up one order of this customer: its status, items, total and expected delivery."
# It is true of every order: a reply that says what no result says is never sent.
REPLY = (
    "Thank you for asking! I have looked your order up, and all that we know of it is up to date. "
    "If anything else is on your mind, just write to us again."
)
QUESTIONS = (
    "Hello, where is my order #{order}? I hoped to have it before the weekend.",
    "And has order #{order} left your warehouse yet?",
    "Could you check order #{order} once more, please? The carrier shows nothing.",
    "I still wait for order #{order}, when will the parcel be delivered?",
)
TURN_LIMIT = 120.0
"""Seconds after which a turn counts as stuck."""


def question(order: str, turn: int) -> str:
    """Return what the customer of `order` writes in a turn."""
    return QUESTIONS[turn % len(QUESTIONS)].format(order=order)


def lookup(order_id: str) -> str:
    """Return what a peer's tool finds: as long as what Switchboard's own tool returns, without a database."""
    found = {
        "order_id": order_id,
        "found": True,
        "limited": False,
        "status": "shipped",
        "items": [
            {"name": "Desk lamp, brass", "quantity": 1, "unit_price": "64.60"},
            {"name": "Linen notebook", "quantity": 1, "unit_price": "19.90"},
        ],
        "item_count": 2,
        "total": "84.50",
        "currency": "EUR",
        "ordered_on": "2026-11-17",
        "estimated_delivery": "2026-11-24",
        "carrier": "An Post",
        "tracking": "SB008251598EU",
        "shipped_on": "2026-11-19",
        "delivered_on": None,
    }
    return json.dumps(found, separators=(",", ":"))


class System(Protocol):
    """One system under measurement; `orders` has one order per conversation."""

    orders: list[str]

    async def turn(self, conversation: int, text: str) -> str:
        """Run one turn of a conversation to its answer and return the answer."""

    async def close(self) -> None:
        """Release everything."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Turns of one process: seconds of wall clock and of CPU, latencies and CPU in milliseconds per turn."""

    turns: int
    seconds: float
    cpu: float
    wrong: int
    latencies: list[float]
    cpu_each: list[float]

    def as_json(self) -> dict[str, Any]:
        """Return the fields as a JSON object."""
        return dict(vars(self))


async def side_by_side(system: System, *, conversations: int, turns: int) -> Measured:
    """Run all conversations at once, each one turn after the other."""
    latencies: list[float] = []
    wrong = 0

    async def converse(number: int) -> None:
        nonlocal wrong
        for turn in range(turns):
            wrong += not await _timed(system, number, turn, latencies)

    begun, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(converse(number) for number in range(conversations)))
    return Measured(
        turns=conversations * turns,
        seconds=time.perf_counter() - begun,
        cpu=time.process_time() - cpu,
        wrong=wrong,
        latencies=latencies,
        cpu_each=[],
    )


async def one_after_another(system: System, *, turns: int) -> Measured:
    """Run one conversation of many turns and note the CPU of each."""
    latencies: list[float] = []
    cpu_each: list[float] = []
    wrong = 0
    begun, first = time.perf_counter(), time.process_time()
    for turn in range(turns):
        cpu = time.process_time()
        wrong += not await _timed(system, 0, turn, latencies)
        cpu_each.append((time.process_time() - cpu) * 1000)
    return Measured(
        turns=turns,
        seconds=time.perf_counter() - begun,
        cpu=time.process_time() - first,
        wrong=wrong,
        latencies=latencies,
        cpu_each=cpu_each,
    )


async def _timed(system: System, conversation: int, turn: int, latencies: list[float]) -> bool:
    text = question(system.orders[conversation], turn)
    begun = time.perf_counter()
    async with asyncio.timeout(TURN_LIMIT):
        reply = await system.turn(conversation, text)
    latencies.append((time.perf_counter() - begun) * 1000)
    return reply.strip() == REPLY


Opener = Callable[[str, str, int], Awaitable[System]]
"""Opens a system: base URL of the model, a folder for its data, how many conversations there will be."""
