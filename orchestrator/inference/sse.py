"""Reads a server-sent event stream byte by byte, however it is cut.

Source: WHATWG HTML, "Server-sent events", section 9.2.6 (parsing an event stream).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from orchestrator.inference.errors import AnswerTooLarge

MAX_EVENT = 1_048_576  # bytes of one event, its unfinished line included
MAX_STREAM = 16_777_216  # bytes of one answer, keep-alives included

_BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class EventReader:
    """Turns chunks of bytes into the `data` of whole events.

    Lines may end in LF, CRLF or CR, events and characters may be split anywhere, several data lines
    are joined, comments and other fields are skipped, and bytes that are no UTF-8 become U+FFFD.
    Raises AnswerTooLarge.
    """

    _rest: bytes = b""
    _data: list[bytes] = field(default_factory=list)
    _data_size: int = 0
    _total: int = 0
    _begun: bool = False

    def feed(self, chunk: bytes) -> list[str]:
        """Return the events that `chunk` completes."""
        self._total += len(chunk)
        buffer = self._without_bom(self._rest + chunk)
        held = b"\r" if buffer.endswith(b"\r") else b""  # may be the first half of a CRLF
        *lines, self._rest = _split(buffer[: len(buffer) - len(held)])
        self._rest += held
        events = self._events(lines)
        self._check_size()
        return events

    def close(self) -> list[str]:
        """Return what an unfinished last event holds: some servers leave out the final blank line."""
        *lines, last = _split(self._rest.removesuffix(b"\r"))
        self._rest = b""
        return self._events([*lines, last, b""])

    def _without_bom(self, buffer: bytes) -> bytes:
        if self._begun or (len(buffer) < len(_BOM) and _BOM.startswith(buffer)):
            return buffer
        self._begun = True
        return buffer.removeprefix(_BOM)

    def _events(self, lines: list[bytes]) -> list[str]:
        events = []
        for line in lines:
            if line:
                self._field(line)
            elif self._data:
                events.append(b"\n".join(self._data).decode("utf-8", "replace"))
                self._data.clear()
                self._data_size = 0
        return events

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if name == b"data":
            value = value.removeprefix(b" ")
            self._data.append(value)
            self._data_size += len(value)

    def _check_size(self) -> None:
        if self._data_size + len(self._rest) > MAX_EVENT:
            raise AnswerTooLarge(f"one event is larger than {MAX_EVENT} bytes")
        if self._total > MAX_STREAM:
            raise AnswerTooLarge(f"the stream is larger than {MAX_STREAM} bytes")


def _split(buffer: bytes) -> list[bytes]:
    if b"\r" in buffer:
        buffer = buffer.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return buffer.split(b"\n")
