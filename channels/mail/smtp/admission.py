"""Who may connect, how often an address may send, how much may be in memory at the same time, who makes room.

The PROXY header of a load balancer is believed from configured networks only
(https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt, versions 1 and 2).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Protocol

from aiosmtpd.proxy_protocol import AF, AsyncReader, get_proxy

from channels.chat.limits import Buckets
from channels.chat.settings import Rate
from channels.mail.smtp import replies
from channels.mail.smtp.inbox_settings import InboxSettings


class Guest(Protocol):
    """A session as far as it concerns its place."""

    silent_since: float | None
    """Loop time since when a whole command is awaited; None while one is being carried out."""
    spoke: bool
    """Whether it ever sent one."""

    @property
    def place(self) -> str | None:
        """Return what its connection is counted under; None: nothing."""
        ...

    def cut(self) -> None:
        """End the session with 421."""
        ...


def make_room(guests: Iterable[Guest], settings: InboxSettings, *, now: float, place: str | None) -> bool:
    """Cut one silent session, of `place` where it is given; False when nobody has been silent long enough.

    RFC 5321 4.5.3.2.7 grants five minutes of silence; that is for when there is room. Nothing is lost: what
    was not answered with 250 is sent again.
    """
    among = [guest for guest in guests if place is None or guest.place == place]
    crowds = Counter(guest.place for guest in among)
    silent = [
        (crowds[guest.place], now - guest.silent_since, guest)
        for guest in among
        if guest.silent_since is not None and now - guest.silent_since >= _patience(guest, settings)
    ]
    if not silent:
        return False
    max(silent, key=lambda each: each[:2])[2].cut()
    return True


def _patience(guest: Guest, settings: InboxSettings) -> float:
    return settings.pressed_idle_seconds if guest.spoke else settings.pressed_mute_seconds


class NotProxied(ValueError):
    """A peer that has to send a PROXY header sent none, or a broken one."""


class Proxies:
    """The networks whose connections begin with a PROXY header."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = tuple(ip_network(network) for network in networks)

    def __contains__(self, peer: object) -> bool:
        try:
            address = ip_address(str(peer).partition("%")[0])
        except ValueError:
            return False
        return any(address in network for network in self._networks)


async def client_behind(reader: AsyncReader, peer: str) -> str:
    """Read the header and return the client's address, `peer` where it names none (LOCAL, UNKNOWN).

    Raises `NotProxied`.
    """
    data = await get_proxy(reader)
    if not data.valid:
        raise NotProxied
    if data.family in (AF.INET, AF.INET6) and data.src_addr is not None:
        return str(data.src_addr)
    return peer


Clock = Callable[[], float]


class InboxLimits:
    """Connections and mails, in all and per address; a group or place of None is not limited by address."""

    def __init__(self, settings: InboxSettings, clock: Clock) -> None:
        self._settings = settings
        rate = Rate(burst=settings.messages_burst, per_minute=settings.messages_per_minute)
        self._mails = Buckets(rate, clock)
        self._by_place: Counter[str] = Counter()
        self.connections = 0

    def place(self, peer: str) -> str | None:
        """Return under what connections are counted: an IPv4 address, an IPv6 /64; None for a unix socket."""
        address = _address(peer)
        if isinstance(address, IPv6Address):
            return str(IPv6Address(int(address) >> 64 << 64))
        return None if address is None else str(address)

    def group(self, peer: str) -> str | None:
        """Return under what mails are counted, as `place`; None where no limit holds."""
        address = _address(peer)
        if address is not None and address.is_loopback and not self._settings.limit_loopback:
            return None
        return self.place(peer)

    def full(self) -> str | None:
        """Return the refusal when there is no place for one more connection."""
        return replies.TOO_MANY_CONNECTIONS if self.connections >= self._settings.connections else None

    @contextmanager
    def connection(self) -> Iterator[None]:
        """Count one connection for as long as the block runs."""
        self.connections += 1
        try:
            yield
        finally:
            self.connections -= 1

    def crowded(self, place: str | None) -> str | None:
        """Return the refusal when this place has all the connections it may have."""
        if place and self._by_place[place] >= self._settings.connections_per_address:
            return replies.TOO_MANY_FROM_YOU
        return None

    @contextmanager
    def member(self, place: str | None) -> Iterator[None]:
        """Count one connection against its place for as long as the block runs."""
        if place is None:
            yield
            return
        self._by_place[place] += 1
        try:
            yield
        finally:
            self._by_place[place] -= 1
            if not self._by_place[place]:
                del self._by_place[place]

    def mail(self, group: str | None) -> str | None:
        """Count one mail against its group; return the refusal when it is one too many."""
        wait = self._mails.take(group) if group else 0.0
        return replies.slow_down(wait) if wait else None


def _address(peer: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


Resize = Callable[[int], bool]
"""Holds so many bytes from now on; False when there is no place for them."""


class BodyMemory:
    """The memory that all bodies share."""

    def __init__(self, size: int) -> None:
        self._left = size

    @contextmanager
    def share(self) -> Iterator[Resize]:
        """Hand out a share that is given back when the block ends."""
        held = 0

        def resize(size: int) -> bool:
            nonlocal held
            if size - held > self._left:
                return False
            self._left -= size - held
            held = size
            return True

        try:
            yield resize
        finally:
            resize(0)
