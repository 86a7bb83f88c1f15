"""The listening sockets of an inbox. Whoever binds them may hand them to another process."""

from __future__ import annotations

import errno
import socket
import stat
from dataclasses import dataclass
from pathlib import Path

from channels.mail.smtp.settings import InboxSettings

BACKLOG = 512
"""Connections that wait while the inbox's process is started again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listening:
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


def listen(settings: InboxSettings) -> Listening:
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
    return Listening(smtp=smtp, lmtp=lmtp, path=settings.lmtp_path)


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
