"""Taking back what waits for a colleague, and leaving an address, as the sandbox model decides it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.conversation import TOOLS, Answer, Conversation, ok, shop

ID = "0193c1a2-0000-7000-8000-000000000001"
OTHER = "0193c1a2-0000-7000-8000-000000000002"
TAKE_BACK = {
    "name": "withdraw_request",
    "description": "Take it back.",
    "parameters": {
        "type": "object",
        "properties": {"approval": {"type": "string"}},
        "required": ["approval"],
        "additionalProperties": False,
    },
}
WAITING = [
    {"id": ID, "what": "the change of the address of order 1042", "since": "2026-11-24"},
    {"id": OTHER, "what": "the refund of 80.00 EUR for order 1043", "since": "2026-11-24"},
]


def withdrawn(tool: str, arguments: Mapping[str, Any]) -> Answer:
    return ok({"withdrawn": True}) if tool == "withdraw_request" else shop(tool, arguments)


def talk(*waiting: Mapping[str, Any], **more: Any) -> Conversation:
    return Conversation(run=withdrawn, tools=(*TOOLS, TAKE_BACK), context={"waiting": list(waiting), **more})


@pytest.mark.parametrize(
    "text",
    [
        "please do NOT change it",
        "Stop, don't do that!",
        "I changed my mind",
        "Cancel that request please",
        "Never mind, leave it as it is.",
        "Bitte doch nicht ändern!",
        "Ich ziehe meine Anfrage zurück",
        "Das hat sich erledigt",
        "Lassen Sie das bitte",
        "Ich habe es mir anders überlegt.",
    ],
)
def test_what_waits_is_taken_back(text: str) -> None:
    customer = talk(WAITING[0])
    told = customer.say(text)
    assert customer.actions == [("withdraw_request", {"approval": ID})]
    assert WAITING[0]["what"] in told["reply"]


def test_the_one_of_the_order_that_is_named_is_taken_back() -> None:
    customer = talk(*WAITING)
    customer.say("Please don't change order 1042")
    assert customer.actions == [("withdraw_request", {"approval": ID})]


@pytest.mark.parametrize(
    "text",
    ["No, thanks", "Thank you, I don't need anything else", "Nein, nichts mehr", "What does shipping cost?",
     "When do I hear from you?", "That is not nice of you"],
)  # fmt: skip
def test_what_waits_goes_on_waiting(text: str) -> None:
    customer = talk(WAITING[0])
    customer.say(text)
    assert "withdraw_request" not in [name for name, _ in customer.actions]


def test_where_nothing_waits_nothing_is_taken_back() -> None:
    customer = talk()
    customer.say("please do NOT change it")
    assert customer.actions == []
