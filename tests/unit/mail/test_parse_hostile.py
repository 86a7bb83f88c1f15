"""Mails made to break the parser: each is read in bounded time and memory, none raises."""

from __future__ import annotations

import resource
import sys
import time
import tracemalloc
from collections.abc import Callable

import pytest

from channels.mail.html.readable_text import html_to_text
from channels.mail.parse import parse_mail
from channels.mail.parsed import ParsedMail

MB = 1_000_000
PATIENCE = 4.0  # seconds of CPU; all take less than half of it on two shared cores
HTML = b"Content-Type: text/html\n\n"
CALENDAR = b"Content-Type: text/calendar\n\nBEGIN:VCALENDAR\n"
MAILER = b"From: mailer-daemon@x\nSubject: failure notice\n\n"
MULTIPART = b"Content-Type: multipart/mixed; boundary=a\n\n"


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def nested(depth: int, text: bytes = b"Deep inside") -> bytes:
    opened = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (level, level) for level in range(depth)
    )
    return opened + b"Content-Type: text/plain\n\n" + text


MAILS: dict[str, Callable[[], bytes]] = {
    "1,000 multiparts": lambda: nested(1_000),
    "1,000 multiparts, 10 MB": lambda: nested(1_000, b"word word\n" * MB),
    "100,000 multiparts": lambda: nested(100_000),
    "1,000 forwarded mails": lambda: b"Content-Type: message/rfc822\n\n" * 1_000 + b"Hello",
    "100 MB header": lambda: b"Subject: " + b"a" * (100 * MB) + b"\nFrom: ada@example.com\n\nHello",
    "100 MB folded header": lambda: b"Subject: " + b"a\n " * (33 * MB) + b"\nFrom: ada@example.com\n\nHello",
    "many headers": lambda: b"X-A: b\n" * (5 * MB) + b"From: ada@example.com\n\nHello",
    "all addresses": lambda: b"To: " + b"a@b.example, " * MB + b"\n\nHello",
    "all brackets": lambda: b"From: " + b"<" * MB + b"\n\nHello",
    "all comments": lambda: b"From: " + b"(" * MB + b"\n\nHello",
    "all quotes": lambda: b"From: " + b'"\\' * MB + b"\n\nHello",
    "all encoded words": lambda: b"Subject: " + b"=?utf-8?q?" * MB + b"\n\nHello",
    "all references": lambda: b"References: " + b"<a@b>" * MB + b"\n\nHello",
    "all parameters": lambda: b'Content-Type: text/plain; a="' + b'; b*0*="' * MB + b"\n\nHello",
    "1 MB lines": lambda: b"From: ada@example.com\n\n" + (b"a" * MB + b"\n") * 20,
    "blank lines": lambda: b"From: ada@example.com\n\n" + b"\n" * (20 * MB),
    "10,000 attachments": lambda: MULTIPART + b"--a\nContent-Type: application/pdf\n\n%PDF-\n" * 10_000,
    "10,000 texts": lambda: MULTIPART + b"--a\n\nHello\n" * 10_000,
    "10,000 html texts": lambda: MULTIPART + b"--a\nContent-Type: text/html\n\n<p>Hello\n" * 10_000,
    "all boundaries": lambda: MULTIPART + b"--a\n" * (5 * MB),
    "all dashes": lambda: MULTIPART + b"-" * (30 * MB),
    "30 MB of base64": lambda: (
        MULTIPART + b"--a\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n"
        + b"JVBERi0x" + b"A" * 68 + b"\n" + (b"A" * 76 + b"\n") * 390_000
    ),
    "base64 of padding": lambda: b"Content-Transfer-Encoding: base64\n\n" + b"A=" * (5 * MB),
    "quoted-printable": lambda: b"Content-Transfer-Encoding: quoted-printable\n\n" + b"=" * (10 * MB),
    "uuencode": lambda: b"\n" + b"begin 644 a\n" * MB,
    "uuencoded lines": lambda: b"\nbegin 644 a\n" + b"M" + b"A" * 60 + (b"\nM" + b"A" * 60) * 100_000,
    "yenc": lambda: b"\n" + b"=ybegin name=a\n" * 500_000,
    "yenc escapes": lambda: b"\n=ybegin name=a\n" + b"=A" * (2 * MB),
    "guessing the charset": lambda: b"\n" + bytes(range(128, 256)) * 40_000,
    "idna codec": lambda: b"Content-Type: text/plain; charset=punycode\n\n" + b"a-" + b"z" * MB,
    "html of openings": lambda: HTML + b"<a " * 50_000,
    "html of divs": lambda: HTML + b"<div>" * 200_000 + b"Hello",
    "html of attributes": lambda: HTML + b"<a " + b"".join(b"a%d=1 " % n for n in range(99_999)),
    "html of formatting": lambda: HTML + b"".join(b"<b a=%d><p>" % n for n in range(50_000)),
    "html of quotations": lambda: HTML + b"<blockquote>" * 100_000 + b"Hello",
    "html of tables": lambda: HTML + b"<table><tr><td>" * 100_000 + b"Hello",
    "html of comments": lambda: HTML + b"<!--" * 300_000,
    "html of styles": lambda: HTML + b"<style>" + b"a,.b{color:red}" * 100_000 + b"</style>Hello",
    "html of classes": lambda: (
        HTML + b"<style>.a{color:red}</style>" + (b"<p class='" + b"a " * 500 + b"'>x") * 1_000
    ),
    "pgp": lambda: b"\n" + b"-----BEGIN PGP MESSAGE-----\n" * 99_999 + b"-----BEGIN PGP MESSAGE-----" * 9_999,
    "forwards": lambda: b"Subject: Fwd: x\n\n" + b"From: a@b.example\n" * 200_000,
    "forward rules": lambda: b"Subject: Fwd: x\n\n" + b"-----Original Message-----\nFrom: a@b\n" * 100_000,
    "labels": lambda: b"Subject: Fwd: x\n\n" + (b"*" * 900 + b":\n") * 1_000,
    "delivery report": lambda: (
        b"From: mailer-daemon@x\nContent-Type: multipart/report; report-type=delivery-status; boundary=a\n\n"
        b"--a\n\nfailed\n--a\nContent-Type: message/delivery-status\n\n" + b"Action: failed\n\n" * 500_000
    ),
    "report in words": lambda: MAILER + b"not delivered 550 a@b <" * 99_999,
    "report of dots": lambda: MAILER + b"5.1." * 999_999,
    "calendar": lambda: CALENDAR + b"BEGIN:VEVENT\n" * 99_999 + b';a="' * 99_999,
    "zip of directories": lambda: (
        b"Content-Type: application/zip\n\nPK\x03\x04PK\x01\x02" + b"\0" * 42 + b"PK\x05\x06" + b"\xff" * 18
    ),
    "zeros": lambda: b"\0" * (30 * MB),
    "spaces": lambda: b"From: " + b" " * (10 * MB) + b"x\n\n" + b" " * (10 * MB) + b"x",
}  # fmt: skip


def sound(mail: ParsedMail) -> None:
    """What every parsed mail promises."""
    texts = [mail.text, mail.subject, mail.from_name, mail.from_address, mail.html or "", *mail.notes]
    texts += [
        text
        for file in mail.attachments
        for text in (file.name, file.media_type, file.note or "", file.summary)
    ]
    texts += [*mail.to, *mail.cc, *mail.references, mail.message_id or "", mail.in_reply_to or ""]
    if mail.bounce is not None:
        texts += [mail.bounce.reason, mail.bounce.recipient or "", mail.bounce.original_message_id or ""]
    if mail.forwarded is not None:
        texts += [mail.forwarded.text, mail.forwarded.from_name, mail.forwarded.from_address]
    for text in texts:
        text.encode("utf-8")  # raises on lone surrogates
        assert "\0" not in text
        assert "\r" not in text
    assert "unparsed" not in mail.notes
    assert len(mail.text) <= MB
    assert len(mail.attachments) <= 100
    assert mail.date is None or mail.date.tzinfo is not None


@pytest.mark.timed
@pytest.mark.parametrize("name", MAILS)
def test_hostile_mail(name: str) -> None:
    raw = MAILS[name]()
    started, wall = cpu_seconds(), time.perf_counter()
    mail = parse_mail(raw)
    spent = min(cpu_seconds() - started, time.perf_counter() - wall)
    assert spent < PATIENCE
    sound(mail)


def test_text_beyond_the_deepest_level_is_still_there() -> None:
    mail = parse_mail(nested(1_000))
    assert "Deep inside" in mail.text
    assert "nested_too_deep" in mail.notes


def test_headers_behind_a_huge_one_are_still_read() -> None:
    mail = parse_mail(MAILS["100 MB header"]())
    assert (mail.from_address, mail.text) == ("ada@example.com", "Hello")
    assert "header_cut" in mail.notes


def test_text_below_too_many_divs_is_still_there() -> None:
    text, note = html_to_text("<div>" * 200_000 + "Hello")
    assert (text, note) == ("Hello", "html_hostile")


def test_a_small_call_stack_is_enough() -> None:
    limit = sys.getrecursionlimit()
    frames = len(_frames())
    try:
        sys.setrecursionlimit(frames + 320)
        assert "unparsed" not in parse_mail(nested(1_000)).notes
    finally:
        sys.setrecursionlimit(limit)


def _frames() -> list[object]:
    found: list[object] = []
    frame: object = sys._getframe()
    while frame is not None:
        found.append(frame)
        frame = getattr(frame, "f_back", None)
    return found


@pytest.mark.parametrize("name", ["30 MB of base64", "html of divs", "10,000 attachments", "100 MB header"])
def test_memory_stays_a_few_times_the_mail(name: str) -> None:
    raw = MAILS[name]()
    tracemalloc.start()
    try:
        parse_mail(raw)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * len(raw) + 60 * MB
