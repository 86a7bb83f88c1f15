"""Which addresses are ours: exact ones, with any tag after `+`."""

from __future__ import annotations

import re
from collections.abc import Iterable

_ESCAPE = re.compile(r"\\(.)")


class Recipients:
    """The mailboxes that mail is taken in for; upper and lower case are the same here."""

    def __init__(self, addresses: Iterable[str]) -> None:
        self._known = frozenset(_key(address) for address in addresses)

    def __contains__(self, address: object) -> bool:
        return isinstance(address, str) and _key(address) in self._known


def _key(address: str) -> tuple[str, str]:
    local, _, domain = address.rpartition("@")
    if local.startswith('"') and local.endswith('"') and len(local) > 1:
        local = _ESCAPE.sub(r"\1", local[1:-1])
    return local.partition("+")[0].casefold(), _ascii(domain)


def _ascii(domain: str) -> str:
    """Return the domain in lower case, as it stands in DNS."""
    domain = domain.rstrip(".").lower()
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain
