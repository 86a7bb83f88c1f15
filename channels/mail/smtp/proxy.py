"""The PROXY header of a load balancer: believed from configured networks only.

Source: https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt (versions 1 and 2).
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address, ip_network

from aiosmtpd.proxy_protocol import AF, AsyncReader, get_proxy


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
