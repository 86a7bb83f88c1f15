"""A client's WebSocket frames have to be masked (RFC 6455 section 5.1), which aiohttp's reader does not ask.

The check reads frame headers only and skips payloads; it stands between the connection and aiohttp's parser.
"""

from __future__ import annotations

from typing import Any, Final, cast

from aiohttp import WebSocketError, WSCloseCode, web

_LENGTH_BYTES: Final = {126: 2, 127: 8}
_MASK_BYTES: Final = 4


class MaskCheck:
    """Follows the frames in a stream of bytes that comes in pieces of any size."""

    __slots__ = ("_head", "_left")

    def __init__(self) -> None:
        self._head = bytearray()
        self._left = 0

    def masked(self, data: bytes) -> bool:
        """Take the next bytes; return False once a frame in them is not masked."""
        start = 0
        while start < len(data):
            if self._left:
                skipped = min(self._left, len(data) - start)
                self._left -= skipped
                start += skipped
                continue
            self._head.append(data[start])
            start += 1
            if len(self._head) == 2 and not self._head[1] & 0x80:
                return False
            self._end_of_head()
        return True

    def _end_of_head(self) -> None:
        if len(self._head) < 2:
            return
        short = self._head[1] & 0x7F
        more = _LENGTH_BYTES.get(short, 0)
        if len(self._head) < 2 + more:
            return
        length = int.from_bytes(self._head[2:]) if more else short
        self._left = _MASK_BYTES + length
        self._head.clear()


class _CheckedParser:
    """Stands before aiohttp's parser; a frame without a mask ends the socket with 1002."""

    def __init__(self, parser: Any, queue: Any) -> None:
        self._parser = parser
        self._queue = queue
        self._check = MaskCheck()

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Pass on what is masked."""
        if self._check.masked(data):
            result: tuple[bool, bytes] = self._parser.feed_data(data)
            return result
        problem = WebSocketError(WSCloseCode.PROTOCOL_ERROR, "Received a frame without a mask")
        self._queue.set_exception(problem)
        return True, b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)


class _Checked:
    """A request, or its connection, that takes a parser only behind the check."""

    def __init__(self, real: Any, response: MaskedWebSocketResponse) -> None:
        self._real = real
        self._response = response

    @property
    def protocol(self) -> _Checked:
        """Return the connection behind the request."""
        return _Checked(self._real.protocol, self._response)

    def set_parser(self, parser: Any, **more: Any) -> None:
        """Have the connection feed the parser with what passes the check."""
        self._real.set_parser(_CheckedParser(parser, self._response._reader), **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class MaskedWebSocketResponse(web.WebSocketResponse):
    """A server's socket that takes masked frames only and closes with 1002 otherwise."""

    # The one place where the connection gets its parser; bytes that came with the handshake pass it at once.
    def _post_start(self, request: web.BaseRequest, protocol: str | None, writer: Any) -> None:
        super()._post_start(cast(web.BaseRequest, _Checked(request, self)), protocol, writer)
