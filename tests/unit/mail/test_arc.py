"""What a trusted forwarder found counts, when its seal holds and it sealed last; nobody else's does."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import dkim
import pytest

from channels.mail.authentication import Authenticated, authenticate
from tests.support.mail_names import DictResolver, published, rsa_pem, signer

MAIL = (
    b"From: Ada <ada@example.com>\r\nTo: team@lists.example.net\r\nSubject: hi\r\n"
    b"Message-ID: <q1@example.com>\r\n\r\nhello\r\n"
)
POLICY = {("_dmarc.example.com", "TXT"): ["v=DMARC1; p=reject"]}
FORWARDER = signer("lists.example.net", "arc")
OTHER = signer("relay.example.org", "arc")
NAMES = {**POLICY, **published(FORWARDER), **published(OTHER)}
PASSED = "dmarc=pass header.from=example.com"


class Results:
    """What dkimpy asks of `authres` when it seals: a stand-in, as that package is none of ours."""

    def __init__(self, text: str) -> None:
        name, _, rest = text.partition(":")[2].strip().partition(";")
        self.authserv_id = name.strip()
        self.results = [Result(each.strip()) for each in rest.split(";") if each.strip()]

    @classmethod
    def parse(cls, text: str) -> Results:
        return cls(text)


class Result:
    def __init__(self, text: str) -> None:
        self.text = text
        self.method, _, value = text.partition("=")
        self.result = value.split()[0]

    def __str__(self) -> str:
        return self.text


@pytest.fixture(autouse=True)
def sealing(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in = SimpleNamespace(
        AuthenticationResultsHeader=Results, core=SimpleNamespace(SyntaxError=ValueError)
    )
    monkeypatch.setattr(dkim, "authres", stand_in, raising=False)


def sealed(raw: bytes, found: str, *, domain: str = "lists.example.net") -> bytes:
    """Forward a mail as `domain` does: with what it found on top, and its seal over all."""
    results = f"Authentication-Results: {domain}; {found}\r\n".encode()
    lines = dkim.arc_sign(results + raw, b"arc", domain.encode(), rsa_pem(), domain.encode())
    return b"".join(lines) + raw


async def judged(
    raw: bytes, *, forwarders: tuple[str, ...] = ("lists.example.net",), **more: Any
) -> Authenticated:
    return await authenticate(
        raw,
        peer="198.51.100.1",
        helo="mx.lists.example.net",
        envelope_from="bounces@lists.example.net",
        resolver=DictResolver({**NAMES, **more.pop("names", {})}),
        forwarders=frozenset(forwarders),
    )


async def test_a_trusted_forwarders_word_counts() -> None:
    found = await judged(sealed(MAIL, PASSED))
    assert (found.arc, found.dmarc, found.aligned) == ("pass", "fail", True)
    assert found.from_address == "ada@example.com"
    assert "arc=pass lists.example.net" in found.detail


async def test_a_forwarder_that_is_not_named_is_not_believed() -> None:
    assert not (await judged(sealed(MAIL, PASSED), forwarders=())).aligned
    assert not (await judged(sealed(MAIL, PASSED, domain="relay.example.org"))).aligned


@pytest.mark.parametrize(
    ("results", "aligned"),
    [
        (PASSED, True),
        ("dmarc=fail header.from=example.com", False),
        ("dmarc=pass header.from=evil.example", False),
        (f"{PASSED}; dmarc=fail header.from=example.com", False),
        ("dkim=pass header.d=example.com; spf=fail smtp.mailfrom=x@evil.example", True),
        ("dkim=pass header.i=@news.example.com", True),
        ("spf=pass smtp.mailfrom=ada@example.com", True),
        ("dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=evil.example", False),
        ("dkim=fail header.d=example.com", False),
        ("none", False),
    ],
)
async def test_only_a_proof_of_the_from_domain_counts(results: str, aligned: bool) -> None:
    if results == "none":
        results = "iprev=pass"
    assert (await judged(sealed(MAIL, results))).aligned is aligned


async def test_without_a_policy_of_the_domain_nothing_is_proven() -> None:
    found = await judged(sealed(MAIL, PASSED), names={("_dmarc.example.com", "TXT"): []})
    assert not found.aligned


async def test_a_chain_counts_when_the_trusted_one_sealed_last() -> None:
    first = sealed(MAIL, PASSED, domain="relay.example.org")
    both = sealed(first, f"arc=pass; {PASSED}")
    assert (await judged(both)).aligned
    # whoever handles it after the trusted one could have changed it
    after = sealed(sealed(MAIL, PASSED), f"arc=pass; {PASSED}", domain="relay.example.org")
    assert (await judged(after)).arc == "pass"
    assert not (await judged(after)).aligned


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"hello", b"send money"),
        (b"ada@example.com", b"bob@example.com"),
        (b"Subject: hi", b"Subject: ho"),
        (b"dmarc=pass", b"dmarc=none"),
        (b"cv=none", b"cv=pass"),
        (b"ARC-Seal", b"X-Seal"),
    ],
)
async def test_what_was_changed_afterwards_breaks_the_seal(old: bytes, new: bytes) -> None:
    raw = sealed(MAIL, PASSED)
    assert old in raw
    found = await judged(raw.replace(old, new))
    assert (found.arc, found.aligned) == ("fail", False)


async def test_a_chain_without_end_is_not_followed() -> None:
    raw = sealed(MAIL, PASSED)
    assert (await judged(b"ARC-Seal: i=1; a=rsa-sha256\r\n" * 200 + raw)).arc == "fail"
    long = b"ARC-Seal: i=2;" + b" " * 5000 + b"\r\n"
    assert (await judged(long + raw)).arc == "fail"


async def test_a_name_server_that_is_away_says_nothing() -> None:
    resolver = DictResolver(NAMES, failing=("arc._domainkey.lists.example.net",))
    found = await authenticate(
        sealed(MAIL, PASSED),
        peer="198.51.100.1",
        helo="x",
        envelope_from="",
        resolver=resolver,
        forwarders=frozenset({"lists.example.net"}),
    )
    assert (found.arc, found.aligned) == ("temperror", False)
