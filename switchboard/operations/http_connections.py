"""HTTP connections: who may have how many, and how long one may stay silent.

aiohttp waits an hour for the head of a request (`keepalive_timeout`), and counts nobody's connections.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, cast

from aiohttp import web

BODY = b'{"error":{"code":"too_many_connections","message":"Too many connections from this address."}}'
REFUSAL = b"\r\n".join(
    (
        b"HTTP/1.1 429 Too Many Requests",
        b"Connection: close",
        b"Retry-After: 10",
        b"Content-Type: application/json",
        b"Content-Length: %d" % len(BODY),
        b"",
        BODY,
    )
)
LOOK = 1.0
"""Seconds between looks at connections that are being waited for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectionLimits:
    """Seconds, and numbers of connections."""

    head: float = 10.0
    """For the head of a request, from the connection's beginning or the head's first byte."""
    body: float = 30.0
    """Between two pieces of a request's body, and of an answer that is read."""
    idle: float = 75.0
    """Between two requests."""
    silent: int = 1000
    """Connections in all that have not brought the head of a first request."""
    silent_per_address: int = 100
    """Of these, from one address: the one silent for longest makes room for a newcomer."""
    per_address: int = 200
    """Connections with requests, before their upgrade to a socket, from one address that is not exempt."""


class Connections:
    """Counts connections; one with a socket counts no more here, since sockets have limits of their own."""

    def __init__(self, limits: ConnectionLimits, *, exempt: Callable[[str], bool]) -> None:
        """`exempt`: those behind whom many customers stand."""
        self.limits = limits
        self.refused = 0
        self.cut = 0
        self._exempt = exempt
        self._silent: dict[HttpConnection, str] = {}
        self._per_address: Counter[str] = Counter()

    def enter(self, connection: HttpConnection, address: str) -> bool:
        """Count a newcomer, which is silent yet; say whether it may stay."""
        if not self._exempt(address) and self._per_address[address] >= self.limits.per_address:
            silent = self._silent_of(address)
            if not silent:
                self.refused += 1
                return False
            self._cut(silent[0])
        self._per_address[address] += 1
        self._silent[connection] = address
        return True

    def still_silent(self, address: str) -> None:
        """Cut the first silent ones of an address where they are too many.

        Not as they come: of a burst, many are accepted before the first request of one is read.
        """
        silent = self._silent_of(address)
        for connection in silent[: max(0, len(silent) - self.limits.silent_per_address)]:
            self._cut(connection)
        while len(self._silent) > self.limits.silent:
            self._cut(next(iter(self._silent)))

    def _silent_of(self, address: str) -> list[HttpConnection]:
        return [each for each, whose in self._silent.items() if whose == address]

    def spoke(self, connection: HttpConnection) -> None:
        """Note that it brought a request."""
        self._silent.pop(connection, None)

    def leave(self, connection: HttpConnection, address: str) -> None:
        """Count it no more."""
        self._silent.pop(connection, None)
        self._per_address[address] -= 1
        if self._per_address[address] <= 0:
            del self._per_address[address]

    def _cut(self, connection: HttpConnection) -> None:
        self.cut += 1
        self._silent.pop(connection, None)
        connection.force_close()


class HttpConnection(web.RequestHandler):
    """aiohttp's connection, which ends when a head or a body does not come."""

    __slots__ = ("_address", "_connections", "_counted", "_heard", "_look", "_read", "_since", "_unread")

    def __init__(self, server: web.Server, connections: Connections, **options: Any) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=connections.limits.idle,
            **options,
        )
        self._connections = connections
        self._address = ""
        self._counted = False
        self._since: float | None = None
        self._heard = self._read = 0.0
        self._unread = 0
        self._look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let it in, or refuse it at once."""
        peer = transport.get_extra_info("peername")
        self._address = _network(str(peer[0])) if isinstance(peer, tuple) else ""
        self._counted = self._connections.enter(self, self._address)
        if not self._counted:
            self._force_close = True  # what it sends is not read
            cast(asyncio.Transport, transport).write(REFUSAL)
            transport.close()
            return
        self._since = self._heard = time.monotonic()
        super().connection_made(transport)
        self._look = self._loop.call_later(LOOK, self._watch, True)

    def data_received(self, data: bytes) -> None:
        """Hear a piece: of a head, a body, or a socket."""
        count, self._heard = self._request_count, time.monotonic()
        super().data_received(data)
        if self._request_count != count:
            self._since = None
            self._connections.spoke(self)
        elif self._since is None and self._awaits_a_head:
            self._since = self._heard

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget it."""
        if self._look is not None:
            self._look.cancel()
        self._uncount()
        super().connection_lost(exc)

    @property
    def _awaits_a_head(self) -> bool:
        return self._waiter is not None and not self._waiter.done()

    def _watch(self, first: bool = False) -> None:
        self._look = None
        if first and self._request_count == 0:
            self._connections.still_silent(self._address)
            if self.transport is None or self.transport.is_closing():
                return
        if self._upgraded:  # a socket: from here on the chat's and the calls' limits hold
            self._uncount()
            return
        if self._late():
            self._connections.cut += 1
            self.force_close()
            return
        self._look = self._loop.call_later(LOOK, self._watch)

    def _uncount(self) -> None:
        if self._counted:
            self._counted = False
            self._connections.leave(self, self._address)

    def _late(self) -> bool:
        now, limits = time.monotonic(), self._connections.limits
        if self._stuck(now, limits.body):
            return True
        if self._awaits_a_head:
            return self._since is not None and now - self._since > limits.head
        request = self._current_request
        unread = request is not None and not request.content.is_eof() and not self._reading_paused
        return unread and now - self._heard > limits.body

    def _stuck(self, now: float, limit: float) -> bool:
        """Say whether an answer is ready and nothing of it has been read for so long."""
        transport = self.transport
        before, self._unread = self._unread, transport.get_write_buffer_size() if transport else 0
        if not self._unread or self._unread != before:
            self._read = now
        return now - self._read > limit


def _network(address: str) -> str:
    """Return what is counted as one: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address) or parsed.is_loopback:
        return str(parsed)
    return str(parsed.ipv4_mapped or ip_network((parsed, 64), strict=False))
