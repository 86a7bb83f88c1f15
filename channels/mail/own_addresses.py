"""Which addresses are our own, our colleagues' and our forms', and which of ours a mail came to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnAddresses:
    """All in lower case, without tags; in `forms` an entry such as `@forms.example` stands for its domain."""

    own: frozenset[str]
    staff: frozenset[str] = frozenset()
    forms: frozenset[str] = frozenset()

    def mailbox(self, recipients: Sequence[str]) -> tuple[str, str]:
        """Return the first of our addresses among `recipients`, and the tag it carried."""
        for recipient in sorted(recipients, key=lambda each: "+" not in each):  # a token says most
            base, tag = _parted(recipient)
            if base in self.own:
                return base, tag
        domains = {each.rpartition("@")[2].lower() for each in recipients}
        return min(self.own, key=lambda each: (_domain(each) not in domains, each)), ""

    def is_own(self, address: str) -> bool:
        """Say whether an address is one of ours, with or without a tag, or our postmaster's."""
        base, _ = _parted(address)
        return base in self.own or (base.startswith(f"{POSTMASTER}@") and self.is_home(base))

    def is_home(self, address: str) -> bool:
        """Say whether an address belongs to a domain of ours."""
        return _domain(address.lower()) in {_domain(each) for each in self.own}

    def is_form(self, address: str) -> bool:
        """Say whether the settings name this address, or its domain, as one that forms write from."""
        address = address.lower()
        return address in self.forms or f"@{_domain(address)}" in self.forms

    def only_postmaster(self, recipients: Sequence[str]) -> bool:
        """Say whether a mail came to nobody here but the postmaster (RFC 5321 4.5.1)."""
        found = [each.lower().partition("@")[0] == POSTMASTER for each in recipients]
        return bool(found) and all(found) and not any(_parted(each)[0] in self.own for each in recipients)


def _parted(address: str) -> tuple[str, str]:
    local, _, domain = address.strip().lower().rpartition("@")
    base, _, tag = local.partition("+")
    return f"{base}@{domain}", tag


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
