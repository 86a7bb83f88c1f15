"""The sandbox's true words on every order of the example shop pass the reply rules, in both languages."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from guardrails.draft import Draft
from guardrails.rule_book import review_reply
from lindenhof.get_order_status import get_order_status_tool
from lindenhof.sandbox.order_status import describe, describe_briefly
from orchestrator.store.database import Database
from tests.business import shop_evidence
from tests.support.shop import seed_shop
from tests.unit.tools.callers import NOW, caller
from tools.run import run_tool


@pytest.mark.parametrize("language", ["en", "de"])
async def test_no_true_answer_on_an_order_is_blocked(database: Database, language: str) -> None:
    await seed_shop(database, today=NOW.date())
    tool = get_order_status_tool(database)
    rows = await database.fetch(
        "SELECT o.number, c.email FROM lindenhof.orders o JOIN lindenhof.customers c ON c.number = o.customer"
    )
    assert len(rows) >= 200
    blocked: dict[str, str] = {}
    for row in rows:
        order = str(row["number"])
        asking = replace(caller(), trust=3, verified_addresses=(row["email"],))
        result = await run_tool(tool, asking, {"order_id": order})
        assert result.ok
        noted = {"tool": tool.name, "arguments": {"order_id": order}, "ok": True, "data": result.data}
        evidence = shop_evidence(
            results=(json.dumps(noted, ensure_ascii=False),), own_words=(f"Where is {order}?",), now=NOW
        )
        for words in (describe, describe_briefly):
            draft = Draft(text=words(order, result.data, language), language=language)
            if (verdict := review_reply(draft, evidence)).blocked:
                blocked[f"{order} {words.__name__}"] = f"{verdict.rule}: {verdict.reason} | {draft.text}"
    assert blocked == {}
