"""DNS as mail authentication asks for it: what a resolver is, and how much it may be asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol, TypeVar

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
