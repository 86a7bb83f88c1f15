"""An inbox in this process whose store is a list, and a certificate for it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from channels.mail.smtp.inbox import Inbox
from channels.mail.smtp.inbox_settings import InboxSettings, ListeningSockets
from channels.mail.smtp.reception import CheckLogin
from orchestrator.mail.mail_types import Envelope


@dataclass
class Kept:
    """A store: `open` lets mails through, `error` is raised instead."""

    mails: list[Envelope] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    error: Exception | None = None

    async def keep(self, envelope: Envelope) -> None:
        self.asked.set()
        await self.open.wait()
        if self.error is not None:
            raise self.error
        self.mails.append(envelope)

    @property
    def raws(self) -> list[bytes]:
        return [mail.raw for mail in self.mails]


@dataclass
class Running:
    """A running inbox, its store and its sockets."""

    inbox: Inbox
    kept: Kept
    listening: ListeningSockets

    @property
    def smtp(self) -> str:
        assert self.listening.smtp_url is not None
        return self.listening.smtp_url


@asynccontextmanager
async def running_inbox(*, check_login: CheckLogin | None = None, **settings: Any) -> AsyncIterator[Running]:
    """Run an inbox for support@localhost on a free port; it is stopped without patience."""
    kept = Kept()
    kept.open.set()
    wanted: dict[str, Any] = {"addresses": ("support@localhost", "help@localhost"), "smtp_port": 0} | settings
    inbox = Inbox(InboxSettings(**wanted), kept.keep, check_login=check_login)
    listening = await inbox.start()
    try:
        yield Running(inbox, kept, listening)
    finally:
        await inbox.stop(patience=0.1)


def make_certificate(folder: Path, name: str = "localhost") -> tuple[Path, Path]:
    """Write a self-signed certificate and its key, and return their paths."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / "cert.pem", folder / "key.pem"
    chain.write_bytes(certificate.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return chain, secret


def trusting(chain: Path) -> ssl.SSLContext:
    """Return a client's context that trusts this certificate."""
    return ssl.create_default_context(cafile=str(chain))
