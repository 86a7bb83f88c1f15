"""What a foreign tool brought back, as a JSON value."""

from __future__ import annotations

from typing import Any

import pytest
from mcp_types import CallToolResult

from tools.mcp.offered import MAX_TEXT, result_text, result_value


def result(*content: dict[str, Any], structured: Any = None) -> CallToolResult:
    return CallToolResult.model_validate({"content": list(content), "structuredContent": structured})


def text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


PICTURE = {"type": "image", "data": "aGk=", "mimeType": "image/png"}
FILE = {"type": "resource", "resource": {"uri": "file:///etc/passwd", "text": "root"}}


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (result(text("fine")), {"text": "fine"}),
        (result(text("a"), text("b")), {"text": "a\nb"}),
        (result(text(' {"a": [1]}')), {"a": [1]}),
        (result(text("{not json")), {"text": "{not json"}),
        (result(text("[" * 50_000)), {"text": "[" * MAX_TEXT}),
        (result(text("x"), structured={"a": 1}), {"a": 1}),
        (result(), {"text": ""}),
        (result(text("a\x00b")), {"text": "a�b"}),
    ],
)
def test_structured_content_comes_first_then_text_that_is_json_then_text(
    given: CallToolResult, value: Any
) -> None:
    assert result_value(given) == value


def test_pictures_and_files_are_named_and_nothing_of_them_is_shown() -> None:
    value = result_value(result(PICTURE, text("see"), FILE))
    assert value["value"] == {"text": "see"}
    assert len(value["not_shown"]) == 2
    assert "root" not in str(value)
    assert "passwd" not in str(value)


def test_a_flood_of_blocks_is_cut() -> None:
    assert len(result_text(result(*(text("x" * 1_000) for _ in range(5_000))))) == MAX_TEXT
    assert len(result_value(result(*(PICTURE for _ in range(5_000))))["not_shown"]) == 50
