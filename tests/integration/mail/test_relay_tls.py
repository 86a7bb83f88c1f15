"""TLS and login at the smarthost, with a certificate made here."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from channels.mail.smarthost import SmarthostRelay
from channels.mail.smarthost_settings import RelayLimits
from orchestrator.conversation.deliverer import DeliveryFailed
from tests.support.smtp_server import Server, certificate, raw_server, smtp_server

MAIL = b"From: s@example.com\r\n\r\nhello\r\n"
LIMITS = RelayLimits(connect=3, command=1, data=1)
USER = "desk%40example.com:pass%20word%401@"


@pytest.fixture
def contexts(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    return certificate(tmp_path)


async def send(url: str, trust: ssl.SSLContext | None = None) -> None:
    out = SmarthostRelay(url, limits=LIMITS, tls_context=trust)
    try:
        await out.send(MAIL, sender="s@example.com", recipients=["ada@example.org"])
    finally:
        await out.close()


async def test_starttls_with_login(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    offers, trusts = contexts
    server = Server()
    async with smtp_server(server, tls=offers, authenticator=server.authenticate, auth_required=True):
        await send(f"smtp://{USER}127.0.0.1:{server.port}?starttls=required", trusts)
    assert server.over_tls == [True]
    assert server.logins == [("desk@example.com", "pass word@1")]


async def test_implicit_tls(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    offers, trusts = contexts
    async with smtp_server(Server(), tls=offers, implicit=True) as server:
        await send(f"smtps://127.0.0.1:{server.port}", trusts)
    assert len(server.messages) == 1


@pytest.mark.parametrize("implicit", [True, False])
async def test_an_unknown_certificate_is_refused(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext], implicit: bool
) -> None:
    async with smtp_server(Server(), tls=contexts[0], implicit=implicit) as server:
        scheme, query = ("smtps", "") if implicit else ("smtp", "?starttls=required")
        with pytest.raises(DeliveryFailed) as caught:
            await send(f"{scheme}://127.0.0.1:{server.port}{query}")
    assert not caught.value.permanent
    assert server.messages == []


async def test_on_this_machine_tls_is_used_when_offered_whatever_the_certificate(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    async with smtp_server(Server(), tls=contexts[0]) as server:
        await send(f"smtp://127.0.0.1:{server.port}")
    assert server.over_tls == [True]


async def test_required_starttls_that_is_not_offered_stops_before_the_mail() -> None:
    async with smtp_server(Server()) as server:
        with pytest.raises(DeliveryFailed) as caught:
            await send(f"smtp://127.0.0.1:{server.port}?starttls=required")
    assert not caught.value.permanent
    assert server.options == []


async def test_starttls_can_be_switched_off_in_ones_own_network(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    async with smtp_server(Server(), tls=contexts[0]) as server:
        await send(f"smtp://127.0.0.1:{server.port}?starttls=off")
    assert server.over_tls == [False]


async def test_a_wrong_password_is_no_fault_of_the_message(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    offers, trusts = contexts
    server = Server()
    async with smtp_server(server, tls=offers, authenticator=server.authenticate):
        with pytest.raises(DeliveryFailed) as caught:
            await send(f"smtp://desk:secret@127.0.0.1:{server.port}?starttls=required", trusts)
    assert not caught.value.permanent
    assert "535" in str(caught.value)
    assert "secret" not in str(caught.value)


async def test_a_handshake_that_never_ends_is_left() -> None:
    async def dialogue(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for reply in (b"220 hi\r\n", b"250-mx\r\n250 STARTTLS\r\n", b"220 go\r\n"):
            writer.write(reply)
            await reader.readline()
        await reader.read()

    async with raw_server(dialogue) as port:
        with pytest.raises(DeliveryFailed) as caught:
            await send(f"smtp://127.0.0.1:{port}?starttls=required")
    assert not caught.value.permanent
