"""Random and mutated mails: always a message, never an exception, valid text, quickly."""

from __future__ import annotations

import time

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from channels.mail.automatic import is_automatic
from channels.mail.parse import parse_mail
from tests.unit.mail.raw_mails import HEAD, html, multipart, plain
from tests.unit.mail.test_parse_bounce import EXIM, report, status
from tests.unit.mail.test_parse_forwarded import APPLE, GMAIL, OUTLOOK
from tests.unit.mail.test_parse_hostile import sound

_PDF = "Content-Type: application/pdf; name*=utf-8''a%20b.pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0x"
_EVENT = "Content-Type: text/calendar\n\nBEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\nEND:VCALENDAR"
_MAIL = "Content-Type: message/rfc822\n\nFrom: b@example.com\nSubject: My cup\n\nInner"


def _whole(kind: str, *parts: str, more: str = "") -> bytes:
    head, body = multipart(kind, *parts, more=more)
    return f"{HEAD}{head}\n\n{body}".encode()


SEEDS = [
    _whole(
        "alternative",
        plain("Grüße"),
        html("<p style='color:red'>Grüße <a href='https://x.example'>x</a></p>"),
    ),
    _whole("mixed", plain("Hi"), _PDF, _EVENT, _MAIL),
    _whole("signed", plain("Hi"), "Content-Type: application/pgp-signature\n\nx", more="; protocol=x"),
    _whole(
        "report", plain("x"), f"Content-Type: message/delivery-status\n\n{status('failed', '5.1.1')}", _MAIL
    ),
    f"From: MAILER-DAEMON\nSubject: Mail delivery failed\n\n{EXIM}".encode(),
    f"{HEAD}Subject: Fwd: x\n\n{GMAIL}".encode(),
    f"{HEAD}Subject: FW: x\n\n{OUTLOOK}{APPLE}".encode(),
    b"From: =?utf-8?B?QWRh?= <a@b.c>\nSubject: =?koi8-r?Q?=F0?= =?koi8-r?Q?=F1?=\nReferences: <a@b>\n\nHi",
    b"Content-Type: text/plain; charset=utf-7; format=flowed\n\n+AOk- \n> a \n> b\nbegin 644 a\n#A\nend\n",
]
_PIECES = st.sampled_from(
    [
        *[bytes([byte]) for byte in b'\0\r\n<>"(\\;=%:@-'],
        *[b"\n\n", b"--b1", b"--b1--", b"\xff\xfe", b"=?", b"?=", b"\xf0\x9f", b"\xed\xa0\x80"],
        *[b"Content-Type: ", b"multipart/mixed", b"boundary=", b"charset=", b"base64", b"From: "],
        *[b"<div style='display:none'>", b"<!--", b"</p>", b"-----BEGIN PGP MESSAGE-----"],
    ]
)
_RELAXED = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def check(raw: bytes) -> None:
    started = time.process_time()
    mail = parse_mail(raw)
    assert time.process_time() - started < 10
    sound(mail)
    is_automatic(mail, envelope_from=mail.from_address, own_addresses=frozenset({"a@b.c"}))


@_RELAXED
@given(st.binary(max_size=2_000))
@example(b"")
@example(b"\n")
@example(b":")
@example(b"\xff" * 100)
@example(b"Content-Type: multipart/mixed; boundary=\n\n--\n--\n")
def test_random_bytes(raw: bytes) -> None:
    check(raw)


@_RELAXED
@given(
    seed=st.sampled_from(SEEDS),
    edits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), _PIECES), max_size=8),
)
def test_mutated_mails(seed: bytes, edits: list[tuple[float, int, bytes]]) -> None:
    for where, removed, piece in edits:
        at = int(where * len(seed))
        seed = seed[:at] + piece + seed[at + removed :]
    check(seed)


@_RELAXED
@given(names=st.lists(st.sampled_from(["From", "Subject", "Date", "To", "Content-Type", "Message-ID",
       "Content-Transfer-Encoding", "References", "Content-Disposition", "Auto-Submitted"]), max_size=6),
       values=st.lists(st.text(max_size=80), min_size=6, max_size=6), body=st.text(max_size=300))  # fmt: skip
def test_any_values_in_known_headers(names: list[str], values: list[str], body: str) -> None:
    head = "".join(f"{name}: {value}\n" for name, value in zip(names, values, strict=False))
    check(f"{head}\n{body}".encode("utf-8", "surrogatepass"))


@_RELAXED
@given(
    kinds=st.lists(
        st.sampled_from(["mixed", "alternative", "related", "report", "signed", "digest"]), max_size=6
    ),
    leaves=st.lists(st.sampled_from([plain("Hi"), html("<b>Hi</b>"), _PDF, _EVENT, _MAIL, ""]), max_size=4),
    cut=st.floats(0, 1),
)
def test_any_tree_cut_anywhere(kinds: list[str], leaves: list[str], cut: float) -> None:
    parts = leaves
    for level, kind in enumerate(kinds):
        head, body = multipart(kind, *parts, boundary=f"x{level}")
        parts = [f"{head}\n\n{body}", *leaves[:1]]
    raw = (HEAD + (parts[0] if parts else "\n")).encode()
    check(raw[: int(cut * len(raw))])


@_RELAXED
@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_plain_words_come_through_whole(text: str) -> None:
    """No word of a well-formed plain mail is lost."""
    mail = parse_mail(f"{HEAD}Content-Type: text/plain; charset=utf-8\n\nA {text}".encode())
    if mail.html is None:
        assert [word for word in text.split() if word.isalnum()] == [
            w for w in mail.text.split()[1:] if w.isalnum()
        ]


def test_the_seeds_themselves_are_read() -> None:
    for seed in SEEDS:
        check(seed)
    assert report(status("failed", "5.1.1")).bounce is not None
