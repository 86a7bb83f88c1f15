"""DKIM (RFC 6376, 8301) and ARC (RFC 8617) with dkimpy, behind guards for what it lets pass or chokes on."""

from __future__ import annotations

import logging
import re
from base64 import b64decode
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import dkim
from dkim.crypto import parse_public_key
from dkim.util import parse_tag_value

from channels.mail.dns_lookups import LookupFailed, Lookups
from channels.mail.mailbox import AddressInvalid, ascii_domain
from channels.mail.raw_message import RawMessage, line_blocks
from channels.mail.results_header import MethodResult, Results, read_results
from channels.mail.sender_policies import DmarcRecord, is_aligned

MOST_SIGNATURES: Final = 8
LONGEST_SIGNATURE: Final = 8_192
MOST_SIGNED: Final = 200
LONGEST_KEY_RECORD: Final = 4_096
LARGEST_MODULUS: Final = (
    4_096  # bits; a huge key from a stranger's DNS would hold the interpreter for minutes
)
LARGEST_EXPONENT: Final = 33
ALGORITHMS: Final = frozenset({b"rsa-sha256", b"ed25519-sha256"})  # RFC 8301 3.1: not rsa-sha1
_SILENT: Final = logging.Logger("dkimpy", level=logging.CRITICAL + 1)  # noqa: LOG001  (must reach no handler)
_LONG_BLANK: Final = re.compile(rb"\s{65}")  # dkimpy's patterns need quadratic time for these
_BLANKS: Final = re.compile(rb"[\t ]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class DkimResult:
    """One signature: its result (RFC 8601 2.7.1), the signing domain, and a slug that says why."""

    result: str
    domain: str
    reason: str


class Untrusted(Exception):
    """The signature may be right, but it is not to be believed; the argument is the reason's slug."""


class CanonicalBodies:
    """The message's body in both canonical forms, made once and in small steps.

    dkimpy's own pattern for trailing blanks takes quadratic time on a long run of blanks.
    """

    def __init__(self, body: bytes) -> None:
        self._simple = body
        self._relaxed: bytes | None = None

    def simple(self) -> bytes:
        """Return the body as it came."""
        return self._simple

    def relaxed(self) -> bytes:
        """Return the body with blanks joined (RFC 6376 3.4.4)."""
        if self._relaxed is None:
            self._relaxed = relaxed_body(self._simple)
        return self._relaxed


def check_dkim(message: RawMessage, lookups: Lookups) -> list[DkimResult]:
    """Verify up to eight signatures, topmost first; never raises."""
    bodies = CanonicalBodies(message.body)
    count = len(message.values(b"dkim-signature"))
    return [_verify(message, index, bodies, lookups) for index in range(min(count, MOST_SIGNATURES))]


def relaxed_body(body: bytes) -> bytes:
    """Canonicalize a body with CRLF line ends (RFC 6376 3.4.4), in linear time and without long pauses."""
    blocks = (_BLANKS.sub(b" ", block).replace(b" \r\n", b"\r\n") for block in line_blocks(body))
    whole = b"".join(blocks)
    end = len(whole)
    while whole.endswith(b"\r\n\r\n", 0, end):
        end -= 2
    return b"" if whole[:end] == b"\r\n" else whole[:end]


def _verify(message: RawMessage, index: int, bodies: CanonicalBodies, lookups: Lookups) -> DkimResult:
    domain = ""
    try:
        mail = dkim.DKIM(logger=_SILENT)
        mail.headers = [list(field) for field in message.headers]
        guard_length(message.values(b"dkim-signature")[index])
        tags, signed, signatures = mail.verify_headerprep(index)
        domain = tags[b"d"].decode("ascii").lower()
        guard_tags(tags, signed)
        mail.body, tags = with_body(tags, bodies)
        passed = mail.verify_sig(
            tags, signed, signatures[index], partial(signing_key, tags=tags, lookups=lookups)
        )
    except LookupFailed:
        return DkimResult(result="temperror", domain=domain, reason="key_lookup_failed")
    except Untrusted as error:
        return DkimResult(result="policy", domain=domain, reason=str(error))
    except dkim.ValidationError:
        return DkimResult(result="fail", domain=domain, reason="not_valid")
    except Exception:  # dkimpy raises what its parsers raise
        return DkimResult(result="permerror", domain=domain, reason="malformed")
    return DkimResult(result="pass" if passed else "fail", domain=domain, reason="" if passed else "no_match")


def guard_length(signature: bytes) -> None:
    """Raise `Untrusted` for a field that would take dkimpy's patterns too long."""
    if len(signature) > LONGEST_SIGNATURE or _LONG_BLANK.search(signature):
        raise Untrusted("signature_too_long")


def guard_tags(tags: dict[bytes, bytes], signed: list[bytes]) -> None:
    """Raise `Untrusted` for a signature that may be right and yet says too little."""
    if tags[b"a"] not in ALGORITHMS:
        raise Untrusted("weak_algorithm")
    if b"from" not in signed or len(signed) > MOST_SIGNED:
        raise Untrusted("from_not_signed")  # RFC 6376 5.4; dkimpy does not look
    if b"l" in tags:
        raise Untrusted("body_partly_signed")  # anybody could have added to the body


def with_body(tags: dict[bytes, bytes], bodies: CanonicalBodies) -> tuple[bytes, dict[bytes, bytes]]:
    """Return the body as the signature wants it, and its tags for a body that is so already."""
    head, _, body = tags.get(b"c", b"simple/simple").partition(b"/")
    if body != b"relaxed":
        return bodies.simple(), tags
    relaxed = bodies.relaxed()
    # relaxed, it is its own simple form (unless empty), and the header hash uses the field, not these tags
    return relaxed, {**tags, b"c": head + b"/simple"} if relaxed else tags


def signing_key(
    name: bytes, *, tags: dict[bytes, bytes], lookups: Lookups, timeout: float = 0
) -> bytes | None:
    """Look a usable key up, None without one; `timeout` is dkimpy's, ours is the deadline in `lookups`."""
    records: list[bytes] = lookups.find("TXT", name.decode("ascii").rstrip("."))
    for record in records:
        if _is_usable(record, tags):
            return record
    return None


def _is_usable(record: bytes, tags: dict[bytes, bytes]) -> bool:
    if len(record) > LONGEST_KEY_RECORD or _LONG_BLANK.search(record):
        return False
    key: dict[bytes, bytes] = parse_tag_value(record)
    flags = {flag.strip() for flag in key.get(b"t", b"").split(b":")}
    hashes = {one.strip() for one in key.get(b"h", b"sha256").split(b":")}
    kind = key.get(b"k", b"rsa")
    if (
        not key.get(b"p")
        or b"y" in flags
        or b"sha256" not in hashes
        or not tags[b"a"].startswith(kind + b"-")
    ):
        return False  # revoked, only testing, or for something else
    if b"s" in flags and tags.get(b"i", b"@" + tags[b"d"]).rpartition(b"@")[2].lower() != tags[b"d"].lower():
        return False
    return kind == b"ed25519" or _is_sane_rsa(parse_public_key(b64decode(key[b"p"])))


def _is_sane_rsa(key: Any) -> bool:
    modulus: int = key["modulus"]
    exponent: int = key["publicExponent"]
    return modulus.bit_length() <= LARGEST_MODULUS and 1 < exponent.bit_length() <= LARGEST_EXPONENT


MOST_SETS: Final = 10
"""Of ARC headers; each costs signatures to check, and mail passes few forwarders."""
_FIELDS: Final = (b"arc-seal", b"arc-message-signature", b"arc-authentication-results")


@dataclass(frozen=True, kw_only=True, slots=True)
class ArcResult:
    """The chain's result (pass, fail, none, temperror), its newest sealer, and what that one found."""

    result: str
    sealer: str = ""
    found: Results | None = None


class _Chain(dkim.ARC):  # type: ignore[misc]  # dkimpy has no types
    """dkimpy's verifier, with our guards before each signature; of older sets only the seals count."""

    def __init__(self, message: RawMessage, lookups: Lookups) -> None:
        super().__init__(logger=_SILENT)
        self.headers = [list(field) for field in message.headers]
        self._bodies = CanonicalBodies(message.body)
        self._lookups = lookups
        self._newest, _ = self.sorted_arc_headers()

    def verify_sig(
        self, sig: dict[bytes, bytes], include_headers: list[bytes], sig_header: Any, dnsfunc: Any
    ) -> bool:
        if b"bh" in sig:
            if int(sig[b"i"]) != self._newest:
                return False  # RFC 8617 5.2: it need not hold any more
            guard_tags(sig, include_headers)
            self.body, sig = with_body(sig, self._bodies)
        else:
            guard_tags(sig, [b"from"])
        tags = {name: value for name, value in sig.items() if name != b"i"}  # in ARC it is a number
        key = partial(signing_key, tags=tags, lookups=self._lookups)
        return bool(super().verify_sig(sig, include_headers, sig_header, key))


def check_arc(message: RawMessage, lookups: Lookups) -> ArcResult:
    """Verify the whole chain; never raises. Only a chain that is whole and valid passes."""
    values = [value for name in _FIELDS for value in message.values(name)]
    if not values:
        return ArcResult(result="none")
    try:
        if len(message.values(b"arc-seal")) > MOST_SETS:
            raise Untrusted("too_many_sets")
        for value in values:
            guard_length(value)
        status, sets, _ = _Chain(message, lookups).verify()
    except LookupFailed:
        return ArcResult(result="temperror")
    except Exception:  # dkimpy raises what its parsers raise
        return ArcResult(result="fail")
    return _told(sets[0]) if status == dkim.CV_Pass else ArcResult(result="fail")


def _told(newest: Mapping[str, Any]) -> ArcResult:
    sealer = newest["as-domain"].decode("ascii", "replace").lower()
    signer = newest["ams-domain"].decode("ascii", "replace").lower()
    if sealer != signer:
        return ArcResult(result="fail", sealer=sealer)  # else one could sign what another found
    text: str = newest["aar-value"][:LONGEST_SIGNATURE].decode("utf-8", "replace")
    found = read_results(text.partition(";")[2])
    return ArcResult(result="pass", sealer=sealer, found=found)


def vouches(arc: ArcResult, *, author: str, record: DmarcRecord | None, forwarders: Collection[str]) -> bool:
    """Whether a trusted forwarder sealed last and found the From domain proven when the mail came to it.

    A DMARC result of its own decides; without one an aligned SPF or DKIM pass does, as the domain's `record`
    wants it. `forwarders` and `author` are domains in ASCII and lower case.
    """
    if arc.result != "pass" or arc.sealer not in forwarders or arc.found is None or record is None:
        return False
    if dmarc := arc.found.of("dmarc"):
        return all(each.result == "pass" and _domain_of(each, "header.from") == author for each in dmarc)
    signed = [(each, _domain_of(each, "header.d", "header.i")) for each in arc.found.of("dkim")]
    sent = [(each, _domain_of(each, "smtp.mailfrom")) for each in arc.found.of("spf")]
    return any(
        each.result == "pass" and is_aligned(domain, author, strict=strict)
        for pairs, strict in ((signed, record.strict_dkim), (sent, record.strict_spf))
        for each, domain in pairs
    )


def _domain_of(result: MethodResult, *names: str) -> str:
    text = next((result.properties[name] for name in names if result.properties.get(name)), "")
    try:
        return ascii_domain(text.rpartition("@")[2])
    except AddressInvalid:
        return ""
