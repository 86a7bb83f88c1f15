"""The PROXY header of a load balancer, over real sockets."""

from __future__ import annotations

import struct
from ipaddress import ip_address
from typing import Any

import pytest

from tests.support.mail_inbox import running_inbox
from tests.support.smtp_client import connected, greeted

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
HERE: dict[str, Any] = {"proxy_networks": ("127.0.0.0/8",)}


def version_2(command: int, family: int, payload: bytes) -> bytes:
    return SIGNATURE + bytes([0x20 | command, family]) + struct.pack("!H", len(payload)) + payload


def addresses(source: str, target: str) -> bytes:
    return ip_address(source).packed + ip_address(target).packed + struct.pack("!HH", 4000, 25)


@pytest.mark.parametrize(
    ("header", "peer"),
    [
        (b"PROXY TCP4 192.0.2.7 10.0.0.1 4000 25\r\n", "192.0.2.7"),
        (b"PROXY TCP6 2001:db8::7 2001:db8::1 4000 25\r\n", "2001:db8::7"),
        (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
        (version_2(1, 0x11, addresses("192.0.2.7", "10.0.0.1")), "192.0.2.7"),
        (version_2(1, 0x21, addresses("2001:db8::7", "2001:db8::1") + b"\x04\x00\x01x"), "2001:db8::7"),
        (version_2(0, 0x00, b""), "127.0.0.1"),
    ],
)
async def test_the_client_is_who_the_header_says(header: bytes, peer: str) -> None:
    async with running_inbox(**HERE) as running, connected(running.smtp) as client:
        await client.send(header + b"EHLO early\r\n")
        assert (await client.reply()).startswith("220")
        assert (await client.reply()).startswith("250")
        assert await client.mail() == "250 2.0.0 Stored"
    assert running.kept.mails[0].peer == peer


@pytest.mark.parametrize(
    "header",
    [b"EHLO x\r\n", b"PROXY TCP4 999.0.2.7 10.0.0.1 4000 25\r\n", b"PROXY TCP4\r\n",
     b"PROXY " + b"x" * 200 + b"\r\n",
     version_2(1, 0x11, b"short"), SIGNATURE[:-1] + b"!1234", b"PROXY" + b"y" * 100_000],
)  # fmt: skip
async def test_a_peer_that_has_to_send_a_header_and_does_not_is_sent_away(header: bytes) -> None:
    async with running_inbox(handshake_seconds=0.5, **HERE) as running, connected(running.smtp) as client:
        await client.send(header)
        assert (await client.reply()).startswith("421 4.7.0 A PROXY header was expected")
        assert await client.is_closed()


async def test_so_is_one_that_says_nothing() -> None:
    async with running_inbox(handshake_seconds=0.1, **HERE) as running, connected(running.smtp) as client:
        assert (await client.reply()).startswith("421 4.7.0")


async def test_nobody_else_may_say_who_he_is() -> None:
    async with running_inbox(proxy_networks=("10.0.0.0/8",)) as running, greeted(running.smtp) as client:
        assert (await client.say("PROXY TCP4 192.0.2.7 10.0.0.1 4000 25")).startswith("500 5.5.1")
        assert await client.mail() == "250 2.0.0 Stored"
    assert running.kept.mails[0].peer == "127.0.0.1"


async def test_limits_count_the_client_and_not_the_proxy() -> None:
    async with (
        running_inbox(connections_per_address=1, **HERE) as running,
        connected(running.smtp) as one,
        connected(running.smtp) as two,
        connected(running.smtp) as other,
    ):
        replies = []
        for client, source in ((one, b"192.0.2.7"), (two, b"192.0.2.7"), (other, b"192.0.2.8")):
            await client.send(b"PROXY TCP4 " + source + b" 10.0.0.1 4000 25\r\n")
            replies.append((await client.reply())[:3])
    assert replies == ["220", "421", "220"]
