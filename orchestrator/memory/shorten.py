"""Shorten a thread that no model's window holds: old turns become one line each, the newest stay whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

LINE = 160


def shorten(fragments: Sequence[str], *, room: int) -> str:
    """Return a thread of at most about `room` characters: a digest of the oldest turns, then whole turns."""
    kept: list[str] = []
    left = room * 3 // 4
    for fragment in reversed(fragments):
        if len(fragment) > left:
            break
        kept.append(fragment)
        left -= len(fragment)
    old = fragments[: len(fragments) - len(kept)]
    digest = _digest(old, room // 4)
    return ",".join([*_as_messages(digest), *reversed(kept)]) if digest else ",".join(reversed(kept))


def _digest(fragments: Sequence[str], room: int) -> str:
    lines: list[str] = []
    for fragment in reversed(fragments):
        line = _line(json.loads(f"[{fragment}]"))
        room -= len(line) + 1
        if room < 0:
            break
        lines.append(line)
    return "\n".join(reversed(lines))


def _line(messages: Sequence[dict[str, Any]]) -> str:
    asked = next((m["content"] for m in messages if m["role"] == "user"), "")
    answered = next((m["content"] for m in reversed(messages) if m["role"] == "assistant"), "")
    return f"- customer: {_cut(asked)} / answer: {_cut(_reply(answered))}"


def _reply(content: str) -> str:
    try:
        return str(json.loads(content).get("reply", ""))
    except (ValueError, AttributeError):
        return content


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= LINE else flat[: LINE - 1] + "…"


def _as_messages(digest: str) -> list[str]:
    question = {"role": "user", "content": "Digest of the earlier part of this conversation:\n" + digest}
    answer = {
        "role": "assistant",
        "content": '{"intent":"noted","language":"und","actions":[],"reply":"Noted."}',
    }
    return [json.dumps(message, ensure_ascii=False, separators=(",", ":")) for message in (question, answer)]
