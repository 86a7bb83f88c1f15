"""Real SMTP servers on loopback that behave as told, for tests of outgoing mail."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


@dataclass(kw_only=True)
class Server:
    """What the server shall answer, and what it has seen."""

    mail_reply: str | None = None
    rcpt_replies: dict[str, str] = field(default_factory=dict)
    data_reply: str = "250 queued as 1"
    hang_at: str | None = None
    thinks: float = 0.0
    """Seconds between storing a message and saying so."""
    messages: list[Envelope] = field(default_factory=list)
    options: list[list[str]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: list[Any] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    open: int = 0
    most_open: int = 0
    over_tls: list[bool] = field(default_factory=list)
    port: int = 0

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, opts: Any
    ) -> str:
        await self._maybe_hang("MAIL")
        if self.mail_reply:
            return self.mail_reply
        envelope.mail_from = address
        self.options.append(list(opts))
        return "250 ok"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, opts: Any
    ) -> str:
        await self._maybe_hang("RCPT")
        reply = self.rcpt_replies.get(address, "250 ok")
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await self._maybe_hang("DATA")
        if self.data_reply.startswith("250"):
            self.messages.append(envelope)
            self.over_tls.append(session.ssl is not None)
        await asyncio.sleep(self.thinks)
        return self.data_reply

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False)
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"pass word@1", handled=False)

    def lose_connections(self) -> None:
        """Cut every line, as a server does that restarts."""
        for transport in self.connections:
            transport.abort()

    async def _maybe_hang(self, step: str) -> None:
        if self.hang_at == step:
            await asyncio.Event().wait()


class _Counting(SMTP):
    def __init__(self, server: Server, **options: Any) -> None:
        super().__init__(server, **options)
        self._server = server

    def connection_made(self, transport: Any) -> None:
        self._server.open += 1
        self._server.most_open = max(self._server.open, self._server.most_open)
        self._server.connections.append(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._server.open -= 1
        super().connection_lost(error)

    async def smtp_RSET(self, arg: str) -> None:
        self._server.commands.append("RSET")
        await super().smtp_RSET(arg)

    async def smtp_QUIT(self, arg: str) -> None:
        self._server.commands.append("QUIT")
        await super().smtp_QUIT(arg)


@asynccontextmanager
async def smtp_server(
    server: Server, *, tls: ssl.SSLContext | None = None, implicit: bool = False, **options: Any
) -> AsyncIterator[Server]:
    """Run aiosmtpd with `server` as its handler; `tls` offers STARTTLS, or wraps the line when `implicit`."""
    loop = asyncio.get_running_loop()
    if tls and not implicit:
        options["tls_context"] = tls

    def protocol() -> SMTP:
        return _Counting(server, hostname="mx.test", loop=loop, **options)

    listener = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls if implicit else None)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        server.lose_connections()
        await listener.wait_closed()


Dialogue = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def raw_server(dialogue: Dialogue) -> AsyncIterator[int]:
    """Run a server that speaks exactly as `dialogue` does; gives its port."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await dialogue(reader, writer)
        except ConnectionError:
            pass  # the client left first
        finally:
            writer.close()

    listener = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        await listener.wait_closed()


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Make a certificate for 127.0.0.1; gives the server's context and a client's that trusts it."""
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mx.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    file = folder / "mx.pem"
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(pem + made.public_bytes(Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=made.public_bytes(Encoding.PEM).decode())
