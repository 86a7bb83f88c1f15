"""DMARC (RFC 7489): a domain's policy record, its organisation, and whether an identity belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from publicsuffixlist import PublicSuffixList

from channels.mail.lookups import Lookups

POLICIES: Final = frozenset({"none", "quarantine", "reject"})
LONGEST_RECORD: Final = 4_096


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
        record = read_record(lookups.txt(f"_dmarc.{name}"))
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
    return len(text) <= LONGEST_RECORD and name.strip().lower() == b"v" and value.strip() == b"DMARC1"


def _tags(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if value.strip()}
