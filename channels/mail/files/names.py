"""File names from strangers, made safe to show and to store."""

from __future__ import annotations

import re
import unicodedata

from channels.mail.mime.clean import clean_line

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
