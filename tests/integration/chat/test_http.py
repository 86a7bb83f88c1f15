"""POST /chat: JSON answers, errors, dedup, origins; and the same as server-sent events."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest

from channels.chat.settings import ChatSettings, Rate
from orchestrator.conversation.event_bus import Posted, ReplyDelta
from orchestrator.errors import StoreAway
from orchestrator.ids import new_id
from tests.support.chat_server import PATIENCE, Server, eventually, serve
from tests.support.fake_desk import Conversation, FakeDesk


async def post(server: Server, body: object, **options: Any) -> tuple[int, Any, Any]:
    async with server.http.post(f"{server.url}/chat", json=body, **options) as response:
        return response.status, await response.json(), response.headers


async def test_a_message_is_answered() -> None:
    desk = FakeDesk()
    desk.citations = ({"id": "r1", "title": "Order 1042"},)
    async with serve(desk) as server:
        status, body, _ = await post(server, {"session_id": "mine", "message": " hello "})
        assert status == 200
        assert body == {
            "session_id": "mine",
            "conversation": str(desk.only_conversation().id),
            "reply": "You said: hello",
            "status": "answered",
            "citations": [{"id": "r1", "title": "Order 1042"}],
        }


@pytest.mark.parametrize("body", [{}, {"session_id": None}, {"session_id": ""}])
async def test_without_a_session_id_one_is_issued_and_goes_on(body: dict[str, Any]) -> None:
    desk = FakeDesk()
    async with serve(desk) as server:
        _, first, _ = await post(server, {**body, "message": "one"})
        assert len(first["session_id"]) >= 32
        _, second, _ = await post(server, {"session_id": first["session_id"], "message": "two"})
        assert second["conversation"] == first["conversation"]
        assert desk.only_conversation().last_seq == 4


async def test_the_same_id_is_one_message_with_the_same_answer() -> None:
    desk = FakeDesk()
    async with serve(desk) as server:
        body = {"session_id": "mine", "message": "once", "id": str(uuid4())}
        answers = await asyncio.gather(*(post(server, body) for _ in range(5)))
        assert len({answer[1]["reply"] for answer in answers}) == 1
        assert len(desk.inbound) == 1


async def test_a_proved_identity_is_handed_on_and_a_forged_one_refused() -> None:
    desk = FakeDesk()
    async with serve(desk) as server:
        await post(server, {"message": "hi", "identity": "jwt-ada"})
        assert [session.trust for session in desk.sessions.values()] == [3]
        status, body, _ = await post(server, {"message": "hi", "identity": "forged"})
        assert (status, body["error"]["code"]) == (401, "identity_rejected")


async def test_an_answer_that_takes_too_long_is_deferred() -> None:
    desk = FakeDesk(answer=None)
    async with serve(desk, ChatSettings(reply_wait=0.05)) as server:
        status, body, _ = await post(server, {"session_id": "mine", "message": "hi"})
        assert (status, body["status"]) == (200, "deferred")
        assert body["reply"].startswith("Working out the answer takes longer")
        assert body["events"] == "/chat/mine/events?after=1"
        desk.post(desk.only_conversation(), author="assistant", text="At last.")
        async with server.http.get(f"{server.url}{body['events']}") as answer:
            events = await answer.json()
        assert [event["text"] for event in events["events"]] == ["At last."]
        assert len(desk.inbound) == 1


@pytest.mark.parametrize("outcome", ["waiting_approval", "handed_off", "deferred"])
async def test_the_turns_own_status_is_told(outcome: str) -> None:
    async def answer(desk: FakeDesk, conversation: Conversation, message: Posted) -> None:
        desk.finish(conversation, message, turn=new_id(), reply="A colleague looks at it.", status=outcome)

    async with serve(FakeDesk(answer=answer)) as server:
        _, body, _ = await post(server, {"session_id": "mine", "message": "hi"})
        assert (body["status"], body["reply"]) == (outcome, "A colleague looks at it.")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "invalid_json"),
        (b"{", "invalid_json"),
        (b"\xff", "invalid_json"),
        (b"[" * 100_000, "invalid_json"),
        (b"[]", "invalid_message"),
        (b"{}", "invalid_message"),
        (b'{"message":1}', "invalid_message"),
        (b'{"message":null}', "invalid_message"),
        (b'{"message":"hi","session_id":1}', "invalid_message"),
        (b'{"message":"hi","session_id":"\\ud800"}', "invalid_message"),
        (json.dumps({"message": "hi", "session_id": "x" * 201}).encode(), "invalid_message"),
        (b'{"message":"hi","identity":[]}', "invalid_message"),
        (b'{"message":"hi","id":"1"}', "invalid_message"),
        (b'{"message":"hi","id":1}', "invalid_message"),
        (b'{"message":"hi","attachments":[1]}', "invalid_message"),
        (b'{"message":"a\\u0000b"}', "bad_text"),
        (b'{"message":"\\ud800"}', "bad_text"),
        (b'{"message":"  "}', "empty_text"),
        (json.dumps({"message": "x" * 8_001}).encode(), "text_too_long"),
    ],
)
async def test_bad_bodies_are_told_what_is_wrong(body: bytes, code: str) -> None:
    desk = FakeDesk()
    async with serve(desk) as server:
        headers = {"Content-Type": "application/json"}
        async with server.http.post(f"{server.url}/chat", data=body, headers=headers) as response:
            assert response.status == 400
            error = (await response.json())["error"]
        assert error["code"] == code
        assert error["message"]
        assert not desk.sessions


async def test_other_kinds_of_body_are_415() -> None:
    async with (
        serve(FakeDesk()) as server,
        server.http.post(f"{server.url}/chat", data={"message": "hi"}) as response,
    ):
        assert response.status == 415
        assert (await response.json())["error"]["code"] == "media_type"


@pytest.mark.parametrize("chunked", [True, False])
async def test_bodies_that_are_too_large_are_413(chunked: bool) -> None:
    async def pieces() -> Any:
        for _ in range(20):
            yield b" " * 10_000

    async with serve(FakeDesk()) as server:
        data = pieces() if chunked else b" " * 200_000
        headers = {"Content-Type": "application/json"}
        async with server.http.post(f"{server.url}/chat", data=data, headers=headers) as response:
            assert response.status == 413
            assert (await response.json())["error"]["code"] == "body_too_large"


async def test_a_body_that_does_not_come_is_408() -> None:
    async with serve(FakeDesk(), ChatSettings(body_timeout=0.05)) as server:
        host, port = server.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            b"POST /chat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
        )
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
        assert b" 408 " in head
        writer.close()


async def test_store_away_is_503_with_retry_after() -> None:
    desk = FakeDesk()
    desk.failure = StoreAway("The database is away.", retry_after=1.5)
    async with serve(desk) as server:
        status, body, headers = await post(server, {"message": "hi"})
        assert (status, headers["Retry-After"]) == (503, "2")
        assert body["error"]["code"] == "store_unavailable"
        assert body["error"]["retry_after"] == 1.5


async def test_too_many_messages_are_429_with_retry_after() -> None:
    settings = ChatSettings(session_messages=Rate(burst=1, per_minute=6))
    async with serve(FakeDesk(), settings) as server:
        await post(server, {"session_id": "mine", "message": "hi"})
        status, body, headers = await post(server, {"session_id": "mine", "message": "hi"})
        assert (status, body["error"]["code"], headers["Retry-After"]) == (429, "rate_limited", "10")
        server.clock.now += 10
        assert (await post(server, {"session_id": "mine", "message": "hi"}))[0] == 200


async def test_too_many_waiting_requests_are_429() -> None:
    desk = FakeDesk(answer=None)
    async with serve(desk, ChatSettings(waiting=1, reply_wait=0.5)) as server:
        waiting = asyncio.create_task(post(server, {"message": "hi"}))
        await eventually(lambda: len(desk.inbound) == 1)
        status, body, _ = await post(server, {"message": "hi"})
        assert (status, body["error"]["code"]) == (429, "too_many")
        await waiting


async def test_an_unexpected_failure_is_500_and_tells_nothing_of_itself() -> None:
    desk = FakeDesk()

    async def broken(_inbound: object) -> None:
        raise RuntimeError("secret detail")

    desk.accept = broken  # type: ignore[method-assign, assignment]
    async with serve(desk) as server:
        status, body, _ = await post(server, {"message": "hi"})
        assert (status, body["error"]["code"]) == (500, "internal")
        assert "secret" not in json.dumps(body)


async def test_while_draining_new_posts_are_503_and_waiting_ones_are_deferred_on_stop() -> None:
    desk = FakeDesk(answer=None)
    async with serve(desk) as server:
        waiting = asyncio.create_task(post(server, {"message": "hi"}))
        await eventually(lambda: len(desk.inbound) == 1)
        await server.channel.stop()
        status, body, headers = await post(server, {"message": "hi"})
        assert (status, body["error"]["code"]) == (503, "restarting")
        assert int(headers["Retry-After"]) >= 1
        assert (await asyncio.wait_for(waiting, PATIENCE))[1]["status"] == "deferred"


def events(text: str) -> list[dict[str, Any]]:
    """Read an event stream; every event's name must be its frame's type."""
    frames = []
    for block in text.strip().split("\n\n"):
        if block.startswith(":"):
            continue
        name, data = block.split("\n")
        frame = json.loads(data.removeprefix("data: "))
        assert name == f"event: {frame['type']}"
        frames.append(frame)
    return frames


async def stream(server: Server, body: object) -> str:
    headers = {"Accept": "text/event-stream"}
    async with server.http.post(f"{server.url}/chat", json=body, headers=headers) as response:
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        return await asyncio.wait_for(response.text(), PATIENCE)


@pytest.mark.parametrize("live", [True, False])
async def test_a_stream_carries_the_frames_and_ends_with_the_message(live: bool) -> None:
    async with serve(FakeDesk(live=live)) as server:
        message_id = str(uuid4())
        body = {"session_id": "mine", "message": "hello there", "id": message_id}
        frames = events(await stream(server, body))
        assert [frame["type"] for frame in frames[:2]] == ["welcome", "ack"]
        assert frames[0]["session_id"] == "mine"
        assert frames[1] == {"type": "ack", "id": message_id, "seq": 1}
        pieces = "".join(frame["text"] for frame in frames if frame["type"] == "delta")
        assert frames[-1]["type"] == "message"
        assert frames[-1]["text"] == pieces == "You said: hello there"
        again = events(await stream(server, body))
        assert [frame["type"] for frame in again] == ["welcome", "ack", "message"]
        assert again[-1] == frames[-1]


async def test_a_stream_is_kept_alive_and_says_when_the_answer_takes_too_long() -> None:
    async with serve(FakeDesk(answer=None), ChatSettings(keep_alive=0.02, reply_wait=0.1)) as server:
        text = await stream(server, {"message": "hi"})
        assert text.count(": keep-alive\n\n") >= 2
        last = events(text)[-1]
        assert (last["type"], last["code"]) == ("error", "outcome_pending")


async def test_a_refused_message_is_json_even_where_a_stream_was_asked_for() -> None:
    async with serve(FakeDesk()) as server:
        status, body, _ = await post(server, {"message": " "}, headers={"Accept": "text/event-stream"})
        assert (status, body["error"]["code"]) == (400, "empty_text")


async def test_a_client_that_leaves_its_stream_leaves_nothing_behind() -> None:
    async def drip(desk: FakeDesk, conversation: Conversation, message: Posted) -> None:
        turn = new_id()
        while desk.listeners_of(conversation):
            desk.publish(conversation, ReplyDelta(turn=turn, text="drip "))
            await asyncio.sleep(0.001)
        desk.finish(conversation, message, turn=turn, reply="drip")

    desk = FakeDesk(answer=drip)
    async with serve(desk, ChatSettings(keep_alive=0.02)) as server:
        headers = {"Accept": "text/event-stream"}
        async with server.http.post(
            f"{server.url}/chat", json={"message": "hi"}, headers=headers
        ) as response:
            await response.content.readuntil(b"drip")
            response.close()
        await eventually(lambda: not desk.listeners_of(desk.only_conversation()))


SHOP = "https://shop.example"


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        ((), None, True),
        ((), "SELF", True),
        ((), SHOP, False),
        ((), "null", False),
        ((), "", False),
        ((SHOP,), SHOP, True),
        ((SHOP,), "https://shop.example:443", True),
        ((SHOP,), "http://shop.example", False),
        ((SHOP,), "https://shop.example.evil.example", False),
        ((SHOP,), "https://evil-shop.example", False),
        ((SHOP,), "SELF", False),
        ((SHOP, "self"), "SELF", True),
        ((SHOP,), None, True),
    ],
)
async def test_origins_are_checked_exactly_on_every_wire(
    origins: tuple[str, ...], origin: str | None, allowed: bool
) -> None:
    async with serve(FakeDesk(), ChatSettings(origins=origins)) as server:
        given = server.url if origin == "SELF" else origin
        headers = {} if given is None else {"Origin": given}
        status, body, answered = await post(server, {"message": "hi"}, headers=headers)
        socket = await server.socket(headers=headers)
        if allowed:
            assert status == 200
            assert answered.get("Access-Control-Allow-Origin") == given
            await socket.hello()
        else:
            assert (status, body["error"]["code"]) == (403, "origin_refused")
            assert "Access-Control-Allow-Origin" not in answered
            assert (await socket.closed())[0] == 4403


async def test_allowed_pages_pass_the_preflight_and_others_do_not() -> None:
    async with serve(FakeDesk(), ChatSettings(origins=(SHOP,))) as server:
        for origin, status in ((SHOP, 204), ("https://evil.example", 403)):
            headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
            async with server.http.options(f"{server.url}/chat", headers=headers) as response:
                assert response.status == status
                assert response.headers.get("Access-Control-Allow-Origin") == (
                    SHOP if status == 204 else None
                )


async def test_allowed_pages_can_read_errors_and_streams() -> None:
    async with serve(FakeDesk(), ChatSettings(origins=(SHOP,))) as server:
        headers = {"Origin": SHOP}
        _, _, answered = await post(server, {"message": " "}, headers=headers)
        assert answered["Access-Control-Allow-Origin"] == SHOP
        headers["Accept"] = "text/event-stream"
        async with server.http.post(
            f"{server.url}/chat", json={"message": "hi"}, headers=headers
        ) as response:
            assert response.headers["Access-Control-Allow-Origin"] == SHOP


async def test_forwarded_addresses_count_only_behind_a_trusted_proxy() -> None:
    limited = Rate(burst=1, per_minute=1)
    for trusted, statuses in ((("127.0.0.0/8",), [200, 200, 429]), ((), [200, 429, 429])):
        settings = ChatSettings(address_messages=limited, trusted_proxies=trusted, limit_loopback=True)
        async with serve(FakeDesk(), settings) as server:
            given = []
            for client in ("198.51.100.1", "198.51.100.2", "8.8.8.8, 198.51.100.2"):
                status, _, _ = await post(server, {"message": "hi"}, headers={"X-Forwarded-For": client})
                given.append(status)
            assert given == statuses
