"""Headers of a download: whatever a file is called or says it is, a browser saves it and runs nothing."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from channels.downloads import disposition, download_headers


@pytest.mark.parametrize(
    ("name", "plain", "exact"),
    [
        ("shoe.png", "shoe.png", None),
        ("Rechnung März.pdf", "Rechnung M_rz.pdf", "Rechnung März.pdf"),
        ('a"b\r\nX-Evil: 1.txt', "a_bX-Evil_ 1.txt", 'a"bX-Evil: 1.txt'),
        ("../../etc/passwd", "etcpasswd", None),
        ("日本.txt", "__.txt", "日本.txt"),
        ("\u202egnp.exe", "gnp.exe", None),
        ("", "file", None),
        ("…", "_", "…"),
    ],
)
def test_a_name_is_told_safely(name: str, plain: str, exact: str | None) -> None:
    value = disposition(name)
    assert value.isascii()
    assert "\r" not in value
    assert value.startswith(f'attachment; filename="{plain}"')
    assert ("filename*=" in value) is (exact is not None)
    if exact is not None:
        message = EmailMessage()
        message["Content-Disposition"] = value.replace(f'filename="{plain}"; ', "")
        assert message.get_filename() == exact


@pytest.mark.parametrize(
    ("media_type", "told"),
    [
        ("image/png", "image/png"),
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("text/html\r\nX: y", "application/octet-stream"),
        ("message/rfc822", "message/rfc822"),
    ],
)
def test_only_harmless_types_are_told(media_type: str, told: str) -> None:
    headers = download_headers("x", media_type)
    assert headers["Content-Type"] == told
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
