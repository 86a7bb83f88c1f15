"""What all sessions of one inbox share."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from channels.mail.envelope import CheckLogin, Keep
from channels.mail.smtp.certificates import Certificates
from channels.mail.smtp.limits import Limits, Room
from channels.mail.smtp.proxy import Proxies
from channels.mail.smtp.recipients import Recipients
from channels.mail.smtp.settings import InboxSettings


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
    limits: Limits
    room: Room
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
        limits=Limits(settings, loop.time),
        room=Room(settings.memory_bytes),
        proxies=Proxies(settings.proxy_networks),
        certificates=certificates,
    )
