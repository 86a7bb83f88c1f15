"""The head of a mail: where it ends, over lines of junk and heads torn in two, and its fields.

A line that is no field ends the head only where nothing below it, up to the next empty line, speaks for a
head that goes on. What people write themselves ("From: Berlin", "Subject: holiday") does not, once the head
is complete.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

from channels.mail.mime.decoding import Notes, clean_line, clean_text, decode_bytes
from channels.mail.mime.encodings import LARGEST_HEADER, decode_words

LINE_END = rb"(?:\r{0,2}\n|\r)"  # CR CR LF: what two programs make of one line end
BOM = rb"(?:\xef\xbb\xbf)?+"
NAME = rb"[!-9;-~]++"
_MOST_DAMAGES = 50
_MOST_JUNK = 30  # lines in a row

# Possessive: nothing is tried twice, so 100 MB of header cost one pass.
_HEAD = re.compile(
    rb"(?:(?:" + BOM + NAME + rb"[ \t]*+:|[ \t]++(?=[^\s]))[^\r\n]*+(?:" + LINE_END + rb"|\Z))*+"
)
_BLANK = re.compile(rb"[ \t]*+" + LINE_END)
_BLANKS = re.compile(rb"(?:" + _BLANK.pattern + rb"){1,3}+")
_LEADING = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:[ \t]*+" + LINE_END + rb")*+(?:>?From [^\r\n]*+" + LINE_END + rb")?"
)
_JUNK_LINE = re.compile(rb"[^\r\n]{1,2000}" + LINE_END)
_FIELD_LINE = re.compile(BOM + rb"(" + NAME + rb")[ \t]*+:([^\r\n]{0,400})")
_NAMES = re.compile(rb"(?:(?<=[\r\n])|\A)" + BOM + rb"([!-9;-~]{1,60})[ \t]*+:([^\r\n]{0,400})")
_KNOWN = re.compile(
    rb"(?i)(?:x-|arc-|list-|resent-|content-|auto|received|from|to|cc|bcc|subject|date|message-id|mime-version|"
    rb"reply-to|in-reply-to|references|return-path|delivered-to|dkim-|domainkey|authentication-|sender|"
    rb"precedence|importance|priority|thread-|user-agent|feedback-|disposition-|errors-to|organi[sz]ation|"
    rb"accept-language|envelope-|original-|reporting-|final-|action|status|diagnostic-|keywords|comments|"
    rb"mail-|ms-|msip|require-|sensitivity|lines|xref|newsgroups|path|bounces-|apparently-|old-|spam)"
    rb"[!-9;-~]*[ \t]*:"
)
_BY_PEOPLE = frozenset((
    b"from", b"to", b"cc", b"bcc", b"subject", b"date", b"sender", b"action", b"status", b"keywords",
    b"comments", b"lines", b"path", b"priority", b"importance", b"organization", b"organisation", b"spam",
))  # fmt: skip
_SIGNED = _BY_PEOPLE | {b"message-id", b"reply-to", b"mime-version", b"content-type"}
_BY_PROGRAMS = (b"message-id", b"mime-version", b"content-type", b"content-transfer-encoding")
_SAME = (b"message-id", b"subject", b"date")


@dataclass(slots=True)
class _Seen:
    """The fields so far: the first value of each known one."""

    values: dict[bytes, bytes] = field(default_factory=dict)

    def add(self, fields: Mapping[bytes, bytes]) -> None:
        for name, value in fields.items():
            self.values.setdefault(name, value)

    def complete(self) -> bool:
        names = self.values.keys()
        return b"from" in names and b"subject" in names and bool(names & {b"to", b"date", b"message-id"})


def leading(raw: bytes, start: int, end: int) -> int:
    """Skip blank lines, a byte order mark and mbox's `From ` line before the first field."""
    match = _LEADING.match(raw, start, end)
    skipped = match.end() if match else start
    return skipped if _KNOWN.match(raw, skipped, end) else start


def head_end(raw: bytes, begin: int, end: int, notes: Notes, *, whole: bool) -> tuple[int, int]:
    """End of the head and begin of the body; `whole` for a mail, not only a part of one."""
    at, seen = _run(raw, begin, end), _Seen()
    seen.add(_known(raw, begin, at))
    for _ in range(_MOST_DAMAGES):
        blank = _BLANK.match(raw, at, end)
        if blank or at >= end:
            body = blank.end() if blank else at
            after = _torn(raw, body, end, seen) if whole and blank else None
            if after is None:
                return at, body
        else:
            after = _over_junk(raw, at, end, seen) if whole or at > begin else None
            if after is None:
                break
        notes.add("header_junk")
        start, at = after, _run(raw, after, end)
        seen.add(_known(raw, start, at))
    if at > begin:
        notes.add("header_end_missing")
        at = _given_back(raw, begin, at)
    return at, at


def _over_junk(raw: bytes, at: int, end: int, seen: _Seen) -> int | None:
    """Where fields go on below lines that are none; None where the body begins instead."""
    for _ in range(_MOST_JUNK):
        junk = _JUNK_LINE.match(raw, at, end)
        if junk is None or _BLANK.fullmatch(junk[0]):
            return None
        at = junk.end()
        if _FIELD_LINE.match(raw, at, end):
            fresh = _known(raw, at, _run(raw, at, end)).keys() - seen.values.keys()
            enough = fresh - _BY_PEOPLE if seen.complete() or not seen.values else fresh
            if enough:
                return at
    return None


def _torn(raw: bytes, at: int, end: int, seen: _Seen) -> int | None:
    """Where a head goes on below an empty line.

    Nobody had signed so far, the same head comes again, or what it lacks stands there as programs write it.
    """
    more = _BLANKS.match(raw, at, end)
    at = more.end() if more else at
    stop = _run(raw, at, end)
    fields = _known(raw, at, stop) if stop > at and _BLANK.match(raw, stop, end) else {}
    if not seen.values or _completes(fields, seen):
        return at if seen.values else None
    if b"from" not in fields:
        return None
    if not seen.values.keys() & _SIGNED:
        return at if len(fields) > 1 else None
    again = any(name in fields and fields[name] == seen.values.get(name) for name in _SAME)
    return at if again and fields[b"from"] == seen.values.get(b"from") else None


def _completes(fields: Mapping[bytes, bytes], seen: _Seen) -> bool:
    """Whether fields are what a head still lacks; one that says much already needs more of a program."""
    said = seen.complete() or b"message-id" in seen.values
    lacking = len(fields) > 1 and not fields.keys() & seen.values.keys()
    return lacking and sum(name in fields for name in _BY_PROGRAMS) > said


def _run(raw: bytes, begin: int, end: int) -> int:
    match = _HEAD.match(raw, begin, end)
    return match.end() if match else begin


def _known(raw: bytes, begin: int, stop: int) -> dict[bytes, bytes]:
    """The known fields of a run of at most 64 KiB: name and first line of the value."""
    fields: dict[bytes, bytes] = {}
    for match in _NAMES.finditer(raw[begin : min(stop, begin + 65_536)]):
        if _KNOWN.match(match[1] + b":"):
            fields.setdefault(match[1].lower(), match[2].strip())
    return fields


def _given_back(raw: bytes, begin: int, at: int) -> int:
    """Without a blank line, `Order: 1042` below the fields is the customer's first line."""
    tail_start = max(begin, at - 4_096)
    while at > begin:
        tail = raw[tail_start:at].rstrip(b"\r\n")
        cut = max(tail.rfind(b"\n"), tail.rfind(b"\r")) + 1
        start = tail_start + cut
        if cut == 0 or raw[start : start + 1] in b" \t" or _KNOWN.match(raw, start):
            return at
        at = start
    return at


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
class MailHeaders:
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
) -> tuple[MailHeaders, int]:
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
    return MailHeaders(fields=tuple(fields)), body


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
