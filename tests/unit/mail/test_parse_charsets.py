"""Character sets, declared rightly, wrongly or not at all."""

from __future__ import annotations

import base64

import pytest

from channels.mail.mime.decoding import decode_bytes
from tests.unit.mail.raw_mails import letter, mixed, plain

RUSSIAN = "Здравствуйте, моя чашка разбилась. Пожалуйста, пришлите новую."
CHINESE = "您好，我的杯子碎了，请寄一个新的给我。谢谢您的帮助！"
JAPANESE = "こんにちは。カップが割れました。新しいものを送ってください。"
GERMAN = "Schöne Grüße aus Köln, meine Tasse ist zerbrochen – bitte 5 € zurück."


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("utf-8", "utf-8", RUSSIAN),
        ("UTF8", "utf-8", CHINESE),
        ('"utf-8"', "utf-8", GERMAN),
        ("utf-7", "utf-7", GERMAN),
        ("unicode-1-1-utf-7", "utf-7", RUSSIAN),
        ("gb2312", "gbk", CHINESE),
        ("gbk", "gbk", CHINESE),
        ("gb18030", "gb18030", CHINESE),
        ("big5", "big5", "您好，我的杯子"),
        ("iso-2022-jp", "iso-2022-jp", JAPANESE),
        ("shift_jis", "cp932", JAPANESE),
        ("euc-jp", "euc_jp", JAPANESE),
        ("ks_c_5601-1987", "cp949", "안녕하세요 컵이 깨졌어요"),
        ("koi8-r", "koi8-r", RUSSIAN),
        ("windows-1251", "cp1251", RUSSIAN),
        ("windows-1252", "cp1252", GERMAN),
        ("iso-8859-1", "cp1252", GERMAN),  # what mail programs mean by it
        ("windows-1250", "cp1250", "Příliš žluťoučký kůň"),
        ("windows-1253", "cp1253", "Καλημέρα σας"),
        ("windows-1254", "cp1254", "Günaydın, fincanım kırıldı"),
        ("windows-1255", "cp1255", "שלום, הכוס נשברה"),
        ("windows-1256", "cp1256", "مرحبا، انكسر الكوب"),
        ("iso-8859-2", "iso-8859-2", "Zażółć gęślą jaźń"),
        ("iso-8859-15", "iso-8859-15", "5 € zurück"),
        ("tis-620", "cp874", "สวัสดี"),
        ("utf-16", "utf-16", GERMAN),
    ],
)
def test_declared(label: str, codec: str, text: str) -> None:
    mail = letter(text.encode(codec), f"Content-Type: text/plain; charset={label}")
    assert (mail.text, mail.notes) == (text, ())


@pytest.mark.parametrize(
    "label", ["us-ascii", "", "x-unknown", "iso-8859-1", "utf-16", "rot13", "idna", "hex"]
)
def test_utf8_under_another_label(label: str) -> None:
    assert letter(RUSSIAN.encode(), f"Content-Type: text/plain; charset={label}").text == RUSSIAN


@pytest.mark.parametrize(
    ("codec", "text"), [("cp1252", GERMAN), ("cp1251", RUSSIAN * 3), ("gb18030", CHINESE * 3)]
)
def test_undeclared_is_guessed_by_its_bytes(codec: str, text: str) -> None:
    mail = letter(text.encode(codec))
    assert mail.text == text
    assert "charset_guessed" in mail.notes


def test_latin_under_the_label_utf8() -> None:
    mail = letter(GERMAN.encode("cp1252"), "Content-Type: text/plain; charset=utf-8")
    assert (mail.text, mail.notes) == (GERMAN, ("charset_wrong",))


def test_one_bad_byte_does_not_cost_the_rest() -> None:
    data = (RUSSIAN * 3).encode() + b"\xff" + RUSSIAN.encode()
    assert decode_bytes(data, "utf-8")[0].startswith(RUSSIAN * 3)


def test_html_says_its_charset_itself() -> None:
    page = f'<html><head><meta charset="koi8-r"></head><body>{RUSSIAN}</body></html>'
    assert letter(page.encode("koi8-r"), "Content-Type: text/html").text == RUSSIAN


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-16", "utf-32"])
@pytest.mark.parametrize("text", [GERMAN, RUSSIAN, CHINESE, JAPANESE, "Wo ist Bestellung 1042?", "ok 👍"])
def test_wide_text_is_text(codec: str, text: str) -> None:
    data = text.encode(codec)
    coded = base64.encodebytes(data).decode()
    for label in (codec, codec[:6], codec.upper()):
        part = f"Content-Type: text/plain; charset={label}\nContent-Transfer-Encoding: base64\n\n{coded}"
        mail = mixed(part, "Content-Type: application/pdf; name=a.pdf\n\n%PDF-1.7")
        assert mail.text == text
        assert [file.name for file in mail.attachments] == ["a.pdf"]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_text_is_told_by_its_zeros(codec: str) -> None:
    for label in ("", "; charset=utf-8", "; charset=iso-8859-1"):
        assert letter(GERMAN.encode(codec), f"Content-Type: text/plain{label}").text == GERMAN
        html = f"<p>{GERMAN}</p>".encode(codec)
        assert letter(html, f"Content-Type: text/html{label}").text == GERMAN


def test_a_wrong_byte_order_is_put_right_and_narrow_text_stays_narrow() -> None:
    assert decode_bytes(GERMAN.encode("utf-16-be"), "utf-16le")[0] == GERMAN
    assert decode_bytes(b"Plain words", "utf-16") == ("Plain words", None)
    assert decode_bytes("Grüße".encode(), "utf-16-le")[0] == "Grüße"


def test_zeros_alone_make_no_text() -> None:
    noise = base64.encodebytes(bytes(range(256)) * 4 + bytes(1_000)).decode()
    part = f"Content-Type: text/plain; name=noise.bin\nContent-Transfer-Encoding: base64\n\n{noise}"
    mail = mixed(plain("See"), part)
    assert mail.text == "See"
    assert len(mail.attachments) == 1


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "words", ["Где мой заказ 1042?", "Πού είναι η παραγγελία 1042;", "คำสั่งซื้อ 1042 อยู่ที่ไหน"]
)
def test_wide_text_of_other_scripts_is_told_without_a_label(words: str, codec: str) -> None:
    assert letter(words.encode(codec), "Content-Type: text/plain").text == words
