"""The body of DATA, against the line-wise meaning of RFC 5321 4.1.1.4 and 4.5.2."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels.mail.smtp.received_bytes import END, Body, BodyRefusal

LIMIT = 1_000_000
PIECES = (
    b"\r",
    b"\n",
    b"\r\n",
    b".",
    b"..",
    b"a",
    b"\r\n.",
    b".\r\n",
    b"\n.\n",
    b"\n.\r\n",
    b"\r.\r",
    b"\x00\xff",
)


@dataclass(frozen=True)
class ByLines:
    """What RFC 5321 says, one line after the other."""

    content: bytes
    rest: bytes
    bare: bool


def by_lines(stream: bytes) -> ByLines | None:
    content, at = b"", 0
    while True:
        end = stream.find(b"\r\n", at)
        if end < 0:
            return None
        line = stream[at:end]
        at = end + 2
        if line == b".":
            return ByLines(
                content,
                stream[at:],
                bare=b"\r" in content.replace(b"\r\n", b"") or b"\n" in content.replace(b"\r\n", b""),
            )
        content += line.removeprefix(b".") + b"\r\n"


def fed(stream: bytes, cuts: list[int], limit: int = LIMIT) -> tuple[Body, bytes]:
    body, rest, at = Body(limit), b"", 0
    for cut in sorted({min(cut, len(stream)) for cut in cuts} | {len(stream)}):
        if body.ended:
            rest += stream[at:cut]
        else:
            rest = body.feed(stream[at:cut])
        at = cut
    return body, rest


streams = st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join)


@given(streams, st.lists(st.integers(0, 120), max_size=12))
@example(b".\r\nQUIT\r\n", [])
@example(b"a\r\n.\r\nb", [1, 2, 3, 4, 5, 6])
@example(b"a\n.\r\nMAIL", [3])
@example(b"\r\r\n.\r\n", [1, 2])
def test_a_body_is_what_its_lines_say_however_it_is_cut(stream: bytes, cuts: list[int]) -> None:
    stream += b"\r\n" + END
    wanted = by_lines(stream)
    assert wanted is not None
    body, rest = fed(stream, cuts)
    assert body.ended
    assert rest == wanted.rest
    assert (body.refused is BodyRefusal.BARE) is wanted.bare
    if not wanted.bare:
        assert body.content() == wanted.content


@given(streams, st.lists(st.integers(0, 120), max_size=12))
def test_what_has_no_end_does_not_end(stream: bytes, cuts: list[int]) -> None:
    body, rest = fed(stream, cuts)
    wanted = by_lines(stream)
    assert body.ended is (wanted is not None)
    assert rest == (wanted.rest if wanted else b"")


@given(st.binary(max_size=300), st.lists(st.integers(0, 400), max_size=6))
def test_stuffing_and_unstuffing_are_one_anothers_inverse(data: bytes, cuts: list[int]) -> None:
    lines = data.replace(b"\r", b"").split(b"\n")
    content = b"".join(line + b"\r\n" for line in lines)
    stuffed = b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines)
    body, rest = fed(stuffed + b".\r\nNOOP\r\n", cuts)
    assert (body.content(), rest, body.refused) == (content, b"NOOP\r\n", None)


@pytest.mark.parametrize("over", [0, 1])
@pytest.mark.parametrize("piece", [1, 7, 4096])
def test_the_limit_counts_the_mail_and_neither_stuffed_dots_nor_the_end(over: int, piece: int) -> None:
    content = b".\r\n" * 100 + b"x" * over
    stuffed = content.replace(b".", b"..") + (b"\r\n" if over else b"") + b".\r\n"
    body, _ = fed(stuffed, list(range(0, len(stuffed), piece)), limit=300)
    assert body.ended
    assert body.refused is (BodyRefusal.TOO_LARGE if over else None)


def test_a_refused_body_takes_no_memory_and_still_finds_its_end() -> None:
    body = Body(1_000)
    for _ in range(100):
        assert body.feed(b"x" * 65_536) == b""
        assert body.size <= 65_536 + 1_000
    assert body.refused is BodyRefusal.TOO_LARGE
    assert body.size < 10
    assert body.feed(b"\r\n.\r\nQUIT\r\n") == b"QUIT\r\n"


@pytest.mark.timed
@pytest.mark.parametrize("unit", [b"\r\n.", b"\r\n..", b"x" * 998 + b"\r\n", b"x", b"..\r\n"])
def test_ten_megabytes_take_less_than_a_second_whatever_they_are(unit: bytes) -> None:
    data = unit * (10_000_000 // len(unit)) + b"y\r\n.\r\n"
    body, began = Body(20_000_000), time.perf_counter()
    for at in range(0, len(data), 65_536):
        body.feed(data[at : at + 65_536])
    body.content()
    assert body.ended
    assert time.perf_counter() - began < 1.0
