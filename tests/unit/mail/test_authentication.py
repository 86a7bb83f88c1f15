"""Whether a From address is to be believed, over signed mails and name servers made of dicts."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.mail.authentication import Authenticated, authenticate
from channels.mail.signing import Signer
from tests.support.mail_names import DictResolver, ed25519_pem, published, signer

PEER = "192.0.2.7"
MAIL = b"From: Ada <ada@example.com>\r\nTo: s@example.net\r\nSubject: hi\r\n\r\nhello\r\n"
POLICY = {("_dmarc.example.com", "TXT"): ["v=DMARC1; p=reject"]}
STRICT = {("_dmarc.example.com", "TXT"): ["v=DMARC1; p=reject; adkim=s; aspf=s"]}
SPF = {("example.com", "TXT"): ["v=spf1 ip4:192.0.2.7 -all"]}


async def judged(raw: bytes, records: dict[Any, Any], **changes: Any) -> Authenticated:
    resolver = changes.pop("resolver", None) or DictResolver(records)
    call = {"peer": PEER, "helo": "mx.example.com", "envelope_from": "ada@example.com", **changes}
    return await authenticate(raw, resolver=resolver, **call)


async def test_a_signed_mail_is_aligned() -> None:
    found = await judged(signer().sign(MAIL), {**POLICY, **published(signer())}, peer="198.51.100.1")
    assert (found.dkim, found.dmarc, found.aligned) == ("pass", "pass", True)
    assert found.from_address == "ada@example.com"
    assert "dkim=pass example.com" in found.detail


async def test_spf_alone_is_enough_when_aligned() -> None:
    found = await judged(MAIL, {**POLICY, **SPF})
    assert found == Authenticated(
        spf="pass",
        dkim="none",
        dmarc="pass",
        aligned=True,
        detail="spf=pass example.com; dmarc=pass example.com",
        from_address="ada@example.com",
    )


async def test_a_forwarded_mail_lives_by_its_signature() -> None:
    names = {**POLICY, **published(signer()), ("forward.example.net", "TXT"): ["v=spf1 +all"]}
    found = await judged(signer().sign(MAIL), names, envelope_from="srs@forward.example.net")
    assert (found.spf, found.dmarc, found.aligned) == ("pass", "pass", True)


async def test_a_spoofed_author_is_not_aligned() -> None:
    evil = Signer(domain="evil.example", selector="e", private_key=ed25519_pem())
    names = {**POLICY, **published(evil), ("evil.example", "TXT"): ["v=spf1 +all"]}
    found = await judged(evil.sign(MAIL), names, envelope_from="x@evil.example")
    assert (found.spf, found.dkim, found.dmarc, found.aligned) == ("pass", "pass", "fail", False)


@pytest.mark.parametrize("evil", ["example.com-evil.net", "evilexample.com", "example.com.evil.net", "com"])
async def test_a_domain_that_only_looks_alike_is_not_aligned(evil: str) -> None:
    names = {**POLICY, (evil, "TXT"): ["v=spf1 +all"]}
    found = await judged(MAIL, names, envelope_from=f"x@{evil}")
    assert not found.aligned


@pytest.mark.parametrize(("policy", "aligned"), [(POLICY, True), (STRICT, False)])
async def test_a_sister_domain_counts_unless_alignment_is_strict(
    policy: dict[Any, Any], aligned: bool
) -> None:
    news = Signer(domain="news.example.com", selector="n", private_key=ed25519_pem())
    found = await judged(news.sign(MAIL), {**policy, **published(news)}, peer="198.51.100.1")
    assert found.aligned is aligned
    names = {**policy, ("mail.example.com", "TXT"): ["v=spf1 +all"]}
    assert (await judged(MAIL, names, envelope_from="x@mail.example.com")).aligned is aligned


async def test_without_a_policy_nothing_is_aligned() -> None:
    found = await judged(signer().sign(MAIL), {**SPF, **published(signer())})
    assert (found.spf, found.dkim, found.dmarc, found.aligned) == ("pass", "pass", "none", False)


async def test_the_null_sender_is_aligned_by_its_helo_name() -> None:
    names = {**POLICY, ("mx.example.com", "TXT"): ["v=spf1 ip4:192.0.2.7 -all"]}
    assert (await judged(MAIL, names, envelope_from="")).aligned
    assert not (await judged(MAIL, names, envelope_from="", helo="localhost")).aligned


@pytest.mark.parametrize(
    "head",
    [
        b"From: ada@example.com\r\nFrom: eve@evil.example\r\n",
        b"From: eve@evil.example\r\nfrom: ada@example.com\r\n",
        b"From: ada@example.com, eve@evil.example\r\n",
        b"From: <>\r\n",
        b"From: undisclosed\r\n",
        b"X: y\r\n",
        b"",
        b"From: ada@example.com\r\nbroken line\r\n",
        b"X: y\rFrom: eve@evil.example\r\nFrom: ada@example.com\r\n",
    ],
)
async def test_a_mail_without_exactly_one_author_is_never_aligned(head: bytes) -> None:
    found = await judged(head + b"\r\nhi\r\n", {**POLICY, **SPF})
    assert (found.spf, found.dmarc, found.aligned, found.from_address) == ("pass", "permerror", False, "")


async def test_failing_name_servers_are_temporary() -> None:
    resolver = DictResolver({**SPF, **published(signer())}, failing=["_dmarc.example.com"])
    found = await judged(signer().sign(MAIL), {}, resolver=resolver)
    assert (found.dkim, found.dmarc, found.aligned) == ("pass", "temperror", False)
    resolver = DictResolver(POLICY, failing=["example.com", "s1._domainkey.example.com"])
    found = await judged(signer().sign(MAIL), {}, resolver=resolver)
    assert (found.spf, found.dkim, found.dmarc, found.aligned) == (
        "temperror",
        "temperror",
        "temperror",
        False,
    )


async def test_slow_name_servers_end_with_the_time_limit() -> None:
    resolver = DictResolver({**POLICY, **SPF}, delay=10)
    started = time.monotonic()
    found = await judged(MAIL, {}, resolver=resolver, timeout=0.2)
    assert found.dmarc == "temperror"
    assert not found.aligned
    assert time.monotonic() - started < 9  # the name server takes ten seconds


async def test_a_resolver_that_ignores_its_time_limit_is_left_behind() -> None:
    class Deaf(DictResolver):
        def find(self, kind: str, name: str, *, timeout: float) -> list[Any]:
            time.sleep(1.5)
            return []

    with ThreadPoolExecutor(1) as executor:
        found = await judged(MAIL, {}, resolver=Deaf({}), timeout=0.1, executor=executor)
    assert found == Authenticated(
        spf="temperror", dkim="temperror", dmarc="temperror", aligned=False, detail="time_limit"
    )


async def test_a_broken_resolver_costs_the_trust_only() -> None:
    class Broken(DictResolver):
        def find(self, kind: str, name: str, *, timeout: float) -> list[Any]:
            raise RuntimeError("broken")

    assert not (await judged(signer().sign(MAIL), {}, resolver=Broken({}))).aligned


async def test_cancelling_is_possible() -> None:
    task = asyncio.create_task(judged(MAIL, {}, resolver=DictResolver({}, delay=0.5)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.timed
async def test_a_large_mail_does_not_hold_the_loop() -> None:
    raw = signer().sign(MAIL + (b"x" * 76 + b"\r\n") * 130_000)
    longest = 0.0
    task = asyncio.create_task(judged(raw, {**POLICY, **published(signer())}))
    while not task.done():
        before = time.perf_counter()
        await asyncio.sleep(0.001)
        longest = max(longest, time.perf_counter() - before)
    assert (await task).aligned
    assert longest < 0.2  # a bound for a busy machine; it is a few milliseconds on a quiet one


@settings(max_examples=50)
@given(
    raw=st.binary(max_size=200),
    sender=st.text(max_size=20),
    helo=st.text(max_size=20),
    peer=st.text(max_size=9),
)
async def test_any_mail_is_judged(raw: bytes, sender: str, helo: str, peer: str) -> None:
    found = await judged(raw, {}, envelope_from=sender, helo=helo, peer=peer)
    assert not found.aligned
