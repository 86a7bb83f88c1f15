"""Addresses in one spelling."""

from __future__ import annotations

import pytest

from channels.mail.mailbox import AddressInvalid, read_mailbox


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ada@Example.ORG", "Ada@example.org"),
        ("support@localhost", "support@localhost"),
        ("a+b=c@x.example.", "a+b=c@x.example"),
        ("a..b@docomo.example", '"a..b"@docomo.example'),
        ('"john doe"@example.org', '"john doe"@example.org'),
        ("a@[192.0.2.1]", "a@[192.0.2.1]"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("jürg@example.org", "jürg@example.org"),
    ],
)
def test_valid_addresses(text: str, expected: str) -> None:
    assert str(read_mailbox(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "a@",
        "@b",
        "a@b..c",
        "a@b c",
        "a\n@b.c",
        "x" * 65 + "@b.c",
        "a@" + "b" * 64 + ".c",
        "a@b\u3002\u3002c",
    ],
)
def test_invalid_addresses(text: str) -> None:
    with pytest.raises(AddressInvalid):
        read_mailbox(text)
