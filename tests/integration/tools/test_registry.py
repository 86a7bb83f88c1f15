from __future__ import annotations

from jsonschema import Draft202012Validator

from orchestrator.store.database import Database
from tests.support.shop import Articles, Shop
from tests.unit.tools.callers import NOW, caller, verified
from tools.registry import build_registry
from tools.settings import ToolSettings

# CONTRACT: name -> required, optional arguments, sensitivity, trust level
PROMISED = {
    "get_order_status": ({"order_id"}, set(), "read", 2),
    "get_delivery_eta": ({"order_id"}, set(), "read", 2),
    "refund_order": ({"order_id", "amount", "currency", "reason"}, set(), "sensitive", 3),
    "cancel_order": ({"order_id", "reason"}, set(), "sensitive", 3),
    "change_address": ({"order_id", "address"}, set(), "sensitive", 3),
    "search_knowledge": ({"query"}, set(), "read", 0),
    "create_ticket": ({"subject", "description"}, {"priority"}, "write", 0),
    "schedule_callback": ({"phone", "when", "topic"}, set(), "write", 0),
    "escalate_to_human": ({"reason"}, {"priority"}, "write", 0),
    "verify_identity": (set(), {"email", "code"}, "write", 0),
    "withdraw_request": ({"approval"}, set(), "write", 0),
}


async def test_the_shipped_tools_are_as_promised(shop: Shop) -> None:
    assert shop.tools.names() == tuple(PROMISED)
    for one in shop.tools:
        required, optional, sensitivity, trust = PROMISED[one.name]
        assert set(one.parameters.get("required", ())) == required
        assert set(one.parameters["properties"]) == required | optional
        assert (one.sensitivity, one.trust, one.idempotent) == (sensitivity, trust, True)
        assert one.description.endswith(".")
        assert all(part["description"] for part in one.parameters["properties"].values())
        Draft202012Validator.check_schema(one.parameters)


async def test_only_the_order_status_degrades(shop: Shop) -> None:
    assert [one.name for one in shop.tools if one.degrades] == ["get_order_status"]


async def test_what_moves_money_or_goods_can_be_previewed(shop: Shop) -> None:
    previewed = [one.name for one in shop.tools if one.preview is not None]
    assert previewed == [one.name for one in shop.tools if one.sensitivity == "sensitive"]


async def test_only_the_code_is_needed_in_plain(shop: Shop) -> None:
    assert {one.name: set(one.needs) for one in shop.tools if one.needs} == {"verify_identity": {"code"}}


async def test_without_a_verifier_nobody_is_offered_a_code(database: Database) -> None:
    assert build_registry(ToolSettings(), database, Articles()).get("verify_identity") is None


async def test_a_business_without_a_package_has_the_tools_that_all_have(database: Database) -> None:
    tools = build_registry(ToolSettings(), database, Articles())
    assert tools.names() == ("search_knowledge", "create_ticket", "schedule_callback", "escalate_to_human")
    assert tools.get("get_order_status") is None


async def test_knowledge_is_searched_in_the_callers_language(shop: Shop) -> None:
    result = await shop.call("search_knowledge", caller(language="de"), query=" Wie lange? ")
    assert shop.articles.asked == ("Wie lange?", 4, "de")
    assert [passage["id"] for passage in result.data["passages"]] == [
        f"returns#{number}" for number in range(4)
    ]
    assert all(len(passage["text"]) == 2000 for passage in result.data["passages"])
    assert result.message is None


async def test_a_database_that_is_away_is_a_result(shop: Shop) -> None:
    await shop.database.close()
    ada = verified("ada@example.com", now=NOW)
    assert (await shop.call("get_order_status", ada, order_id="1042")).error == "unavailable"
    ticket = await shop.call("create_ticket", ada, subject="Lamp", description="It flickers.")
    assert ticket.error == "unavailable"
    assert ticket.message is not None
    assert "not known" in ticket.message
