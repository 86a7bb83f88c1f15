"""The pipe between the gateway and a voice process of its own: a JSON head and raw audio in each frame.

Frame: two unsigned 32-bit little-endian lengths (head, body), the head as JSON object, the body as bytes.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, BinaryIO, Final

if TYPE_CHECKING:
    import asyncio  # a child has no use for it


LENGTHS: Final = struct.Struct("<II")
MOST_HEAD: Final = 1 << 20
MOST_BODY: Final = 1 << 20


class PipeBroken(Exception):
    """The other side sent what is no frame."""


def pack(head: Mapping[str, Any], body: bytes = b"") -> bytes:
    """Return one frame."""
    text = json.dumps(head, separators=(",", ":")).encode()
    return LENGTHS.pack(len(text), len(body)) + text + body


def read(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Return the next frame of a blocking stream, None at its end; raise BadFrame."""
    lengths = stream.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    head, body = _checked(lengths)
    text, data = stream.read(head), stream.read(body)
    return (_object(text), data) if len(text) == head and len(data) == body else None


async def receive(stream: asyncio.StreamReader) -> tuple[dict[str, Any], bytes]:
    """Return the next frame; raise BadFrame, or asyncio.IncompleteReadError at the end."""
    head, body = _checked(await stream.readexactly(LENGTHS.size))
    return _object(await stream.readexactly(head)), await stream.readexactly(body)


def _checked(lengths: bytes) -> tuple[int, int]:
    head, body = LENGTHS.unpack(lengths)
    if head > MOST_HEAD or body > MOST_BODY:
        raise PipeBroken("too long")
    return head, body


def _object(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise PipeBroken("no JSON") from error
    if not isinstance(value, dict):
        raise PipeBroken("no JSON object")
    return value
