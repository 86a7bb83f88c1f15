"""Ports: is one free, and why could it not be had?"""

from __future__ import annotations

import errno
import socket

REASONS = {
    errno.EADDRINUSE: "another program uses that port",
    errno.EADDRNOTAVAIL: "this machine has no such address",
    errno.EACCES: "this user may not use that port",
}


def reason(error: OSError) -> str:
    """Say in plain words why an address could not be had."""
    if isinstance(error, socket.gaierror):
        return "that host name is not known"
    return REASONS.get(error.errno or 0) or error.strerror or str(error)


def bound(host: str, port: int) -> tuple[socket.socket, ...]:
    """Bind every address that `host` stands for, all with the same port; raises `OSError`.

    Nothing listens yet: the port is ours, and whoever calls is refused until something does.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    opened: list[socket.socket] = []
    try:
        for family, address in sorted({(family, sockaddr) for family, _, _, _, sockaddr in found}):
            try:
                opened.append(_bound(family, (address[0], opened[0].getsockname()[1] if opened else port)))
            except OSError as error:
                if not opened or error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                    raise
                # localhost stands for ::1 too, also where there is no IPv6
    except OSError:
        for each in opened:
            each.close()
        raise
    return tuple(opened)


def _bound(family: int, wanted: tuple[object, int]) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(wanted[0] != "::"))
        opened.bind(wanted)
    except OSError:
        opened.close()
        raise
    return opened


def bind_error(host: str, port: int) -> OSError | None:
    """Return why nothing can listen there, None when the port is free."""
    try:
        for each in bound(host, port):
            each.close()
    except OSError as error:
        return error
    return None
