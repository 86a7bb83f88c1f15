"""The tree of a mail's parts, found by its boundaries alone.

The standard library's parser nests one generator per level and tests every line against every open
boundary: it raises RecursionError on 1,000 nested multiparts and slows down with depth times lines.
Here each level is one search over its own bytes, under a limit of depth, parts and bytes searched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from channels.mail.mime.cms import signed_content
from channels.mail.mime.headers import Headers, read_headers
from channels.mail.mime.notes import Notes
from channels.mail.mime.parameters import media_type, read_parameters, text_parameter
from channels.mail.mime.transfer import decode_transfer

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
class Part:
    """One part: its head, what it calls itself, its bytes, and the parts inside it."""

    headers: Headers
    type: str
    parameters: dict[str, str]
    disposition: str
    name: str  # as the sender wrote it; not safe as a file name
    body: memoryview
    children: tuple[Part, ...]

    def decoded(self, notes: Notes) -> bytes:
        """The bytes with their transfer encoding undone."""
        data, note = decode_transfer(bytes(self.body), self.headers.get("content-transfer-encoding"))
        notes.add(note)
        return data

    def leaves(self) -> Iterator[Part]:
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
class _Span:
    """Where a part lies, and how deep."""

    raw: bytes
    start: int
    end: int
    depth: int

    def at(self, start: int, end: int, *, deeper: int = 0) -> _Span:
        return _Span(self.raw, start, end, self.depth + deeper)


def read_parts(raw: bytes, notes: Notes) -> Part:
    """The whole mail as one part. Never raises; linear in the size of `raw` times at most 50."""
    return _part(_Span(raw, 0, len(raw), 0), "text/plain", Work(notes=notes), whole=True)


def _part(span: _Span, default: str, work: Work, *, whole: bool = False) -> Part:
    headers, body = read_headers(span.raw, span.start, span.end, work.notes, whole=whole)
    kind, parameters = read_parameters(headers.get("content-type"))
    disposition, more = read_parameters(headers.get("content-disposition"))
    kind = media_type(kind) or default
    children: tuple[Part, ...] = ()
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
    return Part(
        headers=headers,
        type=kind,
        parameters=parameters,
        disposition=disposition,
        name=name,
        body=content,
        children=children,
    )


def _may_open(span: _Span, work: Work) -> bool:
    work.searched -= span.end - span.start
    allowed = span.depth < DEEPEST and work.searched >= 0
    work.notes.add(None if allowed else "nested_too_deep")
    return allowed


def _children(span: _Span, kind: str, boundary: str, work: Work) -> tuple[Part, ...]:
    if not _may_open(span, work):
        return ()
    default = "message/rfc822" if kind == "multipart/digest" else "text/plain"
    found: list[Part] = []
    for first, last in _slices(span, boundary, work):
        work.parts -= 1
        if work.parts < 0:
            work.notes.add("too_many_parts")
            break
        found.append(_part(span.at(first, last, deeper=1), default, work))
    return tuple(found)


def _embedded(span: _Span, headers: Headers, work: Work) -> tuple[Part, ...]:
    """The mail inside message/rfc822."""
    if not _may_open(span, work):
        return ()
    encoding = headers.get("content-transfer-encoding").lower()
    if encoding in {"base64", "quoted-printable"}:  # forbidden, and done all the same
        raw, note = decode_transfer(span.raw[span.start : span.end], encoding)
        work.notes.add(note)
        span = _Span(raw, 0, len(raw), span.depth)
    return (_part(span.at(span.start, span.end, deeper=1), "text/plain", work, whole=True),)


def _signed(span: _Span, headers: Headers, work: Work) -> tuple[Part, ...]:
    """The entity inside an opaque S/MIME signature; what is encrypted stays closed."""
    if not _may_open(span, work):
        return ()
    data, _ = decode_transfer(span.raw[span.start : span.end], headers.get("content-transfer-encoding"))
    content = signed_content(data)
    if content is None:
        return ()
    if not _ENTITY.match(content):
        content = b"\r\n" + content  # some programs sign bare text
    return (_part(_Span(content, 0, len(content), span.depth + 1), "text/plain", work),)


def _slices(span: _Span, boundary: str, work: Work) -> Iterator[tuple[int, int]]:
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


def _marks(span: _Span, boundary: bytes) -> list[tuple[int, int, bool]]:
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
