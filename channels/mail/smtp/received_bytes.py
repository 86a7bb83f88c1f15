"""The bytes that a client sends, buffered and waited for within bounds, and the body of DATA among them.

SMTP smuggling lives on servers that take LF.LF, LF.CRLF or CR.CR as the end of a mail, and read what
follows as commands. Here only <CRLF>.<CRLF> ends a mail (RFC 5321 4.1.1.4), whatever else stands in it.
"""

from __future__ import annotations

import asyncio
from enum import Enum

HIGH = 256 * 1024
"""Bytes in the buffer above which the socket is not read."""
LONGEST_LINE = 12_288
"""Bytes of a command line; RFC 4954 4 asks for so many with AUTH."""


class ClientGone(ConnectionError):
    """The client has closed its side, or the connection broke."""


class LineTooLong(ValueError):
    """A command line longer than `LONGEST_LINE`; it has been dropped."""


class ReadBuffer:
    """A read buffer that bytes can be given back to, and that tells a waiting reader of more than bytes.

    It has what aiosmtpd wants of a reader: `read`, `readexactly`, `readuntil`, `readline`.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, *, idle: float) -> None:
        self.ends = float("inf")
        """Loop time after which every wait fails, however busy the client is."""
        self._loop = loop
        self._idle = idle
        self._buffer = bytearray()
        self._over = False
        self._dropping = False
        self._waiter: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._paused = False

    def attach(self, transport: asyncio.Transport) -> None:
        """Read from this transport from now on."""
        self._transport = transport
        self._paused = False

    def feed(self, data: bytes) -> None:
        """Take bytes from the transport."""
        self._buffer += data
        if len(self._buffer) > HIGH and self._transport is not None and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self.wake()

    def feed_eof(self) -> None:
        """Note that nothing will come any more; what has come can still be read."""
        self._over = True
        self.wake()

    def wake(self) -> None:
        """Let the reader look again."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def clear(self) -> None:
        """Forget what has come (RFC 3207 4.2: nothing sent before TLS counts after it)."""
        self._buffer.clear()
        self._resume()

    def give_back(self, data: bytes) -> None:
        """Put bytes back in front."""
        if data:
            self._buffer[:0] = data

    def line(self) -> bytes | None:
        """Return the next line with its LF, None while it is incomplete; raise `LineTooLong`."""
        found = self._buffer.find(b"\n")
        if found < 0:
            if len(self._buffer) > LONGEST_LINE:
                self._buffer.clear()
                self._dropping = True
            self._resume()
            return None
        line = self._cut(found + 1)
        if self._dropping or len(line) > LONGEST_LINE:
            self._dropping = False
            raise LineTooLong
        return line

    async def some(self) -> bytes:
        """Return all that has come, at least one byte."""
        while not self._buffer:
            await self.more()
        return self._cut(len(self._buffer))

    async def more(self) -> None:
        """Wait for bytes or `wake`; raise `ClientGone`, or `TimeoutError` after `idle` s or at `ends`."""
        if self._over:
            raise ClientGone
        until = min(self._loop.time() + self._idle, self.ends)
        self._waiter = self._loop.create_future()
        timer = self._loop.call_at(until, _expire, self._waiter)
        try:
            await self._waiter
        finally:
            timer.cancel()
            self._waiter = None

    async def read(self, n: int = -1) -> bytes:
        """Return between 1 and `n` bytes."""
        data = await self.some()
        if 0 <= n < len(data):
            self.give_back(data[n:])
            return data[:n]
        return data

    async def readexactly(self, n: int) -> bytes:
        """Return exactly `n` bytes."""
        while len(self._buffer) < n:
            await self.more()
        return self._cut(n)

    async def readline(self) -> bytes:
        """Return the next line with its LF; raise `LineTooLong`."""
        while (line := self.line()) is None:
            await self.more()
        return line

    async def readuntil(self, separator: bytes = b"\n") -> bytes:
        """Return what comes up to the separator, which has to be LF."""
        if separator != b"\n":
            raise ValueError("only lines can be read here")
        return await self.readline()

    def _cut(self, length: int) -> bytes:
        data = bytes(memoryview(self._buffer)[:length])
        del self._buffer[:length]
        self._resume()
        return data

    def _resume(self) -> None:
        if self._paused and len(self._buffer) <= HIGH // 2 and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()


def _expire(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutError())


END = b"\r\n.\r\n"
_TAIL = len(END) - 1


class BodyRefusal(Enum):
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
        self.refused: BodyRefusal | None = None

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

    def refuse(self, why: BodyRefusal) -> None:
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
            self.refused = BodyRefusal.TOO_LARGE
        return rest

    def _inspect(self, seen: int, end: int) -> None:
        """Look at the bytes from `seen` to `end`; a CR just before `seen` still waits for its LF."""
        buffer = self._buffer
        pairs = buffer.count(b"\r\n", seen - 1, end)
        if buffer.count(b"\n", seen, end) != pairs or buffer.count(b"\r", seen - 1, end - 1) != pairs:
            self.refused = BodyRefusal.BARE
            return
        self._dots += buffer.count(b"\r\n.", max(0, seen - 2), end)
        if end - 2 - self._dots > self._limit + _TAIL:
            self.refused = BodyRefusal.TOO_LARGE
