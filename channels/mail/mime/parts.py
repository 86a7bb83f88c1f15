"""The tree of a mail's parts, found by its boundaries alone; opaque S/MIME signatures (RFC 5652) are opened.

The standard library's parser nests one generator per level and tests every line against every open
boundary: it raises RecursionError on 1,000 nested multiparts and slows down with depth times lines.
Here each level is one search over its own bytes, under a limit of depth, parts and bytes searched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from channels.mail.mime.decoding import Notes
from channels.mail.mime.encodings import decode_transfer
from channels.mail.mime.field_values import media_type, read_parameters, text_parameter
from channels.mail.mime.head import MailHeaders, read_headers

SIGNED = bytes.fromhex("06092a864886f70d010702")  # the object identifier of signed-data, with its header
_SEQUENCE, _SET, _INTEGER, _OCTETS, _OCTETS_IN_PARTS, _CONTENT = 0x30, 0x31, 0x02, 0x04, 0x24, 0xA0
_DEEPEST_VALUE = 8
_MOST_PIECES = 200_000


class _BrokenEnvelope(Exception):
    """No such structure."""


@dataclass(frozen=True, slots=True)
class _Value:
    """Tag, where the content begins, and where it ends; an end of None is marked by two zeros."""

    tag: int
    start: int
    end: int | None


def is_signed(data: bytes) -> bool:
    """Say whether this is a signature with its content inside, and nothing encrypted."""
    return SIGNED in data[:40]


def signed_content(data: bytes) -> bytes | None:
    """Return what was signed: a MIME entity; None where it is none or holds nothing (detached, certificates).

    Time is linear in the size of `data`; lengths of unknown size, as streaming programs write them, are read.
    """
    try:
        return _encapsulated(data)
    except (_BrokenEnvelope, IndexError):
        return None


def _encapsulated(data: bytes) -> bytes:
    info = _expect(data, 0, _SEQUENCE)
    if not data.startswith(SIGNED, info.start):
        raise _BrokenEnvelope
    signed = _expect(data, _expect(data, info.start + len(SIGNED), _CONTENT).start, _SEQUENCE)
    at = _after(data, _expect(data, signed.start, _INTEGER))
    at = _after(data, _expect(data, at, _SET))
    encapsulated = _expect(data, at, _SEQUENCE)
    kind = _value(data, encapsulated.start)
    octets = _value(data, _expect(data, _after(data, kind), _CONTENT).start)
    if octets.tag == _OCTETS and octets.end is not None:
        return data[octets.start : octets.end]
    if octets.tag != _OCTETS_IN_PARTS:
        raise _BrokenEnvelope
    return _joined_octets(data, octets)


def _joined_octets(data: bytes, octets: _Value) -> bytes:
    """The pieces of a string in parts."""
    pieces: list[bytes] = []
    at = octets.start
    while not _ended(data, at, octets) and len(pieces) < _MOST_PIECES:
        piece = _value(data, at)
        if piece.tag != _OCTETS or piece.end is None:
            raise _BrokenEnvelope
        pieces.append(data[piece.start : piece.end])
        at = piece.end
    return b"".join(pieces)


def _ended(data: bytes, at: int, value: _Value) -> bool:
    return at >= value.end if value.end is not None else data[at : at + 2] in (b"\0\0", b"")


def _expect(data: bytes, at: int, tag: int) -> _Value:
    value = _value(data, at)
    if value.tag != tag:
        raise _BrokenEnvelope
    return value


def _value(data: bytes, at: int) -> _Value:
    tag, first = data[at], data[at + 1]
    if first == 0x80:
        return _Value(tag, at + 2, None)
    size = first & 0x7F if first & 0x80 else 0
    start = at + 2 + size
    length = int.from_bytes(data[at + 2 : start], "big") if size else first
    if size > 5 or start + length > len(data):
        raise _BrokenEnvelope
    return _Value(tag, start, start + length)


def _after(data: bytes, value: _Value, depth: int = 0) -> int:
    """Where the next value begins."""
    if value.end is not None:
        return value.end
    at = value.start
    while data[at : at + 2] != b"\0\0":
        if depth > _DEEPEST_VALUE:
            raise _BrokenEnvelope
        at = _after(data, _value(data, at), depth + 1)
    return at + 2


DEEPEST = 50
MOST_PARTS = 2_000
MOST_SEARCHED = 400_000_000  # bytes, over all levels

_FIRST_DASHES = re.compile(rb"(?:\A|[\r\n])--([^\s-][^\r\n]{0,100}?)[ \t]*[\r\n]")
EMBEDDED = {"message/rfc822", "message/global", "message/news"}
ENVELOPES = {"application/pkcs7-mime", "application/x-pkcs7-mime"}
_ENTITY = re.compile(
    rb"(?i)(?:[!-9;-~]{1,60}:[^\r\n]{0,2000}\r?\n(?:[ \t][^\r\n]{0,2000}\r?\n){0,50}){0,20}?content-"
)
_NOISE = re.compile(rb"(?im)^(?:--\S.*|(?:content-[\w-]+|mime-version):.*)$")


@dataclass(frozen=True, kw_only=True, slots=True)
class MimePart:
    """One part: its head, what it calls itself, its bytes, and the parts inside it."""

    headers: MailHeaders
    type: str
    parameters: dict[str, str]
    disposition: str
    name: str  # as the sender wrote it; not safe as a file name
    body: memoryview
    children: tuple[MimePart, ...]

    def decoded(self, notes: Notes) -> bytes:
        """The bytes with their transfer encoding undone."""
        data, note = decode_transfer(bytes(self.body), self.headers.get("content-transfer-encoding"))
        notes.add(note)
        return data

    def leaves(self) -> Iterator[MimePart]:
        """Every part without children, in order; attached mails are not entered."""
        if not self.children or self.type in EMBEDDED:
            yield self
            return
        for child in self.children:
            yield from child.leaves()


@dataclass(slots=True)
class Work:
    """What one mail may still cost, and what was noted on the way."""

    notes: Notes
    parts: int = MOST_PARTS
    searched: int = MOST_SEARCHED
    seen_boundaries: set[bytes] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _PartRange:
    """Where a part lies, and how deep."""

    raw: bytes
    start: int
    end: int
    depth: int

    def at(self, start: int, end: int, *, deeper: int = 0) -> _PartRange:
        return _PartRange(self.raw, start, end, self.depth + deeper)


def read_parts(raw: bytes, notes: Notes) -> MimePart:
    """The whole mail as one part. Never raises; linear in the size of `raw` times at most 50."""
    return _part(_PartRange(raw, 0, len(raw), 0), "text/plain", Work(notes=notes), whole=True)


def _part(span: _PartRange, default: str, work: Work, *, whole: bool = False) -> MimePart:
    headers, body = read_headers(span.raw, span.start, span.end, work.notes, whole=whole)
    kind, parameters = read_parameters(headers.get("content-type"))
    disposition, more = read_parameters(headers.get("content-disposition"))
    kind = media_type(kind) or default
    children: tuple[MimePart, ...] = ()
    content = memoryview(span.raw)[body : span.end]
    if kind.startswith("multipart/"):
        children = _children(span.at(body, span.end), kind, parameters.get("boundary", ""), work)
        if not children:
            kind, content = "text/plain", _flattened(content, span.depth, work)
    elif kind in EMBEDDED:
        children = _embedded(span.at(body, span.end), headers, work)
    name = text_parameter(more, "filename") or text_parameter(parameters, "name")
    if kind in ENVELOPES or name.lower() == "smime.p7m":
        children = _signed(span.at(body, span.end), headers, work)
        if children:
            kind, parameters = "multipart/signed", {"protocol": "application/pkcs7-signature"}
    return MimePart(
        headers=headers,
        type=kind,
        parameters=parameters,
        disposition=disposition,
        name=name,
        body=content,
        children=children,
    )


def _may_open(span: _PartRange, work: Work) -> bool:
    work.searched -= span.end - span.start
    allowed = span.depth < DEEPEST and work.searched >= 0
    work.notes.add(None if allowed else "nested_too_deep")
    return allowed


def _children(span: _PartRange, kind: str, boundary: str, work: Work) -> tuple[MimePart, ...]:
    if not _may_open(span, work):
        return ()
    default = "message/rfc822" if kind == "multipart/digest" else "text/plain"
    found: list[MimePart] = []
    for first, last in _slices(span, boundary, work):
        work.parts -= 1
        if work.parts < 0:
            work.notes.add("too_many_parts")
            break
        found.append(_part(span.at(first, last, deeper=1), default, work))
    return tuple(found)


def _embedded(span: _PartRange, headers: MailHeaders, work: Work) -> tuple[MimePart, ...]:
    """The mail inside message/rfc822."""
    if not _may_open(span, work):
        return ()
    encoding = headers.get("content-transfer-encoding").lower()
    if encoding in {"base64", "quoted-printable"}:  # forbidden, and done all the same
        raw, note = decode_transfer(span.raw[span.start : span.end], encoding)
        work.notes.add(note)
        span = _PartRange(raw, 0, len(raw), span.depth)
    return (_part(span.at(span.start, span.end, deeper=1), "text/plain", work, whole=True),)


def _signed(span: _PartRange, headers: MailHeaders, work: Work) -> tuple[MimePart, ...]:
    """The entity inside an opaque S/MIME signature; what is encrypted stays closed."""
    if not _may_open(span, work):
        return ()
    data, _ = decode_transfer(span.raw[span.start : span.end], headers.get("content-transfer-encoding"))
    content = signed_content(data)
    if content is None:
        return ()
    if not _ENTITY.match(content):
        content = b"\r\n" + content  # some programs sign bare text
    return (_part(_PartRange(content, 0, len(content), span.depth + 1), "text/plain", work),)


def _slices(span: _PartRange, boundary: str, work: Work) -> Iterator[tuple[int, int]]:
    """Start and end of each part; without a usable boundary the first line of dashes is taken for it."""
    name = boundary.encode("utf-8", "surrogateescape").rstrip()
    marks = _marks(span, name) if name else []
    if not marks:
        guess = _FIRST_DASHES.search(span.raw, max(0, span.start - 1), min(span.end, span.start + 65_536))
        if guess is None or guess[1] in work.seen_boundaries:
            return
        work.notes.add("boundary_missing")
        marks = _marks(span, guess[1])
    else:
        work.seen_boundaries.add(name)
    for number, (_, after, closing) in enumerate(marks):
        if closing:
            return
        last = marks[number + 1][0] if number + 1 < len(marks) else span.end
        if last == span.end:
            work.notes.add("boundary_end_missing")
        yield after, last


def _marks(span: _PartRange, boundary: bytes) -> list[tuple[int, int, bool]]:
    """Each delimiter line: where the part before it ends, where the next begins, whether it closes."""
    pattern = re.compile(rb"--" + re.escape(boundary) + rb"(--)?[ \t]*+(?:\r\n|\r|\n|\Z)")
    marks: list[tuple[int, int, bool]] = []
    raw, start, end = span.raw, span.start, span.end
    for match in pattern.finditer(raw, start, end):
        at = match.start()
        if at > start and raw[at - 1] not in b"\r\n":
            continue
        before = at - 1 if at > start else at
        if before > start and raw[before - 1 : before + 1] == b"\r\n":
            before -= 1
        marks.append((max(start, before), match.end(), match[1] is not None))
        if match[1] is not None or len(marks) > MOST_PARTS:
            break
    return marks


def _flattened(content: memoryview, depth: int, work: Work) -> memoryview:
    """A multipart that could not be opened is shown as text, without its technical lines."""
    if depth < DEEPEST:
        work.notes.add("multipart_empty" if not len(content) else "multipart_broken")
    return memoryview(_NOISE.sub(b"", bytes(content[:2_000_000])))
