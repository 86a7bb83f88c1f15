"""What a domain publishes of its mail: DMARC (RFC 7489) and SPF (RFC 7208), every lookup through ours."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import spf
from publicsuffixlist import PublicSuffixList

from channels.mail.dns_lookups import LookupFailed, Lookups
from channels.mail.mailbox import AddressInvalid, ascii_domain, read_mailbox

POLICIES: Final = frozenset({"none", "quarantine", "reject"})
LONGEST_DMARC: Final = 4_096


@dataclass(frozen=True, kw_only=True, slots=True)
class DmarcRecord:
    """How strictly a domain wants identities compared with its own."""

    policy: str
    strict_dkim: bool
    strict_spf: bool


@lru_cache(maxsize=1)
def public_suffixes() -> PublicSuffixList:
    """Give the public suffix list as the installed package brings it; read once (0.1 s), never changed."""
    return PublicSuffixList()


def organisation(domain: str) -> str:
    """Give the organisational domain (RFC 7489 3.2): one label below the public suffix."""
    found: str | None = public_suffixes().privatesuffix(domain)
    return found or domain


def is_aligned(identity: str, author: str, *, strict: bool) -> bool:
    """Whether an authenticated domain speaks for the From domain (RFC 7489 3.1); both ASCII, lower case."""
    if not identity or not author:
        return False
    return identity == author or (not strict and organisation(identity) == organisation(author))


def find_record(domain: str, lookups: Lookups) -> DmarcRecord | None:
    """Look up the record of a domain or else of its organisation (6.6.3); raises `LookupFailed`."""
    for name in dict.fromkeys((domain, organisation(domain))):
        record = read_record(lookups.find("TXT", f"_dmarc.{name}"))
        if record is not None:
            return record
    return None


def read_record(texts: list[bytes]) -> DmarcRecord | None:
    """Read the one DMARC record among TXT records; several, or none that is right, are the same as none."""
    found = [text for text in texts if _is_dmarc(text)]
    if len(found) != 1:
        return None
    tags = _tags(found[0].decode("utf-8", "replace"))
    policy = tags.get("p", "").lower()
    if policy not in POLICIES:
        if "rua" not in tags:
            return None
        policy = "none"
    return DmarcRecord(
        policy=policy,
        strict_dkim=tags.get("adkim", "r").lower() == "s",
        strict_spf=tags.get("aspf", "r").lower() == "s",
    )


def _is_dmarc(text: bytes) -> bool:
    version, _, _ = text.partition(b";")
    name, _, value = version.partition(b"=")
    return len(text) <= LONGEST_DMARC and name.strip().lower() == b"v" and value.strip() == b"DMARC1"


def _tags(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if value.strip()}


MOST_VOID: Final = 2  # RFC 7208 4.6.4; the limit of ten mechanisms is counted by pyspf
LONGEST_SPF: Final = 4_096
RESULTS: Final = frozenset({"pass", "fail", "softfail", "neutral", "none", "temperror", "permerror"})


@dataclass(frozen=True, kw_only=True, slots=True)
class SpfResult:
    """`result` as in RFC 7208 2.6, and the domain it speaks for (`""` where none was checked)."""

    result: str
    domain: str


def check_spf(*, peer: str, helo: str, envelope_from: str, lookups: Lookups) -> SpfResult:
    """Check the reverse-path's domain, or for the null sender the HELO name (RFC 7208 2.4); never raises."""
    local, domain = _identity(envelope_from, helo)
    if not domain or not _is_address(peer):
        return SpfResult(result="none", domain=domain)
    try:
        query = spf.query(i=peer, s=f"{local}@{domain}", h=helo[:255] or domain)
        query.dns = _Dns(lookups)
        result = str(query.check()[0])
    except LookupFailed:
        result = "temperror"
    except Exception:  # a record that pyspf trips over must not cost the mail
        result = "permerror"
    return SpfResult(result=result if result in RESULTS else "permerror", domain=domain)


class _Dns:
    """Stands in for `spf.query.dns`: the same call, the same values, other name servers."""

    def __init__(self, lookups: Lookups) -> None:
        self._lookups = lookups
        self._known: dict[tuple[str, str], list[Any]] = {}
        self._void = 0

    def __call__(self, name: str, qtype: str, cnames: object = None, ignore_void: bool = False) -> list[Any]:
        name = str(name).rstrip(".").lower()
        if not all(0 < len(label) < 64 for label in name.split(".")):
            return []
        found = self._known.get((name, qtype))
        if found is None:
            found = self._known[name, qtype] = self._look_up(name, qtype)
        if not found and not ignore_void:
            self._void += 1
            if self._void > MOST_VOID:
                raise spf.PermError("Too many lookups without an answer")
        return list(found)

    def _look_up(self, name: str, qtype: str) -> list[Any]:
        try:
            found = self._lookups.find(qtype, name)
        except LookupFailed as error:
            raise spf.TempError(str(error)) from error
        return [(_bounded(text),) for text in found] if qtype == "TXT" else found


def _bounded(text: bytes) -> bytes:
    if len(text) > LONGEST_SPF and text[:6].lower() == b"v=spf1":
        raise spf.PermError("The SPF record is too long")  # pyspf needs quadratic time for such
    return text


def _identity(envelope_from: str, helo: str) -> tuple[str, str]:
    try:
        if envelope_from:
            mailbox = read_mailbox(envelope_from)
            return mailbox.local, _full_name(mailbox.domain)
        return "postmaster", _full_name(ascii_domain(helo))
    except AddressInvalid:
        return "", ""


def _full_name(domain: str) -> str:
    return domain if "." in domain and not domain.startswith("[") else ""


def _is_address(peer: str) -> bool:
    try:
        ipaddress.ip_address(peer)
    except ValueError:
        return False  # LMTP over a local socket has no address
    return True
