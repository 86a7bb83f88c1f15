"""Which octets authentication is willing to judge."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.mail.raw_message import LARGEST_HEAD, MessageUnfit, read_raw, sole_author


def author(field: str) -> str:
    return str(sole_author(read_raw(f"From: {field}\r\n\r\n".encode())))


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("ada@example.org", "ada@example.org"),
        ("Ada Byron <Ada@Example.org>", "Ada@example.org"),
        ('"Byron, Ada (CEO) <x@y.z>" <ada@example.org>', "ada@example.org"),
        ("ada@example.org (Ada @ home <x@y.z>)", "ada@example.org"),
        ("=?utf-8?Q?Ada=40x=2Ey?= <ada@example.org>", "ada@example.org"),
        ("Dr. Ada\r\n Byron\r\n\t<ada@example.org>", "ada@example.org"),
        ("Jürg <jürg@bücher.example>", "jürg@xn--bcher-kva.example"),
        ("x@paypal.com-evil.example", "x@paypal.com-evil.example"),
    ],
)
def test_the_one_author(field: str, expected: str) -> None:
    assert author(field) == expected


@pytest.mark.parametrize(
    "field",
    [
        "",
        "<>",
        "Ada",
        "ada@",
        "a@b.c, d@e.f",
        "<a@b.c> <d@e.f>",
        "a@b.c <d@e.f>",
        "<a@b.c@d.e>",
        "<@x.y:a@b.c>",
        "group: a@b.c;",
        'a"@b.c" <d@e.f',
        "(a@b.c",
        "a@b.c)",
        '"\\" <a@b.c>',
        "a@b.c\x01",
        "a@b_.c d",
    ],
)
def test_anything_else_is_not_believed(field: str) -> None:
    with pytest.raises(MessageUnfit):
        author(field)


@pytest.mark.parametrize(
    "raw",
    [
        b"From: a@b.c\r\nFrom: d@e.f\r\n\r\n",
        b"X: a\r\n\r\n",
        b"\r\nFrom: a@b.c\r\n\r\n",
        b"",
        b"From: a@b.c\r\nno field\r\n\r\n",
        b" From: a@b.c\r\n\r\n",
        b"From : a@b.c\r\n\r\n",
        b"From me Sat Nov 21\r\nFrom: a@b.c\r\n\r\n",
        b"X: a\rFrom: d@e.f\r\nFrom: a@b.c\r\n\r\n",
        b"X: \0\r\nFrom: a@b.c\r\n\r\n",
        b"From: \xff@b.c\r\n\r\n",
        b"From: a@b.c\r\nX: " + b"x" * LARGEST_HEAD,
        b"From: a@b.c\r\n" + b"X:\r\n" * 1_001 + b"\r\n",
    ],
)
def test_what_programs_read_differently_is_refused(raw: bytes) -> None:
    with pytest.raises(MessageUnfit):
        sole_author(read_raw(raw))


@pytest.mark.parametrize("newline", [b"\r\n", b"\n"])
def test_head_and_body_are_split(newline: bytes) -> None:
    message = read_raw(newline.join([b"A: 1", b"B: 2", b" 3", b"", b"body", b"", b"end", b""]))
    assert message.headers == ((b"A", b" 1\r\n"), (b"B", b" 2\r\n 3\r\n"))
    assert message.body == b"body\r\n\r\nend\r\n"


def test_a_message_may_end_with_its_header() -> None:
    assert read_raw(b"From: a@b.c\r\n").headers == ((b"From", b" a@b.c\r\n"),)


@given(st.binary(max_size=300))
def test_any_octets_are_split_or_refused(raw: bytes) -> None:
    try:
        sole_author(read_raw(raw))
    except MessageUnfit:
        pass
