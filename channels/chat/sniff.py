"""What kind of file some bytes are, judged by the bytes alone."""

from __future__ import annotations

from typing import Final

_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
_CONTROLS: Final = bytes(byte for byte in (*range(0x20), 0x7F) if byte not in b"\t\n\r\f")


def sniff(data: bytes) -> str | None:
    """Return the media type of `data` if it is one that is taken in, else None.

    PNG, JPEG, GIF, WebP and PDF by their signatures (WHATWG MIME Sniffing, section 6); plain text is
    UTF-8 without control characters. Linear in the size of `data`.
    """
    for signature, media_type in _SIGNATURES:
        if data.startswith(signature):
            return media_type
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return "text/plain" if _is_text(data) else None


def _is_text(data: bytes) -> bool:
    if not data or len(data.translate(None, _CONTROLS)) != len(data):
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
