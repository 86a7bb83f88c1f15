"""Files that come with mails: named, recognised, kept or not."""

from __future__ import annotations

import base64
import io
import zipfile

import pytest

from channels.mail.attachments import LARGEST_FILE, MOST_FILES
from channels.mail.parsed import Attachment, ParsedMail
from tests.unit.mail.raw_mails import letter, mixed, plain


def attached(data: bytes, name: str = "file.bin", kind: str = "application/octet-stream") -> Attachment:
    coded = base64.encodebytes(data).decode()
    part = f'Content-Type: {kind}\nContent-Disposition: attachment; filename="{name}"\n'
    mail = mixed(plain("See"), f"{part}Content-Transfer-Encoding: base64\n\n{coded}")
    assert mail.text == "See"
    return mail.attachments[0]


def named(*head: str) -> str:
    mail = letter("x", "Content-Type: application/octet-stream", *head)
    return mail.attachments[0].name


def zipped(*names: str, content: bytes = b"x", **options: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\0", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBP", "image/webp"),
        (b"%PDF-1.7", "application/pdf"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
        (b"\x1f\x8b\x08", "application/gzip"),
        (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
        (b"<svg xmlns=x>", "image/svg+xml"),
    ],
)
def test_files_are_what_their_bytes_say(start: bytes, kind: str) -> None:
    file = attached(start + b"rest of it", "name.txt", "text/plain")
    assert (file.media_type, file.note) == (kind, None)
    assert file.size == len(file.data) > 0


def test_a_picture_that_is_none_is_unknown() -> None:
    assert attached(b"not a picture", "a.png", "image/png").media_type == "application/octet-stream"


def test_office_documents_are_told_from_archives() -> None:
    file = attached(zipped("[Content_Types].xml", "word/document.xml"), "a.docx")
    assert file.media_type.endswith("wordprocessingml.document")
    assert attached(zipped("a.txt"), "a.zip").media_type == "application/zip"


@pytest.mark.parametrize(
    "data", [b"MZ\x90\0" + b"\0" * 60, b"\x7fELF\x02", b"#!/bin/sh\nrm", b"\xcf\xfa\xed\xfe\0"]
)
def test_programs_are_not_kept_whatever_they_are_called(data: bytes) -> None:
    file = attached(data, "photo.jpg", "image/jpeg")
    assert (file.data, file.size) == (b"", len(data))
    assert file.note == "A program: not kept."


@pytest.mark.parametrize("name", ["a.exe", "a.SCR", "a.js ", "a.lnk", "a.ps1", "a.iso", "a.hta", "a.jar"])
def test_programs_are_not_kept_by_their_name_either(name: str) -> None:
    assert attached(b"text", name).data == b""


def test_a_double_extension_is_called_what_it_is() -> None:
    assert attached(b"text", "bill.pdf.exe").note == "A program that poses as a document: not kept."


def test_a_sentence_that_begins_with_mz_is_no_program() -> None:
    assert (
        attached(b"MZ is what the file begins with, she said, and " * 3, "a.txt", "text/plain").note is None
    )


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('Content-Disposition: attachment; filename="../../etc/passwd"', "passwd"),
        (r'Content-Disposition: attachment; filename="C:\\Users\\ada\\bill.pdf"', "bill.pdf"),
        ('Content-Disposition: attachment; filename="a\x01b\tc.pdf"', "ab c.pdf"),
        ('Content-Disposition: attachment; filename="bill\u202efdp.exe"', "billfdp.exe"),
        ('Content-Disposition: attachment; filename="bill.pdf                .exe"', "bill.pdf .exe"),
        ('Content-Disposition: attachment; filename="con.txt"', "_con.txt"),
        ('Content-Disposition: attachment; filename="..."', "attachment-1.bin"),
        ("Content-Disposition: attachment; filename=two words.pdf", "two words.pdf"),
        ("Content-Disposition: attachment; filename*=UTF-8''na%C3%AFve.txt; filename=other.txt", "naïve.txt"),
        (
            "Content-Disposition: attachment; filename*0*=utf-8''%e2%82%ac; filename*1=\"-bill.pdf\"",
            "€-bill.pdf",
        ),
        ("Content-Disposition: attachment; filename*1=b.pdf; filename*0=a", "ab.pdf"),
        ("Content-Disposition: attachment; filename*=iso-8859-1'en'%A3.txt", "£.txt"),
        ("Content-Disposition: attachment; filename*=broken%zz.txt", "broken%zz.txt"),
        ('Content-Disposition: attachment; filename="=?utf-8?q?gr=C3=BC=C3=9Fe=2Etxt?="', "grüße.txt"),
        ('Content-Disposition: attachment; filename="never closed.txt', "never closed.txt"),
        ('Content-Disposition: attachment; filename="semi;colon.txt"; size=3', "semi;colon.txt"),
        ("Content-Disposition: attachment; filename=grüße.txt", "grüße.txt"),
        ("Content-Disposition: attachment; filename=" + "a" * 500 + ".pdf", "a" * 116 + ".pdf"),
        ("X-Nothing: at all", "attachment-1.bin"),
    ],
)
def test_names(head: str, expected: str) -> None:
    assert named(head) == expected


def test_archives_are_listed_and_not_unpacked() -> None:
    file = attached(zipped("a.txt", "b/c.txt"), "a.zip")
    assert (file.contents, file.note) == (("a.txt", "b/c.txt"), None)


def test_archives_with_programs_are_not_kept() -> None:
    file = attached(zipped("readme.txt", "setup.exe"), "a.zip")
    assert (file.data, file.note) == (b"", "The archive holds a program and is not kept.")


def test_zip_bombs_are_not_kept() -> None:
    file = attached(zipped("zeros", content=b"\0" * 60_000_000), "a.zip")
    assert (file.data, file.note) == (b"", "The archive unpacks to far more than its size and is not kept.")


def test_archives_in_archives_stay_closed() -> None:
    assert (
        attached(zipped("inner.zip"), "a.zip").note
        == "The archive holds further archives, which are not opened."
    )


def test_encrypted_archives_are_noted() -> None:
    data = bytearray(zipped("a.txt"))
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    assert attached(bytes(data), "a.zip").note == "The archive is encrypted and can't be read."


def test_damaged_archives_are_noted() -> None:
    assert "damaged" in str(attached(zipped("a.txt")[:-30], "a.zip").note)


def test_macros_are_noted() -> None:
    file = attached(zipped("[Content_Types].xml", "word/document.xml"), "a.docm")
    assert (file.note, bool(file.data)) == ("The document may hold macros.", True)


def test_too_large_a_file_is_not_kept() -> None:
    file = attached(b"\0" * (LARGEST_FILE + 1))
    assert (file.data, file.size) == (b"", LARGEST_FILE + 1)
    assert file.note == "The file is too large and is not kept."


def test_too_many_files_are_cut() -> None:
    parts = [f"Content-Type: application/pdf; name={n}.pdf\n\n%PDF-" for n in range(MOST_FILES + 5)]
    mail = mixed(plain("See"), *parts)
    assert (len(mail.attachments), mail.notes) == (MOST_FILES, ("attachments_cut",))


def test_contact_cards_are_summarised() -> None:
    card = b"BEGIN:VCARD\nFN:Ada Byron\nORG:Engines;Ltd\nitem1.EMAIL:ada@example.com\nEND:VCARD\n"
    file = attached(card, "ada.vcf", "text/vcard")
    assert (
        file.summary == "[Contact card]\nName: Ada Byron\nOrganization: Engines Ltd\nE-mail: ada@example.com"
    )


def test_attached_mails_are_files_named_by_their_subject() -> None:
    inner = "Content-Type: message/rfc822\n\nFrom: bob@example.com\nSubject: Old bill\n\nPay"
    mail = mixed(plain("What do you say to the attached letter?"), inner)
    assert [(file.name, file.media_type) for file in mail.attachments] == [("Old bill.eml", "message/rfc822")]
    assert mail.forwarded is None


def tnef(*objects: tuple[int, int, bytes]) -> bytes:
    out = b"\x78\x9f\x3e\x22\x00\x01"
    for level, tag, data in objects:
        out += bytes([level]) + tag.to_bytes(4, "little") + len(data).to_bytes(4, "little") + data
        out += (sum(data) % 65_536).to_bytes(2, "little")
    return out


def properties(*values: tuple[int, int, bytes]) -> bytes:
    """MAPI properties of variable length: type, id, value."""
    out = len(values).to_bytes(4, "little")
    for kind, name, data in values:
        out += kind.to_bytes(2, "little") + name.to_bytes(2, "little") + b"\1\0\0\0"
        out += len(data).to_bytes(4, "little") + data + b"\0" * (-len(data) % 4)
    return out


NEXT_FILE = (2, 0x00069002, b"\x01\0" + b"\0" * 12)
TITLE, DATA, FILE_PROPERTIES, PROPERTIES = 0x00018010, 0x0006800F, 0x00069005, 0x00069003


def winmail(data: bytes, text: str = "See") -> ParsedMail:
    coded = base64.encodebytes(data).decode()
    part = "Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n"
    return mixed(plain(text), part + coded)


def test_winmail_is_opened() -> None:
    long_name = properties(
        (0x1F, 0x3707, "große rechnung.pdf\0".encode("utf-16-le")), (0x1E, 0x3001, b"other\0")
    )
    data = tnef(
        NEXT_FILE,
        (2, TITLE, b"GROERE~1.PDF\0"),
        (2, DATA, b"%PDF-1.7 bill"),
        (2, FILE_PROPERTIES, long_name),
        NEXT_FILE,
        (2, TITLE, b"run.exe\0"),
        (2, DATA, b"MZ\0\0"),
    )
    files = winmail(data).attachments
    assert [(file.name, file.media_type) for file in files[:1]] == [("große rechnung.pdf", "application/pdf")]
    assert (files[1].data, files[1].note) == (b"", "A program: not kept.")


def test_a_mail_may_have_its_only_text_in_winmail() -> None:
    assert (
        winmail(tnef((1, PROPERTIES, properties((0x1E, 0x1000, b"My cup broke\0")))), "").text
        == "My cup broke"
    )
    page = properties((0x102, 0x1013, b"<p>My cup <b>broke</b></p>"))
    assert winmail(tnef((1, PROPERTIES, page)), "").text == "My cup broke"


def test_a_mail_in_winmail_is_opened_too() -> None:
    inner = tnef((1, 0x0002800C, b"Inner words\0"), NEXT_FILE, (2, TITLE, b"a.pdf\0"), (2, DATA, b"%PDF-1.7"))
    content = properties((0x0D, 0x3701, bytes.fromhex("0703020000000000c000000000000046") + inner))
    files = winmail(tnef(NEXT_FILE, (2, TITLE, b"Old bill\0"), (2, FILE_PROPERTIES, content))).attachments
    assert [file.name for file in files] == ["Old bill.txt", "a.pdf"]
    assert files[0].data == b"Inner words"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"junk",
        b"\x78\x9f\x3e\x22",
        b"\x78\x9f\x3e\x22\x00\x01\x02" + b"\xff" * 40,
        tnef((1, PROPERTIES, b"\xff" * 4_000)),
        tnef((1, PROPERTIES, b"\xff\xff\xff\xff\x02\x10\x00\x10\xff\xff\xff\xff")),
        tnef((2, DATA, b"a file that was never begun")),
        tnef(*[(1, PROPERTIES, b"")] * 20_000),
    ],
    ids=range(8),
)
def test_a_damaged_winmail_is_kept_with_a_note(data: bytes) -> None:
    mail = winmail(data)
    assert (mail.text, len(mail.attachments)) == ("See", 1)
    assert mail.attachments[0].note
    assert mail.notes == ("winmail_unread",)
