"""The native voice socket: what goes through, what does not, and how it ends."""

from __future__ import annotations

import asyncio
import json
import socket as sockets

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.chat.errors import FrameRefused
from channels.chat.settings import ChatSettings, Rate
from channels.voice.calls.outbox import WireGone
from channels.voice.errors import BadCallFrame
from channels.voice.transports.native import parse_frame
from orchestrator.errors import SessionUnknown
from tests.integration.voice.wires import NotingCall, serve
from tests.support.chat_server import eventually

SECOND = bytes(32_000)


async def test_audio_and_control_reach_the_call() -> None:
    async with serve() as server:
        client, call = await server.caller(token="t", identity="jwt", language="de")
        await client.ws.send_bytes(b"\x01\x02\x03")
        await client.ws.send_bytes(SECOND)
        await client.send({"type": "dtmf", "digit": "#"})
        await client.send({"type": "played", "ms": 240})
        await call.until(lambda: bool(call.reports))
        assert bytes(call.heard) == b"\x01\x02\x03" + SECOND
        assert (call.digits, call.reports) == ("#", [240])
        opening = call.opening
        assert (opening.token, opening.identity, opening.language) == ("t", "jwt", "de")
        assert opening.caller_id is None
        assert (call.wire.rate, call.wire.clocked) == (16_000, True)


async def test_the_call_reaches_the_client_in_order() -> None:
    async def script(call: NotingCall) -> None:
        await call.wire.tell({"type": "reply", "turn": "t", "text": "Grüße"})
        await call.wire.audio(b"\x00\x01" * 160)
        await call.wire.mark("m1")
        await call.wire.clear()
        await call.wire.close(code=1000, reason="goodbye")

    async with serve(script) as server:
        client, _ = await server.caller()
        assert await client.next() == {"type": "reply", "turn": "t", "text": "Grüße"}
        assert (await client.receive()).data == b"\x00\x01" * 160
        assert await client.next() == {"type": "clear"}
        assert await client.closed() == (1000, "goodbye")


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000])
async def test_the_rate_is_the_clients(rate: int) -> None:
    async with serve() as server:
        _, call = await server.caller(rate=rate)
        assert call.wire.rate == rate


async def test_the_caller_hangs_up() -> None:
    async with serve() as server:
        client, call = await server.caller()
        await client.send({"type": "hangup"})
        assert (await client.closed())[0] == 1000
        await eventually(lambda: call.over)
        assert server.channel.open_calls == 0


async def test_the_client_goes_without_a_word() -> None:
    async with serve() as server:
        client, call = await server.caller()
        connection = client.ws._response.connection
        assert connection is not None
        assert connection.transport is not None
        connection.transport.abort()
        await eventually(lambda: call.over and server.channel.open_calls == 0)


async def test_a_call_that_ends_by_itself_closes_the_socket() -> None:
    async def script(call: NotingCall) -> None:
        await call.until(lambda: bool(call.digits))

    async with serve(script) as server:
        client, _ = await server.caller()
        await client.send({"type": "dtmf", "digit": "1"})
        assert await client.closed() == (1000, "the call is over")


async def test_a_call_that_fails_says_nothing_of_the_inside() -> None:
    async def script(call: NotingCall) -> None:
        raise RuntimeError("secret detail")

    async with serve(script) as server:
        client, _ = await server.caller()
        assert await client.closed() == (1011, "internal: Something went wrong on our side.")


async def test_a_session_that_is_unknown() -> None:
    async def script(call: NotingCall) -> None:
        raise SessionUnknown("This session is unknown or expired.")

    async with serve(script) as server:
        client, _ = await server.caller()
        assert (await client.next())["code"] == "unknown_session"
        assert (await client.closed())[0] == 4401


BAD_FIRST = [
    ("not json", "invalid_json"),
    ("[]", "bad_frame"),
    ("{}", "bad_frame"),
    ('{"type":"hello"}', "bad_frame"),
    ('{"type":"hello","rate":7999}', "bad_frame"),
    ('{"type":"hello","rate":48001}', "bad_frame"),
    ('{"type":"hello","rate":"16000"}', "bad_frame"),
    ('{"type":"hello","rate":16000.5}', "bad_frame"),
    ('{"type":"hello","rate":true}', "bad_frame"),
    ('{"type":"hello","rate":16000,"token":1}', "bad_frame"),
    ('{"type":"hello","rate":16000,"identity":[]}', "bad_frame"),
    ('{"type":"hangup"}', "hello_expected"),
    (b"\x00\x00", "hello_expected"),
]
BAD_LATER = [
    '{"type":"hello","rate":16000}',
    '{"type":"dtmf"}',
    '{"type":"dtmf","digit":1}',
    '{"type":"dtmf","digit":"12"}',
    '{"type":"dtmf","digit":"x"}',
    '{"type":"played"}',
    '{"type":"played","ms":-1}',
    '{"type":"played","ms":1.5}',
    '{"type":"played","ms":true}',
    '{"type":"shout"}',
    "[" * 60_000,
]


@pytest.mark.parametrize(("raw", "code"), BAD_FIRST)
async def test_a_bad_first_frame(raw: str | bytes, code: str) -> None:
    async with serve() as server:
        client = await server.socket()
        await (client.ws.send_str(raw) if isinstance(raw, str) else client.ws.send_bytes(raw))
        assert (await client.next())["code"] == code
        assert (await client.closed())[0] == 4400
        assert not server.calls


@pytest.mark.parametrize("raw", BAD_LATER)
async def test_a_bad_later_frame_ends_the_call(raw: str) -> None:
    async with serve() as server:
        client, call = await server.caller()
        await client.ws.send_str(raw)
        assert (await client.next())["type"] == "error"
        assert (await client.closed())[0] == 4400
        await eventually(lambda: call.over)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["type", "rate", "ms", "digit"]), inner)
        ),
    )
    | st.fixed_dictionaries(
        {"type": st.sampled_from(["hello", "dtmf", "played", "hangup"])},
        optional={name: st.integers() | st.text() | st.none() for name in ("rate", "token", "digit", "ms")},
    )
)
def test_any_json_is_read_or_refused(value: object) -> None:
    try:
        parse_frame(json.dumps(value))
    except (BadCallFrame, FrameRefused):
        pass


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.binary(max_size=3_000), max_size=8))
def test_audio_of_any_length_arrives_whole(chunks: list[bytes]) -> None:
    async def call_with_it() -> None:
        async with serve() as server:
            client, call = await server.caller()
            for chunk in chunks:
                await client.ws.send_bytes(chunk)
            await client.send({"type": "dtmf", "digit": "0"})
            await call.until(lambda: bool(call.digits))
            assert bytes(call.heard) == b"".join(chunks)

    asyncio.run(call_with_it())


async def test_no_hello_comes() -> None:
    async with serve(hello_timeout_s=0.01) as server:
        client = await server.socket()
        assert (await client.next())["code"] == "hello_timeout"
        assert (await client.closed())[0] == 4400


async def test_a_frame_over_the_size() -> None:
    async with serve() as server:
        client, call = await server.caller()
        await client.ws.send_bytes(bytes(65_536))
        await client.ws.send_bytes(bytes(65_537))
        assert (await client.closed())[0] == 1009
        assert len(call.heard) == 65_536


async def test_audio_faster_than_time_ends_the_call() -> None:
    async with serve() as server:
        client, call = await server.caller()
        for _ in range(6):
            await client.ws.send_bytes(SECOND)
        assert (await client.next())["code"] == "too_fast"
        code, reason = await client.closed()
        assert code == 4400
        assert reason.startswith("too_fast: ")
        assert len(call.heard) == 5 * len(SECOND)


@pytest.mark.parametrize("empty", [b"", '{"type":"played","ms":0}'])
async def test_a_flood_of_nothing_ends_the_call(empty: str | bytes) -> None:
    async with serve(flood_s=0.5) as server:
        client, _ = await server.caller()
        for _ in range(501):
            await (client.ws.send_str(empty) if isinstance(empty, str) else client.ws.send_bytes(empty))
        assert (await client.next())["code"] == "too_fast"


async def test_an_hour_of_silence_may_pass() -> None:
    async with serve() as server:
        client, call = await server.caller()
        for _ in range(4):
            server.clock.now += 900
            await client.ws.send_bytes(SECOND)
        await call.until(lambda: len(call.heard) == 4 * len(SECOND))


async def test_a_client_that_takes_nothing_loses_the_call() -> None:
    lost = asyncio.Event()

    async def script(call: NotingCall) -> None:
        try:
            while True:
                await call.wire.audio(bytes(60_000))
        except WireGone:
            lost.set()
            raise

    async with serve(script, send_timeout_s=0.05) as server:
        host, port = server.url.removeprefix("http://").split(":")
        with sockets.socket() as raw:
            raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4_096)
            raw.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(raw, (host, int(port)))
            await loop.sock_sendall(raw, handshake(host) + masked(b'{"type":"hello","rate":16000}'))
            async with asyncio.timeout(5):
                await lost.wait()
            await eventually(lambda: server.channel.open_calls == 0)


def handshake(host: str) -> bytes:
    return (
        f"GET /voice HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()


def masked(text: bytes) -> bytes:
    return bytes([0x81, 0x80 | len(text)]) + bytes(4) + text


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"])
async def test_another_origin_is_refused(origin: str) -> None:
    async with serve() as server:
        client = await server.socket(origin=origin)
        assert (await client.next())["code"] == "origin_refused"
        assert (await client.closed())[0] == 4403


async def test_a_listed_origin_may_call() -> None:
    async with serve(door=ChatSettings(origins=("https://shop.example",))) as server:
        client = await server.socket(origin="https://shop.example")
        await client.send({"type": "hello", "rate": 8_000})
        assert (await client.next())["type"] == "ready"


async def test_all_lines_are_busy() -> None:
    async with serve(max_calls=1) as server:
        first, call = await server.caller()
        second = await server.socket()
        await second.send({"type": "hello", "rate": 8_000})
        error = await second.next()
        assert (error["type"], error["code"], error["retry_after"]) == ("error", "busy", 30.0)
        assert (await second.closed())[0] == 4429
        await first.send({"type": "hangup"})
        await first.closed()
        await eventually(lambda: call.over and server.channel.open_calls == 0)
        await server.caller()


async def test_an_address_has_its_own_limits() -> None:
    door = ChatSettings(limit_loopback=True, address_hellos=Rate(burst=2, per_minute=1))
    async with serve(door=door, calls_per_address=1) as server:
        first, _ = await server.caller()
        for code in ("busy", "rate_limited"):
            client = await server.socket()
            await client.send({"type": "hello", "rate": 8_000})
            assert (await client.next())["code"] == code
            assert (await client.closed())[0] == 4429
        assert not first.ws.closed


async def test_sockets_without_a_hello_are_bounded() -> None:
    async with serve(door=ChatSettings(sockets=1)) as server:
        first = await server.socket()
        client = await server.socket()
        assert (await client.next())["code"] == "too_many"
        assert (await client.closed())[0] == 4429
        assert not first.ws.closed


async def test_draining_turns_new_calls_away_and_lets_others_talk() -> None:
    async with serve() as server:
        client, call = await server.caller()
        server.channel.drain()
        late = await server.socket()
        assert (await late.next())["code"] == "restarting"
        assert (await late.closed())[0] == 1012
        await client.send({"type": "dtmf", "digit": "5"})
        await call.until(lambda: call.digits == "5")


async def test_stopping_closes_every_call() -> None:
    async with serve() as server:
        callers = [await server.caller() for _ in range(3)]
        waiting = await server.socket()
        stopping = asyncio.create_task(server.channel.stop())
        for client in [*(client for client, _ in callers), waiting]:
            assert (await client.closed())[0] == 1012
        await stopping
        assert [(call.over, call.ended_by) for _, call in callers] == [(True, "restarting")] * 3


async def test_a_call_that_does_not_end_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.voice.transports.call_sockets.END_TIMEOUT", 0.01)

    async def script(call: NotingCall) -> None:
        await asyncio.Event().wait()

    async with serve(script) as server:
        client, call = await server.caller()
        await client.send({"type": "hangup"})
        await client.closed()
        await eventually(lambda: call.over)


async def test_a_plain_request_is_told_what_is_spoken_here() -> None:
    async with serve() as server, server.http.get(f"{server.url}/voice") as response:
        assert response.status == 426
        assert (await response.json())["error"]["code"] == "upgrade_required"


async def test_closing_while_the_gateway_stops_is_harmless() -> None:
    async with serve() as server:
        client, _ = await server.caller()
        await client.send({"type": "hangup"})
        await asyncio.gather(server.channel.stop(), server.channel.stop(), client.closed())
