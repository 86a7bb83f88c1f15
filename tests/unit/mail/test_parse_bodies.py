"""Which text of a mail is its text, in whatever it is wrapped."""

from __future__ import annotations

import base64
import binascii
import quopri

import pytest

from channels.mail.parse import parse_mail
from tests.unit.mail.raw_mails import HEAD, alternative, html, letter, mixed, multipart, plain


def test_plain_text_is_preferred_and_html_kept() -> None:
    mail = alternative(plain("My cup broke."), html("<p>My <b>cup</b> broke.</p>"))
    assert mail.text == "My cup broke."
    assert mail.html == "<p>My <b>cup</b> broke.</p>"


@pytest.mark.parametrize(
    "stub",
    [
        "",
        "   \n\n",
        "Your email client does not support HTML messages.",
        "This message is in HTML format. Please view it in a browser.",
        "Ihr E-Mail-Programm kann keine HTML-Nachrichten anzeigen.",
        "This is a multi-part message in MIME format.",
    ],
)
def test_a_stub_gives_way_to_the_html(stub: str) -> None:
    rich = "<p>" + "My cup broke and I would like a new one, please. " * 3 + "</p>"
    assert alternative(plain(stub), html(rich)).text.startswith("My cup broke and I would")


def test_next_to_nothing_gives_way_to_a_long_html_text() -> None:
    rich = "<p>" + "many words of the customer " * 30 + "</p>"
    assert "many words" in alternative(plain("Sent by App"), html(rich)).text


@pytest.mark.parametrize(
    "stub",
    [
        "Your mail program does not show HTML.",
        "https://shop.example.com/view?id=77",
        "Näytä selaimessa: https://shop.example.com/view?id=77",
        "在浏览器中查看此邮件",
        "Önnek HTML képes levelező kell, kérjük, nyissa meg a böngészőben. " * 4,
    ],
)
def test_words_that_only_the_html_holds_are_never_missing(stub: str) -> None:
    assert "Order 1042 never came." in alternative(plain(stub), html("<p>Order 1042 never came.</p>")).text


def test_halves_that_say_the_same_are_read_as_plain_text() -> None:
    for words in (
        "My cup broke, see https://x.example/1",
        "我的杯子碎了，请寄一个新的给我。",
        "แก้วของฉันแตก ขอใบใหม่",
    ):
        rich = html(f"<div>{words}<br>-- <br>Kim</div>")
        assert alternative(plain(f"{words}\n-- \nKim [as typed]"), rich).text.endswith("[as typed]")


def test_a_poor_html_half_takes_nothing_away() -> None:
    words = "My cup broke and I would like a new one, as the guarantee says. Order 1042."
    assert words in alternative(plain(words), html("<p>ACME mail gateway</p>")).text


def test_a_short_answer_stays() -> None:
    assert alternative(plain("Yes please"), html("<p>Yes please</p>")).text == "Yes please"


def test_texts_of_mixed_parts_are_joined_in_order() -> None:
    picture = "Content-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo="
    mail = mixed(plain("Before"), picture, html("<p>Between</p>"), plain("After"))
    assert mail.text == "Before\n\nBetween\n\nAfter"
    assert [file.name for file in mail.attachments] == ["a.png"]


def test_apple_mail_hides_a_file_in_the_richer_half() -> None:
    pdf = "Content-Type: application/pdf\nContent-Disposition: inline; filename=bill.pdf\n\n%PDF-1.7"
    kind, inner = multipart("mixed", html("<p>See</p>"), pdf, html("<p>Bye</p>"), boundary="in")
    mail = alternative(plain("See\nBye"), f"{kind}\n\n{inner}")
    assert mail.text == "See\nBye"
    assert [(file.name, file.media_type) for file in mail.attachments] == [("bill.pdf", "application/pdf")]


def test_pictures_of_related_html_are_inline() -> None:
    picture = (
        "Content-Type: image/gif\nContent-ID: <logo@x>\nContent-Transfer-Encoding: base64\n\nR0lGODlhAQ=="
    )
    kind, body = multipart("related", html("Hello"), picture)
    mail = letter(body, kind)
    assert mail.text == "Hello"
    file = mail.attachments[0]
    assert (file.inline, file.content_id, file.media_type) == (True, "logo@x", "image/gif")


def test_an_inline_text_file_is_text_and_file() -> None:
    part = 'Content-Type: text/plain; name="log.txt"\nContent-Disposition: inline\n\nError 7'
    mail = mixed(plain("See the log:"), part)
    assert mail.text == "See the log:\n\nError 7"
    assert mail.attachments[0].name == "log.txt"


def test_an_attached_text_file_is_only_a_file() -> None:
    part = 'Content-Type: text/plain; name="log.txt"\nContent-Disposition: attachment\n\nError 7'
    mail = mixed(plain("See the log."), part)
    assert mail.text == "See the log."
    assert mail.attachments[0].data == b"Error 7"


def test_a_lone_attached_text_is_the_letter() -> None:
    part = "Content-Type: text/plain\nContent-Disposition: attachment\n\nMy cup broke"
    mail = mixed(part)
    assert (mail.text, mail.notes) == ("My cup broke", ("text_from_attachment",))


def test_html_alone() -> None:
    mail = letter("<html><body><p>Hi</p><p>there</p></body></html>", "Content-Type: text/html")
    assert mail.text == "Hi\n\nthere"


def test_html_that_says_it_is_plain() -> None:
    assert letter("<html><body><p>Hi</p></body></html>", "Content-Type: text/plain").text == "Hi"


def test_flowed_lines_are_joined_and_quotes_stay() -> None:
    body = "This is one \nlong line.\n> quoted \n> text\n> > deeper\n-- \nAda\n"
    mail = letter(body, "Content-Type: text/plain; format=flowed")
    assert mail.text == "This is one long line.\n> quoted text\n> > deeper\n-- \nAda"


@pytest.mark.parametrize(
    ("encoding", "body", "expected"),
    [
        ("base64", base64.b64encode(b"Hello cup"), "Hello cup"),
        ("BASE64", b"SGVsbG8g\r\nY3Vw", "Hello cup"),
        ("base64", b"SGVsbG8gY3V", "Hello cu"),
        ("base64", b"SGVs*bG8g!Y3Vw", "Hello cup"),
        ("base64", b"SGVsbG8g\nY3Vw\n\n___\nThe list's footer is here", "Hello cup"),
        ("base64", b"SGVsbG8=IGN1cA==", "Hello cup"),
        ("base64", b"[scanned]\n\nSGVsbG8gY3Vw\n", "[scanned]\n\nHello cup"),
        (
            "base64",
            b"Scanned by a gateway of ours\n\nSGVsbG8gY3Vw\n",
            "Scanned by a gateway of ours\n\nHello cup",
        ),
        ("base64", b"This was never encoded at all", "This was never encoded at all"),
        ("quoted-printable", quopri.encodestring("Grüße".encode()), "Grüße"),
        ("quoted-printable", b"soft =\nline =ZZ =", "soft line =ZZ ="),
        ("x-uuencode", b"begin 644 a.txt\n%2&5L;&\\ \n`\nend\n", "Hello"),
        ("8bit;", "Grüße".encode(), "Grüße"),
        ("x-unheard-of", b"as it is", "as it is"),
    ],
)
def test_transfer_encodings(encoding: str, body: bytes, expected: str) -> None:
    mail = letter(body, "Content-Type: text/plain; charset=utf-8", f"Content-Transfer-Encoding: {encoding}")
    assert mail.text.strip("= ") == expected.strip("= ")


def test_uuencoded_files_in_a_text_become_files() -> None:
    lines = b"".join(binascii.b2a_uu(b"%PDF-1.4 " + bytes([65 + n]) * 30) for n in range(3))
    mail = letter(b"See:\n\nbegin 644 bill.pdf\n" + lines + b"`\nend\n\nBye")
    assert mail.text == "See:\n\n\nBye"
    assert (mail.attachments[0].name, mail.attachments[0].media_type) == ("bill.pdf", "application/pdf")


def test_yenc_files_in_a_text_become_files() -> None:
    content = b"%PDF-1.4\x00\x13\x0a=" + bytes(range(40))
    coded = bytes((byte + 42) % 256 for byte in content)
    for critical in (b"=", b"\0", b"\n", b"\r"):
        coded = coded.replace(critical, b"=" + bytes([(critical[0] + 64) % 256]))
    body = b"See:\n=ybegin line=128 size=52 name=bill.pdf\n" + coded + b"\n=yend size=52\nBye"
    mail = letter(body, "Content-Type: text/plain; charset=latin-1")
    assert mail.text == "See:\nBye"
    assert mail.attachments[0].data == content


def test_the_word_begin_is_no_file() -> None:
    assert letter("Please\nbegin 644 times\nover").text == "Please\nbegin 644 times\nover"


def test_nesting_is_followed() -> None:
    kind, body = "", plain("Deep inside")
    for depth in range(20):
        kind, body = multipart("mixed", body, boundary=f"x{depth}")
        body = f"{kind}\n\n{body}"
    assert parse_mail((HEAD + body).encode()).text == "Deep inside"


@pytest.mark.parametrize(
    "body",
    [
        "--b1\nContent-Type: text/plain\n\nHello\n",  # no end
        "--b1\nContent-Type: text/plain\n\nHello",
        "--b1  \nContent-Type: text/plain\n\nHello\n--b1--  ",
        "preamble\n--b1\n\nHello\n--b1--\nepilogue",
        "--other\nContent-Type: text/plain\n\nHello\n--other--\n",  # not the declared boundary
        "--b1\nContent-Type: multipart/mixed; boundary=b1\n\n--b1\n\nHello\n--b1--\n",  # the same twice
        "Hello",  # no parts at all
    ],
)
def test_broken_multiparts_still_say_hello(body: str) -> None:
    assert letter(body, 'Content-Type: multipart/mixed; boundary="b1"').text == "Hello"


def test_a_part_without_headers_may_begin_like_one() -> None:
    mail = letter("--b1\n\nOrder: 1042\nis late\n--b1--\n", "Content-Type: multipart/mixed; boundary=b1")
    assert mail.text == "Order: 1042\nis late"


def test_missing_boundary_parameter() -> None:
    assert letter("--x\n\nHello\n--x--\n", "Content-Type: multipart/mixed").text == "Hello"


def test_binary_that_says_it_is_text_is_a_file() -> None:
    mail = letter(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "Content-Type: text/plain")
    assert mail.attachments[0].media_type == "application/pdf"


def test_calendar_is_told_in_words() -> None:
    event = (
        "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Cup\\, repair\n"
        "DTSTART;TZID=Europe/Berlin:20261124T100000\nDTEND:20261124T110000Z\nORGANIZER;CN=Ada "
        "Byron:mailto:ada@example.com\n"
        "BEGIN:VALARM\nSUMMARY:No\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    mail = alternative(plain("Shall we?"), f"Content-Type: text/calendar; method=REQUEST\n\n{event}")
    assert mail.text.split("\n") == [
        "Shall we?",
        "",
        "[Calendar: request]",
        "Summary: Cup, repair",
        "Start: 2026-11-24 10:00 (Europe/Berlin)",
        "End: 2026-11-24 11:00 UTC",
        "Organizer: Ada Byron <ada@example.com>",
    ]


def test_plain_text_that_breaks_off_in_a_line_gives_way_to_the_html() -> None:
    whole = "My shoes came last week and they are broken at the heel."
    for end in ("", "...", "\u2026"):
        mail = alternative(plain(f"My shoes came last week and they{end}"), html(f"<p>{whole}</p>"))
        assert mail.text == whole
    signed = alternative(
        plain("My shoes came.\nKim"), html("<p>My shoes came.<br>Kim</p><p>Kim Park, Ltd</p>")
    )
    assert signed.text == "My shoes came.\nKim"


def test_a_long_plain_text_is_no_stub() -> None:
    words = " ".join(f"word{number}" for number in range(9_000))
    mail = alternative(plain(words), html(f"<p>{words}</p><p>A picture's name</p>"))
    assert mail.text.endswith("word8999")
