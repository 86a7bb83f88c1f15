"""The customers of scripts/bench/sockets: opens sockets, says so, waits for a line, writes on some of them.

Speaks to its parent in JSON lines: {"open": N}, then after a line on standard input the report.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp
import loops
from job import question

TOGETHER = 50
"""Sockets that are opened at the same time."""
PATIENCE = 60.0
"""Seconds to wait for any one frame."""


@dataclass
class Customer:
    """One socket and all it heard."""

    socket: aiohttp.ClientWebSocketResponse
    token: str
    number: int
    acks: dict[str, list[int]] = field(default_factory=dict)
    replies: list[tuple[str, int]] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    others: int = 0

    async def frame(self) -> dict[str, Any]:
        """Read one frame and note what counts."""
        frame: dict[str, Any] = await self.socket.receive_json(timeout=PATIENCE)
        if frame["type"] == "ack":
            self.acks.setdefault(frame["id"], []).append(frame["seq"])
        elif frame["type"] == "message":
            self.replies.append((frame["turn"], frame["seq"]))
        elif frame["type"] == "error":
            self.errors.append(frame["code"])
        else:
            self.others += 1
        return frame

    async def send(self, text: str, *, key: str | None = None) -> str:
        """Send a message and return its id."""
        key = key or str(uuid4())
        await self.socket.send_json({"type": "message", "id": key, "text": text})
        return key

    async def until_answered(self, key: str) -> None:
        """Read until the message is acknowledged and a reply that came after it is there."""
        while not (key in self.acks and any(seq > self.acks[key][0] for _, seq in self.replies)):
            if (await self.frame())["type"] == "error":
                return


async def connect(client: aiohttp.ClientSession, url: str, number: int, **hello: Any) -> Customer:
    """Open one socket and say hello; return it after its welcome."""
    socket = await client.ws_connect(f"{url}/chat/ws", compress=0, max_msg_size=1 << 20)
    await socket.send_json({"type": "hello", "token": None, "identity": None, "after": 0, **hello})
    welcome = await socket.receive_json(timeout=PATIENCE)
    return Customer(socket=socket, token=welcome["token"], number=number)


async def chat(customer: Customer, messages: int) -> None:
    """Write messages one after the other, resend one of them, end with two at once."""
    for number in range(messages):
        begun = time.perf_counter()
        text = question(str(2001 + 7 * (customer.number % 240)), number)
        key = await customer.send(text)
        if number == 1:
            await customer.send(text, key=key)
        await customer.until_answered(key)
        customer.latencies.append((time.perf_counter() - begun) * 1000)
    await customer.send("One thing more,")
    await customer.until_answered(await customer.send(question("2001", 0)))


async def history(client: aiohttp.ClientSession, url: str, customer: Customer) -> list[str]:
    """Come back on a new socket and return the ids of the customer's own messages, in order."""
    await customer.socket.close()
    again = await connect(client, url, customer.number, token=customer.token, history=True)
    last = max(seq for _, seq in customer.replies)
    found, seen = [], 0
    while seen < last:
        frame = await again.frame()
        seen = max(seen, int(frame.get("seq", 0)))
        if frame["type"] == "message" and "id" in frame:
            found.append(frame["id"])
    await again.socket.close()
    return found


def report(customers: list[Customer], stored: list[list[str]], messages: int) -> dict[str, Any]:
    """Compare what was sent, acknowledged, answered and stored."""
    lost = duplicated = disordered = 0
    for customer, own in zip(customers, stored, strict=True):
        sent = list(customer.acks)
        lost += messages + 2 - len(sent) + len(set(sent) - set(own))
        duplicated += len(own) - len(set(own)) + len(customer.replies) - len(set(customer.replies))
        duplicated += sum(len(set(seqs)) - 1 for seqs in customer.acks.values())
        turns = [turn for turn, _ in customer.replies]
        duplicated += len(turns) - len(set(turns))
        disordered += own != sorted(sent, key=lambda key: customer.acks[key][0])
    return {
        "sent": len(customers) * (messages + 2),
        "replies": sum(len(each.replies) for each in customers),
        "lost": lost,
        "duplicated": duplicated,
        "disordered": disordered,
        "errors": sum(len(each.errors) for each in customers),
        "latencies": [each for customer in customers for each in customer.latencies],
    }


async def run(options: argparse.Namespace) -> None:
    """Open all sockets, wait for the parent's word, write on the first ones."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as client:
        door = asyncio.Semaphore(TOGETHER)

        async def enter(number: int) -> Customer:
            async with door:
                return await connect(client, options.url, number)

        customers = await asyncio.gather(*(enter(number) for number in range(options.sockets)))
        print(json.dumps({"open": len(customers)}), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        active, idle = customers[: options.active], customers[options.active :]
        begun = time.perf_counter()
        await asyncio.gather(*(chat(each, options.messages) for each in active))
        seconds = time.perf_counter() - begun
        stored = await asyncio.gather(*(history(client, options.url, each) for each in active))
        alive = sum(not each.socket.closed for each in idle)
        print(json.dumps({**report(active, stored, options.messages), "seconds": seconds, "alive": alive}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--sockets", type=int, required=True)
    parser.add_argument("--active", type=int, required=True)
    parser.add_argument("--messages", type=int, required=True)
    loops.run(run(parser.parse_args()))
