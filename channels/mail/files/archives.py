"""Zip archives: their lists of contents, read without unpacking anything."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

from channels.mail.files.names import is_program
from channels.mail.mime.clean import clean_line

MOST_ENTRIES = 5_000
LARGEST_DIRECTORY = 1_000_000  # bytes of the central directory
LARGEST_UNPACKED = 500_000_000  # bytes
WORST_RATIO = 200  # unpacked to packed; text packs to about 1:10, repeated rows to 1:50
_SHOWN = 200
_ARCHIVES = (".zip", ".7z", ".rar", ".gz", ".tar", ".tgz", ".bz2", ".xz", ".cab", ".arj", ".lzh", ".ace")
_END = b"PK\x05\x06"


@dataclass(frozen=True, kw_only=True, slots=True)
class Archive:
    """What an archive says of itself; `keep` is False when it must not be stored."""

    contents: tuple[str, ...] = ()
    note: str | None = None
    keep: bool = True


def list_zip(data: bytes) -> Archive:
    """Names in a zip archive, and what is wrong with it. Reads at most 1 MB of directory."""
    if not _small_directory(data):
        return Archive(note="The archive could not be listed: it is damaged or has too many entries.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except Exception:  # zipfile raises many kinds on damaged archives
        return Archive(note="The archive is damaged and was not opened.")
    contents = tuple(clean_line(entry.filename, 200) for entry in entries[:_SHOWN])
    note, keep = _judged(entries, len(data))
    return Archive(contents=contents, note=note, keep=keep)


def _small_directory(data: bytes) -> bool:
    at = data.rfind(_END, max(0, len(data) - 66_000))
    if at < 0 or len(data) < at + 22 or b"PK\x06\x07" in data[max(0, at - 40) : at]:
        return False
    entries = int.from_bytes(data[at + 10 : at + 12], "little")
    size = int.from_bytes(data[at + 12 : at + 16], "little")
    return entries <= MOST_ENTRIES and size <= LARGEST_DIRECTORY


def _judged(entries: list[zipfile.ZipInfo], packed: int) -> tuple[str | None, bool]:
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > LARGEST_UNPACKED or (unpacked > 20_000_000 and unpacked > WORST_RATIO * packed):
        return "The archive unpacks to far more than its size and is not kept.", False
    if any(is_program(entry.filename) for entry in entries):
        return "The archive holds a program and is not kept.", False
    if any(entry.flag_bits & 1 for entry in entries):
        return "The archive is encrypted and can't be read.", True
    if any(entry.filename.lower().endswith(_ARCHIVES) for entry in entries):
        return "The archive holds further archives, which are not opened.", True
    return None, True
