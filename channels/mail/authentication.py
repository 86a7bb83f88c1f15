"""Who really sent a mail: SPF, DKIM and DMARC alignment, worked out here or told by a configured server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import structlog

from channels.mail.dkim_check import DkimResult, check_arc, check_dkim, vouches
from channels.mail.dns_lookups import LookupFailed, Lookups, Resolver
from channels.mail.mailbox import AddressInvalid, Mailbox, ascii_domain
from channels.mail.raw_message import MessageUnfit, RawMessage, read_raw, sole_author
from channels.mail.results_header import MethodResult, read_results
from channels.mail.sender_policies import DmarcRecord, SpfResult, check_spf, find_record, is_aligned

log = structlog.get_logger()
_GRACE: Final = 0.5  # the worker stops by its own deadline; this is for one that can't
_DKIM_ORDER: Final = ("pass", "temperror", "fail", "policy", "permerror", "neutral", "none")


@dataclass(frozen=True, kw_only=True, slots=True)
class Authenticated:
    """What the checks say; results are words of RFC 8601 section 2.7.

    Compare `from_address` with the address a message is filed under before `aligned` is believed.
    """

    spf: str
    dkim: str
    dmarc: str
    aligned: bool
    """A DMARC-aligned pass of the From domain for this very message."""
    detail: str
    """Slugs and domains for the operator."""
    arc: str = "none"
    """Of the chain of forwarders (RFC 8617); looked at only where some are trusted."""
    from_address: str = ""
    """The one author these results speak of (domain in lower case and ASCII); empty when there is none."""


async def authenticate(
    raw: bytes,
    *,
    peer: str,
    helo: str,
    envelope_from: str,
    resolver: Resolver,
    timeout: float = 10.0,
    executor: Executor | None = None,
    forwarders: frozenset[str] = frozenset(),
) -> Authenticated:
    """Check one message as it came, with the address it came from; never raises.

    `forwarders` are domains whose ARC seals are believed: what they found when the mail came to them counts.

    `peer` is an IP address (anything else: no SPF), `envelope_from` is `""` for the null sender, whose HELO
    name is checked instead. `timeout` is in seconds for everything together. Works in `executor`, by default
    the loop's threads. A message that programs may read differently is `permerror` and never aligned.
    """
    lookups = Lookups(resolver, deadline=time.monotonic() + timeout)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout + _GRACE):
            check = partial(_check, raw, peer=peer, helo=helo, envelope_from=envelope_from)
            return await loop.run_in_executor(
                executor, partial(check, lookups=lookups, forwarders=forwarders)
            )
    except TimeoutError:
        return _nothing("temperror", "time_limit")
    except Exception:
        log.exception("a mail could not be authenticated")
        return _nothing("permerror", "internal")


def trusted_results(headers: Sequence[str], *, authserv_id: str, from_domain: str) -> Authenticated | None:
    """Read the results a configured server in front of us wrote (RFC 8601); None when there are none.

    Only the topmost Authentication-Results counts, and only when it bears exactly `authserv_id`: whatever
    stands below may have come with the mail. So the server must add one to every mail, and nobody else may
    be able to reach the inbox: check the peer first. An empty `authserv_id` stands for a server that writes
    none (Microsoft 365). Aligned means a DMARC pass for exactly `from_domain`.
    """
    results = read_results(headers[0]) if headers else None
    if results is None or results.authserv_id.lower() != authserv_id.strip().lower():
        return None
    dmarc = results.of("dmarc")
    passed = bool(dmarc) and all(one.result == "pass" and _speaks_for(one, from_domain) for one in dmarc)
    return Authenticated(
        spf=_best([one.result for one in results.of("spf")]),
        dkim=_best([one.result for one in results.of("dkim")]),
        dmarc=_worst(dmarc, passed=passed),
        aligned=passed,
        detail=f"by {results.authserv_id or 'the upstream server'}",
    )


def _check(
    raw: bytes, *, peer: str, helo: str, envelope_from: str, lookups: Lookups, forwarders: frozenset[str]
) -> Authenticated:
    try:
        message = read_raw(raw)
        author = sole_author(message)
    except MessageUnfit as error:
        spf = check_spf(peer=peer, helo=helo, envelope_from=envelope_from, lookups=lookups)
        return Authenticated(spf=spf.result, dkim="none", dmarc="permerror", aligned=False, detail=str(error))
    dkim = check_dkim(message, lookups)  # first: it says most, and SPF can use up the time
    spf = check_spf(peer=peer, helo=helo, envelope_from=envelope_from, lookups=lookups)
    found = _judged(author, spf, dkim, lookups)
    return found if found.aligned or not forwarders else _vouched(found, message, author, lookups, forwarders)


def _vouched(
    found: Authenticated, message: RawMessage, author: Mailbox, lookups: Lookups, forwarders: frozenset[str]
) -> Authenticated:
    """Believe what a trusted forwarder found, whose forwarding broke the proofs that the mail had."""
    arc = check_arc(message, lookups)
    try:
        record = find_record(author.domain, lookups)
    except LookupFailed:
        record = None
    aligned = vouches(arc, author=author.domain, record=record, forwarders=forwarders)
    detail = f"{found.detail}; arc={arc.result} {arc.sealer}".rstrip()
    return replace(found, aligned=aligned, arc=arc.result, detail=detail[:1000])


def _judged(author: Mailbox, spf: SpfResult, dkim: list[DkimResult], lookups: Lookups) -> Authenticated:
    try:
        dmarc = _dmarc(author.domain, find_record(author.domain, lookups), spf, dkim)
    except LookupFailed:
        dmarc = "temperror"
    return Authenticated(
        spf=spf.result,
        dkim=_best([one.result for one in dkim]),
        dmarc=dmarc,
        aligned=dmarc == "pass",
        detail=_detail(spf, dkim, dmarc, author.domain),
        from_address=str(author),
    )


def _dmarc(author: str, record: DmarcRecord | None, spf: SpfResult, dkim: list[DkimResult]) -> str:
    if record is None:
        return "none"
    signed = [one for one in dkim if is_aligned(one.domain, author, strict=record.strict_dkim)]
    sent = [spf] if is_aligned(spf.domain, author, strict=record.strict_spf) else []
    results = {*(one.result for one in signed), *(one.result for one in sent)}
    if "pass" in results:
        return "pass"
    return "temperror" if "temperror" in results else "fail"


def _detail(spf: SpfResult, dkim: list[DkimResult], dmarc: str, author: str) -> str:
    signatures = (f"dkim={one.result} {one.domain} {one.reason}".rstrip() for one in dkim)
    return "; ".join([f"spf={spf.result} {spf.domain}".rstrip(), *signatures, f"dmarc={dmarc} {author}"])[
        :1000
    ]


def _nothing(result: str, why: str) -> Authenticated:
    return Authenticated(spf=result, dkim=result, dmarc=result, aligned=False, detail=why)


def _best(results: Sequence[str]) -> str:
    known = [result for result in results if result in _DKIM_ORDER]
    return min(known, key=_DKIM_ORDER.index, default=results[0] if results else "none")


def _worst(dmarc: Sequence[MethodResult], *, passed: bool) -> str:
    if passed or not dmarc:
        return "pass" if passed else "none"
    return next((one.result for one in dmarc if one.result != "pass"), "fail")


def _speaks_for(result: MethodResult, from_domain: str) -> bool:
    try:
        return ascii_domain(result.properties.get("header.from", "")) == ascii_domain(from_domain)
    except AddressInvalid:
        return False
