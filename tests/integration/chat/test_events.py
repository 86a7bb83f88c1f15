"""`GET /chat/{session_id}/events`: what comes later reaches who only speaks HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from channels.chat.settings import ChatSettings
from tests.support.chat_server import Server, eventually, serve
from tests.support.fake_desk import Conversation, FakeDesk


async def begun(server: Server, desk: FakeDesk) -> Conversation:
    """Return a conversation with one message and its answer (numbers 1 and 2)."""
    body = {"session_id": "mine", "message": "hello"}
    async with server.http.post(f"{server.url}/chat", json=body) as answer:
        assert answer.status == 200
    return desk.only_conversation()


async def get(server: Server, query: str = "", session: str = "mine", **headers: str) -> tuple[int, Any]:
    url = f"{server.url}/chat/{session}/events{query}"
    async with server.http.get(url, headers=headers) as answer:
        return answer.status, await answer.json()


@asynccontextmanager
async def streamed(server: Server, query: str = "", **headers: str) -> AsyncIterator[aiohttp.ClientResponse]:
    url = f"{server.url}/chat/mine/events{query}"
    headers = {"Accept": "text/event-stream", **{name.replace("_", "-"): headers[name] for name in headers}}
    async with asyncio.timeout(10), server.http.get(url, headers=headers) as answer:
        assert answer.status == 200
        yield answer


async def event(answer: aiohttp.ClientResponse) -> dict[str, str]:
    fields: dict[str, str] = {}
    while (line := (await answer.content.readline()).decode().rstrip("\n")) or not fields:
        assert line or not answer.content.at_eof()
        name, _, value = line.partition(": ")
        fields[name] = value
    return fields


async def test_events_are_those_of_the_socket_with_the_same_numbers() -> None:
    desk = FakeDesk()
    async with serve(desk) as server:
        conversation = await begun(server, desk)
        desk.set_status(conversation, "human")
        desk.post(conversation, author="operator", text="Ann here.")
        status, body = await get(server)
        assert status == 200
        assert [(each["type"], each["seq"]) for each in body["events"]] == [
            ("message", 2),
            ("status", 3),
            ("message", 4),
        ]
        assert body["next"] == 4
        assert await get(server, "?after=4") == (200, {"events": [], "next": 4})
        assert (await get(server, "?after=99"))[1]["next"] == 4
        _, whole = await get(server, "?history=true")
        assert next(each["author"] for each in whole["events"] if each["type"] == "message") == "customer"


async def test_a_long_poll_waits_for_what_an_operator_says() -> None:
    desk = FakeDesk()
    async with serve(desk) as server:
        conversation = await begun(server, desk)
        waiting = asyncio.create_task(get(server, "?after=2&wait=2500.5"))
        await eventually(lambda: desk.listeners_of(conversation) == 1)
        desk.post(conversation, author="operator", text="Ann here.")
        status, body = await asyncio.wait_for(waiting, 5)
        assert (status, body["next"]) == (200, 3)
        assert [each["text"] for each in body["events"]] == ["Ann here."]
        assert (conversation.id, 2) in desk.reads


async def test_an_event_stream_has_ids_goes_on_after_the_last_one_and_stays_awake() -> None:
    desk = FakeDesk()
    async with serve(desk, ChatSettings(keep_alive=0.05)) as server:
        conversation = await begun(server, desk)
        async with streamed(server) as answer:
            first = await event(answer)
            assert (first["id"], first["event"]) == ("2", "message")
            assert (await answer.content.readline()) == b": keep-alive\n"
        async with streamed(server, Last_Event_ID="2") as answer:
            await eventually(lambda: desk.listeners_of(conversation) == 1)
            desk.post(conversation, author="operator", text="Ann here.")
            got = await event(answer)
            while "event" not in got:
                got = await event(answer)
            assert (got["id"], json.loads(got["data"])["text"]) == ("3", "Ann here.")


async def test_streams_of_one_session_are_bounded() -> None:
    desk = FakeDesk()
    async with serve(desk, ChatSettings(readers_per_session=1)) as server:
        conversation = await begun(server, desk)
        async with streamed(server, "?after=2"):
            await eventually(lambda: desk.listeners_of(conversation) == 1)
            status, body = await get(server)
            assert (status, body["error"]["code"]) == (429, "too_many")


async def test_an_unknown_session_and_wrong_numbers_are_refused() -> None:
    desk = FakeDesk()
    async with serve(desk) as server:
        await begun(server, desk)
        assert (await get(server, session="other"))[0] == 401
        for query in ("?after=-1", "?after=x", "?after=99999999999999999999", "?wait=soon"):
            status, body = await get(server, query)
            assert (status, body["error"]["code"]) == (400, "invalid_message")


async def test_signing_out_ends_polls_and_streams() -> None:
    desk = FakeDesk()
    async with serve(desk) as server:
        conversation = await begun(server, desk)
        waiting = asyncio.create_task(get(server, "?after=2&wait=25"))
        async with streamed(server, "?after=2") as answer:
            await eventually(lambda: desk.listeners_of(conversation) == 2)
            await desk.sign_out(desk.sessions["mine"])
            assert (await event(answer))["event"] == "signed_out"
        status, body = await asyncio.wait_for(waiting, 5)
        assert (status, body["error"]["code"]) == (401, "unknown_session")


async def test_a_restart_ends_the_waits() -> None:
    desk = FakeDesk()
    async with serve(desk) as server:
        conversation = await begun(server, desk)
        waiting = asyncio.create_task(get(server, "?after=2&wait=25"))
        async with streamed(server, "?after=2") as answer:
            await eventually(lambda: desk.listeners_of(conversation) == 2)
            await server.channel.stop()
            assert await asyncio.wait_for(waiting, 5) == (200, {"events": [], "next": 2})
            await answer.content.read()
