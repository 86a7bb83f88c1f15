"""Every number of the inbox, and its listening sockets, which may be handed to another process."""

from __future__ import annotations

import errno
import socket
import stat
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


BACKLOG = 512
"""Connections that wait while the inbox's process is started again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ListeningSockets:
    """Bound sockets; `close` them when nothing listens any more."""

    smtp: tuple[socket.socket, ...]
    lmtp: tuple[socket.socket, ...]
    path: Path | None = None

    @property
    def smtp_url(self) -> str | None:
        """Where SMTP is spoken, such as smtp://127.0.0.1:2525."""
        return f"smtp://{_name(self.smtp[0])}" if self.smtp else None

    @property
    def lmtp_urls(self) -> tuple[str, ...]:
        """Where LMTP is spoken, such as lmtp:///run/inbox.sock."""
        return tuple(f"lmtp://{_name(each)}" for each in self.lmtp)

    def close(self) -> None:
        """Close all, and remove the unix socket's file."""
        for each in (*self.smtp, *self.lmtp):
            each.close()
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def listen(settings: InboxSettings) -> ListeningSockets:
    """Bind what the settings ask for; raises `OSError` when an address is taken or not ours."""
    opened: list[socket.socket] = []
    try:
        smtp = _tcp(settings.smtp_host, settings.smtp_port, opened)
        lmtp = _tcp(settings.lmtp_host, settings.lmtp_port, opened)
        if settings.lmtp_path is not None:
            lmtp += (_unix(settings.lmtp_path, settings.lmtp_mode, opened),)
    except OSError:
        for each in opened:
            each.close()
        raise
    return ListeningSockets(smtp=smtp, lmtp=lmtp, path=settings.lmtp_path)


def _tcp(host: str, port: int | None, opened: list[socket.socket]) -> tuple[socket.socket, ...]:
    """Bind every address the host name stands for, all with the same port."""
    if port is None:
        return ()
    bound: list[socket.socket] = []
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    for family, address in sorted({(family, sockaddr) for family, _, _, _, sockaddr in found}):
        wanted = (str(address[0]), bound[0].getsockname()[1] if bound else port)
        try:
            bound.append(_bind(family, wanted))
        except OSError as error:
            if bound and error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                continue  # localhost stands for ::1 too, also where there is no IPv6
            raise
        opened.append(bound[-1])
    return tuple(bound)


def _bind(family: int, wanted: tuple[str, int]) -> socket.socket:
    both = wanted[0] == "::" and socket.has_dualstack_ipv6()
    return socket.create_server(wanted, family=family, backlog=BACKLOG, dualstack_ipv6=both)


def _unix(path: Path, mode: int, opened: list[socket.socket]) -> socket.socket:
    if path.exists() and stat.S_ISSOCK(path.stat().st_mode):
        _forget_stale(path)
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    opened.append(server)
    server.bind(str(path))
    path.chmod(mode)
    server.listen(BACKLOG)
    return server


def _forget_stale(path: Path) -> None:
    """Remove a socket that nobody listens on; raise `OSError` when somebody does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise OSError(f"{path} is in use")


def _name(bound: socket.socket) -> str:
    name = bound.getsockname()
    if isinstance(name, str):
        return name
    return f"[{name[0]}]:{name[1]}" if ":" in name[0] else f"{name[0]}:{name[1]}"
