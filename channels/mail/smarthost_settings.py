"""Where the smarthost is, how far its line must be protected, and how long each step may take."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

_PORTS: Final = {"smtps": 465, "smtp": 587}


class SmarthostInvalid(ValueError):
    """The smarthost's URL can't be used; the message never contains its password."""

    code = "smarthost_invalid"


class Tls(StrEnum):
    """How a connection gets its encryption."""

    IMPLICIT = "implicit"
    REQUIRED = "required"
    OFFERED = "offered"
    OFF = "off"


@dataclass(frozen=True, kw_only=True, slots=True)
class RelayLimits:
    """Bounds of the connections; times are seconds, those of RFC 5321 4.5.3.2 where it names one."""

    connections: int = 20
    """At the same time."""
    messages: int = 100
    """On one connection before it is closed."""
    idle: float = 30.0
    """An unused connection is closed after this time."""
    place: float = 60.0
    """The longest wait for a free connection."""
    connect: float = 30.0
    """Until the server's machine takes the connection."""
    greeting: float = 300.0
    """Until the server says 220, and the TLS handshake."""
    command: float = 300.0
    """Each command but DATA: EHLO, STARTTLS, AUTH, MAIL, RCPT."""
    data: float = 120.0
    """Until DATA is answered with 354."""
    block: float = 180.0
    """Until the line has taken one more block of the message."""
    dot: float = 600.0
    """Until the answer after the final dot: giving up sooner makes a second copy (RFC 1047)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Smarthost:
    """A smarthost's URL, taken apart."""

    host: str
    port: int
    tls: Tls
    loopback: bool
    username: str | None = None
    password: str | None = field(default=None, repr=False)


def read_smarthost(url: str) -> Smarthost:
    """Read `smtp[s]://user:pass@host:port[?starttls=required|offered|off]`; raises `SmarthostInvalid`."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SmarthostInvalid("The smarthost's URL can't be read.") from error
    if parts.scheme not in _PORTS or not host or not host.isprintable():
        raise SmarthostInvalid("A smarthost is given as smtp://host:port or smtps://host:port.")
    username = unquote(parts.username) if parts.username else None
    loopback = is_loopback(host)
    tls = _tls(parts.scheme, parse_qs(parts.query).get("starttls", []), loopback=loopback)
    if username and not loopback and tls in (Tls.OFFERED, Tls.OFF):
        raise SmarthostInvalid("A password is sent to a smarthost over TLS only.")
    return Smarthost(
        host=host,
        port=port or (25 if parts.scheme == "smtp" and not username else _PORTS[parts.scheme]),
        tls=tls,
        loopback=loopback,
        username=username,
        password=unquote(parts.password or "") if username else None,
    )


def is_loopback(host: str) -> bool:
    """Whether the name or address is this machine by definition (RFC 6761), without asking a name server."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _tls(scheme: str, asked: list[str], *, loopback: bool) -> Tls:
    if scheme == "smtps":
        return Tls.IMPLICIT
    if not asked:
        return Tls.OFFERED if loopback else Tls.REQUIRED
    if asked[-1] not in (Tls.REQUIRED, Tls.OFFERED, Tls.OFF):
        raise SmarthostInvalid("starttls is one of required, offered and off.")
    return Tls(asked[-1])
