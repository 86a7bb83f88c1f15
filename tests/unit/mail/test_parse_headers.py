"""Heads of mails, as they come."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from channels.mail.parse import parse_mail
from tests.unit.mail.raw_mails import HEAD, headed, letter


@pytest.mark.parametrize(
    ("value", "name", "address"),
    [
        ("Ada <ada@Example.COM>", "Ada", "ada@example.com"),
        ('"Byron, Ada" <ada@example.com>', "Byron, Ada", "ada@example.com"),
        ("ada@example.com (Ada (the first) Byron)", "Ada (the first) Byron", "ada@example.com"),
        ("ada@example.com", "", "ada@example.com"),
        ("<ada@example.com>", "", "ada@example.com"),
        ("Friends: ada@example.com, bob@example.com;", "", "ada@example.com"),
        ("=?utf-8?q?J=C3=BCrgen?= <j@example.de>", "Jürgen", "j@example.de"),
        ("=?iso-8859-1?q?Smith=2C_Jo?= <jo@example.com>", "Smith, Jo", "jo@example.com"),
        ("=?utf-8?B?QWRhIDxhZGFAZXhhbXBsZS5jb20+?=", "Ada", "ada@example.com"),
        ("Ada <mailto:ada@example.com>", "Ada", "ada@example.com"),
        ("Ada <@relay.example,@b.example:ada@example.com>", "Ada", "ada@example.com"),
        ('"Ada <ada@example.com>', "Ada", "ada@example.com"),
        ("'Ada' <ada@example.com>", "Ada", "ada@example.com"),
        ("Ada <ada@exämple.de>", "Ada", "ada@xn--exmple-cua.de"),
        ('"very odd"@example.com', "", '"very odd"@example.com'),
        ("john(his mail)@example.com", "his mail", "john@example.com"),
        ("ada@example.com@evil.example", "ada@example.com@evil.example", ""),
        ("MAILER-DAEMON", "MAILER-DAEMON", ""),
        ("", "", ""),
        ("<>", "", ""),
    ],
)
def test_sender(value: str, name: str, address: str) -> None:
    mail = headed(f"From: {value}")
    assert (mail.from_name, mail.from_address) == (name, address)


def test_first_usable_from_counts_and_the_rest_is_noted() -> None:
    mail = headed("From: nobody", "From: ada@example.com", "From: eve@evil.example")
    assert mail.from_address == "ada@example.com"
    assert "repeated_from" in mail.notes
    assert headed("From: a@x.example, b@x.example").notes == ("several_authors",)


def test_sender_stands_in_for_a_missing_from() -> None:
    assert headed("Sender: ada@example.com").from_address == "ada@example.com"
    assert headed("Subject: Hi").notes == ("no_sender",)


def test_recipients_are_every_address_once() -> None:
    mail = headed(
        "To: a@x.example, Team: b@x.example;", "To: A <a@x.example>", "Cc: c@x.example; d@x.example"
    )
    assert mail.to == ("a@x.example", "b@x.example")
    assert mail.cc == ("c@x.example", "d@x.example")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("=?UTF-8?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?utf-8?B?4oK?= =?utf-8?B?rA==?=", "€"),
        ("=?utf-8?Q?=E2=82?=\n =?utf-8?Q?=AC?= 5", "€ 5"),
        ("=?utf-8?q?two words?=", "two words"),
        ("a=?iso-8859-1?q?=E9?=b", "aéb"),
        ("=?utf-8?q?a?= =?utf-8?q?b?= c", "ab c"),
        ("=?utf-8?q?a?= c =?utf-8?q?b?=", "a c b"),
        ("=?no-such-charset?q?caf=C3=A9?=", "café"),
        ("=?utf-8?q?never closed=C3", "never closed"),
        ("=?utf-8?x?what?=", "=?utf-8?x?what?="),
        ("=?iso-2022-jp?B?GyRCJUYlOSVIGyhC?=", "テスト"),
        ("=?koi8-r?B?8NLJ18XU?=", "Привет"),
        ("=?gb2312?B?xOO6ww==?=", "你好"),
        ("=?utf-7?q?Hi_+AOk-?=", "Hi é"),
        ("=?utf-8*de?q?sch=C3=B6n?=", "schön"),
        ("folded\n   and\n\tagain", "folded and again"),
        ("tab\tand \x07 bell\x00", "tab and bell"),
    ],
)
def test_subject(value: str, expected: str) -> None:
    assert headed(f"Subject: {value}").subject == expected


def test_eight_bit_headers_are_read_in_the_charset_of_the_body() -> None:
    raw = "Subject: Привет\nContent-Type: text/plain; charset=koi8-r\n\nмир".encode("koi8-r")
    assert (parse_mail(raw).subject, parse_mail(raw).text) == ("Привет", "мир")
    assert parse_mail("Subject: Grüße\n\n".encode()).subject == "Grüße"
    assert parse_mail("Subject: Grüße\n\n".encode("latin-1")).subject == "Grüße"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (("Message-ID: <a@b>",), "<a@b>"),
        (("Message-ID: a@b",), "<a@b>"),
        (("Message-ID: <a\n @b>",), "<a@b>"),
        (("Message-ID: (comment) <a@b> junk",), "<a@b>"),
        (("Message-ID:", "Message-ID: <second@b>"), "<second@b>"),
        (("Message-ID: <no-at-sign>",), "<no-at-sign>"),
        (("Message-ID: bare-word",), "<bare-word>"),
        (("Message-ID: two words",), None),
        (("X: 1",), None),
    ],
)
def test_message_id(head: tuple[str, ...], expected: str | None) -> None:
    assert headed(*head).message_id == expected


def test_thread_ids_among_junk() -> None:
    mail = headed(
        'In-Reply-To: "Ada\'s message of Friday" <a@b>, <c@d>',
        "References: <r1@x>\n\t<r2\n @x> junk,<r3@x><r1@x>",
    )
    assert mail.in_reply_to == "<a@b>"
    assert mail.references == ("<r1@x>", "<r2@x>", "<r3@x>", "<c@d>")


def test_a_thousand_references_keep_the_first_and_the_last() -> None:
    mail = headed("References: " + "\n ".join(f"<{n}@x>" for n in range(1_000)))
    assert (mail.references[0], mail.references[-1], len(mail.references)) == ("<0@x>", "<999@x>", 500)


@pytest.mark.parametrize(
    "value",
    [
        "Fri, 20 Nov 2026 10:00:00 +0100",
        "Fri, 20 Nov 2026 10:00:00 +0100 (CET)",
        "20 Nov 26 04:00 EST",
        "2026-11-20T09:00:00Z",
        "2026-11-20 10:00:00 +0100",
        "Fri, 20 Nov 2026 10.00.00 +0100",
        "Fri Nov 20 09:00:00 2026",
        "Fri, 20 Nov 2026 09:00:00 -0000",
    ],
)
def test_date(value: str) -> None:
    assert headed(f"Date: {value}").date == datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", ["", "yesterday", "Fri, 99 Foo 2026 10:00:00", "Fri, 31 Dec 9999 23:59:59 -0900"]
)
def test_no_date(value: str) -> None:
    assert headed(f"Date: {value}").date is None


def test_missing_blank_line_before_the_body() -> None:
    mail = parse_mail(b"From: ada@example.com\nSubject: Cup\nHello, my cup broke.\nOrder: 1042\n")
    assert (mail.subject, mail.text) == ("Cup", "Hello, my cup broke.\nOrder: 1042")
    mail = parse_mail(b"From: ada@example.com\nSubject: Cup\nOrder: 1042\nmy cup broke\n")
    assert mail.text == "Order: 1042\nmy cup broke"
    assert "header_end_missing" in mail.notes


def test_junk_between_headers_does_not_end_them() -> None:
    mail = parse_mail(b"From: ada@example.com\nwhat is this line\nSubject: Cup\n\nHello")
    assert (mail.subject, mail.text, mail.notes) == ("Cup", "Hello", ("header_junk",))


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_any_line_end(end: str) -> None:
    mail = parse_mail((HEAD + "\nOne\nTwo\n").replace("\n", end).encode())
    assert (mail.from_address, mail.subject, mail.text) == ("ada@example.com", "My cup", "One\nTwo")


@pytest.mark.parametrize(
    "lead", ["\n\n", "\ufeff", "From ada@example.com Fri Nov 20 09:00:00 2026\n", ">From x\n"]
)
def test_what_stands_before_the_first_header(lead: str) -> None:
    assert parse_mail((lead + HEAD + "\nHello").encode()).from_address == "ada@example.com"


@pytest.mark.parametrize(
    ("raw", "text"), [(b"", ""), (b"\n", ""), (b"Just words, no head at all", "Just words, no head at all")]
)
def test_no_head(raw: bytes, text: str) -> None:
    assert parse_mail(raw).text == text


def test_authentication_results_come_topmost_first() -> None:
    mail = headed("Authentication-Results: mx.a; spf=pass", "Authentication-Results: evil; dmarc=pass\n (x)")
    assert mail.authentication_results == ("mx.a; spf=pass", "evil; dmarc=pass (x)")


def test_nuls_and_surrogates_never_come_out() -> None:
    mail = letter(b"a\x00b \xed\xa0\x80 c\x0b\x1bd", "Content-Type: text/plain; charset=utf-8")
    assert "\x00" not in mail.text
    mail.text.encode("utf-8")
