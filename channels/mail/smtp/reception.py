"""What all sessions of one inbox share; the certificate is read again when its file has changed."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from channels.mail.own_addresses import Recipients
from channels.mail.smtp.admission import BodyMemory, InboxLimits, Proxies
from channels.mail.smtp.inbox_settings import InboxSettings
from orchestrator.mail.mail_types import Envelope

Keep = Callable[[Envelope], Awaitable[None]]
"""Durable when it returns; raises `orchestrator.errors.StoreAway` when nothing was stored."""

CheckLogin = Callable[[str, str], Awaitable[bool]]
"""Says whether user name and password belong together."""


class Certificates:
    """A server context from a PEM chain and its key; raises `OSError` (ssl.SSLError is one) on bad files."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self._files = (certificate, key)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._stamp = self._now()
        self._context.load_cert_chain(certificate, key)

    def context(self) -> ssl.SSLContext:
        """Return the context; a renewed certificate is used from the next session on."""
        try:
            stamp = self._now()
            if stamp != self._stamp:
                self._context.load_cert_chain(*self._files)
                self._stamp = stamp
        except OSError:
            pass  # half-written or not readable yet: the former certificate still holds
        return self._context

    def _now(self) -> tuple[int, ...]:
        return tuple(path.stat().st_mtime_ns for path in self._files)


@dataclass(kw_only=True, slots=True)
class Counts:
    """What has happened since the start."""

    sessions: int = 0
    accepted: int = 0
    """Mails that got 250."""
    refused: int = 0
    """Mails that were refused after DATA, for good (5xx)."""
    deferred: int = 0
    """Mails that were put off after DATA (4xx)."""


@dataclass(kw_only=True, slots=True)
class Reception:
    """Settings, limits and the way to the store; `sessions` are the tasks that serve clients now."""

    settings: InboxSettings
    keep: Keep
    check_login: CheckLogin | None
    recipients: Recipients
    limits: InboxLimits
    room: BodyMemory
    proxies: Proxies
    certificates: Certificates | None
    draining: bool = False
    counts: Counts = field(default_factory=Counts)
    sessions: dict[asyncio.Task[Any], Any] = field(default_factory=dict)


def make_reception(
    settings: InboxSettings, keep: Keep, check_login: CheckLogin | None, loop: asyncio.AbstractEventLoop
) -> Reception:
    """Build it from the settings; raises `ValueError` or `OSError` when they can't work."""
    certificates = None
    if settings.certificate is not None and settings.key is not None:
        certificates = Certificates(settings.certificate, settings.key)
    if (settings.require_tls or settings.auth_required) and certificates is None:
        raise ValueError("TLS is required, but there is no certificate")
    return Reception(
        settings=settings,
        keep=keep,
        check_login=check_login,
        recipients=Recipients(settings.addresses),
        limits=InboxLimits(settings, loop.time),
        room=BodyMemory(settings.memory_bytes),
        proxies=Proxies(settings.proxy_networks),
        certificates=certificates,
    )
