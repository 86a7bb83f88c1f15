"""What a file is by its first bytes, whatever it is called."""

from __future__ import annotations

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
