"""Phone calls: what Twilio posts, and its media streams."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.chat.errors import FrameRefused
from channels.chat.settings import ChatSettings
from channels.voice.errors import BadCallFrame
from channels.voice.settings import VoiceSettings
from channels.voice.transports import mulaw
from channels.voice.transports.twilio_stream import TwilioReader
from channels.voice.transports.twilio_webhooks import caller_id
from tests.integration.voice.wires import (
    CALL_SID,
    CALLER,
    SECRET,
    STREAM_SID,
    NotingCall,
    Server,
    media,
    serve,
    start,
)
from tests.support.chat_server import eventually

CODES = bytes(range(256)) * 5
TONE = mulaw.decode(CODES)


async def test_a_call_is_sent_to_its_stream() -> None:
    async with serve() as server:
        status, document = await server.incoming()
        assert status == 200
        stream = ET.fromstring(document).find("Connect/Stream")
        assert stream is not None
        assert stream.get("url") == f"ws{server.url.removeprefix('http')}/voice/twilio"
        connect = ET.fromstring(document).find("Connect")
        assert connect is not None
        assert connect.get("action") == f"{server.url}/voice/twilio/next"


async def test_the_public_url_is_what_twilio_signs_and_is_told() -> None:
    async with serve(door=ChatSettings(public_url="https://shop.example")) as server:
        path = "/voice/twilio/incoming"
        status, document = await server.post(path, {}, signed_as=f"https://shop.example{path}")
        assert status == 200
        assert 'url="wss://shop.example/voice/twilio"' in document
        assert (await server.post(path, {}))[0] == 403


async def test_a_trusted_proxy_says_which_url_it_was() -> None:
    headers = {"X-Forwarded-Proto": "http, https", "X-Forwarded-Host": "shop.example"}
    for trusted, status in ((("127.0.0.0/8",), 200), ((), 403)):
        async with serve(door=ChatSettings(trusted_proxies=trusted)) as server:
            server.http.headers.update(headers)
            path = "/voice/twilio/incoming"
            answer = await server.post(path, {"From": CALLER}, signed_as=f"https://shop.example{path}")
            assert answer[0] == status


@pytest.mark.parametrize("path", ["/voice/twilio/incoming", "/voice/twilio/next"])
async def test_what_is_not_signed_is_refused(path: str) -> None:
    async with serve() as server:
        for signature in ("", "AAAA", "ü"):
            status, body = await server.post(path, {}, signature=signature)
            assert (status, json.loads(body)["error"]["code"]) == (403, "signature_wrong")
        async with server.http.post(f"{server.url}{path}", data={"CallSid": CALL_SID}) as response:
            assert response.status == 403
        assert server.channel.open_calls == 0


@pytest.mark.parametrize("path", ["/voice/twilio/incoming", "/voice/twilio/next"])
async def test_without_an_auth_token_there_are_no_phone_calls(path: str) -> None:
    async with serve(twilio_auth_token="") as server:
        status, body = await server.post(path, {})
        assert (status, json.loads(body)["error"]["code"]) == (404, "telephony_off")


async def test_forms_that_are_refused() -> None:
    async with serve() as server:
        url = f"{server.url}/voice/twilio/incoming"
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        refused: list[tuple[Any, dict[str, str], int]] = [
            (b"{}", {"Content-Type": "application/json"}, 415),
            (b"a" * 20_000, form, 413),
            (b"a=%ff", form, 400),
            (b"\xff", form, 400),
            (b"&".join([b"a=b"] * 201), form, 400),
        ]
        for body, headers, status in refused:
            async with server.http.post(url, data=body, headers=headers) as response:
                assert response.status == status, body
        assert (await server.incoming(CallSid=""))[0] == 400


async def test_all_lines_are_busy() -> None:
    async with serve(max_calls=1, default_language="de") as server:
        client, _ = await server.phone()
        verbs = ET.fromstring((await server.incoming(CallSid="CA2"))[1])
        assert [verb.tag for verb in verbs] == ["Say", "Hangup"]
        assert verbs[0].get("language") == "de-DE"
        await client.send({"event": "stop", "stop": {"callSid": CALL_SID}})
        await client.closed()
        await eventually(lambda: server.channel.open_calls == 0)
        assert await server.token(CallSid="CA2")


async def test_a_draining_gateway_is_busy() -> None:
    async with serve() as server:
        server.channel.drain()
        assert "Hangup" in (await server.incoming())[1]


async def test_audio_comes_and_goes_as_mulaw() -> None:
    async def script(call: NotingCall) -> None:
        await call.until(lambda: len(call.heard) == len(TONE))
        await call.wire.audio(TONE)
        await call.wire.mark('m"1')
        await call.until(lambda: bool(call.marks))
        await call.wire.tell({"type": "reply", "turn": "t", "text": "not for Twilio"})
        await call.wire.close(code=1000, reason="goodbye")

    async with serve(script) as server:
        client, call = await server.phone()
        assert (call.wire.rate, call.wire.clocked, call.opening.caller_id) == (8_000, True, CALLER)
        await client.send({**media(CODES, track="inbound", chunk="1"), "sequenceNumber": "2"})
        frames = [await client.next()]
        while frames[-1]["event"] == "media":
            frames.append(await client.next())
        pieces = [base64.b64decode(frame["media"]["payload"]) for frame in frames[:-1]]
        assert b"".join(pieces) == CODES.replace(b"\x7f", b"\xff")
        assert all(len(piece) <= 1_600 for piece in pieces)
        assert frames[-1] == {"event": "mark", "streamSid": STREAM_SID, "mark": {"name": 'm"1'}}
        assert {frame["streamSid"] for frame in frames} == {STREAM_SID}
        await client.send({"event": "mark", "sequenceNumber": "3", "mark": {"name": 'm"1'}})
        assert await client.closed() == (1000, "goodbye")
        assert call.marks == ['m"1']


async def test_marks_of_cleared_audio_do_not_count_as_played() -> None:
    async def script(call: NotingCall) -> None:
        await call.wire.mark("played")
        await call.wire.mark("cleared")
        await call.until(lambda: bool(call.marks))
        await call.wire.clear()
        await call.wire.mark("later")
        await call.gone.wait()

    async with serve(script) as server:
        client, call = await server.phone()
        for name in ("played", "unknown", "played"):
            await client.send({"event": "mark", "mark": {"name": name}})
        events = [await client.next() for _ in range(4)]
        assert events[2] == {"event": "clear", "streamSid": STREAM_SID}
        for name in ("cleared", "later"):
            await client.send({"event": "mark", "mark": {"name": name}})
        await call.until(lambda: call.marks[-1] == "later")
        assert call.marks == ["played", "later"]


async def test_keys_and_what_is_of_no_use() -> None:
    async with serve() as server:
        client, call = await server.phone()
        await client.send(media(b"\x00" * 160, track="outbound"))
        await client.send({"event": "something new"})
        await client.send({"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": "*"}})
        await call.until(lambda: call.digits == "*")
        assert not call.heard


async def test_the_caller_hangs_up() -> None:
    async with serve() as server:
        client, call = await server.phone()
        await client.send({"event": "stop", "sequenceNumber": "5", "stop": {"callSid": CALL_SID}})
        assert (await client.closed())[0] == 1000
        await eventually(lambda: call.over)
        verbs = ET.fromstring((await server.post("/voice/twilio/next", {}))[1])
        assert [verb.tag for verb in verbs] == ["Hangup"]


async def test_a_transfer_dials_once_the_stream_is_closed() -> None:
    async def script(call: NotingCall) -> None:
        await call.wire.tell({"type": "transfer", "to": "+4930654321"})

    async with serve(script) as server:
        client, _ = await server.phone()
        await client.closed()
        document = (await server.post("/voice/twilio/next", {}))[1]
        assert ET.fromstring(document).findtext("Dial/Number") == "+4930654321"
        assert "Hangup" in (await server.post("/voice/twilio/next", {}))[1]


async def test_a_call_that_broke_off_is_regretted_in_twilios_voice() -> None:
    async def script(call: NotingCall) -> None:
        await call.wire.close(code=1011, reason="internal: The call can't go on.")

    async with serve(script) as server:
        client, _ = await server.phone()
        assert (await client.closed())[0] == 1011
        verbs = ET.fromstring((await server.post("/voice/twilio/next", {}))[1])
        assert [verb.tag for verb in verbs] == ["Say", "Hangup"]
        assert "Please call again." in (verbs[0].text or "")
        assert "Say" not in (await server.post("/voice/twilio/next", {}))[1]


async def refused(server: Server, token: str | None, call_sid: str = CALL_SID) -> None:
    client = await server.stream(token, call_sid)
    code, reason = await client.closed()
    assert code == 4401
    assert reason.startswith("start_refused: ")


async def test_a_stream_needs_its_own_token_once() -> None:
    async with serve() as server:
        await refused(server, None)
        await refused(server, "0" * 32)
        await refused(server, await server.token(), "CA2")
        token = await server.token()
        server.clock.now += 61
        await refused(server, token)
        token = await server.token()
        client = await server.stream(token)
        await eventually(lambda: len(server.calls) == 1)
        await refused(server, token)
        assert not client.ws.closed


BAD_FIRST: list[Any] = [
    {"event": "media"},
    {"event": "stop"},
    {"event": 1},
    {},
    [],
    start("t", mediaFormat={"encoding": "audio/x-l16", "sampleRate": 8000}),
    start("t", mediaFormat=None),
    start("t", callSid=7),
    start("t", callSid="x" * 65),
    {"event": "start", "start": "now"},
]
BAD_LATER: list[Any] = [
    start("t"),
    {"event": "connected", "sequenceNumber": "1"},
    {"event": "media"},
    {"event": "media", "media": {"payload": 1}},
    {"event": "media", "media": {"payload": "no base64!"}},
    {"event": "media", "media": {"payload": "AAA"}},
    {"event": "mark", "mark": {}},
    {"event": "mark", "mark": {"name": "x" * 65}},
    {"event": "dtmf", "dtmf": {"digit": "10"}},
    {"event": "stop", "sequenceNumber": "-1"},
    {"event": "stop", "sequenceNumber": [1]},
]


@pytest.mark.parametrize("message", BAD_FIRST)
async def test_a_stream_that_begins_wrong(message: object) -> None:
    async with serve() as server:
        client = await server.socket("/voice/twilio")
        await client.send(message)
        assert (await client.closed())[0] == 4400
        assert not server.calls


@pytest.mark.parametrize("message", BAD_LATER)
async def test_a_message_that_breaks_the_protocol(message: object) -> None:
    async with serve() as server:
        client, call = await server.phone()
        await client.send(message)
        assert (await client.closed())[0] == 4400
        await eventually(lambda: call.over)


async def test_a_binary_frame_breaks_the_protocol() -> None:
    async with serve() as server:
        client, _ = await server.phone()
        await client.ws.send_bytes(b"\xff" * 160)
        assert (await client.closed())[0] == 4400


async def test_no_start_comes() -> None:
    async with serve(hello_timeout_s=0.01) as server:
        client = await server.socket("/voice/twilio")
        await client.send({"event": "connected"})
        code, reason = await client.closed()
        assert (code, reason.partition(":")[0]) == (4400, "hello_timeout")


async def test_audio_faster_than_time_ends_the_call() -> None:
    async with serve() as server:
        client, call = await server.phone()
        for _ in range(6):
            await client.send(media(b"\xff" * 8_000))
        code, reason = await client.closed()
        assert (code, reason.partition(":")[0]) == (4400, "too_fast")
        assert len(call.heard) == 5 * 16_000


async def test_stopping_closes_every_stream() -> None:
    async with serve() as server:
        clients = [(await server.phone())[0] for _ in range(2)]
        stopping = asyncio.create_task(server.channel.stop())
        for client in clients:
            assert (await client.closed())[0] == 1012
        await stopping


EVENTS = ["connected", "start", "media", "mark", "dtmf", "stop", "other"]


@given(
    st.fixed_dictionaries(
        {"event": st.sampled_from(EVENTS)},
        optional={
            name: st.recursive(
                st.none() | st.integers() | st.text(),
                lambda inner: st.dictionaries(
                    st.sampled_from(["payload", "track", "name", "digit", "callSid", "mediaFormat"]), inner
                ),
            )
            for name in ("sequenceNumber", "start", "media", "mark", "dtmf", "stop")
        },
    )
)
def test_any_message_is_read_or_refused(message: dict[str, Any]) -> None:
    try:
        TwilioReader().read(json.dumps(message))
    except (BadCallFrame, FrameRefused):
        pass


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("+4930123456", "+4930123456"),
        ("+1 (415) 867-5309", "+14158675309"),
        ("+15551234567", "+15551234567"),
        ("anonymous", None),
        ("+266696687", None),
        ("+8656696", None),
        ("+1", None),
        ("", None),
        ("sip:ada@example.com", None),
        ("+" + "9" * 5_000, None),
    ],
)
def test_a_caller_id_is_a_number_or_nothing(given: str, number: str | None) -> None:
    assert caller_id(given) == number


def test_the_secret_shows_in_no_repr() -> None:
    assert SECRET not in repr(VoiceSettings(twilio_auth_token=SECRET))
