"""Who is asking: the page a browser comes from, and the network address behind a request."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}
_FORWARDING: Final = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")


class Origins:
    """The exact allow-list of origins (RFC 6454); without one, the gateway's own pages only.

    A request without an Origin header does not come from a browser's page and is let in.
    """

    def __init__(self, allowed: Iterable[str], *, public_url: str | None = None) -> None:
        listed = {entry.strip().rstrip("/").lower() for entry in allowed if entry.strip()}
        self._own = not listed or "self" in listed
        self._listed = frozenset(_canonical(entry) for entry in listed - {"self"})
        public = urlsplit((public_url or "").lower())
        self._public = _canonical(f"{public.scheme}://{public.netloc}")

    def allows(self, request: web.Request) -> bool:
        """Say whether the request's Origin may use the chat."""
        origin = request.headers.get("Origin")
        if origin is None:
            return True
        given = _canonical(origin.lower())
        return given in self._listed or (self._own and self._is_own(given, request.host.lower()))

    def _is_own(self, origin: str, host: str) -> bool:
        scheme, _, netloc = origin.partition("://")
        own = host.removesuffix(_DEFAULT_PORTS.get(scheme, ":"))
        return scheme in _DEFAULT_PORTS and (netloc == own or origin == self._public)


def _canonical(origin: str) -> str:
    scheme, _, netloc = origin.partition("://")
    return f"{scheme}://{netloc.removesuffix(_DEFAULT_PORTS.get(scheme, ':'))}"


class Addresses:
    """Finds the client's address, believing X-Forwarded-For only from trusted proxies."""

    def __init__(self, trusted_proxies: Iterable[str], *, limit_loopback: bool) -> None:
        self._trusted = tuple(ip_network(network) for network in trusted_proxies)
        self._limit_loopback = limit_loopback

    def of(self, request: web.Request) -> str | None:
        """Return the key that per-address limits count by: an IPv4 address or an IPv6 /64; None if exempt."""
        address = self._client(request)
        if address is None or (address.is_loopback and not self._limit_loopback):
            return None
        if isinstance(address, IPv6Address):
            return str(ip_network((address, 64), strict=False))
        return str(address)

    def _client(self, request: web.Request) -> IPv4Address | IPv6Address | None:
        address = _address(request.remote or "")
        hops = ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")
        for hop in reversed(hops):
            if address is None or not self._trusts(address):
                break
            address = _address(hop) or address
        return address

    def _trusts(self, address: IPv4Address | IPv6Address) -> bool:
        return any(address in network for network in self._trusted)


def is_local(request: web.Request) -> bool:
    """Say whether peer and Host are both loopback and no proxy stands between."""
    peer = _address(request.remote or "")
    host = urlsplit(f"//{request.host}").hostname or ""
    named = _address(host)
    local_name = host == "localhost" or (named is not None and named.is_loopback)
    forwarded = any(name in request.headers for name in _FORWARDING)
    return peer is not None and peer.is_loopback and local_name and not forwarded


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
