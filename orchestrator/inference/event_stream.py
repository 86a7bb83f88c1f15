"""Reads the body of a response as chunks: an event stream, or one JSON object where streaming was ignored.

What has arrived is read as one block, however it is cut: its events are split and parsed together.
Source: WHATWG HTML, "Server-sent events", section 9.2.6 (parsing an event stream).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import jiter

from orchestrator.inference.errors import AnswerTooLarge, BadEvent, NotJson

MAX_EVENT = 1_048_576  # bytes of one event, its unfinished line included
MAX_STREAM = 16_777_216  # bytes of one answer, keep-alives included

_BOM = b"\xef\xbb\xbf"
_DONE = b"[DONE]"


@dataclass(slots=True)
class EventReader:
    """Turns blocks of bytes into the `data` of whole events.

    Lines may end in LF, CRLF or CR, events and characters may be split anywhere, several data lines
    are joined, comments and other fields are skipped. Raises AnswerTooLarge.
    """

    _rest: bytes = b""
    _data: list[bytes] = field(default_factory=list)
    _data_size: int = 0
    _total: int = 0
    _begun: bool = False

    def feed(self, block: bytes) -> list[bytes]:
        """Return the events that `block` completes."""
        self._total += len(block)
        buffer = self._without_bom(self._rest + block)
        held = b"\r" if buffer.endswith(b"\r") else b""  # may be the first half of a CRLF
        *lines, self._rest = _split(buffer[: len(buffer) - len(held)])
        self._rest += held
        events = self._events(lines)
        if self._data_size + len(self._rest) > MAX_EVENT:
            raise AnswerTooLarge(f"one event is larger than {MAX_EVENT} bytes")
        if self._total > MAX_STREAM:
            raise AnswerTooLarge(f"the stream is larger than {MAX_STREAM} bytes")
        return events

    def close(self) -> list[bytes]:
        """Return what an unfinished last event holds: some servers leave out the final blank line."""
        *lines, last = _split(self._rest.removesuffix(b"\r"))
        self._rest = b""
        return self._events([*lines, last, b""])

    def _without_bom(self, buffer: bytes) -> bytes:
        if self._begun or (len(buffer) < len(_BOM) and _BOM.startswith(buffer)):
            return buffer
        self._begun = True
        return buffer.removeprefix(_BOM)

    def _events(self, lines: list[bytes]) -> list[bytes]:
        events = []
        for line in lines:
            if line.startswith(b"data:"):
                self._data.append(line[6:] if line.startswith(b" ", 5) else line[5:])
                self._data_size += len(line)
            elif not line and self._data:
                events.append(self._data[0] if len(self._data) == 1 else b"\n".join(self._data))
                self._data.clear()
                self._data_size = 0
            elif line == b"data":
                self._data.append(b"")
        return events


@dataclass(slots=True)
class BodyReader:
    """Looks at the bytes, not at the content type, which compatible servers get wrong.

    `done` turns True at `[DONE]` or at the end of a whole JSON object. Raises BadEvent, NotJson,
    AnswerTooLarge.
    """

    done: bool = False
    _events: EventReader = field(default_factory=EventReader)
    _whole: bytearray | None = None
    _begun: bool = False

    def feed(self, block: bytes) -> list[dict[str, Any]]:
        """Return the JSON objects that `block` completes."""
        if not self._begun:
            self._begin(block)
        if self._whole is None:
            return self._objects(self._events.feed(block), last=False)
        self._whole += block
        if len(self._whole) > MAX_STREAM:
            raise AnswerTooLarge(f"the body is larger than {MAX_STREAM} bytes")
        return []

    def close(self) -> list[dict[str, Any]]:
        """Return what the end of the body completes."""
        if self._whole is None:
            return self._objects(self._events.close(), last=True)
        value = _loaded(bytes(self._whole))
        if not isinstance(value, dict):
            raise NotJson("the body is not a JSON object")
        self.done = True
        return [value]

    def _begin(self, block: bytes) -> None:
        start = block.lstrip(b"\xef\xbb\xbf \t\r\n")
        if not start:
            return
        self._begun = True
        if start.startswith(b"<"):
            raise NotJson("the body is a page")
        if start.startswith(b"{"):
            self._whole = bytearray()

    def _objects(self, events: list[bytes], *, last: bool) -> list[dict[str, Any]]:
        end = next((place for place, event in enumerate(events) if event.strip() == _DONE), None)
        if end is not None:
            self.done = True
            del events[end:]
        values = _parsed(events)
        objects = [value for value in values if isinstance(value, dict)]
        if (
            len(objects) < len(values) and not last
        ):  # a last event may be cut off: the end says what that means
            raise BadEvent("a stream event is not a JSON object")
        return objects


def _split(buffer: bytes) -> list[bytes]:
    if b"\r" in buffer:
        buffer = buffer.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return buffer.split(b"\n")


def _parsed(events: list[bytes]) -> list[Any]:
    """Return the values of a block's events, parsed in one go; one by one where something is wrong."""
    if not events:
        return []
    try:
        values = jiter.from_json(b"[" + b",".join(events) + b"]", cache_mode="keys")
    except ValueError:
        values = []
    return values if len(values) == len(events) else [_loaded(each) for each in events]


def _loaded(text: bytes) -> Any:
    try:
        return json.loads(text.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
