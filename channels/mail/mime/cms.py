"""The content of an opaque S/MIME signature (RFC 5652): read through its BER, without trust in any of it."""

from __future__ import annotations

from dataclasses import dataclass

SIGNED = bytes.fromhex("06092a864886f70d010702")  # the object identifier of signed-data, with its header
_SEQUENCE, _SET, _INTEGER, _OCTETS, _OCTETS_IN_PARTS, _CONTENT = 0x30, 0x31, 0x02, 0x04, 0x24, 0xA0
_DEEPEST = 8
_MOST_PIECES = 200_000


class _Broken(Exception):
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
        return _content(data)
    except (_Broken, IndexError):
        return None


def _content(data: bytes) -> bytes:
    info = _expect(data, 0, _SEQUENCE)
    if not data.startswith(SIGNED, info.start):
        raise _Broken
    signed = _expect(data, _expect(data, info.start + len(SIGNED), _CONTENT).start, _SEQUENCE)
    at = _after(data, _expect(data, signed.start, _INTEGER))
    at = _after(data, _expect(data, at, _SET))
    encapsulated = _expect(data, at, _SEQUENCE)
    kind = _value(data, encapsulated.start)
    octets = _value(data, _expect(data, _after(data, kind), _CONTENT).start)
    if octets.tag == _OCTETS and octets.end is not None:
        return data[octets.start : octets.end]
    if octets.tag != _OCTETS_IN_PARTS:
        raise _Broken
    return _joined(data, octets)


def _joined(data: bytes, octets: _Value) -> bytes:
    """The pieces of a string in parts."""
    pieces: list[bytes] = []
    at = octets.start
    while not _ended(data, at, octets) and len(pieces) < _MOST_PIECES:
        piece = _value(data, at)
        if piece.tag != _OCTETS or piece.end is None:
            raise _Broken
        pieces.append(data[piece.start : piece.end])
        at = piece.end
    return b"".join(pieces)


def _ended(data: bytes, at: int, value: _Value) -> bool:
    return at >= value.end if value.end is not None else data[at : at + 2] in (b"\0\0", b"")


def _expect(data: bytes, at: int, tag: int) -> _Value:
    value = _value(data, at)
    if value.tag != tag:
        raise _Broken
    return value


def _value(data: bytes, at: int) -> _Value:
    tag, first = data[at], data[at + 1]
    if first == 0x80:
        return _Value(tag, at + 2, None)
    size = first & 0x7F if first & 0x80 else 0
    start = at + 2 + size
    length = int.from_bytes(data[at + 2 : start], "big") if size else first
    if size > 5 or start + length > len(data):
        raise _Broken
    return _Value(tag, start, start + length)


def _after(data: bytes, value: _Value, depth: int = 0) -> int:
    """Where the next value begins."""
    if value.end is not None:
        return value.end
    at = value.start
    while data[at : at + 2] != b"\0\0":
        if depth > _DEEPEST:
            raise _Broken
        at = _after(data, _value(data, at), depth + 1)
    return at + 2
