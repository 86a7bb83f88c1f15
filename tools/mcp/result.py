"""What a foreign tool brought back, as a JSON value."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tools.text import clean_text

if TYPE_CHECKING:
    from mcp_types import CallToolResult, ContentBlock

MAX_TEXT = 20_000
"""Characters of text that are kept; the gateway's own limit on a result is lower."""
MAX_BLOCKS = 50


def result_value(result: CallToolResult) -> Any:
    """Return the structured content, or else the text, read as JSON where it is JSON.

    Pictures, sounds and files are named and not shown: nothing of them reaches the model.
    """
    notes = [_note(block) for block in result.content[:MAX_BLOCKS] if block.type != "text"]
    value = result.structured_content
    if value is None:
        value = _read(result_text(result))
    return {"value": value, "not_shown": notes} if notes else value


def result_text(result: CallToolResult) -> str:
    """Return the text of a result, shortened."""
    return clean_text("\n".join(_texts(result.content[:MAX_BLOCKS])))[:MAX_TEXT]


def _texts(content: Iterable[ContentBlock]) -> Iterable[str]:
    return (block.text[:MAX_TEXT] for block in content if block.type == "text")


def _read(text: str) -> Any:
    if text.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            pass  # then it is text that only looks like JSON
    return {"text": text}


def _note(block: ContentBlock) -> str:
    kinds = {
        "image": "a picture",
        "audio": "a sound",
        "resource": "a file",
        "resource_link": "a link to a file",
    }
    return f"{kinds.get(block.type, 'something')} that can't be shown here"
