"""ARC (RFC 8617) with dkimpy: what a forwarder that is trusted found when the mail came to it."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import dkim

from channels.mail.dkim_check import (
    LONGEST_SIGNATURE,
    Bodies,
    Untrusted,
    guard_length,
    guard_tags,
    signing_key,
    with_body,
)
from channels.mail.dmarc import DmarcRecord, is_aligned
from channels.mail.lookups import LookupFailed, Lookups
from channels.mail.mailbox import AddressInvalid, ascii_domain
from channels.mail.raw_message import RawMessage
from channels.mail.results_header import MethodResult, Results, read_results

MOST_SETS: Final = 10
"""Of ARC headers; each costs signatures to check, and mail passes few forwarders."""
_FIELDS: Final = (b"arc-seal", b"arc-message-signature", b"arc-authentication-results")
_SILENT: Final = logging.Logger("dkimpy", level=logging.CRITICAL + 1)  # noqa: LOG001  (must reach no handler)


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
        self._bodies = Bodies(message.body)
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
        return all(each.result == "pass" and _domain(each, "header.from") == author for each in dmarc)
    signed = [(each, _domain(each, "header.d", "header.i")) for each in arc.found.of("dkim")]
    sent = [(each, _domain(each, "smtp.mailfrom")) for each in arc.found.of("spf")]
    return any(
        each.result == "pass" and is_aligned(domain, author, strict=strict)
        for pairs, strict in ((signed, record.strict_dkim), (sent, record.strict_spf))
        for each, domain in pairs
    )


def _domain(result: MethodResult, *names: str) -> str:
    text = next((result.properties[name] for name in names if result.properties.get(name)), "")
    try:
        return ascii_domain(text.rpartition("@")[2])
    except AddressInvalid:
        return ""
