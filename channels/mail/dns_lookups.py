"""DNS as mail authentication asks for it: dnspython with a bounded cache, and how much one mail may ask."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, TypeVar

import dns.exception
import dns.name
import dns.resolver

MOST_LOOKUPS: Final = 120
"""For one message: SPF's ten mechanisms may need eleven lookups each, DKIM and DMARC a dozen more."""


_Record = TypeVar("_Record")


class LookupFailed(Exception):
    """The name server could not be asked or did not answer: nobody knows whether the record exists."""

    code = "lookup_failed"


class Resolver(Protocol):
    """Looks names up, blocking, from any thread; an unknown name gives an empty list.

    `timeout` is in seconds. Every method raises `LookupFailed` for time-outs and server failures.
    """

    def txt(self, name: str, *, timeout: float) -> Sequence[bytes]:
        """Give the TXT records, the strings of each joined."""
        ...

    def a(self, name: str, *, timeout: float) -> Sequence[str]:
        """Give the IPv4 addresses."""
        ...

    def aaaa(self, name: str, *, timeout: float) -> Sequence[str]:
        """Give the IPv6 addresses."""
        ...

    def mx(self, name: str, *, timeout: float) -> Sequence[tuple[int, str]]:
        """Give preference and host of each mail exchanger."""
        ...

    def ptr(self, name: str, *, timeout: float) -> Sequence[str]:
        """Give the host names behind a reverse name such as `1.2.0.192.in-addr.arpa`."""
        ...


class Lookups:
    """One message's share of a resolver: everything before the deadline, and not without end."""

    def __init__(self, resolver: Resolver, *, deadline: float, most: int = MOST_LOOKUPS) -> None:
        """`deadline` is on `time.monotonic`'s clock."""
        self._resolver = resolver
        self._deadline = deadline
        self._left = most

    def txt(self, name: str) -> list[bytes]:
        """See `Resolver.txt`."""
        return self._ask(self._resolver.txt, name)

    def a(self, name: str) -> list[str]:
        """See `Resolver.a`."""
        return self._ask(self._resolver.a, name)

    def aaaa(self, name: str) -> list[str]:
        """See `Resolver.aaaa`."""
        return self._ask(self._resolver.aaaa, name)

    def mx(self, name: str) -> list[tuple[int, str]]:
        """See `Resolver.mx`."""
        return self._ask(self._resolver.mx, name)

    def ptr(self, name: str) -> list[str]:
        """See `Resolver.ptr`."""
        return self._ask(self._resolver.ptr, name)

    def _ask(self, ask: Callable[..., Sequence[_Record]], name: str) -> list[_Record]:
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise LookupFailed("The time for looking things up is over.")
        self._left -= 1
        if self._left < 0:
            raise LookupFailed("One message asked for too many names.")
        return list(ask(name, timeout=remaining))


CACHED_NAMES: Final = 10_000
MOST_RECORDS: Final = 100
_NO_SUCH_NAME: Final = (
    dns.resolver.NXDOMAIN,
    dns.resolver.NoAnswer,
    dns.name.LabelTooLong,
    dns.name.EmptyLabel,
    dns.name.NameTooLong,
    dns.name.BadEscape,
    dns.name.IDNAException,
)


class DnsResolver:
    """Asks name servers; answers are kept for their time to live. Any thread may use it.

    dnspython's own lock guards the cache, and nothing here changes the resolver after it was made.
    """

    def __init__(self, *, nameservers: Sequence[str] = (), port: int = 53) -> None:
        """Without `nameservers` (IP addresses) those of the machine are asked."""
        self._resolver = _configured(nameservers, port)
        self._resolver.cache = dns.resolver.LRUCache(CACHED_NAMES)

    def txt(self, name: str, *, timeout: float) -> list[bytes]:
        """See `Resolver.txt`."""
        return [b"".join(record.strings) for record in self._ask(name, "TXT", timeout)]

    def a(self, name: str, *, timeout: float) -> list[str]:
        """See `Resolver.a`."""
        return [record.address for record in self._ask(name, "A", timeout)]

    def aaaa(self, name: str, *, timeout: float) -> list[str]:
        """See `Resolver.aaaa`."""
        return [record.address for record in self._ask(name, "AAAA", timeout)]

    def mx(self, name: str, *, timeout: float) -> list[tuple[int, str]]:
        """See `Resolver.mx`."""
        found = self._ask(name, "MX", timeout)
        return [(record.preference, record.exchange.to_text(omit_final_dot=True)) for record in found]

    def ptr(self, name: str, *, timeout: float) -> list[str]:
        """See `Resolver.ptr`."""
        return [record.target.to_text(omit_final_dot=True) for record in self._ask(name, "PTR", timeout)]

    def _ask(self, name: str, kind: str, timeout: float) -> list[Any]:
        try:
            answer = self._resolver.resolve(name, kind, lifetime=timeout, search=False)
        except _NO_SUCH_NAME:
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise LookupFailed(f"The name server did not answer: {type(error).__name__}.") from error
        return list(answer)[:MOST_RECORDS]


def _configured(nameservers: Sequence[str], port: int) -> dns.resolver.Resolver:
    if not nameservers:
        try:
            return dns.resolver.Resolver()
        except dns.resolver.NoResolverConfiguration:
            pass  # each lookup will say so; receiving mail must not depend on it
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = list(nameservers)
    resolver.port = port
    return resolver
