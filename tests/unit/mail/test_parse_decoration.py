"""Which pictures of a mail are its writer's, and which only decorate it."""

from __future__ import annotations

import base64
import struct

import pytest

from tests.unit.mail.raw_mails import html, letter, multipart

WORDS = "<p>Where is my order 1042? It should have come on Monday.</p>"


def png(width: int, height: int, size: int = 2_000) -> bytes:
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height)
    return head + bytes(max(0, size - len(head)))


def jpeg(width: int, height: int, size: int) -> bytes:
    frame = b"\xff\xc0\0\x11\x08" + struct.pack(">HH", height, width)
    head = b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(10) + frame
    return head + bytes(size - len(head))


def names(
    page: str, data: bytes, *, kind: str = "image/png", identity: str = "image001.png@01D"
) -> list[str]:
    part = (
        f'Content-Type: {kind}; name="image001"\nContent-ID: <{identity}>\nContent-Disposition: inline\n'
        f"Content-Transfer-Encoding: base64\n\n{base64.encodebytes(data).decode()}"
    )
    head, body = multipart("related", html(page), part)
    return [file.name for file in letter(body, head).attachments]


def picture(more: str = "", identity: str = "image001.png@01D") -> str:
    return f'<img src="cid:{identity}" {more}>'


@pytest.mark.parametrize(
    ("page", "data"),
    [
        (f"{WORDS}{picture()}", png(1, 1, 70)),
        (f"{picture()}", png(1, 1, 70)),
        (f"{WORDS}{picture('width=1 height=1')}", png(600, 400)),
        (f"{WORDS}<p>Regards, Kim {picture()}</p>", png(32, 32)),
        (f"{WORDS}<p>Kim</p>{picture()}", png(320, 60, 30_000)),
        (f"{WORDS}<table><tr><td>{picture()}<td>Kim, ACME</table>", png(200, 150, 30_000)),
        (f'{WORDS}<a href="https://acme.example">{picture()}</a>', png(300, 300, 40_000)),
        (f'{WORDS}<div class="gmail_signature">{picture()}</div>', png(400, 300, 40_000)),
        (f"{WORDS}{picture('width=180 height=90')}", png(720, 360, 60_000)),
        (f"{WORDS}{picture('style=width:180px')}", png(720, 360, 60_000)),
        (f"{WORDS}{picture()}", b"\x89PNG\r\n\x1a\n"),
    ],
)
def test_logos_icons_and_pixels_are_no_files(page: str, data: bytes) -> None:
    assert names(page, data) == []


@pytest.mark.parametrize(
    ("page", "data"),
    [
        (f"{WORDS}{picture()}<p>This is the box.</p>", jpeg(4032, 3024, 90_000)),
        (f"{WORDS}{picture('width=320 height=240')}", jpeg(4032, 3024, 300_000)),
        (f"{WORDS}{picture()}<p>Regards, Kim</p>", png(900, 500, 60_000)),
        (f"<table><tr><td>{WORDS}{picture()}</table>", png(400, 300, 40_000)),
        (f"{picture()}", png(200, 100)),
        (f"{WORDS}<p>No picture here.</p>", png(32, 32)),
        (f"{WORDS}{picture(identity='other@01D')}", png(32, 32)),
        (f"{WORDS}{picture()}", b"\xff\xd8\xff\xe0" + bytes(3_000)),
    ],
)
def test_photos_and_screenshots_stay_files(page: str, data: bytes) -> None:
    assert len(names(page, data)) == 1


def test_another_file_is_no_picture() -> None:
    assert len(names(f"{WORDS}{picture()}", b"%PDF-1.7 x", kind="application/pdf")) == 1


def test_content_ids_are_compared_as_they_are_meant() -> None:
    page = f'{WORDS}<img src="CID:Logo%40x">'
    assert names(page, png(32, 32), identity="logo@x") == []
