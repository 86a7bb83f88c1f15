"""Files of a mail: what they are, what may be kept, and a sentence about what may not."""

from __future__ import annotations

from channels.mail.files.archives import list_zip
from channels.mail.files.cards import describe_calendar, describe_card
from channels.mail.files.names import clean_name, has_macros, is_program, poses_as_document
from channels.mail.files.sniff import EXECUTABLE, sniff
from channels.mail.files.tnef import open_winmail
from channels.mail.mime.charsets import decode_bytes
from channels.mail.mime.clean import clean_line
from channels.mail.mime.notes import Notes
from channels.mail.mime.structure import EMBEDDED, Part
from channels.mail.parsed import Attachment

MOST_FILES = 100
LARGEST_FILE = 25_000_000  # bytes
LARGEST_TOGETHER = 60_000_000  # bytes

_CARDS = {"text/vcard", "text/x-vcard", "text/directory"}
_CALENDARS = {"text/calendar", "application/ics"}
_PROGRAMS = {EXECUTABLE, "application/java-archive"}
_WINMAIL = {"application/ms-tnef", "application/vnd.ms-tnef"}


class Files:
    """Collects the attachments of one mail under limits of count and size."""

    def __init__(self, notes: Notes) -> None:
        self.notes = notes
        self.kept: list[Attachment] = []
        self.winmail_text = ""
        self.winmail_html = ""
        self._room = LARGEST_TOGETHER

    def add_part(self, part: Part, *, inline: bool) -> None:
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

    def _add_mail(self, part: Part) -> None:
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

    def _add_winmail(self, data: bytes, part: Part) -> None:
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
        for name, content in winmail.files:
            self.add(name, "", content)


def summarised(kind: str, data: bytes, charset: str | None) -> str:
    """Calendar entries and contact cards in words; '' for all other files."""
    if kind in _CALENDARS:
        return describe_calendar(decode_bytes(data[:200_000], charset or "utf-8")[0])
    if kind in _CARDS:
        return describe_card(decode_bytes(data[:200_000], charset or "utf-8")[0])
    return ""
