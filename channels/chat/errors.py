"""What can go wrong on the chat's wires, each with a stable code, and how each wire says it.

ChatError
 ├─ FrameRefused      a frame or body that breaks the protocol
 ├─ TextRefused       text that can't be taken in
 ├─ OriginRefused     a browser page that is not on the allow-list
 ├─ RateLimited       too many messages; `retry_after` says when to come back
 ├─ TooMany           too many sockets or waiting requests
 ├─ Restarting        this process is draining
 └─ FileRefused       an upload that is too big, of another kind, or not readable
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from orchestrator.errors import OrchestratorError


class ChatError(Exception):
    """Base of the chat's errors; `retry_after` is in seconds."""

    code = "internal"

    def __init__(self, message: str, *, code: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code or type(self).code
        self.message = message
        self.retry_after = retry_after


class FrameRefused(ChatError):
    """The frame or body is not what the protocol allows here."""

    code = "bad_frame"


class TextRefused(ChatError):
    """The text can't be taken in: bad_text, empty_text or text_too_long."""

    code = "bad_text"


class OriginRefused(ChatError):
    """The page that asks is not on the allow-list of origins."""

    code = "origin_refused"


class RateLimited(ChatError):
    """Too many messages for now."""

    code = "rate_limited"


class TooMany(ChatError):
    """Too many sockets or waiting requests, here or from this address."""

    code = "too_many"


class Restarting(ChatError):
    """This process is draining; another one takes over."""

    code = "restarting"


class FileRefused(ChatError):
    """The upload can't be taken in: file_too_large, file_type, bad_upload."""

    code = "bad_upload"


@dataclass(frozen=True, kw_only=True, slots=True)
class Wire:
    """How one code is said on each wire: HTTP status and socket close code (RFC 6455 section 7.4)."""

    status: int
    close: int


WIRES: Final[dict[str, Wire]] = {
    "bad_frame": Wire(status=400, close=4400),
    "hello_expected": Wire(status=400, close=4400),
    "hello_timeout": Wire(status=408, close=4400),
    "invalid_json": Wire(status=400, close=4400),
    "invalid_message": Wire(status=400, close=4400),
    "message_invalid": Wire(status=400, close=4400),
    "bad_text": Wire(status=400, close=4400),
    "empty_text": Wire(status=400, close=4400),
    "text_too_long": Wire(status=400, close=4400),
    "file_unknown": Wire(status=400, close=4400),
    "unknown_file": Wire(status=404, close=4400),
    "bad_upload": Wire(status=400, close=4400),
    "body_timeout": Wire(status=408, close=4400),
    "unknown_session": Wire(status=401, close=4401),
    "identity_rejected": Wire(status=401, close=4401),
    "origin_refused": Wire(status=403, close=4403),
    "body_too_large": Wire(status=413, close=1009),
    "file_too_large": Wire(status=413, close=1009),
    "media_type": Wire(status=415, close=4400),
    "file_type": Wire(status=415, close=4400),
    "upgrade_required": Wire(status=426, close=4400),
    "rate_limited": Wire(status=429, close=4429),
    "too_many": Wire(status=429, close=4429),
    "restarting": Wire(status=503, close=1012),
    "store_unavailable": Wire(status=503, close=1013),
    "internal": Wire(status=500, close=1011),
}


def wire_of(error: ChatError | OrchestratorError) -> Wire:
    """Return how `error` is said; a code without an entry counts as internal."""
    return WIRES.get(error.code, WIRES["internal"])
