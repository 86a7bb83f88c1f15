"""What a file is by its first bytes, whatever it is called, and its name made safe to show and to store."""

from __future__ import annotations

import re
import unicodedata

from channels.mail.mime.decoding import clean_line

EXECUTABLE = "application/x-executable"

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\0", "application/x-xz"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (257, b"ustar", "application/x-tar"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"\x78\x9f\x3e\x22", "application/ms-tnef"),
    (0, b"\x7fELF", EXECUTABLE),
    (0, b"\xca\xfe\xba\xbe", EXECUTABLE),  # Java class, Mach-O for several processors
    (0, b"\xcf\xfa\xed\xfe", EXECUTABLE),
    (0, b"\xce\xfa\xed\xfe", EXECUTABLE),
    (0, b"\xfe\xed\xfa\xcf", EXECUTABLE),
    (0, b"\xfe\xed\xfa\xce", EXECUTABLE),
    (0, b"dex\n03", EXECUTABLE),
    (0, b"L\0\0\0\x01\x14\x02\0", EXECUTABLE),  # Windows shortcut
    (0, b"MSCF", "application/vnd.ms-cab-compressed"),
)
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS = {b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heic", b"avif": "image/avif",
           b"qt  ": "video/quicktime", b"M4A ": "audio/mp4"}  # fmt: skip
_OLE = {
    "doc": "application/msword", "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint", "msg": "application/vnd.ms-outlook",
    "dot": "application/msword",
}  # fmt: skip
_OFFICE = "application/vnd.openxmlformats-officedocument."
_ZIPPED: tuple[tuple[bytes, str], ...] = (
    (b"word/", f"{_OFFICE}wordprocessingml.document"),
    (b"xl/", f"{_OFFICE}spreadsheetml.sheet"),
    (b"ppt/", f"{_OFFICE}presentationml.presentation"),
    (b"META-INF/MANIFEST.MF", "application/java-archive"),
)
_MARKUP = ((b"<!doctype html", "text/html"), (b"<html", "text/html"), (b"<svg", "image/svg+xml"))
# Binary kinds we would have recognised: a file that says it is one of these and isn't, is unknown.
_RECOGNISED = ("image/", "application/pdf", "application/zip", "application/gzip", "application/vnd.openxml")


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
    return next((kind for start, kind in _MARKUP if head.startswith(start)), None)


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
        return next((found for mark, found in _ZIPPED if mark in window), kind)
    return kind


LONGEST = 120  # characters, the extension included

# Left-to-right and right-to-left overrides show `gpj.exe` as `exe.jpg`; zero-width letters hide the rest.
_TRICKS = re.compile(
    "[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\u180e\u115f\u1160\u3164\uffa0]"
)
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f]')
_SPACES_BEFORE_DOT = re.compile(r"\s{2,}(?=\.)")
_RESERVED = re.compile(r"^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_EXTENSIONS = {
    "application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif",
    "image/webp": "webp", "image/heic": "heic", "image/tiff": "tif", "text/plain": "txt",
    "text/html": "html", "text/csv": "csv", "text/calendar": "ics", "text/vcard": "vcf",
    "text/x-vcard": "vcf", "message/rfc822": "eml", "application/zip": "zip",
    "application/msword": "doc", "application/json": "json", "audio/mpeg": "mp3",
    "application/ms-tnef": "dat", "video/mp4": "mp4", "application/rtf": "rtf",
}  # fmt: skip
_PROGRAMS = frozenset((
    "exe", "com", "scr", "bat", "cmd", "pif", "vbs", "vbe", "js", "jse", "ws", "wsf", "wsh", "wsc",
    "hta", "msi", "msp", "mst", "msc", "jar", "ps1", "psm1", "psd1", "ps2", "lnk", "reg", "cpl", "dll",
    "sys", "drv", "ocx", "apk", "ipa", "app", "dmg", "pkg", "deb", "rpm", "run", "sh", "bash",
    "csh", "ksh", "command", "action", "workflow", "scf", "inf", "ins", "isp", "gadget", "application",
    "appref-ms", "chm", "hlp", "iso", "img", "vhd", "vhdx", "vb", "xll", "sct", "shb", "shs", "url",
    "desktop", "ade", "adp", "bas", "crt", "mde", "settingcontent-ms",
))  # fmt: skip
_MACROS = frozenset((
    "docm", "dotm", "xlsm", "xltm", "xlam", "pptm", "potm", "ppam", "ppsm", "sldm", "xlsb",
))  # fmt: skip
_HARMLESS = frozenset((
    "pdf", "jpg", "jpeg", "png", "gif", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "txt", "csv", "zip",
    "mp3", "mp4", "htm", "html", "rtf", "odt",
))  # fmt: skip


def clean_name(name: str, media_type: str, number: int) -> str:
    """A name without path, controls, tricks of writing direction or reserved words; never empty."""
    name = clean_line(unicodedata.normalize("NFC", _TRICKS.sub("", name)))
    name = re.split(r"[/\\]", name)[-1]
    name = _SPACES_BEFORE_DOT.sub("", _FORBIDDEN.sub("_", name)).strip(" .")
    if not name:
        extension = _EXTENSIONS.get(media_type, "bin")
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
