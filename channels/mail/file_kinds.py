"""What a file is by its first bytes, whatever it is called, and its name made safe to show and to store."""

from __future__ import annotations

import re
import unicodedata

from channels.mail.mime.decoding import clean_line
from channels.mail.word_lists import words

EXECUTABLE = "application/x-executable"

_WORDS = words("files")
_MAGIC: list[tuple[int, bytes, str]] = [
    (at, bytes.fromhex(start), kind) for at, start, kind in _WORDS["magic"]
]


def _marks(name: str) -> dict[bytes, str]:
    return {mark.encode(): kind for mark, kind in _WORDS[name].items()}


_RIFF, _BRANDS, _ZIPPED, _MARKUP = map(_marks, ("riff", "brands", "zipped", "markup"))
_OLE: dict[str, str] = _WORDS["ole"]
_RECOGNISED = tuple(_WORDS["recognised"])


def sniff(data: bytes, name: str, declared: str) -> str:
    """The media type of `data`: by content, else as declared where that is plausible."""
    found = _by_content(data, name)
    if found:
        return found
    if not declared or declared.startswith("multipart/") or (declared.startswith(_RECOGNISED) and data):
        return "image/svg+xml" if declared == "image/svg+xml" else "application/octet-stream"
    return declared


def _by_content(data: bytes, name: str) -> str | None:
    for offset, magic, kind in _MAGIC:
        if data.startswith(magic, offset):
            return _refined(kind, data, name)
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12])
    if data[4:8] == b"ftyp":
        return _BRANDS.get(data[8:12], "video/mp4")
    if _starts_program(data):
        return EXECUTABLE
    if b"%PDF-" in data[:1024]:
        return "application/pdf"
    head = data[:1024].lstrip().lower()
    return next((kind for start, kind in _MARKUP.items() if head.startswith(start)), None)


def _starts_program(data: bytes) -> bool:
    """Windows programs and scripts that name their interpreter; `MZ` alone may begin a sentence."""
    if data[:2] == b"MZ":
        return b"\0" in data[:64] or len(data) < 64 or b"PE\0\0" in data[:4096]
    return data[:2] == b"#!" and data[2:20].lstrip()[:1] == b"/"


def _refined(kind: str, data: bytes, name: str) -> str:
    extension = name.rpartition(".")[2].lower()
    if kind == "application/x-ole-storage":
        return _OLE.get(extension, kind)
    if kind == "application/zip":
        return _zipped(data, kind)
    if kind == "image/bmp" and data[15:18] != b"\0\0\0":  # the size of a header that is always small
        return "application/octet-stream"
    return kind


def _zipped(data: bytes, kind: str) -> str:
    """Office documents and Java programs are zip archives with telling names in them."""
    if data[30:38] == b"mimetype" and data[38:90].startswith(b"application/"):
        length = int.from_bytes(data[18:22], "little")
        return data[38 : 38 + min(length, 90)].decode("ascii", "replace")
    window = data[:4096] + data[-65_536:]
    if b"[Content_Types].xml" in window or b"META-INF/" in window:
        return next((found for mark, found in _ZIPPED.items() if mark in window), kind)
    return kind


LONGEST = 120  # characters, the extension included

# Left-to-right and right-to-left overrides show `gpj.exe` as `exe.jpg`; zero-width letters hide the rest.
_TRICKS = re.compile(
    "[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\u180e\u115f\u1160\u3164\uffa0]"
)
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f]')
_SPACES_BEFORE_DOT = re.compile(r"\s{2,}(?=\.)")
_RESERVED = re.compile(r"^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_PROGRAMS, _MACROS, _HARMLESS = (frozenset(_WORDS[name]) for name in ("programs", "macros", "harmless"))


def clean_name(name: str, media_type: str, number: int) -> str:
    """A name without path, controls, tricks of writing direction or reserved words; never empty."""
    name = clean_line(unicodedata.normalize("NFC", _TRICKS.sub("", name)))
    name = re.split(r"[/\\]", name)[-1]
    name = _SPACES_BEFORE_DOT.sub("", _FORBIDDEN.sub("_", name)).strip(" .")
    if not name:
        extension = _WORDS["extensions"].get(media_type, "bin")
        return f"attachment-{number}.{extension}"
    if _RESERVED.match(name):
        name = f"_{name}"
    if len(name) > LONGEST:
        stem, dot, extension = name.rpartition(".")
        extension = extension[:20] if dot and stem else ""
        name = (
            f"{(stem or name)[: LONGEST - len(extension) - 1]}.{extension}" if extension else name[:LONGEST]
        )
    return name


def is_program(name: str) -> bool:
    """Whether a computer would run a file of this name."""
    return _extension(name) in _PROGRAMS


def has_macros(name: str) -> bool:
    """Whether this is an office document that may bring programs along."""
    return _extension(name) in _MACROS


def poses_as_document(name: str) -> bool:
    """`invoice.pdf.exe`: a harmless extension before the real one."""
    parts = name.lower().split(".")
    return len(parts) > 2 and parts[-2].strip() in _HARMLESS and parts[-1] in _PROGRAMS


def _extension(name: str) -> str:
    return name.lower().rstrip(" .").rpartition(".")[2].strip() if "." in name else ""
