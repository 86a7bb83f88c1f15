"""Which address a request counts for, and which requests come from this very machine."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from channels.chat.gate import ClientAddresses, Origins, is_local


def request_from(peer: str | None, **headers: str) -> web.Request:
    transport: Any = Mock()
    transport.get_extra_info = lambda name, default=None: (
        (peer, 1) if name == "peername" and peer else default
    )
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return make_mocked_request("GET", "/", headers={"Host": "localhost:8080", **given}, transport=transport)


@pytest.mark.parametrize(
    ("peer", "forwarded", "key"),
    [
        ("198.51.100.1", None, "198.51.100.1"),
        ("198.51.100.1", "203.0.113.9", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "spoofed, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "not an address", "10.0.0.1"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", None, "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.1", None, "198.51.100.1"),
        ("127.0.0.1", None, None),
        ("::1", None, None),
        (None, None, None),
    ],
)
def test_the_address_that_limits_count_by(peer: str | None, forwarded: str | None, key: str | None) -> None:
    addresses = ClientAddresses(("10.0.0.0/8",), limit_loopback=False)
    headers = {"X_Forwarded_For": forwarded} if forwarded else {}
    assert addresses.of(request_from(peer, **headers)) == key


@pytest.mark.parametrize(
    ("peer", "headers", "local"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {"Host": "[::1]:8080"}, True),
        ("127.0.0.1", {"Host": "127.1.2.3"}, True),
        ("127.0.0.1", {"Host": "rebound.example:8080"}, False),
        ("127.0.0.1", {"Host": "localhost.example"}, False),
        ("198.51.100.1", {}, False),
        ("127.0.0.1", {"X_Real_IP": "198.51.100.1"}, False),
    ],
)
def test_what_counts_as_this_machine(peer: str, headers: dict[str, str], local: bool) -> None:
    assert is_local(request_from(peer, **headers)) is local


def test_behind_a_proxy_that_rewrites_the_host_the_public_url_is_the_own_origin() -> None:
    request = request_from("127.0.0.1", Origin="https://support.example")
    assert Origins((), public_url="https://support.example/gateway").allows(request)
    assert not Origins((), public_url="https://other.example").allows(request)
    assert not Origins(("https://shop.example",), public_url="https://support.example").allows(request)
