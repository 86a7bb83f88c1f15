"""Reads the body of a response as chunks: an event stream, or one JSON object where streaming was ignored."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from orchestrator.inference.errors import AnswerTooLarge, BadEvent, NotJson
from orchestrator.inference.sse import MAX_STREAM, EventReader

_DONE = "[DONE]"


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

    def feed(self, chunk: bytes) -> list[dict[str, Any]]:
        """Return the JSON objects that `chunk` completes."""
        if not self._begun:
            self._begin(chunk)
        if self._whole is None:
            return self._objects(self._events.feed(chunk), last=False)
        self._whole += chunk
        if len(self._whole) > MAX_STREAM:
            raise AnswerTooLarge(f"the body is larger than {MAX_STREAM} bytes")
        return []

    def close(self) -> list[dict[str, Any]]:
        """Return what the end of the body completes."""
        if self._whole is None:
            return self._objects(self._events.close(), last=True)
        value = _loaded(self._whole.decode("utf-8", "replace"))
        if not isinstance(value, dict):
            raise NotJson("the body is not a JSON object")
        self.done = True
        return [value]

    def _begin(self, chunk: bytes) -> None:
        start = chunk.lstrip(b"\xef\xbb\xbf \t\r\n")
        if not start:
            return
        self._begun = True
        if start.startswith(b"<"):
            raise NotJson("the body is a page")
        if start.startswith(b"{"):
            self._whole = bytearray()

    def _objects(self, events: list[str], *, last: bool) -> list[dict[str, Any]]:
        objects = []
        for event in events:
            if event.strip() == _DONE:
                self.done = True
                break
            value = _loaded(event)
            if isinstance(value, dict):
                objects.append(value)
            elif not last:  # a last event may be cut off: the stream's end says what that means
                raise BadEvent("a stream event is not a JSON object")
        return objects


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
