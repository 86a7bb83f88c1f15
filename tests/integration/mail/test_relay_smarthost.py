"""Mail through a real SMTP server: what is taken, what is refused, and lines that break."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from channels.mail.compose import compose
from channels.mail.relay import AllRefused
from channels.mail.smarthost import SmarthostRelay
from channels.mail.smarthost_settings import RelayLimits
from orchestrator.conversation.deliverer import DeliveryFailed
from tests.support.smtp_server import Server, raw_server, smtp_server
from tests.unit.mail.answers import answer, read

MAIL = b"From: s@example.com\r\nTo: ada@example.org\r\nMessage-ID: <1@x>\r\n\r\n.first\r\nhello\r\n..\r\n"
QUICK = RelayLimits(connect=2, greeting=2, command=0.3, data=0.3, block=2, dot=0.3, place=2)
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def relay(port: int, limits: RelayLimits = QUICK) -> SmarthostRelay:
    return SmarthostRelay(f"smtp://127.0.0.1:{port}", helo_name="gate.example.com", limits=limits)


async def failure(
    port: int, mail: bytes = MAIL, recipients: tuple[str, ...] = ("ada@example.org",)
) -> DeliveryFailed:
    out = relay(port)
    with pytest.raises(DeliveryFailed) as caught:
        await out.send(mail, sender="s@example.com", recipients=recipients)
    await out.close()
    return caught.value


async def test_a_message_arrives_as_it_was_sent() -> None:
    async with smtp_server(Server()) as server:
        out = relay(server.port)
        sent = await out.send(
            MAIL, sender="s@example.com", recipients=["ada@example.org", "bob@bücher.example"]
        )
        await out.close()
    assert sent.accepted == ("ada@example.org", "bob@xn--bcher-kva.example")
    assert sent.refused == ()
    assert sent.reply == "queued as 1"
    (envelope,) = server.messages
    assert envelope.content == MAIL
    assert envelope.mail_from == "s@example.com"
    assert envelope.rcpt_tos == ["ada@example.org", "bob@xn--bcher-kva.example"]
    assert server.options == [[f"SIZE={len(MAIL)}"]]
    assert "QUIT" in server.commands


async def test_a_composed_answer_arrives() -> None:
    async with smtp_server(Server()) as server:
        out = relay(server.port)
        await out.send(compose(answer(text="Grüße")), sender="", recipients=["ada@example.org"])
        await out.close()
    (envelope,) = server.messages
    assert envelope.mail_from == "<>"  # as aiosmtpd shows the null sender
    assert isinstance(envelope.content, bytes)
    assert read(envelope.content)["Auto-Submitted"] == "auto-replied"


async def test_bare_newlines_can_not_smuggle() -> None:
    async with smtp_server(Server()) as server:
        out = relay(server.port)
        await out.send(
            b"A: b\r\n\r\nx\n.\nMAIL FROM:<e@v.il>\r.\r\ny", sender="", recipients=["ada@example.org"]
        )
        await out.close()
    (envelope,) = server.messages
    assert envelope.content == b"A: b\r\n\r\nx\r\n.\r\nMAIL FROM:<e@v.il>\r\n.\r\ny\r\n"


@pytest.mark.parametrize(
    ("reply", "permanent"),
    [("451 later", False), ("452 full", False), ("550 5.7.1 no", True), ("530 login first", False)],
)
async def test_a_refused_sender(reply: str, permanent: bool) -> None:
    async with smtp_server(Server(mail_reply=reply)) as server:
        found = await failure(server.port)
    assert found.permanent is permanent
    assert str(found) == reply


@pytest.mark.parametrize(
    ("reply", "permanent"),
    [("451 later", False), ("421 closing", False), ("554 5.6.0 spam", True), ("552 big", True)],
)
async def test_refused_content(reply: str, permanent: bool) -> None:
    async with smtp_server(Server(data_reply=reply)) as server:
        found = await failure(server.port)
    assert found.permanent is permanent
    assert str(found) == reply


async def test_some_recipients_refused_is_a_partial_success() -> None:
    replies = {"bob@example.org": "550 5.1.1 unknown", "eve@example.org": "452 4.2.2 full"}
    people = ["ada@example.org", "bob@example.org", "eve@example.org", "not an address"]
    async with smtp_server(Server(rcpt_replies=replies)) as server:
        out = relay(server.port)
        sent = await out.send(MAIL, sender="s@example.com", recipients=people)
        await out.close()
    assert sent.accepted == ("ada@example.org",)
    assert {(one.address, one.code, one.permanent) for one in sent.refused} == {
        ("bob@example.org", 550, True),
        ("eve@example.org", 452, False),
        ("not an address", 553, True),
    }
    assert server.messages[0].rcpt_tos == ["ada@example.org"]


@pytest.mark.parametrize(("second", "permanent"), [("550 5.1.1 unknown", True), ("450 later", False)])
async def test_all_recipients_refused(second: str, permanent: bool) -> None:
    replies = {"ada@example.org": "550 5.1.1 unknown", "bob@example.org": second}
    async with smtp_server(Server(rcpt_replies=replies)) as server:
        found = await failure(server.port, recipients=tuple(replies))
    assert found.permanent is permanent
    assert isinstance(found, AllRefused)
    assert [one.code for one in found.refused] == [550, int(second[:3])]
    assert "example.org" not in str(found)
    assert server.messages == []


@pytest.mark.parametrize("recipients", [(), ("nobody",), ("a@b\r\nDATA",)])
async def test_without_a_valid_recipient_nothing_is_tried(recipients: tuple[str, ...]) -> None:
    async with smtp_server(Server()) as server:
        assert (await failure(server.port, recipients=recipients)).permanent
    assert server.messages == []


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
async def test_a_server_that_hangs_is_left(step: str) -> None:
    started = time.monotonic()
    async with smtp_server(Server(hang_at=step)) as server:
        found = await failure(server.port)
    assert not found.permanent
    assert time.monotonic() - started < 60


async def test_nobody_listens() -> None:
    async with smtp_server(Server()) as server:
        port = server.port
    assert not (await failure(port)).permanent


async def _greeted(streams: Streams, *replies: bytes) -> None:
    reader, writer = streams
    for reply in replies:
        writer.write(reply)
        await writer.drain()
        await reader.readline()


@pytest.mark.parametrize("greeting", [b"421 too busy\r\n", b"554 go away\r\n", b"nonsense\r\n", b""])
async def test_a_server_that_does_not_want_the_session(greeting: bytes) -> None:
    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await writer.drain()

    async with raw_server(dialogue) as port:
        assert not (await failure(port)).permanent


async def test_a_server_that_greets_never() -> None:
    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with raw_server(dialogue) as port:
        assert not (await failure(port)).permanent


async def test_a_line_that_breaks_within_the_content() -> None:
    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _greeted(
            (reader, writer), b"220 hi\r\n", b"250 mx\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"
        )

    async with raw_server(dialogue) as port:
        found = await failure(port, mail=MAIL + b"x" * 1_000_000 + b"\r\n")
    assert not found.permanent


async def test_a_421_between_recipients_is_temporary() -> None:
    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _greeted(
            (reader, writer), b"220 hi\r\n", b"250 mx\r\n", b"250 ok\r\n", b"421 shutting down\r\n"
        )

    async with raw_server(dialogue) as port:
        assert not (await failure(port, recipients=("a@b.c", "d@e.f"))).permanent


async def test_connections_are_reused_after_a_check() -> None:
    async with smtp_server(Server()) as server:
        out = relay(server.port)
        for _ in range(3):
            await out.send(MAIL, sender="s@example.com", recipients=["ada@example.org"])
        assert len(server.connections) == 1
        assert server.commands == ["RSET", "RSET"]
        await out.close()
        assert server.commands == ["RSET", "RSET", "QUIT"]


async def test_a_refusal_does_not_spoil_the_connection() -> None:
    async with smtp_server(Server(rcpt_replies={"bob@example.org": "550 no"})) as server:
        out = relay(server.port)
        with pytest.raises(AllRefused):
            await out.send(MAIL, sender="s@example.com", recipients=["bob@example.org"])
        await out.send(MAIL, sender="s@example.com", recipients=["ada@example.org"])
        await out.close()
    assert len(server.connections) == 1
    assert server.messages[0].rcpt_tos == ["ada@example.org"]


async def test_a_connection_that_died_meanwhile_is_replaced() -> None:
    async with smtp_server(Server()) as server:
        out = relay(server.port)
        await out.send(MAIL, sender="s@example.com", recipients=["ada@example.org"])
        server.lose_connections()
        await out.send(MAIL, sender="s@example.com", recipients=["ada@example.org"])
        await out.close()
    assert len(server.messages) == 2
    assert len(server.connections) == 2


async def test_the_number_of_connections_is_bounded() -> None:
    async with smtp_server(Server()) as server:
        out = relay(server.port, RelayLimits(connections=2))
        sends = (out.send(MAIL, sender="s@example.com", recipients=["ada@example.org"]) for _ in range(12))
        await asyncio.gather(*sends)
        await out.close()
    assert len(server.messages) == 12
    assert server.most_open == 2


async def test_waiting_for_a_place_is_bounded() -> None:
    async with smtp_server(Server(hang_at="MAIL")) as server:
        out = relay(server.port, RelayLimits(connections=1, place=0.2, command=30))
        first = asyncio.create_task(out.send(MAIL, sender="s@example.com", recipients=["ada@example.org"]))
        await _until(lambda: server.open == 1)
        with pytest.raises(DeliveryFailed) as caught:
            await out.send(MAIL, sender="s@example.com", recipients=["ada@example.org"])
        assert not caught.value.permanent
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await _until(lambda: server.open == 0)  # a cancelled send leaves no half dialogue in the pool


async def test_idle_connections_are_closed() -> None:
    async with smtp_server(Server()) as server:
        out = relay(server.port, RelayLimits(idle=0.05))
        await out.send(MAIL, sender="s@example.com", recipients=["ada@example.org"])
        await _until(lambda: server.open == 0)
        assert server.commands == ["QUIT"]
        await out.close()


async def test_a_connection_is_used_for_so_many_messages() -> None:
    async with smtp_server(Server()) as server:
        out = relay(server.port, RelayLimits(messages=2))
        for _ in range(5):
            await out.send(MAIL, sender="s@example.com", recipients=["ada@example.org"])
        await out.close()
    assert len(server.connections) == 3


async def test_a_message_over_the_announced_size_is_not_sent() -> None:
    async with smtp_server(Server(), data_size_limit=1_000) as server:
        found = await failure(server.port, mail=MAIL + b"x" * 2_000)
    assert found.permanent
    assert str(found).startswith("552")
    assert server.options == []


async def test_international_addresses_need_smtputf8() -> None:
    mail = compose(answer(to="jürg@example.org"))
    async with smtp_server(Server(), enable_SMTPUTF8=True) as server:
        out = relay(server.port)
        sent = await out.send(mail, sender="s@example.com", recipients=["jürg@example.org"])
        await out.close()
    assert sent.accepted == ("jürg@example.org",)
    assert server.options == [[f"SIZE={len(mail)}", "BODY=8BITMIME", "SMTPUTF8"]]
    async with smtp_server(Server()) as server:
        found = await failure(server.port, mail=mail, recipients=("jürg@example.org",))
    assert found.permanent
    assert "SMTPUTF8" in str(found)


async def test_an_international_copy_alone_is_refused_where_smtputf8_is_missing() -> None:
    async with smtp_server(Server()) as server:
        out = relay(server.port)
        sent = await out.send(MAIL, sender="", recipients=["ada@example.org", "jürg@example.org"])
        await out.close()
    assert sent.accepted == ("ada@example.org",)
    assert [one.code for one in sent.refused] == [553]


async def test_what_a_server_says_is_bounded_and_one_line() -> None:
    async with smtp_server(Server(data_reply="550-" + "x" * 400 + "\r\n550 \x1b[31mred")) as server:
        found = await failure(server.port)
    assert found.permanent
    assert len(str(found)) <= 304
    assert str(found).isprintable()


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110  (what the other end sees has no event)
            await asyncio.sleep(0.005)
