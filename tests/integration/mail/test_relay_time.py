"""The smarthost's time: each phase has a limit of its own, and after the final dot nobody guesses."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from channels.mail.smarthost import SmarthostRelay
from channels.mail.smarthost_settings import RelayLimits
from orchestrator.conversation.deliverer import DeliveryFailed, DeliveryUnknown
from tests.support.smtp_server import Server, raw_server, smtp_server

MAIL = b"From: s@example.com\r\nTo: ada@example.org\r\nMessage-ID: <1@x>\r\n\r\nhello\r\n"
LONG = MAIL + b"x" * 70 * 80_000 + b"\r\n"
IMPATIENT = RelayLimits(connect=2, greeting=2, command=0.2, data=0.2, block=5, dot=5, place=2)
GREETED = (b"220 hi\r\n", b"250 mx\r\n", b"250 ok\r\n", b"250 ok\r\n")


async def sent(port: int, limits: RelayLimits, mail: bytes = MAIL) -> None:
    out = SmarthostRelay(f"smtp://127.0.0.1:{port}", limits=limits)
    try:
        await out.send(mail, sender="s@example.com", recipients=["ada@example.org"])
    finally:
        await out.close()


async def _say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *replies: bytes) -> None:
    for reply in replies:
        writer.write(reply)
        await reader.readline()


async def test_a_smarthost_that_thinks_for_long_after_the_dot_gets_one_copy() -> None:
    async with smtp_server(Server(thinks=0.6)) as server:  # three times what every other step may take
        await sent(server.port, IMPATIENT)
    assert len(server.messages) == 1


async def test_no_answer_after_the_dot_is_not_a_failure_but_a_doubt() -> None:
    limits = RelayLimits(connect=2, command=5, data=5, dot=0.2)
    async with smtp_server(Server(hang_at="DATA")) as server:
        with pytest.raises(DeliveryUnknown):
            await sent(server.port, limits)


@pytest.mark.parametrize("last_words", [b"", b"nonsense\r\n"])
async def test_a_line_that_breaks_after_the_dot_is_a_doubt(last_words: bytes) -> None:
    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _say(reader, writer, *GREETED)
        writer.write(b"354 go\r\n")
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(last_words)

    async with raw_server(dialogue) as port:
        with pytest.raises(DeliveryUnknown):
            await sent(port, IMPATIENT)


async def test_being_stopped_after_the_dot_is_a_doubt_and_before_it_is_none() -> None:
    arrived = asyncio.Event()

    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _say(reader, writer, *GREETED)
        writer.write(b"354 go\r\n")
        await reader.readuntil(b"\r\n.\r\n")
        arrived.set()
        await reader.read()

    async with raw_server(dialogue) as port:
        task = asyncio.create_task(sent(port, IMPATIENT))
        await arrived.wait()
        task.cancel()
        with pytest.raises(DeliveryUnknown):
            await task
    waiting = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _say(reader, writer, GREETED[0])
        waiting.set()
        await reader.read()

    async with raw_server(silent) as port:
        task = asyncio.create_task(sent(port, RelayLimits()))
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_line_that_breaks_before_the_dot_is_a_failure_without_doubt() -> None:
    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _say(reader, writer, *GREETED)
        writer.write(b"354 go\r\n")
        await reader.readexactly(100_000)

    async with raw_server(dialogue) as port:
        with pytest.raises(DeliveryFailed) as caught:
            await sent(port, IMPATIENT, LONG)
    assert not isinstance(caught.value, DeliveryUnknown)


async def test_a_refusal_in_the_middle_of_a_long_mail_is_heard_at_once() -> None:
    over = asyncio.Event()

    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _say(reader, writer, *GREETED)
        writer.write(b"354 go\r\n")
        await reader.readexactly(100_000)
        writer.write(b"552 5.3.4 too big\r\n")
        await over.wait()  # and it reads no more

    async with raw_server(dialogue) as port:
        async with asyncio.timeout(4):
            with pytest.raises(DeliveryFailed) as caught:
                await sent(port, IMPATIENT, LONG)
        over.set()
    assert (caught.value.permanent, str(caught.value)) == (True, "552 5.3.4 too big")


async def test_a_server_that_takes_no_more_blocks_is_left() -> None:
    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _say(reader, writer, *GREETED)
        writer.write(b"354 go\r\n")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 3)

    async with raw_server(dialogue) as port:
        with pytest.raises(DeliveryFailed) as caught:
            await sent(port, RelayLimits(connect=2, block=0.3, dot=5), LONG)
    assert not isinstance(caught.value, DeliveryUnknown)


@pytest.mark.parametrize("said", [0, 2, 4])
async def test_each_phase_has_its_own_limit(said: int) -> None:
    """The greeting, MAIL and DATA hang in turn; only the limit of that phase is short."""
    limits = {0: RelayLimits(greeting=0.2), 2: RelayLimits(command=0.2), 4: RelayLimits(data=0.2)}

    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _say(reader, writer, *GREETED[:said])
        await reader.read()

    async with raw_server(dialogue) as port, asyncio.timeout(4):
        with pytest.raises(DeliveryFailed) as caught:
            await sent(port, limits[said])
    assert not isinstance(caught.value, DeliveryUnknown)
