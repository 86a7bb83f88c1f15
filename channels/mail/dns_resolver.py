"""The resolver for real: dnspython with the machine's name servers and a bounded cache."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import dns.exception
import dns.name
import dns.resolver

from channels.mail.lookups import LookupFailed

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
