"""The real resolver against a real name server on a UDP port."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import dns.message
import dns.rcode
import dns.rrset
import pytest

from channels.mail.dns_lookups import DnsResolver, LookupFailed

RECORDS = {
    ("example.org.", "TXT"): ['"v=spf1 " "-all"', '"other"'],
    ("example.org.", "A"): ["192.0.2.7"],
    ("example.org.", "AAAA"): ["2001:db8::1"],
    ("example.org.", "MX"): ["10 mx.example.org."],
    ("7.2.0.192.in-addr.arpa.", "PTR"): ["mx.example.org."],
    ("alias.example.org.", "CNAME"): ["example.org."],
}


class NameServer(threading.Thread):
    """Answers from `RECORDS`; `broken.test` fails, `silent.test` is not answered."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.asked: list[str] = []

    def run(self) -> None:
        while True:
            data, sender = self.socket.recvfrom(4096)
            if not data:
                return
            query = dns.message.from_wire(data)
            name = query.question[0].name.to_text().lower()
            self.asked.append(name)
            if name != "silent.test.":
                self.socket.sendto(self.reply(query, name).to_wire(), sender)

    def reply(self, query: dns.message.Message, name: str) -> dns.message.Message:
        reply = dns.message.make_response(query)
        kind = dns.rdatatype.to_text(query.question[0].rdtype)
        if name == "broken.test.":
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif alias := RECORDS.get((name, "CNAME")):
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", alias[0]))
            name = alias[0]
        elif not any(known == name for known, _ in RECORDS):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        if found := RECORDS.get((name, kind)):
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *found))
        return reply

    def stop(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.port))
        self.join(5)
        self.socket.close()


@contextmanager
def running() -> Iterator[NameServer]:
    server = NameServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def server() -> Iterator[NameServer]:
    with running() as server:
        yield server


@pytest.fixture
def resolver(server: NameServer) -> DnsResolver:
    return DnsResolver(nameservers=["127.0.0.1"], port=server.port)


def test_every_kind_of_record(resolver: DnsResolver) -> None:
    assert sorted(resolver.find("TXT", "example.org", timeout=5)) == [b"other", b"v=spf1 -all"]
    assert sorted(resolver.find("TXT", "alias.example.org", timeout=5)) == [b"other", b"v=spf1 -all"]
    assert resolver.find("A", "example.org", timeout=5) == ["192.0.2.7"]
    assert resolver.find("AAAA", "example.org", timeout=5) == ["2001:db8::1"]
    assert resolver.find("MX", "example.org", timeout=5) == [(10, "mx.example.org")]
    assert resolver.find("PTR", "7.2.0.192.in-addr.arpa", timeout=5) == ["mx.example.org"]


@pytest.mark.parametrize(
    "name", ["missing.test", "a..b", "x" * 64 + ".org", "a." * 200, "", "\x00.org", "ü\ud800.org"]
)
def test_names_that_do_not_exist_give_nothing(resolver: DnsResolver, name: str) -> None:
    assert resolver.find("TXT", name, timeout=5) == []


def test_a_known_name_without_that_kind_gives_nothing(resolver: DnsResolver) -> None:
    assert resolver.find("MX", "alias.example.org", timeout=5) == [(10, "mx.example.org")]
    assert resolver.find("A", "7.2.0.192.in-addr.arpa", timeout=5) == []


def test_a_server_failure_is_told_apart(resolver: DnsResolver) -> None:
    with pytest.raises(LookupFailed):
        resolver.find("TXT", "broken.test", timeout=5)


def test_silence_ends_with_the_time_limit(resolver: DnsResolver) -> None:
    started = time.monotonic()
    with pytest.raises(LookupFailed):
        resolver.find("TXT", "silent.test", timeout=0.3)
    assert time.monotonic() - started < 60  # a resolver's own patience is longer


def test_answers_are_kept(server: NameServer, resolver: DnsResolver) -> None:
    for _ in range(3):
        resolver.find("TXT", "example.org", timeout=5)
        resolver.find("TXT", "missing.test", timeout=5)
    assert server.asked == ["example.org.", "missing.test."]


def test_many_threads_may_ask_at_once(resolver: DnsResolver) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: resolver.find("A", "example.org", timeout=5), range(50)))
    assert answers == [["192.0.2.7"]] * 50


def test_without_name_servers_every_lookup_fails_politely() -> None:
    resolver = DnsResolver(nameservers=["127.0.0.1"], port=9)
    with pytest.raises(LookupFailed):
        resolver.find("A", "example.org", timeout=0.3)
