"""Connections that bring no request, or only half of one, do not keep others out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
from aiohttp import web

from switchboard.listening import bind_http, listen
from switchboard.settings import ChatLimits, HttpSection, Settings

HALF = b"GET / HTTP/1.1\r\nHost: x\r\n"


@asynccontextmanager
async def gateway(**limits: float) -> AsyncIterator[str]:
    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    async def swallow(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await request.read())))

    async def socket(request: web.Request) -> web.WebSocketResponse:
        answer = web.WebSocketResponse()
        await answer.prepare(request)
        async for message in answer:
            await answer.send_str(str(message.data))
        return answer

    settings = Settings(
        http_port=0, chat=ChatLimits(limit_loopback=True), http=HttpSection.model_validate(limits)
    )
    routes = [web.get("/", hello), web.post("/", swallow), web.get("/socket", socket)]
    async with AsyncExitStack() as stack:
        yield await listen(settings, routes, stack, sockets=bind_http(settings))


async def half_open(url: str, number: int, said: bytes = HALF) -> list[asyncio.StreamReader]:
    port = int(url.rpartition(":")[2])
    opened = []
    for _ in range(number):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)
        opened.append(reader)
        LEFT_OPEN.append(writer)
    return opened


LEFT_OPEN: list[asyncio.StreamWriter] = []


async def closed(reader: asyncio.StreamReader) -> bytes:
    try:
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionResetError:
        return b""


async def test_three_hundred_half_open_connections_keep_nobody_out() -> None:
    async with gateway(head_timeout=1.0) as url, aiohttp.ClientSession() as client:
        readers = await half_open(url, 300)
        async with asyncio.timeout(60), client.get(url) as answer:
            assert await answer.text() == "hello"
        await asyncio.gather(*(closed(reader) for reader in readers))


async def test_a_burst_of_callers_behind_one_address_is_served() -> None:
    async with gateway(silent_per_address=5) as url, aiohttp.ClientSession() as client:

        async def ask() -> str:
            async with client.get(url) as answer:
                return await answer.text()

        assert await asyncio.gather(*(ask() for _ in range(150))) == ["hello"] * 150


async def test_of_many_silent_ones_the_first_make_room() -> None:
    async with gateway(silent_per_address=5, head_timeout=60) as url:
        readers = await half_open(url, 8)
        for reader in readers[:3]:
            assert await closed(reader) == b""
        assert not any(reader.at_eof() for reader in readers[3:])


async def test_a_head_or_a_body_that_does_not_come_ends_the_connection() -> None:
    async with gateway(head_timeout=0.5, body_timeout=0.5) as url:
        silent, half, body = [
            (await half_open(url, 1, said))[0]
            for said in (
                b"",
                HALF,
                b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc",
            )
        ]
        assert await closed(silent) == await closed(half) == await closed(body) == b""
        (second,) = await half_open(url, 1, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await second.readuntil(b"hello")).endswith(b"hello")
        LEFT_OPEN[-1].write(HALF)
        assert await closed(second) == b""


async def test_too_many_connections_of_one_address_are_told_so() -> None:
    async with gateway(connections_per_address=3) as url:
        whole = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        await half_open(url, 3, whole)
        (refused,) = await half_open(url, 1, whole)
        told = await closed(refused)
        assert told.startswith(b"HTTP/1.1 429 ")
        assert b"too_many_connections" in told


async def test_a_socket_is_no_request_that_has_to_come_to_an_end() -> None:
    async with (
        gateway(head_timeout=0.5, body_timeout=0.5, connections_per_address=1) as url,
        aiohttp.ClientSession() as client,
        client.ws_connect(f"{url}/socket") as line,
    ):
        await asyncio.sleep(2.2)  # longer than all limits: nothing is to happen
        await line.send_str("still here")
        assert (await line.receive(timeout=5)).data == "still here"
        async with aiohttp.ClientSession() as other, other.get(url) as answer:
            assert answer.status == 200
