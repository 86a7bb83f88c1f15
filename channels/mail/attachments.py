"""Files of a mail: what they are, what may be kept, and a sentence about what may not."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

from channels.mail.calendar_cards import describe_calendar, describe_card
from channels.mail.file_kinds import EXECUTABLE, clean_name, has_macros, is_program, poses_as_document, sniff
from channels.mail.mime.decoding import Notes, clean_line, decode_bytes
from channels.mail.mime.parts import EMBEDDED, MimePart
from channels.mail.parsed import Attachment
from channels.mail.winmail import open_winmail

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
    note, keep = _judged_archive(entries, len(data))
    return Archive(contents=contents, note=note, keep=keep)


def _small_directory(data: bytes) -> bool:
    at = data.rfind(_END, max(0, len(data) - 66_000))
    if at < 0 or len(data) < at + 22 or b"PK\x06\x07" in data[max(0, at - 40) : at]:
        return False
    entries = int.from_bytes(data[at + 10 : at + 12], "little")
    size = int.from_bytes(data[at + 12 : at + 16], "little")
    return entries <= MOST_ENTRIES and size <= LARGEST_DIRECTORY


def _judged_archive(entries: list[zipfile.ZipInfo], packed: int) -> tuple[str | None, bool]:
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


MOST_FILES = 100
LARGEST_FILE = 25_000_000  # bytes
LARGEST_TOGETHER = 60_000_000  # bytes

_CARDS = {"text/vcard", "text/x-vcard", "text/directory"}
_CALENDARS = {"text/calendar", "application/ics"}
_PROGRAMS = {EXECUTABLE, "application/java-archive"}
_WINMAIL = {"application/ms-tnef", "application/vnd.ms-tnef"}


class AttachmentCollector:
    """Collects the attachments of one mail under limits of count and size."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.kept: list[Attachment] = []
        self.winmail_text = ""
        self.winmail_html = ""
        self._room = LARGEST_TOGETHER

    def add_part(self, part: MimePart, *, inline: bool) -> None:
        """A leaf of the mail that is no text to read."""
        if self._full():
            return
        if part.type in EMBEDDED:
            self._add_mail(part)
            return
        data = part.decoded(self.notes)
        if part.type in _WINMAIL or part.name.lower() == "winmail.dat":
            self._add_winmail(data, part)
            return
        content_id = clean_line(part.headers.get("content-id"), 300).strip("<> ") or None
        self.add(
            part.name,
            part.type,
            data,
            inline=inline,
            content_id=content_id,
            charset=part.parameters.get("charset"),
        )

    def add(
        self,
        name: str,
        declared: str,
        data: bytes,
        *,
        inline: bool = False,
        content_id: str | None = None,
        charset: str | None = None,
    ) -> None:
        """One file by its bytes."""
        if self._full():
            return
        kind = sniff(data, name, declared)
        clean = clean_name(name, kind, len(self.kept) + 1)
        keep, note, contents = self._judged(clean, kind, data)
        if keep:
            self._room -= len(data)
        self.kept.append(
            Attachment(
                name=clean,
                media_type=kind,
                size=len(data),
                data=data if keep else b"",
                inline=inline,
                note=note,
                content_id=content_id,
                contents=contents,
                summary=summarised(kind, data, charset),
            )
        )

    def _full(self) -> bool:
        if len(self.kept) < MOST_FILES:
            return False
        self.notes.add("attachments_cut")
        return True

    def _judged(self, name: str, kind: str, data: bytes) -> tuple[bool, str | None, tuple[str, ...]]:
        if kind in _PROGRAMS or is_program(name):
            pose = " that poses as a document" if poses_as_document(name) else ""
            return False, f"A program{pose}: not kept.", ()
        if len(data) > LARGEST_FILE:
            return False, "The file is too large and is not kept.", ()
        if len(data) > self._room:
            return False, "The files of this mail are too large together; this one is not kept.", ()
        if kind == "application/zip":
            archive = list_zip(data)
            return archive.keep, archive.note, archive.contents
        return True, "The document may hold macros." if has_macros(name) else None, ()

    def _add_mail(self, part: MimePart) -> None:
        subject = part.children[0].headers.text("subject", 100) if part.children else ""
        name = part.name or f"{subject or 'message'}.eml"
        name = name if name.lower().endswith(".eml") else f"{name}.eml"
        data = part.decoded(self.notes)
        self._room -= len(data)
        keep = self._room >= 0
        self.kept.append(
            Attachment(
                name=clean_name(name, part.type, len(self.kept) + 1),
                media_type=part.type,
                size=len(data),
                data=data if keep else b"",
                inline=False,
                note=None if keep else "The files of this mail are too large together; this one is not kept.",
            )
        )

    def _add_winmail(self, data: bytes, part: MimePart) -> None:
        winmail = open_winmail(data)
        if winmail.problem:
            self.notes.add("winmail_unread")
            name = clean_name(part.name or "winmail.dat", part.type, 1)
            self.kept.append(
                Attachment(
                    name=name,
                    media_type="application/ms-tnef",
                    size=len(data),
                    data=data,
                    inline=False,
                    note=winmail.problem,
                )
            )
            return
        self.winmail_text, self.winmail_html = winmail.text, winmail.html
        for file in winmail.files:
            self.add(file.name, "", file.data)


def summarised(kind: str, data: bytes, charset: str | None) -> str:
    """Calendar entries and contact cards in words; '' for all other files."""
    if kind in _CALENDARS:
        return describe_calendar(decode_bytes(data[:200_000], charset or "utf-8")[0])
    if kind in _CARDS:
        return describe_card(decode_bytes(data[:200_000], charset or "utf-8")[0])
    return ""
