"""Pictures that only decorate a mail: logos, icons, counting pixels. They are no files of its writer's.

In doubt a picture stays a file: photos and screenshots stand between the words too (Apple Mail, Outlook).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

from channels.mail.html.guard import guarded
from channels.mail.parsed import Attachment

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


_MOST_PICTURES = 300
_DEEPEST = 40
_PIXEL = 8  # a side, in pixels, that nobody looks at
_ICON = 64  # the shorter side of icons and of lines of logos
_LOGO = 40_000  # pixels in all
_SMALL, _MEDIUM, _LARGE = 4_096, 50_000, 200_000  # bytes
_DRAWN = {"image/png", "image/gif", "image/svg+xml", "image/bmp"}
_UNKNOWN = "application/octet-stream"
_MAYBE = ("image/", _UNKNOWN)
_WORD = re.compile(r"\w+")
_LENGTH = re.compile(r"\s*(\d{1,5})(?:\.\d+)?(?:px)?\s*")
_STYLE = {
    side: re.compile(rf"(?i)(?:^|[;\s]){side}\s*:\s*(\d{{1,5}})(?:\.\d+)?px") for side in ("width", "height")
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Shown:
    """How the HTML shows a picture; sides in pixels, 0 where it does not say."""

    width: int
    height: int
    aside: bool
    """In a link, or in what a mail program marks as a signature."""
    in_cell: bool
    """In a table, as most signatures with a logo are."""


def without_decoration(files: list[Attachment], html: str | None, text: str) -> list[Attachment]:
    """Leave out the pictures that only decorate `html`; a mail of pictures alone keeps them."""
    if not html or "cid:" not in html.lower() or not any(file.content_id for file in files):
        return files
    shown = dict(_pictures(html))
    spoken = _WORD.search(text) is not None
    return [file for file in files if not _decorates(file, shown.get(_id(file)), spoken=spoken)]


def _id(file: Attachment) -> str:
    return (file.content_id or "").lower()


def _decorates(file: Attachment, shown: _Shown | None, *, spoken: bool) -> bool:
    if shown is None or not file.media_type.startswith(_MAYBE):
        return False
    width, height = picture_size(file.data)
    if 0 < max(width, height) <= _PIXEL or 0 < max(shown.width, shown.height) <= _PIXEL:
        return True
    drawn = file.media_type in _DRAWN or file.media_type == _UNKNOWN
    if not width:
        return spoken and file.size <= _SMALL and (drawn or shown.aside)
    scaled = 0 < shown.width < width * 0.75
    wide = shown.width or width
    high = shown.height or height * wide // width
    return spoken and (
        (min(wide, high) <= _ICON and file.size <= _LARGE)
        or (wide * high <= _LOGO and file.size <= _LARGE and (shown.aside or shown.in_cell or scaled))
        or (wide * high <= 4 * _LOGO and file.size <= _MEDIUM and shown.aside and drawn)
    )


def _pictures(html: str) -> Iterator[tuple[str, _Shown]]:
    """Content-ID and look of every picture that came with the mail."""
    try:
        nodes = LexborHTMLParser(guarded(html)[0]).css("img")
    except (ValueError, RuntimeError, UnicodeError):
        return
    for node in islice(nodes, _MOST_PICTURES):
        source = node.attributes.get("src") or ""
        if source[:4].lower() == "cid:":
            yield unquote(source[4:]).strip("<> ").lower(), _look(node)


def _side(node: LexborNode, side: str) -> int:
    styled = _STYLE[side].search((node.attributes.get("style") or "")[:1_000])
    given = _LENGTH.fullmatch(node.attributes.get(side) or "")
    found = styled or given
    return int(found[1]) if found else 0


def _look(node: LexborNode) -> _Shown:
    tags, marks = set[str](), ""
    above = node.parent
    for _ in range(_DEEPEST):
        if above is None:
            break
        tags.add(above.tag or "")
        marks += f"{above.attributes.get('class') or ''} {above.attributes.get('id') or ''} ".lower()
        above = above.parent
    return _Shown(
        width=_side(node, "width"),
        height=_side(node, "height"),
        aside="a" in tags or "signature" in marks,
        in_cell="td" in tags,
    )
