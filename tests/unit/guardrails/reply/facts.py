"""The facts of the example turns: results as the shipped tools give them, passages as a search finds them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from guardrails.evidence import Evidence
from tests.business import shop_evidence
from tests.support.conversation import search

NOW = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)  # a Saturday
CANARY = "0123456789abcdef"
INSTRUCTIONS = (
    "You are the customer support assistant of Lindenhof Supply. You answer customers in their own language,"
    " politely, briefly and only with facts. Answer every message with exactly one JSON object and "
    "nothing else."
)
TOOLS = frozenset({
    "get_order_status", "get_delivery_eta", "search_knowledge", "create_ticket", "schedule_callback",
    "escalate_to_human", "verify_identity", "refund_order", "cancel_order", "change_address",
})  # fmt: skip
ORDER = {
    "order_id": "1042",
    "found": True,
    "limited": False,
    "status": "shipped",
    "items": [
        {"name": "Reading lamp with dimmer", "quantity": 1, "unit_price": "64.60"},
        {"name": "Notebook, dotted, A5", "quantity": 1, "unit_price": "19.90"},
    ],
    "item_count": 2,
    "total": "84.50",
    "currency": "EUR",
    "ordered_on": "2026-11-17",
    "estimated_delivery": "2026-11-24",
    "carrier": "An Post",
    "tracking": "JD014600003GB",
    "shipped_on": "2026-11-19",
    "delivered_on": None,
}
SECOND = {
    "order_id": "1043",
    "status": "processing",
    "items": [{"name": "Notebook, dotted, A5", "quantity": 1, "unit_price": "19.90"}],
    "total": "19.90",
    "currency": "EUR",
    "ordered_on": "2026-11-20",
    "estimated_delivery": "2026-11-26",
    "carrier": None,
    "tracking": None,
    "shipped_on": None,
    "delivered_on": None,
}


def _ran(tool: str, arguments: Mapping[str, Any], **result: Any) -> str:
    return json.dumps({"tool": tool, "arguments": arguments, **result})


def _done(tool: str, arguments: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    return _ran(tool, arguments, ok=True, data=data)


def _failed(tool: str, arguments: Mapping[str, Any], error: str, message: str) -> str:
    return _ran(tool, arguments, ok=False, error=error, message=message)


STATUS = _done("get_order_status", {"order_id": "1042"}, ORDER)
RESULTS: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "status": (STATUS,),
    "two": (STATUS, _done("get_order_status", {"order_id": "1043"}, SECOND)),
    "eta": (
        _done(
            "get_delivery_eta",
            {"order_id": "1042"},
            {
                "order_id": "1042",
                "status": "shipped",
                "estimated_delivery": "2026-11-24",
                "days_left": 3,
                "late": False,
                "delivered_on": None,
                "carrier": "An Post",
                "tracking": "JD014600003GB",
            },
        ),
    ),
    "late": (
        _done(
            "get_delivery_eta",
            {"order_id": "1042"},
            {"order_id": "1042", "status": "shipped", "estimated_delivery": "2026-11-19", "late": True},
        ),
    ),
    "delivered": (
        _done(
            "get_order_status",
            {"order_id": "2008"},
            {
                **ORDER,
                "order_id": "2008",
                "status": "delivered",
                "delivered_on": "2026-11-12",
                "estimated_delivery": None,
            },
        ),
    ),
    "ticket": (
        _done(
            "create_ticket",
            {"subject": "Lamp of order 1042 flickers", "description": "It flickers."},
            {"ticket": 1007, "subject": "Lamp of order 1042 flickers", "priority": "normal"},
        ),
    ),
    "callback": (
        _done(
            "schedule_callback",
            {"phone": "030 23125 100", "when": "2026-11-23T15:00", "topic": "my invoice"},
            {
                "callback": 12,
                "phone": "+493023125100",
                "when": "2026-11-23T15:00+01:00",
                "topic": "my invoice",
                "within_business_hours": True,
                "business_hours": "Mon-Fri 09:00-17:00 (Europe/Berlin)",
                "next_opening": None,
            },
        ),
    ),
    "refunded": (
        STATUS,
        _done(
            "refund_order",
            {"order_id": "1042", "amount": "20.00", "currency": "EUR", "reason": "late"},
            {"order_id": "1042", "amount": "20.00", "currency": "EUR"},
        ),
    ),
    "refund_waits": (
        STATUS,
        _failed(
            "refund_order",
            {"order_id": "1042", "amount": "84.50", "currency": "EUR", "reason": "broken"},
            "waiting_approval",
            "A colleague has to agree first. It is not done: say only that a colleague is checking.",
        ),
    ),
    "cancelled": (
        _done(
            "cancel_order",
            {"order_id": "1043", "reason": "no need"},
            {"order_id": "1043", "status": "cancelled"},
        ),
    ),
    "address": (
        _done(
            "change_address",
            {"order_id": "1043", "address": "Hauptstr. 5, 10115 Berlin"},
            {"order_id": "1043", "address": "Hauptstr. 5, 10115 Berlin"},
        ),
    ),
    "verified": (_done("verify_identity", {"code": "482913"}, {"verified": True}), STATUS),
    "limited": (
        _done(
            "get_order_status",
            {"order_id": "8821"},
            {
                "order_id": "8821",
                "found": False,
                "limited": True,
                "verification_needed": True,
                "note": "Nothing can be said about this number, not even whether it exists, before "
                "verification.",
            },
        ),
    ),
    "not_found": (
        _failed("get_order_status", {"order_id": "8821"}, "not_found", "This customer has no order 8821."),
    ),
    "down": (
        _failed("get_order_status", {"order_id": "1042"}, "timeout", "The shop did not answer in time."),
    ),
}
DONE = {
    "ticket": "create_ticket", "callback": "schedule_callback", "refunded": "refund_order",
    "cancelled": "cancel_order", "address": "change_address", "verified": "verify_identity",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """What the customer wrote, what the turn found out, and a reply to it."""

    results: str
    asked: str
    reply: str
    channel: str = "chat"
    name: str = ""

    @property
    def language(self) -> str:
        german = {
            "ich",
            "wo",
            "wann",
            "bitte",
            "meine",
            "mein",
            "ist",
            "kann",
            "wie",
            "danke",
            "und",
            "hallo",
            "was",
        }
        return "de" if german & set(self.asked.lower().split()) else "en"


@cache
def passages(asked: str) -> tuple[str, ...]:
    """What a search finds for a question: the best four of the example's articles."""
    return tuple(f"{found['title']}\n{found['text']}" for found in search(asked))


def evidence(case: Case) -> Evidence:
    """The facts of one example."""
    results = RESULTS[case.results]
    tool = DONE.get(case.results)
    return shop_evidence(
        results=results,
        passages=passages(case.asked),
        own_words=(case.asked,),
        business="Lindenhof Supply",
        name=case.name,
        now=NOW,
        citable=frozenset({"r1", "r2", "returns#how-long"}),
        done=frozenset({tool} if tool else ()),
        held=frozenset({"refund_order"} if case.results == "refund_waits" else ()),
        secrets=(CANARY, INSTRUCTIONS),
        tools=TOOLS,
    )
