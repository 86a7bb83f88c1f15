"""Mail addresses as they are written on the wire: one spelling, ASCII domains, nothing to inject."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import idna

LONGEST_LOCAL: Final = 64  # octets, RFC 5321 4.5.3.1.1
LONGEST_DOMAIN: Final = 253
_ATEXT: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]+"
_DOT_ATOM: Final = re.compile(rf"{_ATEXT}(?:\.{_ATEXT})*")
_QUOTED: Final = re.compile(r'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"')
_PRINTABLE: Final = re.compile(r"[\x20-\x7e]+")
_UNSEEN: Final = re.compile(r"[\u0080-\u00a0\u2028\u2029\ud800-\udfff]")
_LABEL: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_LITERAL: Final = re.compile(r"\[(?:IPv6:)?[0-9A-Fa-f:.]{2,45}\]")


class AddressInvalid(ValueError):
    """This text is no mail address that can stand in a header or an SMTP command."""

    code = "address_invalid"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mailbox:
    """One address; `domain` is lower case and ASCII, `local` as its owner writes it."""

    local: str
    domain: str

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"

    @property
    def ascii(self) -> bool:
        """Whether plain SMTP can carry it; otherwise SMTPUTF8 (RFC 6531) is needed."""
        return self.local.isascii()


def read_mailbox(text: str) -> Mailbox:
    """Read one bare address such as `ada@bücher.example`; raises `AddressInvalid`."""
    local, at, domain = text.strip().rpartition("@")
    if not at:
        raise AddressInvalid("An address needs an @.")
    return Mailbox(local=_local(local), domain=ascii_domain(domain))


def ascii_domain(domain: str) -> str:
    """Give a domain in lower case with punycode labels (RFC 5891); raises `AddressInvalid`."""
    if _LITERAL.fullmatch(domain):
        return domain.lower()
    domain = domain.rstrip(".")
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise AddressInvalid("The domain of the address is not valid.") from error
    if len(domain) > LONGEST_DOMAIN or not all(_LABEL.fullmatch(label) for label in domain.split(".")):
        raise AddressInvalid("The domain of the address is not valid.")
    return domain.lower()


def _local(local: str) -> str:
    # An encoded word has no place in an address (RFC 2047 section 5), yet some readers decode it there.
    if not local or "=?" in local or _UNSEEN.search(local):
        raise AddressInvalid("The part before the @ is not valid.")
    if len(local.encode("utf-8", "replace")) > LONGEST_LOCAL:
        raise AddressInvalid("The part before the @ is not valid.")
    if _DOT_ATOM.fullmatch(local) or _QUOTED.fullmatch(local):
        return local
    if not _PRINTABLE.fullmatch(local):
        raise AddressInvalid("The part before the @ is not valid.")
    escaped = local.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'  # real addresses such as a..b@docomo.ne.jp need the quotes
