"""Addresses and parameters of MAIL and RCPT, and which of them are ours."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.mail.own_addresses import Recipients
from channels.mail.smtp.arguments import PathInvalid, parse_path


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("<ada@example.com>", "ada@example.com"),
        (" <ada@example.com> ", "ada@example.com"),
        ("ada@example.com", "ada@example.com"),
        ("<>", ""),
        ("<@relay.example,@other.example:ada@example.com>", "ada@example.com"),
        ('<"ada byron"@example.com>', '"ada byron"@example.com'),
        ('<"a\\"b>c"@example.com>', '"a\\"b>c"@example.com'),
        ("<ada@[192.0.2.1]>", "ada@[192.0.2.1]"),
        ("<ada@[IPv6:2001:db8::1]>", "ada@[IPv6:2001:db8::1]"),
        ("<jürgen@müller.example>", "jürgen@müller.example"),
        ("<a..b.@docomo.example>", "a..b.@docomo.example"),
        ("<prvs=1234=ada=x+y@example.com>", "prvs=1234=ada=x+y@example.com"),
        ("<root>", "root"),
    ],
)
def test_addresses_as_they_come(text: str, address: str) -> None:
    assert parse_path(text).address == address


@pytest.mark.parametrize(
    "text",
    ["", "<", "<ada@example.com", "ada @example.com>", "<ada@>", "<@example.com>", "<a b@example.com>",
     "<ada@exa mple.com>", "<ada@example.com>SIZE=1", "<ada@example.com> SIZE= ", "<ada@example.com> =1",
     "<a\x00b@example.com>", "<ada@\udcff.example>", "<\udcff@example.com>", f"<{'a' * 400}@example.com>",
     "<ada@example.com\n>", '<"ada@example.com>', "<ada@example.com> A=\x01"],
)  # fmt: skip
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(PathInvalid):
        parse_path(text)


def test_parameters() -> None:
    path = parse_path("<ada@example.com> size=100 BODY=8BITMIME SMTPUTF8 AUTH=<>")
    assert path.parameters == {"SIZE": "100", "BODY": "8BITMIME", "SMTPUTF8": None, "AUTH": "<>"}


@given(st.text(max_size=400))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        address = parse_path(text).address
    except PathInvalid:
        return
    assert "\0" not in address
    assert "\n" not in address
    address.encode()


@pytest.mark.timed
@pytest.mark.parametrize(
    "unit", ["<" * 2000, '<"' + "\\" * 2000, "<" + "@a:" * 700, "<a" + ".a" * 1000, "a=" * 1000]
)
def test_no_text_takes_long(unit: str) -> None:
    began = time.perf_counter()
    with pytest.raises(PathInvalid):
        parse_path(unit)
    assert time.perf_counter() - began < 0.05


OURS = Recipients(["support@shop.example", "Help@shop.example", "büro@münchen.example"])


@pytest.mark.parametrize(
    "address",
    ["support@shop.example", "SUPPORT@Shop.Example", "support+c.abc@shop.example", "support+@shop.example",
     "help@shop.example", '"support"@shop.example', '"support+x y"@shop.example', "support@shop.example.",
     "büro@münchen.example", "BÜRO+1@xn--mnchen-3ya.example",
     "postmaster", "Postmaster", "PostMaster@shop.example", "postmaster@münchen.example"],
)  # fmt: skip
def test_ours(address: str) -> None:
    assert address in OURS


@pytest.mark.parametrize(
    "address",
    ["", "support", "support@shop.example.org", "support@", "@shop.example", "supportx@shop.example",
     "+support@shop.example", "sup+port@shop.example", "support@shop.example@other.example",
     "support%shop.example@other.example", "postmaster@other.example", "a" * 300 + "@" + "b" * 300],
)  # fmt: skip
def test_not_ours(address: str) -> None:
    assert address not in OURS
