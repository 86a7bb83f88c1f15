"""The address Twilio reaches this gateway by: signatures are made of it, and streams are sent to it."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address, ip_network

from aiohttp import web


class PublicUrl:
    """The configured URL, or else the request's own, with X-Forwarded-Proto and -Host of trusted proxies."""

    def __init__(self, public_url: str | None, trusted_proxies: Iterable[str]) -> None:
        self._configured = public_url.rstrip("/") if public_url else None
        self._trusted = tuple(ip_network(network) for network in trusted_proxies)

    def of(self, request: web.Request) -> str:
        """Return scheme, host and port, without a slash at the end."""
        if self._configured:
            return self._configured
        scheme, host = request.scheme, request.host
        if self._by_proxy(request):
            scheme = _last(request, "X-Forwarded-Proto") or scheme
            host = _last(request, "X-Forwarded-Host") or host
        return f"{scheme}://{host}"

    def _by_proxy(self, request: web.Request) -> bool:
        try:
            peer = ip_address((request.remote or "").partition("%")[0])
        except ValueError:
            return False
        peer = (peer.ipv4_mapped if isinstance(peer, IPv6Address) else None) or peer
        return any(peer in network for network in self._trusted)


def socket_url(url: str) -> str:
    """Return an http(s) URL as ws(s)."""
    return "ws" + url.removeprefix("http")


def _last(request: web.Request, header: str) -> str:
    """Return what the proxy next to us wrote; what stands before it may be the client's."""
    return ",".join(request.headers.getall(header, [])).rpartition(",")[2].strip()
