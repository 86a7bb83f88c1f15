"""Which addresses are ours: exact ones, with any tag after `+`, and the postmaster of their domains."""

from __future__ import annotations

import re
from collections.abc import Iterable

POSTMASTER = "postmaster"
_ESCAPE = re.compile(r"\\(.)")


class Recipients:
    """The mailboxes that mail is taken in for; upper and lower case are the same here."""

    def __init__(self, addresses: Iterable[str]) -> None:
        own = frozenset(_key(address) for address in addresses)
        # RFC 5321 4.5.1: also without a domain.
        self._known = own | {(POSTMASTER, domain) for domain in ("", *(domain for _, domain in own))}

    def __contains__(self, address: object) -> bool:
        return isinstance(address, str) and _key(address) in self._known


def _key(address: str) -> tuple[str, str]:
    local, at, domain = address.rpartition("@")
    if not at:
        local, domain = domain, ""
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
