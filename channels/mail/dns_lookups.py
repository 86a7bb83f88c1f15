"""DNS as mail authentication asks for it: dnspython with a bounded cache, and how much one mail may ask."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, Final, Protocol

import dns.exception
import dns.name
import dns.resolver

MOST_LOOKUPS: Final = 120
"""For one message: SPF's ten mechanisms may need eleven lookups each, DKIM and DMARC a dozen more."""


class LookupFailed(Exception):
    """The name server could not be asked or did not answer: nobody knows whether the record exists."""

    code = "lookup_failed"


class Resolver(Protocol):
    """Looks names up, blocking, from any thread."""

    def find(self, kind: str, name: str, *, timeout: float) -> Sequence[Any]:
        """Give the values of the records of a kind (TXT, A, AAAA, MX, PTR); nothing for an unknown name.

        TXT gives bytes, the strings of each joined; MX preference and host; the others text. `timeout` is in
        seconds. Raises `LookupFailed` for time-outs and server failures.
        """
        ...


class Lookups:
    """One message's share of a resolver: everything before the deadline, and not without end."""

    def __init__(self, resolver: Resolver, *, deadline: float, most: int = MOST_LOOKUPS) -> None:
        """`deadline` is on `time.monotonic`'s clock."""
        self._resolver = resolver
        self._deadline = deadline
        self._left = most

    def find(self, kind: str, name: str) -> list[Any]:
        """See `Resolver.find`."""
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise LookupFailed("The time for looking things up is over.")
        self._left -= 1
        if self._left < 0:
            raise LookupFailed("One message asked for too many names.")
        return list(self._resolver.find(kind, name, timeout=remaining))


CACHED_NAMES: Final = 10_000
MOST_RECORDS: Final = 100
_VALUES: Final[dict[str, Callable[[Any], Any]]] = {
    "TXT": lambda record: b"".join(record.strings),
    "A": lambda record: record.address,
    "AAAA": lambda record: record.address,
    "MX": lambda record: (record.preference, record.exchange.to_text(omit_final_dot=True)),
    "PTR": lambda record: record.target.to_text(omit_final_dot=True),
}
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

    def find(self, kind: str, name: str, *, timeout: float) -> list[Any]:
        """See `Resolver.find`."""
        try:
            answer = self._resolver.resolve(name, kind, lifetime=timeout, search=False)
        except _NO_SUCH_NAME:
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise LookupFailed(f"The name server did not answer: {type(error).__name__}.") from error
        return [_VALUES[kind](record) for record in islice(answer, MOST_RECORDS)]


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
