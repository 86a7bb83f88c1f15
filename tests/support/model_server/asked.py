"""One request as the server saw it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """`body` is the parsed JSON, `raw` its bytes, `at` the loop time, `good` the answer due to it."""

    web: web.Request
    body: Mapping[str, Any]
    raw: bytes
    headers: Mapping[str, str]
    at: float
    good: str

    @property
    def messages(self) -> list[Mapping[str, Any]]:
        """The messages of the request."""
        return list(self.body.get("messages", []))

    @property
    def system(self) -> str:
        """The text of the first message."""
        return str(self.messages[0].get("content")) if self.messages else ""

    @property
    def model(self) -> str:
        """The model asked for."""
        return str(self.body.get("model"))

    @property
    def streams(self) -> bool:
        """Whether a stream was asked for."""
        return bool(self.body.get("stream"))
