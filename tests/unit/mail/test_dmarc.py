"""DMARC records, organisations, alignment."""

from __future__ import annotations

import time

import pytest

from channels.mail.dns_lookups import Lookups
from channels.mail.sender_policies import DmarcRecord, find_record, is_aligned, organisation, read_record
from tests.support.mail_names import DictResolver


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("example.com", "example.com"),
        ("a.b.example.co.uk", "example.co.uk"),
        ("co.uk", "co.uk"),
        ("shop.github.io", "shop.github.io"),
        ("localhost", "localhost"),
        ("mail.xn--bcher-kva.example", "xn--bcher-kva.example"),
    ],
)
def test_organisations(domain: str, expected: str) -> None:
    assert organisation(domain) == expected


@pytest.mark.parametrize(
    ("identity", "author", "strict", "aligned"),
    [
        ("example.com", "example.com", True, True),
        ("mail.example.com", "example.com", False, True),
        ("example.com", "news.example.com", False, True),
        ("mail.example.com", "example.com", True, False),
        ("paypal.com-evil.example", "paypal.com", False, False),
        ("evilexample.com", "example.com", False, False),
        ("a.co.uk", "b.co.uk", False, False),
        ("co.uk", "b.co.uk", False, False),
        ("a.github.io", "b.github.io", False, False),
        ("", "", False, False),
    ],
)
def test_alignment(identity: str, author: str, strict: bool, aligned: bool) -> None:
    assert is_aligned(identity, author, strict=strict) is aligned


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([b"v=DMARC1; p=reject"], DmarcRecord(policy="reject", strict_dkim=False, strict_spf=False)),
        (
            [b"v=DMARC1;p=none;adkim=s;aspf=S;;"],
            DmarcRecord(policy="none", strict_dkim=True, strict_spf=True),
        ),
        ([b"v = DMARC1 ; p = none"], DmarcRecord(policy="none", strict_dkim=False, strict_spf=False)),
        ([b"v=DMARC1; rua=mailto:a@b.c"], DmarcRecord(policy="none", strict_dkim=False, strict_spf=False)),
        ([b"other", b"v=DMARC1; p=none"], DmarcRecord(policy="none", strict_dkim=False, strict_spf=False)),
        ([b"v=DMARC1; p=none", b"v=DMARC1; p=reject"], None),
        ([b"p=none; v=DMARC1"], None),
        ([b"v=DMARC1; p=nonsense"], None),
        ([b"v=DMARC1"], None),
        ([b"v=DMARC1; p=none; " + b"x" * 5_000], None),
        ([], None),
    ],
)
def test_records(texts: list[bytes], expected: DmarcRecord | None) -> None:
    assert read_record(texts) == expected


def test_the_organisations_record_stands_in() -> None:
    resolver = DictResolver({("_dmarc.example.co.uk", "TXT"): ["v=DMARC1; p=none"]})
    lookups = Lookups(resolver, deadline=time.monotonic() + 5)
    assert find_record("a.b.example.co.uk", lookups) is not None
    assert resolver.asked == [("_dmarc.a.b.example.co.uk", "TXT"), ("_dmarc.example.co.uk", "TXT")]
