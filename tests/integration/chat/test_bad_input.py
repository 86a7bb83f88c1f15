"""What a careless or hostile client may send, and that nobody else feels it."""

from __future__ import annotations

import asyncio
import json
import socket as sockets
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from channels.chat.settings import ChatSettings, Rate
from tests.support.chat_server import Socket, eventually, serve
from tests.support.fake_desk import FakeDesk

HELLO = {"type": "hello", "token": None, "identity": None, "after": 0}
UUID = "0198c7f0-0000-7000-8000-000000000000"

BAD_FIRST_FRAMES: list[tuple[str, str]] = [
    ("not json", "not valid JSON"),
    ("", "not valid JSON"),
    ("[" * 60_000, "not valid JSON"),
    ("null", "not a JSON object"),
    ("[]", "not a JSON object"),
    ("1" * 5_000, "not valid JSON"),
    ("{}", "unknown frame type"),
    ('{"type":["hello"]}', "unknown frame type"),
    (json.dumps({"type": "message", "id": UUID, "text": "hi"}), "first frame must be a hello"),
    ('{"type":"ping"}', "first frame must be a hello"),
    ('{"type":"hello","token":1}', "token must be"),
    (json.dumps({"type": "hello", "token": "x" * 201}), "token must be"),
    ('{"type":"hello","token":"\\ud800"}', "token must be"),
    ('{"type":"hello","identity":{}}', "identity must be"),
    ('{"type":"hello","after":"1"}', "after must be"),
    ('{"type":"hello","after":true}', "after must be"),
    ('{"type":"hello","after":1.5}', "after must be"),
    ('{"type":"hello","after":-1}', "after must be"),
    ('{"type":"hello","after":NaN}', "after must be"),
    ('{"type":"hello","after":9223372036854775808}', "after must be"),
    ('{"type":"hello","history":"yes"}', "history must be"),
]

BAD_LATER_FRAMES: list[tuple[object, str]] = [
    (HELLO, "a second hello"),
    ({"type": "shout"}, "unknown frame type"),
    ({"type": "message"}, "text must be"),
    ({"type": "message", "id": UUID, "text": None}, "text must be"),
    ({"type": "message", "id": UUID, "text": 7}, "text must be"),
    ({"type": "message", "id": UUID, "text": ["a"]}, "text must be"),
    ({"type": "message", "id": "7", "text": "a"}, "id must be"),
    ({"type": "message", "id": 7, "text": "a"}, "id must be"),
    ({"type": "message", "id": None, "text": "a"}, "id must be"),
    ({"type": "message", "id": "x" * 36, "text": "a"}, "id must be"),
    ({"type": "message", "id": UUID, "text": "a", "attachments": {}}, "attachments must be"),
    ({"type": "message", "id": UUID, "text": "a", "attachments": ["x"]}, "an attachment must be"),
    ({"type": "message", "id": UUID, "text": "a", "attachments": [{}]}, "attachment id must be"),
    ({"type": "message", "id": UUID, "text": "a", "attachments": [{"id": UUID}] * 11}, "at most 10"),
    ({"type": "read", "seq": "1"}, "seq must be"),
]


@pytest.mark.parametrize(("frame", "reason"), BAD_FIRST_FRAMES)
async def test_a_bad_first_frame_closes_with_4400_and_says_why(frame: str, reason: str) -> None:
    desk = FakeDesk()
    async with serve(desk) as server:
        socket = await server.socket()
        await socket.ws.send_str(frame)
        code, why = await socket.closed()
        assert code == 4400
        assert reason in why
        assert not desk.sessions


@pytest.mark.parametrize(("frame", "reason"), BAD_LATER_FRAMES)
async def test_a_bad_later_frame_closes_with_4400_and_says_why(frame: object, reason: str) -> None:
    desk = FakeDesk()
    async with serve(desk) as server:
        socket = await server.greeted()
        await socket.send(frame)
        code, why = await socket.closed()
        assert code == 4400
        assert reason in why
        assert not desk.inbound


async def test_binary_frames_close_with_4400() -> None:
    async with serve(FakeDesk()) as server:
        first = await server.socket()
        await first.ws.send_bytes(json.dumps(HELLO).encode())
        assert (await first.closed())[0] == 4400
        later = await server.greeted()
        await later.ws.send_bytes(b"\x00")
        assert (await later.closed())[0] == 4400


async def test_no_hello_in_time_closes_with_4400() -> None:
    async with serve(FakeDesk(), ChatSettings(hello_timeout=0.05)) as server:
        code, why = await (await server.socket()).closed()
        assert code == 4400
        assert why.startswith("hello_timeout")


async def test_frames_up_to_64_kib_are_read_and_bigger_ones_close_with_1009() -> None:
    async with serve(FakeDesk()) as server:
        socket = await server.greeted()
        frame = json.dumps({"type": "ping", "pad": ""})
        await socket.ws.send_str(frame.replace('""', '"' + "x" * (65_536 - len(frame)) + '"'))
        assert await socket.next() == {"type": "pong"}
        await socket.ws.send_str(frame.replace('""', '"' + "x" * (65_537 - len(frame)) + '"'))
        assert (await socket.closed())[0] == 1009


async def test_one_megabyte_of_text_closes_with_1009() -> None:
    desk = FakeDesk()
    async with serve(desk) as server:
        socket = await server.greeted()
        await socket.say("x" * 1_000_000)
        assert (await socket.closed())[0] == 1009
        assert not desk.inbound


async def test_unknown_sessions_close_with_4401() -> None:
    async with serve(FakeDesk()) as server:
        socket = await server.socket()
        await socket.send({**HELLO, "token": "never-issued"})
        code, why = await socket.closed()
        assert code == 4401
        assert why.startswith("unknown_session")


async def test_a_rejected_identity_says_so_and_closes_with_4401() -> None:
    async with serve(FakeDesk()) as server:
        socket = await server.socket()
        await socket.send({**HELLO, "identity": "forged"})
        assert (await socket.next())["code"] == "identity_rejected"
        assert (await socket.closed())[0] == 4401


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a\x00b", "bad_text"),
        ("\x00", "bad_text"),
        ("\ud800", "bad_text"),
        ("a\udfff", "bad_text"),
        ("", "empty_text"),
        (" \n\t ", "empty_text"),
        ("\u200b\u2060", "empty_text"),
        ("\x01\x02", "empty_text"),
        ("x" * 8_001, "text_too_long"),
    ],
)
async def test_text_that_cannot_be_taken_is_refused_and_the_socket_goes_on(text: str, code: str) -> None:
    desk = FakeDesk(answer=None)
    async with serve(desk) as server:
        socket = await server.greeted()
        sent = await socket.say(text)
        error = await socket.next()
        assert (error["type"], error["code"], error["id"]) == ("error", code, sent)
        assert not desk.inbound
        await socket.say("x" * 8_000)
        assert (await socket.next())["type"] == "ack"


async def test_ten_thousand_messages_at_once_lose_nothing_acked_and_harm_nobody() -> None:
    desk = FakeDesk(answer=None)
    async with serve(desk) as server:
        flood, other = await server.greeted(), await server.greeted()
        # One write per message would wait for a server that has already closed.
        ids = [str(uuid4()) for _ in range(10_000)]
        sending = asyncio.create_task(_send_all(flood, ids))
        await other.say("me too")
        assert (await other.until("ack"))["seq"] == 1
        acked, refused = await _read_all(flood)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        stored = {inbound.key.partition(":")[2] for inbound in desk.inbound}
        assert acked <= stored
        assert len(acked) == 30
        assert {error["code"] for error in refused} == {"rate_limited"}
        assert all(error["retry_after"] > 0 for error in refused)
        assert flood.ws.close_code == 4429
        await other.send({"type": "ping"})
        assert await other.next() == {"type": "pong"}


async def _send_all(socket: Socket, ids: list[str]) -> None:
    for number, message_id in enumerate(ids):
        await socket.say(f"message {number}", message_id)


async def _read_all(socket: Socket) -> tuple[set[str], list[dict[str, Any]]]:
    acked, refused = set(), []
    async for message in socket.ws:
        frame = json.loads(message.data)
        if frame["type"] == "ack":
            acked.add(frame["id"])
        elif frame["type"] == "error":
            refused.append(frame)
    return acked, refused


async def test_a_generous_limit_takes_ten_thousand_messages_in_order() -> None:
    desk = FakeDesk(answer=None)
    settings = ChatSettings(session_messages=Rate(burst=10_000, per_minute=1))
    async with serve(desk, settings) as server:
        socket = await server.greeted()
        ids = [str(uuid4()) for _ in range(10_000)]
        sending = asyncio.create_task(_send_all(socket, ids))
        acks = [(await socket.until("ack"))["id"] for _ in ids]
        await sending
        assert acks == ids
        assert [inbound.text for inbound in desk.inbound] == [f"message {n}" for n in range(10_000)]


async def test_control_frames_have_a_limit_too() -> None:
    settings = ChatSettings(session_controls=Rate(burst=2, per_minute=60), refusals_before_close=3)
    async with serve(FakeDesk(), settings) as server:
        socket = await server.greeted()
        for _ in range(5):
            await socket.send({"type": "ping"})
        kinds = [(await socket.next())["type"] for _ in range(5)]
        assert kinds == ["pong", "pong", "error", "error", "error"]
        assert (await socket.closed())[0] == 4429


async def test_the_rate_limit_opens_again_after_the_time_it_named() -> None:
    settings = ChatSettings(session_messages=Rate(burst=2, per_minute=60))
    desk = FakeDesk(answer=None)
    async with serve(desk, settings) as server:
        socket = await server.greeted()
        sent = [await socket.say("hi") for _ in range(3)][-1]
        assert [(await socket.next())["type"] for _ in range(2)] == ["ack", "ack"]
        error = await socket.next()
        assert (error["code"], error["retry_after"], error["id"]) == ("rate_limited", 1.0, sent)
        server.clock.now += error["retry_after"]
        await socket.say("hi", sent)
        assert (await socket.next())["id"] == sent
        assert len(desk.inbound) == 3


async def test_the_limit_is_the_sessions_not_the_sockets() -> None:
    settings = ChatSettings(session_messages=Rate(burst=1, per_minute=1))
    async with serve(FakeDesk(answer=None), settings) as server:
        first = await server.greeted()
        await first.say("hi")
        assert (await first.next())["type"] == "ack"
        second = await server.greeted(token=first.welcome["token"])
        await second.say("hi")
        assert (await second.next())["code"] == "rate_limited"
        stranger = await server.greeted()
        await stranger.say("hi")
        assert (await stranger.next())["type"] == "ack"


async def test_limits_per_address() -> None:
    settings = ChatSettings(limit_loopback=True, sockets_per_address=2)
    async with serve(FakeDesk(), settings) as server:
        held = [await server.greeted() for _ in range(2)]
        third = await server.socket()
        code, why = await third.closed()
        assert code == 4429
        assert why.startswith("too_many")
        await held[0].close()
        await eventually(lambda: server.channel.open_sockets == 1)
        await server.greeted()


async def test_hellos_per_address() -> None:
    settings = ChatSettings(limit_loopback=True, address_hellos=Rate(burst=1, per_minute=60))
    async with serve(FakeDesk(), settings) as server:
        await server.greeted()
        second = await server.socket()
        await second.send(HELLO)
        assert (await second.closed())[0] == 4429
        server.clock.now += 1.0
        await server.greeted()


async def test_messages_per_address_count_over_all_sessions() -> None:
    settings = ChatSettings(limit_loopback=True, address_messages=Rate(burst=1, per_minute=60))
    async with serve(FakeDesk(answer=None), settings) as server:
        first, second = await server.greeted(), await server.greeted()
        await first.say("hi")
        assert (await first.next())["type"] == "ack"
        await second.say("hi")
        assert (await second.next())["code"] == "rate_limited"


async def test_an_unexpected_failure_closes_with_1011_and_tells_nothing_of_itself() -> None:
    desk = FakeDesk()

    async def broken(_inbound: object) -> None:
        raise RuntimeError("secret detail")

    async with serve(desk) as server:
        socket = await server.greeted()
        desk.accept = broken  # type: ignore[method-assign, assignment]
        await socket.say("hi")
        code, why = await socket.closed()
        assert code == 1011
        assert "secret" not in why


async def test_a_client_that_reads_nothing_is_cut_off_and_others_go_on() -> None:
    desk = FakeDesk(answer=None)
    settings = ChatSettings(send_timeout=0.2, send_buffer=16_384)
    async with serve(desk, settings) as server:
        writer = await _lazy_socket(server.url)
        other = await server.greeted()
        conversation = next(
            found for found in desk.conversations.values() if str(found.id) != other.welcome["conversation"]
        )
        async with asyncio.timeout(20):
            while server.channel.open_sockets > 1:
                desk.post(conversation, author="operator", text="x" * 60_000)
                await asyncio.sleep(0.001)
        await other.send({"type": "ping"})
        assert await other.next() == {"type": "pong"}
        writer.close()


async def _lazy_socket(url: str) -> asyncio.StreamWriter:
    """Shake hands and say hello, then never read again; small buffers fill soon."""
    host, port = url.removeprefix("http://").split(":")
    raw = sockets.socket()
    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=raw, limit=4_096)
    writer.write(
        f"GET /chat/ws HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    payload = json.dumps(HELLO).encode()
    assert len(payload) < 126
    # A mask of zeros leaves the payload as it is (RFC 6455 section 5.3).
    writer.write(bytes([0x81, 0x80 | len(payload), 0, 0, 0, 0]) + payload)
    await writer.drain()
    await reader.readexactly(2)
    return writer


async def test_plain_http_on_the_sockets_address_is_told_so() -> None:
    async with serve(FakeDesk()) as server, server.http.get(f"{server.url}/chat/ws") as response:
        assert response.status == 426
        assert (await response.json())["error"]["code"] == "upgrade_required"


async def test_invalid_utf8_closes_the_socket_only() -> None:
    async with serve(FakeDesk()) as server:
        socket = await server.greeted()
        writer = socket.ws._writer
        await writer.send_frame(b"\xff\xfe", aiohttp.WSMsgType.TEXT)
        assert (await socket.closed())[0] == 1007
        await server.greeted()


async def server_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Read one frame as it stands on the wire: its opcode and payload (RFC 6455 section 5.2)."""
    first, size = await reader.readexactly(2)
    if size == 126:
        size = int.from_bytes(await reader.readexactly(2))
    return first & 0x0F, await reader.readexactly(size)


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("welcomed", [True, False])
async def test_a_frame_without_a_mask_ends_the_socket_with_1002(*, at_once: bool, welcomed: bool) -> None:
    hello = b'{"type":"hello","token":null}'
    plain = bytes([0x81, len(hello)]) + hello
    masked = bytes([0x81, 0x80 | len(hello), 0, 0, 0, 0]) + hello
    async with serve(FakeDesk()) as server, asyncio.timeout(10):
        host = server.url.removeprefix("http://")
        reader, writer = await asyncio.open_connection(*host.split(":"))
        head = (
            f"GET /chat/ws HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        ).encode()
        first = masked if welcomed else plain
        writer.write(head + first if at_once else head)
        await reader.readuntil(b"\r\n\r\n")
        if not at_once:
            writer.write(first)
        if welcomed:
            assert b"welcome" in (await server_frame(reader))[1]
            writer.write(plain)
        opcode, payload = await server_frame(reader)
        assert (opcode, int.from_bytes(payload[:2])) == (8, 1002)
        writer.close()
