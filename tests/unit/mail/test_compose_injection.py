"""Whatever stands in names, subjects and addresses: one mail comes out, with our headers only."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from channels.mail.compose import compose
from channels.mail.mailbox import AddressInvalid, read_mailbox
from tests.unit.mail.answers import answer, part, read

HEADERS = [
    *(
        "Date",
        "From",
        "Reply-To",
        "To",
        "Subject",
        "Message-ID",
        "In-Reply-To",
        "References",
        "Auto-Submitted",
    ),
    *("X-Auto-Response-Suppress", "Content-Language", "MIME-Version", "Content-Type"),
]
PIECES = ["\r\n", "\n", "\r", "\0", "\x0b", "\x85", "\u2028", "Bcc: x@y.z", "=?utf-8?B?DQpCY2M6IHhAeS56?="]
PIECES += ['"', "<", ">", ",", ";", ":", "\\", " ", "\t", "a", "ü", "日", "\ud800", "=?", "?=", "@", "(", ")"]
PIECES += ["\r\n.\r\n", "x" * 90]
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
ANY = st.one_of(HOSTILE, st.text(max_size=60))


@given(name=ANY, subject=ANY, quoted=ANY, quoted_from=ANY, text=ANY, language=ANY, file=ANY, kind=ANY)
def test_any_text_makes_one_mail(  # noqa: PLR0917
    name: str, subject: str, quoted: str, quoted_from: str, text: str, language: str, file: str, kind: str
) -> None:
    raw = compose(
        answer(
            from_name=name,
            subject=subject,
            quoted=quoted,
            quoted_from=quoted_from,
            text=text,
            language=language,
            attachments=((file, kind, b"data"),),
        )
    )
    message = read(raw)
    assert message.keys() == HEADERS
    assert raw.isascii()
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert [str(one.addr_spec) for one in message["From"].addresses] == ["support@example.com"]
    assert next(one.get_content_type() for one in message.iter_parts()) == "multipart/alternative"
    assert len(list(message.iter_attachments())) == 1
    assert all(not one.defects for one in message.walk())
    assert message["Subject"].startswith("Re: ")
    part(message, "plain")
    part(message, "html")


@given(ANY)
def test_any_address_is_refused_or_stands_alone(address: str) -> None:
    try:
        raw = compose(answer(to=address))
    except AddressInvalid:
        return
    message = read(raw)
    assert message.keys() == HEADERS
    assert len(message["To"].addresses) == 1


@given(st.lists(ANY, max_size=5))
def test_any_copies_give_valid_mailboxes_only(copies: list[str]) -> None:
    message = read(compose(answer(cc=tuple(copies))))
    assert [key for key, _ in message.items() if key != "Cc"] == HEADERS
    for one in message["Cc"].addresses if message["Cc"] else ():
        read_mailbox(one.addr_spec)


@given(st.lists(ANY, max_size=8), ANY)
def test_any_ids_leave_the_other_headers_alone(references: list[str], parent: str) -> None:
    message = read(compose(answer(references=tuple(references), in_reply_to=parent)))
    assert set(message.keys()) <= set(HEADERS)
    assert len(message.keys()) == len(set(message.keys()))
