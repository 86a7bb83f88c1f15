"""SPF over name servers made of dicts."""

from __future__ import annotations

import time
from typing import Any

import pytest

from channels.mail.dns_lookups import Lookups
from channels.mail.sender_policies import SpfResult, check_spf
from tests.support.mail_names import DictResolver

PEER = "192.0.2.7"


def checked(records: dict[tuple[str, str], Any], **changes: Any) -> SpfResult:
    resolver = DictResolver(records, failing=changes.pop("failing", ()))
    lookups = Lookups(resolver, deadline=time.monotonic() + 5)
    call = {"peer": PEER, "helo": "mx.example.org", "envelope_from": "ada@example.org", **changes}
    return check_spf(lookups=lookups, **call)


def record(text: str, name: str = "example.org") -> dict[tuple[str, str], Any]:
    return {(name, "TXT"): [b"other", text.encode()]}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", "pass"),
        ("v=spf1 ip4:198.51.100.1 -all", "fail"),
        ("v=spf1 ~all", "softfail"),
        ("v=spf1 ?all", "neutral"),
        ("v=spf1 a:mail.example.org -all", "pass"),
        ("v=spf1 mx -all", "pass"),
        ("v=spf1 ptr -all", "pass"),
        ("v=spf1 exists:%{ir}.allow.example.org -all", "pass"),
        ("v=spf1 include:inc.example.org -all", "pass"),
        ("v=spf1 redirect=inc.example.org", "pass"),
        ("v=spf1 nonsense -all", "permerror"),
        ("v=spf1 ip4:1.2.3.4.5", "permerror"),
        ("v=spf2", "none"),
        ("v=spf1 include:missing.example.org -all", "permerror"),
        ("v=spf1 ip4:192.0.2.7 " + "ip4:198.51.100.1 " * 300 + "-all", "permerror"),
    ],
)
def test_results(text: str, result: str) -> None:
    names: dict[tuple[str, str], Any] = {
        ("mail.example.org", "A"): [PEER],
        ("example.org", "MX"): [(10, "mail.example.org")],
        ("7.2.0.192.in-addr.arpa", "PTR"): ["mail.example.org"],
        ("7.2.0.192.allow.example.org", "A"): ["127.0.0.2"],
        **record("v=spf1 ip4:192.0.2.7 -all", "inc.example.org"),
    }
    assert checked({**names, **record(text)}) == SpfResult(result=result, domain="example.org")


def test_ipv6_peers() -> None:
    names = {("example.org", "AAAA"): ["2001:db8::1"], **record("v=spf1 a -all")}
    assert checked(names, peer="2001:db8::1").result == "pass"
    assert checked(names, peer="2001:db8::2").result == "fail"


def test_the_null_sender_is_checked_by_its_helo_name() -> None:
    names = record("v=spf1 ip4:192.0.2.7 -all", "mx.example.org")
    assert checked(names, envelope_from="") == SpfResult(result="pass", domain="mx.example.org")
    assert checked(names, envelope_from="", helo="[192.0.2.7]").result == "none"
    assert checked(names, envelope_from="", helo="").result == "none"


@pytest.mark.parametrize("peer", ["", "unix", "list", "999.1.1.1"])
def test_without_a_peer_address_there_is_no_result(peer: str) -> None:
    assert checked(record("v=spf1 +all"), peer=peer).result == "none"


@pytest.mark.parametrize("sender", ["nobody", "a@", "a@localhost", "a@b@c d", "a@[192.0.2.7]", "\0"])
def test_a_sender_without_a_full_domain_has_no_result(sender: str) -> None:
    assert checked({}, envelope_from=sender).result == "none"


def test_name_servers_that_fail_are_temporary() -> None:
    assert (
        checked(record("v=spf1 a:down.example.org -all"), failing=["down.example.org"]).result == "temperror"
    )
    assert checked({}, failing=["example.org"]).result == "temperror"


def test_ten_lookups_are_the_limit() -> None:
    includes = " ".join(f"include:i{n}.example.org" for n in range(11))
    names = record(f"v=spf1 {includes} ip4:192.0.2.7 -all")
    for n in range(11):
        names |= record("v=spf1 ?all", f"i{n}.example.org")
    assert checked(names).result == "permerror"


def test_a_loop_of_includes_ends() -> None:
    names = record("v=spf1 include:b.example.org -all") | record(
        "v=spf1 include:example.org -all", "b.example.org"
    )
    assert checked(names).result == "permerror"


def test_two_lookups_without_an_answer_are_the_limit() -> None:
    assert checked(record("v=spf1 a:x1.example.org a:x2.example.org ip4:192.0.2.7 -all")).result == "pass"
    text = "v=spf1 a:x1.example.org a:x2.example.org a:x3.example.org ip4:192.0.2.7 -all"
    assert checked(record(text)).result == "permerror"


def test_an_amplifying_record_stops_at_the_bound() -> None:
    mechanisms = " ".join(f"mx:m{n}.example.org" for n in range(10))
    names = record(f"v=spf1 {mechanisms} -all")
    for n in range(10):
        names[f"m{n}.example.org", "MX"] = [(k, f"h{n}-{k}.example.org") for k in range(10)]
        names |= {(f"h{n}-{k}.example.org", "A"): ["203.0.113.1"] for k in range(10)}
    resolver = DictResolver(names)
    lookups = Lookups(resolver, deadline=time.monotonic() + 5, most=50)
    result = check_spf(peer=PEER, helo="h", envelope_from="a@example.org", lookups=lookups)
    assert result.result == "temperror"
    assert len(resolver.asked) <= 50


def test_macros_of_an_international_sender() -> None:
    names = record("v=spf1 exists:%{l}.example.org -all", "xn--bcher-kva.example")
    assert checked(names, envelope_from="jürg@bücher.example").domain == "xn--bcher-kva.example"
