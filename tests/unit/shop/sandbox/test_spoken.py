"""The sandbox on the telephone: short, and without remarks in between."""

from __future__ import annotations

import json
from typing import Any

from orchestrator.languages.sentence_end import first_sentences
from tests.support.conversation import SHOP

TOOLS = [{"name": "get_order_status", "description": "", "parameters": {
    "type": "object", "properties": {"order_id": {"type": "string"}}, "required": ["order_id"],
}}]  # fmt: skip
ORDER = {
    "found": True, "order_id": "1042", "status": "shipped", "estimated_delivery": "2026-11-25",
    "shipped_on": "2026-11-20", "carrier": "An Post", "total": "84.50", "currency": "EUR",
}  # fmt: skip


def messages(channel: str, *more: dict[str, str]) -> list[dict[str, str]]:
    context = {"now": "2026-11-22T10:00:00Z", "channel": channel, "trust": 3}
    system = f"JSON\nTOOLS: {json.dumps(TOOLS)}\nCONTEXT: {json.dumps(context)}"
    asked = {"role": "user", "content": "Where is my order 1042?"}
    return [{"role": "system", "content": system}, asked, *more]


def answered(channel: str) -> dict[str, Any]:
    first = SHOP.respond(messages(channel))
    results = json.dumps([{"id": "r1", "tool": "get_order_status", "ok": True, "data": ORDER}])
    step = {"role": "assistant", "content": json.dumps(first)}
    return SHOP.respond(messages(channel, step, {"role": "user", "content": f"ACTION RESULTS: {results}"}))


def test_a_caller_hears_the_status_and_the_day_and_nothing_more() -> None:
    assert SHOP.respond(messages("voice"))["reply"] == ""
    reply = answered("voice")["reply"]
    assert reply == "Order 1042 has been shipped. Expected delivery: Wednesday, 25 November 2026."


def test_a_reader_gets_it_all() -> None:
    assert "An Post" in answered("chat")["reply"]


def test_a_long_text_is_cut_after_three_sentences() -> None:
    assert first_sentences("One is here. Two is here. Three is here. Four is here.", 3) == (
        "One is here. Two is here. Three is here."
    )
    assert first_sentences("Only one.", 3) == "Only one."
