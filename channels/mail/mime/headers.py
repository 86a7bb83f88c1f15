"""The fields of a head: at C speed, whatever stands there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

from channels.mail.mime.charsets import decode_bytes
from channels.mail.mime.clean import clean_line, clean_text
from channels.mail.mime.head import BOM, LINE_END, head_end, leading
from channels.mail.mime.notes import Notes
from channels.mail.mime.words import LARGEST_HEADER, decode_words

MOST_FIELDS = 2_000  # of one head
LARGEST_HEAD = 4_000_000  # bytes; of a larger one the begin and the end are read

_FIELD = re.compile(
    BOM
    + rb"([!-9;-~]++)[ \t]*+:((?:[^\r\n]*+"
    + LINE_END
    + rb"(?=[ \t]))*+[^\r\n]*+)(?:"
    + LINE_END
    + rb"|\Z)"
)
_FIELD_START = re.compile(rb"[\r\n][!-9;-~]")
_FOLD = re.compile(r"[\r\n]+[ \t]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Headers:
    """Fields of one head in their order; names in lower case, values as they came, unfolded."""

    fields: tuple[tuple[str, bytes], ...]

    def all(self, name: str) -> list[str]:
        """Every value of a field, 8-bit bytes made text, encoded words left alone."""
        charset = self._charset() if name != "content-type" else None
        return [_unfolded(value, charset) for field, value in self.fields if field == name]

    def get(self, name: str) -> str:
        """The first value of a field, '' if there is none."""
        return next(iter(self.all(name)), "")

    def has(self, *names: str) -> bool:
        """Whether any of these fields stands here."""
        return any(field in names for field, _ in self.fields)

    def decoded(self, value: bytes) -> str:
        """One value of `fields`, 8-bit bytes made text."""
        return _unfolded(value, self._charset())

    def text(self, name: str, limit: int = 1_000) -> str:
        """The first value for people: encoded words decoded, one clean line."""
        return clean_line(decode_words(self.get(name)), limit)

    def _charset(self) -> str | None:
        """8-bit headers are mostly written in the charset of the body they stand over."""
        kind = next((value for field, value in self.fields if field == "content-type"), b"")
        match = re.search(rb"(?i)charset=[\"']?([\w.:-]{1,40})", kind)
        return match[1].decode("ascii") if match and not match[1].lower().startswith(b"us-ascii") else None


def _unfolded(value: bytes, charset: str | None) -> str:
    text = value.decode("ascii") if value.isascii() else decode_bytes(value, charset)[0]
    return clean_text(_FOLD.sub(" ", text)).strip()


def read_headers(
    raw: bytes, start: int, end: int, notes: Notes, *, whole: bool = False
) -> tuple[Headers, int]:
    """The fields from `start`, and where the body begins; `whole` for a mail, not only a part of one."""
    begin = leading(raw, start, end) if whole else start
    near = min(end, begin + LARGEST_HEAD)
    stop, body = head_end(raw, begin, near, notes, whole=whole)
    windows = [(begin, stop)]
    if stop == near < end:
        notes.add("header_cut")
        stop, body = _far_end(raw, near, end)
        windows.append((_field_start(raw, max(near, stop - LARGEST_HEAD), stop), stop))
    fields = [one for first, last in windows for one in _fields(raw, first, last, notes)]
    return Headers(fields=tuple(fields)), body


def _fields(raw: bytes, start: int, stop: int, notes: Notes) -> list[tuple[str, bytes]]:
    fields: list[tuple[str, bytes]] = []
    for match in islice(_FIELD.finditer(raw, start, stop), MOST_FIELDS):
        if match.start() > start and raw[match.start() - 1] not in b"\r\n":
            continue  # within a line of junk
        first, last = match.span(2)
        if last - first > LARGEST_HEADER:
            notes.add("header_cut")
        value = raw[first : min(last, first + LARGEST_HEADER)]
        fields.append((match[1][:100].decode("ascii").lower(), value))
    if len(fields) == MOST_FIELDS:
        notes.add("headers_cut")
    return fields


def _far_end(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """The first blank line from `start`, found without looking at fields."""
    found = [(at, len(mark)) for mark in (b"\n\r\n", b"\n\n") if (at := raw.find(mark, start, end)) >= 0]
    at, length = min(found, default=(end, 0))
    return at, at + length


def _field_start(raw: bytes, start: int, stop: int) -> int:
    match = _FIELD_START.search(raw, start, stop)
    return match.start() + 1 if match else stop
