"""Authentication-Results of a configured server: believed; of anybody else: not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.mail.authentication import Authenticated, trusted_results
from channels.mail.results_header import read_results

GOOGLE = """mx.google.com;\r
       dkim=pass header.i=@example.com header.s=s1 header.b=AbC/d+=;\r
       spf=pass (google.com: domain of ada@example.com designates 192.0.2.7 as permitted sender)
 smtp.mailfrom=ada@example.com;\r
       dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=example.com"""
MICROSOFT = """spf=pass (sender IP is 192.0.2.7)\r
 smtp.mailfrom=example.com; dkim=pass (signature was verified)\r
 header.d=example.com;dmarc=pass action=none\r
 header.from=example.com;compauth=pass reason=100"""


def read(
    *headers: str, authserv_id: str = "mx.example.net", from_domain: str = "example.com"
) -> Authenticated | None:
    return trusted_results(headers, authserv_id=authserv_id, from_domain=from_domain)


def is_aligned(*headers: str) -> bool:
    found = read(*headers)
    return found is not None and found.aligned


@pytest.mark.parametrize(("header", "authserv_id"), [(GOOGLE, "mx.google.com"), (MICROSOFT, "")])
def test_the_large_providers_headers(header: str, authserv_id: str) -> None:
    found = read(header, authserv_id=authserv_id)
    assert found is not None
    assert (found.spf, found.dkim, found.dmarc, found.aligned) == ("pass", "pass", "pass", True)


def test_the_id_is_compared_as_a_whole_in_any_case() -> None:
    assert read(GOOGLE, authserv_id="MX.Google.com") is not None
    assert read(GOOGLE, authserv_id="google.com") is None
    assert read(GOOGLE, authserv_id="mx.google.com.evil.example") is None
    assert read(GOOGLE, authserv_id="") is None
    assert read(MICROSOFT, authserv_id="mx.google.com") is None


def test_only_the_topmost_header_counts() -> None:
    forged = "mx.example.net; dmarc=pass header.from=example.com"
    honest = "mx.example.net; dmarc=fail header.from=example.com"
    assert not is_aligned(honest, forged)
    assert read("other.example; dmarc=pass header.from=example.com", forged) is None
    assert read("(broken", forged) is None
    assert read() is None


@pytest.mark.parametrize(
    "header",
    [
        "mx.example.net; dmarc=pass header.from=evil.example",
        "mx.example.net; dmarc=pass",
        "mx.example.net; dmarc=pass header.from=example.com header.from=example.com",
        "mx.example.net; dmarc=fail header.from=example.com",
        "mx.example.net; dmarc=pass header.from=example.com; dmarc=fail header.from=example.com",
        "mx.example.net; dkim=pass header.d=example.com; spf=pass smtp.mailfrom=example.com",
        'mx.example.net; spf=pass smtp.mailfrom="x; dmarc=pass header.from=example.com"',
        "mx.example.net; spf=pass (x; dmarc=pass header.from=example.com)",
        "mx.example.net; spf=pass (a (b) \\) ; dmarc=pass header.from=example.com)",
        "mx.example.net; none",
        "mx.example.net",
        "mx.example.net; dmarc=pass=pass header.from=example.com",
        "mx.example.net; xdmarc=pass header.from=example.com",
    ],
)
def test_no_pass_for_the_author_means_not_aligned(header: str) -> None:
    found = read(header)
    assert found is not None
    assert not found.aligned


@pytest.mark.parametrize(
    "header",
    [
        "mx.example.net 2; dmarc=pass header.from=example.com",
        "mx.example.net x y; dmarc=pass header.from=example.com",
        "mx.example.net; dmarc=pass header.from=example.com (",
        'mx.example.net; dmarc=pass header.from="example.com',
        "mx.example.net; dmarc=pass header.from=example.com; spf",
        "mx.example.net; dmarc=pass header.from",
        "mx.example.net; dmarc=pass header.from=example.com\x00",
        "mx.example.net; " + "spf=pass; " * 60,
        "mx.example.net; " + "x" * 20_000,
    ],
)
def test_a_broken_header_is_worth_nothing(header: str) -> None:
    assert read(header) is None


@pytest.mark.parametrize(
    "header",
    [
        "mx.example.net 1; dmarc=pass header.from=example.com",
        '"mx.example.net"; DMARC=Pass header.From=Example.COM;',
        "mx.example.net (a (nested) comment) ; dmarc (x) = (y) pass (z) header.from (w) = example.com",
        "mx.example.net; spf=pass smtp.mailfrom=prvs=1=a@b.example; dmarc=pass header.from=example.com",
        'mx.example.net; dmarc/1=pass reason="good; really" header.from="example.com"',
    ],
)
def test_unusual_but_right_headers(header: str) -> None:
    assert is_aligned(header)


def test_international_from_domains_compare_in_ascii() -> None:
    header = "mx.example.net; dmarc=pass header.from=xn--bcher-kva.example"
    found = read(header, from_domain="bücher.example")
    assert found is not None
    assert found.aligned


def test_the_best_signature_is_reported() -> None:
    found = read("mx.example.net; dkim=fail header.d=a.b; dkim=pass header.d=c.d")
    assert found is not None
    assert (found.spf, found.dkim, found.dmarc) == ("none", "pass", "none")


WORDS = st.sampled_from(
    [
        "mx.example.net",
        ";",
        "=",
        " ",
        "(",
        ")",
        '"',
        "\\",
        "dmarc",
        "pass",
        "header.from",
        "example.com",
        "1",
        "\r\n",
        "ü",
    ]
)


@given(st.one_of(st.lists(WORDS, max_size=25).map("".join), st.text(max_size=80)))
def test_any_header_is_read_or_ignored(value: str) -> None:
    results = read_results(value)
    found = read(value)
    assert (found is None) == (results is None or results.authserv_id.lower() != "mx.example.net")


@given(
    st.text(alphabet=st.characters(exclude_characters='"\\\r\n', exclude_categories=["C", "Z"]), max_size=60)
)
def test_a_quoted_value_never_speaks_for_itself(sender: str) -> None:
    header = f'mx.example.net; spf=pass smtp.mailfrom="{sender}"; dmarc=fail header.from=example.com'
    found = read(header)
    assert found is not None
    assert not found.aligned
