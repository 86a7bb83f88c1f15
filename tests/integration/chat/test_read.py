"""What the customer has seen is noted: when it grows, and at most what was shown."""

from __future__ import annotations

from orchestrator.errors import StoreAway
from tests.support.chat_server import Server, Socket, eventually, serve
from tests.support.fake_desk import FakeDesk


async def shown(server: Server, socket: Socket, text: str) -> int:
    """Let the desk say something and return its number."""
    server.desk.post(server.desk.only_conversation(), author="assistant", text=text)
    return int((await socket.until("message"))["seq"])


async def test_reading_is_noted_once_and_only_as_far_as_was_shown() -> None:
    desk = FakeDesk(answer=None)
    async with serve(desk) as server:
        socket = await server.greeted()
        conversation = desk.only_conversation().id
        await shown(server, socket, "one")
        seq = await shown(server, socket, "two")
        for read in (1, 1, 0, seq, seq, 1, 10**9):
            await socket.send({"type": "read", "seq": read})
        await socket.send({"type": "ping"})
        await socket.until("pong")
        assert desk.reads == [(conversation, 1), (conversation, seq)]


async def test_an_absent_store_costs_the_reader_nothing() -> None:
    desk = FakeDesk(answer=None)
    async with serve(desk) as server:
        socket = await server.greeted()
        seq = await shown(server, socket, "one")
        desk.failure = StoreAway("away")
        await socket.send({"type": "read", "seq": seq})
        await socket.send({"type": "ping"})
        assert (await socket.next())["type"] == "pong"
        desk.failure = None
        await socket.send({"type": "read", "seq": seq})
        await eventually(lambda: len(desk.reads) == 1)
