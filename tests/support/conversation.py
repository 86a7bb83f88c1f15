"""A conversation with the sandbox model, as the turn holds it: tools run, decisions are checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from guardrails import decision as decision_module
from lindenhof import intents
from orchestrator.inference.sandbox.declared import read_sandbox
from orchestrator.inference.sandbox.responder import Sandbox, make_sandbox
from orchestrator.knowledge.articles import Section, load_articles
from orchestrator.languages.letters import fold, words

ROOT = Path(__file__).parents[2]
SHOP = make_sandbox(("en", "de"), read_sandbox(ROOT / "examples" / "shop" / "sandbox.toml"), intents())
"""The sandbox model of the example shop."""
DISCLOSURE = SHOP.words.sentences["disclosure"]
SCHEMA = Draft202012Validator(
    json.loads(Path(decision_module.__file__).with_name("decision.schema.json").read_text("utf-8"))
)
MOST_STEPS = 5
SMALL_WORD = 3

Answer = Mapping[str, Any]


def _text(limit: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": limit}


def make_tool(name: str, required: Mapping[str, Any], **optional: Any) -> dict[str, Any]:
    parameters = {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
        "additionalProperties": False,
    }
    return {"name": name, "description": name, "parameters": parameters}


PRIORITY = {"enum": ["low", "normal", "high", "urgent"]}
ORDER = {"type": ["string", "integer"], "maxLength": 40}
TOOLS = (
    make_tool("get_order_status", {"order_id": ORDER}),
    make_tool("get_delivery_eta", {"order_id": ORDER}),
    make_tool("search_knowledge", {"query": _text(400)}),
    make_tool("create_ticket", {"subject": _text(200), "description": _text(4000)}, priority=PRIORITY),
    make_tool("schedule_callback", {"phone": _text(40), "when": _text(40), "topic": _text(500)}),
    make_tool("escalate_to_human", {"reason": _text(500)}, priority=PRIORITY),
)
LATER_TOOLS = (
    make_tool("verify_identity", {}, email=_text(200), code=_text(10)),
    make_tool(
        "refund_order",
        {
            "order_id": ORDER,
            "amount": {"type": "string"},
            "currency": {"type": "string"},
            "reason": _text(500),
        },
    ),
    make_tool("cancel_order", {"order_id": ORDER, "reason": _text(500)}),
    make_tool("change_address", {"order_id": ORDER, "address": _text(500)}),
)

STATUS = {
    "1042": {
        "order_id": "1042",
        "found": True,
        "limited": False,
        "status": "shipped",
        "items": [
            {"name": "Desk lamp", "quantity": 1, "unit_price": "64.50"},
            {"name": "Mug", "quantity": 1, "unit_price": "20.00"},
        ],
        "total": "84.50",
        "currency": "EUR",
        "ordered_on": "2026-11-17",
        "shipped_on": "2026-11-19",
        "estimated_delivery": "2026-11-24",
        "carrier": "DHL",
        "tracking": "JD0142",
        "delivered_on": None,
    },
    "1043": {"order_id": "1043", "status": "processing", "total": {"amount": "19.90", "currency": "EUR"}},
}
ETA = {
    "1042": {
        "order_id": "1042",
        "status": "shipped",
        "estimated_delivery": "2026-11-24",
        "late": False,
        "delivered_on": None,
        "carrier": "DHL",
        "tracking": "JD0142",
    },
    "1043": {"order_id": "1043", "status": "processing", "estimated_delivery": None},
}


def ok(data: Any) -> Answer:
    return {"ok": True, "data": data}


def error(code: str) -> Answer:
    return {"ok": False, "error": code, "message": "Something for the model."}


@cache
def sections() -> tuple[Section, ...]:
    return load_articles(ROOT / "examples" / "shop" / "knowledge").sections


def search(query: str) -> list[dict[str, str]]:
    """A naive stand-in for the database's ranking: shared words, titles twice."""
    asked = {word[:6] for word in words(fold(query)) if len(word) > SMALL_WORD}
    rated = sorted(
        sections(), key=lambda s: -_shared(asked, f"{s.title} {s.keywords}") - _shared(asked, s.text)
    )
    return [{"id": s.id, "title": s.title, "text": s.text} for s in rated[:4]]


def _shared(asked: set[str], text: str) -> int:
    return len(asked & {word[:6] for word in words(fold(text))})


def shop(tool: str, arguments: Mapping[str, Any]) -> Answer:
    """The tools' answers for a signed-in customer."""
    order = str(arguments.get("order_id"))
    answers: dict[str, Callable[[], Answer]] = {
        "get_order_status": lambda: ok(STATUS[order]) if order in STATUS else error("not_found"),
        "get_delivery_eta": lambda: ok(ETA[order]) if order in ETA else error("not_found"),
        "search_knowledge": lambda: ok({"passages": search(str(arguments["query"]))}),
        "create_ticket": lambda: ok(
            {"ticket": "T-1001", "subject": arguments["subject"], "priority": "normal"}
        ),
        "schedule_callback": lambda: ok(
            {
                "callback": "C-1001",
                "phone": arguments["phone"],
                "when": arguments["when"],
                "next_opening": None,
            }
        ),
        "verify_identity": lambda: ok({"verified": "code" in arguments}),
        "refund_order": lambda: ok({}),
        "cancel_order": lambda: ok({}),
        "change_address": lambda: ok({}),
    }
    return answers[tool]()


def stranger(tool: str, arguments: Mapping[str, Any]) -> Answer:
    """The tools' answers for somebody unknown."""
    if tool == "get_order_status":
        return ok({"order_id": arguments["order_id"], "found": False, "limited": True, "note": "Nothing."})
    return (
        error("identity_required") if tool in ("get_delivery_eta", "refund_order") else shop(tool, arguments)
    )


@dataclass(kw_only=True, slots=True)
class Conversation:
    """Says texts, runs the proposed tools and keeps the history as the turn does."""

    model: Sandbox = SHOP
    run: Callable[[str, Mapping[str, Any]], Answer] = shop
    tools: tuple[Mapping[str, Any], ...] = TOOLS
    recall: bool = True
    context: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, str]] = field(default_factory=list)
    actions: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def say(self, text: str) -> dict[str, Any]:
        """One turn; returns its last decision, `actions` keeps what ran in it."""
        self.actions = []
        if self.recall:
            self.context["passages"] = search(text)
        self.history.append({"role": "user", "content": text})
        for _ in range(MOST_STEPS):
            decided = self.step()
            self.history.append({"role": "assistant", "content": json.dumps(decided, ensure_ascii=False)})
            if not decided["actions"]:
                return decided
            results = [self._run(action) for action in decided["actions"]]
            self.history.append({"role": "user", "content": "ACTION RESULTS: " + json.dumps(results)})
        raise AssertionError("The turn does not end.")

    def step(self) -> dict[str, Any]:
        decided = self.model.respond([{"role": "system", "content": self.system()}, *self.history])
        SCHEMA.validate(decided)
        for action in decided["actions"]:
            offered = next(tool for tool in self.tools if tool["name"] == action["tool"])
            Draft202012Validator(offered["parameters"]).validate(action["arguments"])
        return decided

    def system(self) -> str:
        known = {"now": "2026-11-21T21:00:00Z", "channel": "chat", "trust": 0, "passages": []}
        context = json.dumps({**known, **self.context}, ensure_ascii=False)
        return f"Answer in JSON.\nTOOLS: {json.dumps(self.tools)}\nCONTEXT: {context}\n"

    def _run(self, action: Mapping[str, Any]) -> dict[str, Any]:
        self.actions.append((action["tool"], action["arguments"]))
        number = sum(message["content"].count('"id": "r') for message in self.history) + len(self.actions)
        return {"id": f"r{number}", "tool": action["tool"], **self.run(action["tool"], action["arguments"])}


def plain(decision: Mapping[str, Any]) -> str:
    """The reply without the disclosure of the first one."""
    reply = str(decision["reply"])
    for said in DISCLOSURE.values():
        reply = reply.removeprefix(said).strip()
    return reply
