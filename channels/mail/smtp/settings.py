"""Every number of the inbox in one place; app.py fills it from the settings tree."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True, slots=True)
class InboxSettings:
    """Listeners, limits and waits of the inbox; times in seconds, sizes in bytes."""

    addresses: tuple[str, ...]
    """Addresses taken in, each with any `+tag`; every other recipient gets 550 5.1.1."""
    hostname: str = "localhost"
    """How the inbox names itself in its greeting."""

    smtp_host: str = "127.0.0.1"
    smtp_port: int | None = 2525
    """0 picks a free one, None leaves SMTP out."""
    lmtp_host: str = "127.0.0.1"
    lmtp_port: int | None = None
    lmtp_path: Path | None = None
    """A unix socket for LMTP; the folder has to exist."""
    lmtp_mode: int = 0o660
    """File mode of that socket."""

    certificate: Path | None = None
    """PEM chain; together with `key` it turns STARTTLS on. Both are read again when they change."""
    key: Path | None = None
    require_tls: bool = False
    """Whether MAIL before STARTTLS gets 530."""
    auth_required: bool = False
    """Whether MAIL before AUTH gets 530. AUTH itself is offered over TLS only."""
    proxy_networks: tuple[str, ...] = ()
    """Networks (CIDR) whose connections begin with a PROXY header, version 1 or 2; no others may."""

    size_bytes: int = 25 * 1024 * 1024
    """Largest mail; told by SIZE, 552 above."""
    memory_bytes: int = 256 * 1024 * 1024
    """All mails being received at the same time; 452 above."""
    recipients: int = 100
    """Per mail; 452 above."""
    connections: int = 500
    """At the same time; 421 above."""
    connections_per_address: int = 50
    """Of one IP address (IPv6: one /64), the proxied one behind a proxy, this machine's own too; 421 above.
    LMTP is not counted: its peer stands for everybody. As many as Postfix grants."""
    messages_burst: int = 200
    """Mails of one IP address (IPv6: one /64) at once, before the rate below holds; 450 above."""
    messages_per_minute: float = 120.0
    limit_loopback: bool = False
    """Whether the rate per address holds for 127.0.0.0/8 and ::1 too: such a peer is a local tool, or a
    relay that stands for everybody."""
    errors: int = 20
    """Refused commands after which a session ends with 421."""
    idle_commands: int = 200
    """Commands between two mails after which a session ends with 421."""
    logins: int = 3
    """Failed AUTH after which a session ends with 421."""

    idle_seconds: float = 300.0
    """Without a byte from the client (RFC 5321 4.5.3.2.7 asks for 5 minutes)."""
    pressed_idle_seconds: float = 10.0
    """Where connections run out, who has been silent for so long makes room for the next."""
    pressed_mute_seconds: float = 1.0
    """The same for who has never said a word."""
    data_seconds: float = 900.0
    """From 354 to the final dot."""
    session_seconds: float = 3600.0
    """The whole session; a mail being stored is still answered."""
    handshake_seconds: float = 20.0
    """PROXY header and TLS handshake, each."""
    keep_seconds: float = 30.0
    """How long storing may take before the client is told 451."""
    farewell_seconds: float = 5.0
    """How long a client may take to read the last reply before its connection is cut."""
