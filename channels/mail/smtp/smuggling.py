"""The body of DATA: found by CRLF.CRLF alone, refused when it holds a CR or LF of its own.

SMTP smuggling lives on servers that take LF.LF, LF.CRLF or CR.CR as the end of a mail, and read what
follows as commands. Here only <CRLF>.<CRLF> ends a mail (RFC 5321 4.1.1.4), whatever else stands in it.
"""

from __future__ import annotations

from enum import Enum

END = b"\r\n.\r\n"
_TAIL = len(END) - 1


class Refused(Enum):
    """Why a body is not kept; it is still read to its end, so that what follows stays in step."""

    TOO_LARGE = "too_large"
    BARE = "bare"
    NO_ROOM = "no_room"


class Body:
    """Collects one body from pieces of any length, in linear time and at most some `limit` bytes.

    The CRLF of the DATA command itself begins the buffer: the first line's dot is no special case.
    """

    __slots__ = ("_buffer", "_dots", "_limit", "ended", "refused")

    def __init__(self, limit: int) -> None:
        self._buffer = bytearray(b"\r\n")
        self._limit = limit
        self._dots = 0
        self.ended = False
        self.refused: Refused | None = None

    @property
    def size(self) -> int:
        """Bytes held in memory."""
        return len(self._buffer)

    def feed(self, data: bytes | bytearray) -> bytes:
        """Take the next bytes; return those behind the end of the body, b'' before it has come."""
        seen = len(self._buffer)
        self._buffer += data
        found = self._buffer.find(END, max(0, seen - _TAIL))
        end = found + 2 if found >= 0 else len(self._buffer)
        if self.refused is None:
            self._inspect(seen, end)
        if found >= 0:
            return self._finish(found)
        if self.refused is not None:
            del self._buffer[:-_TAIL]
        return b""

    def refuse(self, why: Refused) -> None:
        """Let go of what was collected; the rest is read and dropped."""
        self.refused = why
        if not self.ended:
            del self._buffer[:-_TAIL]

    def content(self) -> bytes:
        """Return the body with its dots unstuffed (RFC 5321 4.5.2); only after its end, if not refused."""
        body = self._buffer
        if self._dots:
            body = body.replace(b"\r\n.", b"\r\n")
        return bytes(memoryview(body)[2:])

    def _finish(self, found: int) -> bytes:
        rest = bytes(self._buffer[found + len(END) :])
        del self._buffer[found + 2 :]
        self.ended = True
        self._dots = self._buffer.count(b"\r\n.")
        if self.refused is None and len(self._buffer) - 2 - self._dots > self._limit:
            self.refused = Refused.TOO_LARGE
        return rest

    def _inspect(self, seen: int, end: int) -> None:
        """Look at the bytes from `seen` to `end`; a CR just before `seen` still waits for its LF."""
        buffer = self._buffer
        pairs = buffer.count(b"\r\n", seen - 1, end)
        if buffer.count(b"\n", seen, end) != pairs or buffer.count(b"\r", seen - 1, end - 1) != pairs:
            self.refused = Refused.BARE
            return
        self._dots += buffer.count(b"\r\n.", max(0, seen - 2), end)
        if end - 2 - self._dots > self._limit + _TAIL:
            self.refused = Refused.TOO_LARGE
