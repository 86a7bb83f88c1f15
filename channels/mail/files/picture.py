"""How large a picture is, by the first bytes of its file."""

from __future__ import annotations

import struct

_MOST_SEGMENTS = 200
_NO_FRAME = {0xC4, 0xC8, 0xCC}  # among JPEG's frame headers, C0 to CF


def picture_size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels of a PNG, GIF, BMP, JPEG or WebP; (0, 0) where they can't be told."""
    try:
        return _size(data)
    except (struct.error, IndexError):
        return 0, 0


def _size(data: bytes) -> tuple[int, int]:
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR":
        width, height = struct.unpack_from(">II", data, 16)
    elif data.startswith((b"GIF87a", b"GIF89a")):
        width, height = struct.unpack_from("<HH", data, 6)
    elif data.startswith(b"BM"):
        width, height = map(abs, struct.unpack_from("<ii", data, 18))
    elif data.startswith(b"\xff\xd8"):
        return _jpeg(data)
    elif data.startswith(b"RIFF") and data[8:16] == b"WEBPVP8X":
        width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    else:
        return 0, 0
    return int(width), int(height)


def _jpeg(data: bytes) -> tuple[int, int]:
    at = 2
    for _ in range(_MOST_SEGMENTS):
        while data[at] == 0xFF and data[at + 1] == 0xFF:  # fill bytes
            at += 1
        mark, length = data[at + 1], int(struct.unpack_from(">H", data, at + 2)[0])
        if data[at] != 0xFF:
            break
        if 0xC0 <= mark <= 0xCF and mark not in _NO_FRAME:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return int(width), int(height)
        at += 2 + length
    return 0, 0
