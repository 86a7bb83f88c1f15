"""What an answer looks like when the customer's mail program reads it."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest

from channels.mail.compose import MessageIdInvalid, compose, envelope_recipients, thread_references
from channels.mail.mailbox import AddressInvalid
from tests.unit.mail.answers import NOON, answer, parsed, part, read


def test_the_answer_is_threaded_and_marked_as_automatic() -> None:
    message = parsed(references=("<q0@example.org>", "<q1@example.org>"))
    assert message["From"] == "Example Shop <support@example.com>"
    assert message["To"] == "ada@example.org"
    assert message["Reply-To"] == "support+token@example.com"
    assert message["Subject"] == "Re: Where is my parcel?"
    assert message["Message-ID"] == "<m1@example.com>"
    assert message["In-Reply-To"] == "<q1@example.org>"
    assert message["References"] == "<q0@example.org> <q1@example.org>"
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["Precedence"] is None
    assert message["Date"].datetime == NOON
    assert message["MIME-Version"] == "1.0"


def test_text_and_html_say_the_same() -> None:
    message = parsed(text="Hallo Jürg,\n\nsiehe https://example.com/t?a=1&b=2.\nGruß", language="de-CH")
    assert message.get_content_type() == "multipart/alternative"
    assert [one.get_content_type() for one in message.iter_parts()] == ["text/plain", "text/html"]
    assert part(message, "plain") == "Hallo Jürg,\n\nsiehe https://example.com/t?a=1&b=2.\nGruß\n"
    html = part(message, "html")
    assert '<html lang="de-CH">' in html
    assert ">Hallo Jürg,</p>" in html
    assert '<a href="https://example.com/t?a=1&amp;b=2">https://example.com/t?a=1&amp;b=2</a>.<br>' in html
    assert message["Content-Language"] == "de-CH"


def test_html_from_hostile_text_is_inert() -> None:
    text = '<script>alert(1)</script> <img src="https://e.example/x.png"> javascript:alert(1) https://e.example/"onclick="x'
    html = part(parsed(text=text, quoted=text), "html")
    assert "<script" not in html
    assert "<img" not in html
    assert "src=" not in html.replace("src=&quot;", "")
    assert 'href="javascript' not in html
    assert '"onclick' not in html
    assert html.count("<a href=") == 2  # none in the quotation


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("(see https://example.com/a)", "https://example.com/a"),
        ("https://example.com/a_(b)", "https://example.com/a_(b)"),
        ("(https://example.com/a_(b))", "https://example.com/a_(b)"),
        ("Is it https://example.com/a?", "https://example.com/a"),
    ],
)
def test_a_link_ends_where_a_reader_would_end_it(text: str, link: str) -> None:
    assert f'<a href="{link}">{link}</a>' in part(parsed(text=text), "html")


def test_right_to_left_languages_are_marked() -> None:
    assert '<html lang="he" dir="rtl">' in part(parsed(language="he"), "html")


def test_a_strange_language_is_no_way_into_the_html() -> None:
    assert '<html lang="en">' in part(parsed(language='de"><script>'), "html")


def test_the_quotation_is_short_and_attributed() -> None:
    message = parsed(quoted="\n".join(f"line {n}" for n in range(40)), quoted_from="Ada", quoted_on=NOON)
    lines = part(message, "plain").splitlines()
    at = lines.index("On 21 November 2026 at 12:00 UTC, Ada wrote:")
    assert lines[at + 1] == "> line 0"
    assert lines[-1] == "> […]"
    assert len(lines) - at == 1 + 20 + 1
    html = part(message, "html")
    assert "Ada wrote:</p>" in html
    assert "<blockquote" in html


def test_a_long_line_is_quoted_in_part() -> None:
    lines = part(parsed(quoted="x" * 50_000), "plain").splitlines()
    assert lines[-1] == "> […]"
    assert len(lines[-2]) == 2_002


@pytest.mark.parametrize(
    ("language", "name", "timed", "expected"),
    [
        ("de", "Ada", True, "Am 21.11.2026 um 12:00 Uhr (UTC) schrieb Ada:"),
        ("de-AT", "", True, "Am 21.11.2026 um 12:00 Uhr (UTC) schrieben Sie:"),
        ("de", "Ada", False, "Ada schrieb:"),
        ("de", "", False, "Sie schrieben:"),
        ("en", "", True, "On 21 November 2026 at 12:00 UTC, you wrote:"),
        ("fr", "Ada", False, "Ada a écrit :"),
        ("fr", "Ada", True, "Le 21/11/2026 à 12:00 (UTC), Ada a écrit :"),
        ("nl", "", True, "Op 21-11-2026 om 12:00 (UTC) schreef u:"),
        ("th", "Ada", True, "Ada <ada@example.org>, 2026-11-21 12:00 UTC:"),
        ("und", "", True, "ada@example.org, 2026-11-21 12:00 UTC:"),
        ("th", "", False, "ada@example.org:"),
        ("en", "", False, "You wrote:"),
    ],
)
def test_attribution_in_the_customers_language(language: str, name: str, timed: bool, expected: str) -> None:
    on = NOON.astimezone(timezone(timedelta(hours=5))) if timed else None
    address = "ada@example.org" if language in ("th", "und") else ""
    message = parsed(quoted="q", quoted_from=name, quoted_address=address, quoted_on=on, language=language)
    assert expected in part(message, "plain").splitlines()


def test_without_a_quotation_there_is_no_attribution() -> None:
    message = parsed(quoted=" \n\n", quoted_from="Ada", quoted_on=NOON)
    assert "wrote" not in part(message, "plain")
    assert "blockquote" not in part(message, "html")


def test_attachments_keep_name_type_and_content() -> None:
    files = (
        ("Rechnung März.pdf", "application/pdf", bytes(range(256)) * 40),
        ('..\\evil"\r\nBcc: x@y.z/../a.txt', "text/plain\r\nX: y", b"hello"),
        ("forwarded.eml", "message/rfc822", b"From: x\r\n\r\nhi"),
        ("n" * 500 + ".tar.gz", "application/gzip", b""),
    )
    message = parsed(attachments=files)
    assert message.get_content_type() == "multipart/mixed"
    found = list(message.iter_attachments())
    assert [one.get_filename() for one in found[:2]] == ["Rechnung März.pdf", "a.txt"]
    assert [one.get_content_type() for one in found] == [
        "application/pdf",
        "application/octet-stream",
        "application/octet-stream",
        "application/gzip",
    ]
    assert [one.get_payload(decode=True) for one in found] == [data for _, _, data in files]
    assert str(found[3].get_filename()).endswith(".gz")
    assert message["Bcc"] is None


def test_the_same_answer_gives_the_same_bytes_on_every_try() -> None:
    files = (("a.txt", "text/plain", b"x"),)
    assert compose(answer(attachments=files)) == compose(answer(attachments=files))


def test_every_octet_is_seven_bit_and_every_line_short() -> None:
    raw = compose(
        answer(
            from_name="Größe " * 60,
            subject="Ж" * 500,
            text="日本語" * 3_000 + "\n" + "a" * 5_000,
            references=tuple(f"<{n}.{'r' * 100}@example.org>" for n in range(80)),
            quoted="é" * 9_000,
            attachments=(("ü" * 200, "application/pdf", b"\xff" * 5_000),),
        )
    )
    assert raw.isascii()
    lines = raw.split(b"\r\n")
    assert max(len(line) for line in lines) <= 998
    assert raw.replace(b"\r\n", b"").count(b"\n") == 0
    assert raw.replace(b"\r\n", b"").count(b"\r") == 0


def test_no_line_starts_with_from_or_is_a_lone_dot() -> None:
    raw = compose(answer(text="From here\n.\nFrom there"))
    body = raw.partition(b"\r\n\r\n")[2]
    assert b"\r\nFrom " not in body
    assert b"\r\n.\r\n" not in body
    assert part(read(raw), "plain") == "From here\n.\nFrom there\n"


def test_copies_are_kept_once_and_broken_ones_left_out() -> None:
    mail = answer(
        cc=("bob@example.org", "BOB@example.org", "ada@example.org", "x@y.z\r\nBcc: evil@example.org")
    )
    assert read(compose(mail))["Cc"] == "bob@example.org"
    assert envelope_recipients(mail) == ("ada@example.org", "bob@example.org")


def test_international_domains_are_written_in_ascii() -> None:
    message = parsed(to="ada@Bücher.example")
    assert message["To"] == "ada@xn--bcher-kva.example"


def test_an_international_local_part_needs_smtputf8() -> None:
    raw = compose(answer(to="jürg@bücher.example"))
    assert "To: jürg@xn--bcher-kva.example\r\n".encode() in raw


@pytest.mark.parametrize("field", ["from_address", "to", "reply_to"])
@pytest.mark.parametrize(
    "bad", ["", "nobody", "a@b@", "a\r\nBcc: x@y.z@example.com", "a@exa mple.com", "a@-.com"]
)
def test_a_broken_address_is_refused(field: str, bad: str) -> None:
    with pytest.raises(AddressInvalid):
        compose(answer(**{field: bad}))


@pytest.mark.parametrize(
    "bad", ["", "m1@example.com", "<a b@c>", "<a@b>\r\nBcc: <x@y>", "<ü@b>", f"<{'a' * 300}@b>"]
)
def test_a_broken_message_id_is_refused(bad: str) -> None:
    with pytest.raises(MessageIdInvalid):
        compose(answer(message_id=bad))


def test_broken_references_are_dropped() -> None:
    message = parsed(in_reply_to="<a>\r\nBcc: x", references=("nothing", "<ok@x>", "<b@c>\r\nX: y"))
    assert message["In-Reply-To"] is None
    assert message["References"] == "<ok@x>"
    assert message["Bcc"] is None


def test_long_threads_keep_the_first_and_the_newest_ids() -> None:
    ids = [f"<{n}@example.org>" for n in range(200)]
    kept = thread_references(ids, "<last@example.org>")
    assert len(kept) == 50
    assert kept[0] == "<0@example.org>"
    assert kept[-2:] == ["<199@example.org>", "<last@example.org>"]


def test_references_are_bounded_in_octets_too() -> None:
    ids = [f"<{n:03}{'x' * 200}@example.org>" for n in range(45)]
    kept = thread_references(ids, ids[10])
    assert sum(map(len, kept)) <= 4_000
    assert kept[0] == ids[0]
    assert kept[-1] == ids[10]
    assert len(set(kept)) == len(kept)


def test_the_parent_alone_makes_the_references() -> None:
    assert thread_references((), "<a@b>") == ["<a@b>"]
    assert thread_references(("<a@b>",), "<a@b>") == ["<a@b>"]
    assert thread_references((), None) == []
