"""The frames of the chat: text in, checked values out, and the other way round."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from channels.chat.errors import FrameRefused, TextRefused
from guardrails.text_direction import in_order
from orchestrator.conversation.event_bus import Event, Posted, ReplyDelta, StatusChanged, Typing
from orchestrator.people.identity_tokens import LONGEST_TOKEN

_REMOVED: Final = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"}


def clean_text(text: str, *, limit: int) -> str:
    """Return `text` with one kind of line end and without control characters, at most `limit` characters.

    Raises TextRefused: `bad_text` (NUL or lone surrogates), `empty_text`, `text_too_long`.
    """
    if "\x00" in text or not is_unicode(text):
        raise TextRefused("The text contains characters that can't be stored.", code="bad_text")
    if len(text) > 4 * limit:
        raise TextRefused(f"The text is longer than {limit} characters.", code="text_too_long")
    cleaned = text.replace("\r\n", "\n").replace("\r", "\n").translate(_REMOVED).strip()
    if not any(unicodedata.category(char)[0] in "LMNPS" for char in cleaned):
        raise TextRefused("The message is empty.", code="empty_text")
    if len(cleaned) > limit:
        raise TextRefused(f"The text is longer than {limit} characters.", code="text_too_long")
    return cleaned


def is_unicode(text: str) -> bool:
    """Say whether `text` can be written as UTF-8, that is, holds no lone surrogate."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


Json = Mapping[str, Any]
_BIGGEST: Final = 2**63 - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Hello:
    """The first frame: who comes, what they saw last, and whether they want their own messages back."""

    token: str | None
    identity: str | None
    after: int
    history: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One message of the customer; `id` is theirs, as they wrote it, and makes a resend safe."""

    id: str
    uuid: UUID
    text: str
    attachments: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Control:
    """A frame that says how the client is doing: typing, read (up to `seq`), ping or sign_out."""

    kind: str
    seq: int = 0


Frame = Hello | Message | Control


def parse_frame(raw: str, *, attachments: int) -> Frame:
    """Read one client frame; raises FrameRefused with a sentence that names what is wrong."""
    frame = parse_object(raw)
    kind = frame.get("type")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise FrameRefused("unknown frame type")
    return reader(frame, attachments)


def parse_object(raw: str | bytes) -> dict[str, Any]:
    """Read one JSON object; raises FrameRefused. Bounded by the size of `raw`."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        raise FrameRefused("not valid JSON", code="invalid_json") from None
    if not isinstance(value, dict):
        raise FrameRefused("not a JSON object")
    return value


def read_text(frame: Json, name: str, *, longest: int) -> str | None:
    """Return the string at `name`, or None for null or missing; raises FrameRefused."""
    value = frame.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > longest or not is_unicode(value):
        raise FrameRefused(f"{name} must be a string of at most {longest} characters or null")
    return value


def read_uuid(value: object, name: str) -> UUID:
    """Return `value` as a UUID in its usual written form (RFC 9562 section 4); raises FrameRefused."""
    try:
        if not isinstance(value, str) or len(value) != 36:
            raise ValueError
        return UUID(value)
    except ValueError:
        raise FrameRefused(f"{name} must be a uuid") from None


def read_attachments(frame: Json, most: int) -> tuple[UUID, ...]:
    """Return the ids of the files that go with a message; raises FrameRefused."""
    items = frame.get("attachments")
    if items is None:
        return ()
    if not isinstance(items, list) or len(items) > most:
        raise FrameRefused(f"attachments must be a list of at most {most} files")
    if not all(isinstance(item, dict) for item in items):
        raise FrameRefused("an attachment must be an object with an id")
    return tuple(read_uuid(item.get("id"), "attachment id") for item in items)


def _read_hello(frame: Json, _attachments: int) -> Hello:
    history = frame.get("history", False)
    if not isinstance(history, bool):
        raise FrameRefused("history must be true or false")
    return Hello(
        token=read_text(frame, "token", longest=200),
        identity=read_text(frame, "identity", longest=LONGEST_TOKEN),
        after=_read_seq(frame, "after"),
        history=history,
    )


def _read_message(frame: Json, attachments: int) -> Message:
    text = frame.get("text")
    if not isinstance(text, str):
        raise FrameRefused("text must be a string")
    return Message(
        id=str(frame.get("id")),
        uuid=read_uuid(frame.get("id"), "id"),
        text=text,
        attachments=read_attachments(frame, attachments),
    )


def _read_read(frame: Json, _attachments: int) -> Control:
    return Control(kind="read", seq=_read_seq(frame, "seq"))


def _read_seq(frame: Json, name: str) -> int:
    value = frame.get(name)
    if value is None:
        return 0
    # A bool is an int to Python, but not to JSON.
    if type(value) is not int or not 0 <= value <= _BIGGEST:
        raise FrameRefused(f"{name} must be a whole number, 0 or more")
    return value


_READERS: Final[dict[str, Callable[[Json, int], Frame]]] = {
    "hello": _read_hello,
    "message": _read_message,
    "typing": lambda _frame, _attachments: Control(kind="typing"),
    "read": _read_read,
    "sign_out": lambda _frame, _attachments: Control(kind="sign_out"),
    "ping": lambda _frame, _attachments: Control(kind="ping"),
}


def encode(frame: Json) -> str:
    """Write one frame as compact JSON, without characters that turn the order of the text around them."""
    return in_order(json.dumps(frame, ensure_ascii=False, separators=(",", ":")))


def event_frame(event: Event, *, own: bool) -> dict[str, Any] | None:
    """Return the frame that shows `event`, or None when the client is not told of it.

    `own`: the customer's own messages are shown too (the hello asked for history).
    """
    match event:
        case Posted(author="customer"):
            return _own_message(event) if own else None
        case Posted():
            return _message(event)
        case ReplyDelta():
            return {"type": "delta", "turn": str(event.turn), "text": event.text}
        case Typing():
            return {"type": "typing", "on": event.on}
        case StatusChanged():
            frame: dict[str, Any] = {"type": "status", "seq": event.seq, "status": event.status}
            return frame if event.assistant is None else {**frame, "assistant": event.assistant}
        case _:
            return None


def _message(event: Posted) -> dict[str, Any]:
    frame: dict[str, Any] = {
        "type": "message",
        "seq": event.seq,
        "turn": str(event.turn) if event.turn else "",
        "author": event.author,
        "text": event.text,
    }
    if event.files:
        frame["attachments"] = [dict(file) for file in event.files]
    if event.citations:
        frame["citations"] = [dict(citation) for citation in event.citations]
    return frame


def _own_message(event: Posted) -> dict[str, Any]:
    frame = _message(event)
    _, _, client_id = (event.key or "").rpartition(":")
    try:
        frame["id"] = str(UUID(client_id))
    except ValueError:
        # Came by another channel, where the client gave no uuid.
        pass
    return frame


def error_frame(
    code: str, message: str, *, retry_after: float | None = None, refers_to: str | None = None
) -> dict[str, Any]:
    """Return an error frame; `refers_to` is the id of the client's message that was refused."""
    frame: dict[str, Any] = {"type": "error", "code": code, "message": message}
    if retry_after is not None:
        frame["retry_after"] = retry_after
    if refers_to is not None:
        frame["id"] = refers_to
    return frame


def events_path(session_id: str, *, after: int) -> str:
    """Return where whatever comes after `after` can be had by HTTP."""
    return f"/chat/{quote(session_id, safe='')}/events?after={after}"
