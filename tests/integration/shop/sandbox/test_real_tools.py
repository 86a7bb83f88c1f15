"""The sandbox model with the real tools, the seeded shop and the real knowledge search."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from orchestrator.knowledge.search import Knowledge
from orchestrator.store.database import Database
from tests.support.conversation import ROOT, Conversation
from tests.support.shop import seed_shop, shop_registry
from tools.registry import Registry
from tools.run import run_tool
from tools.tool import Caller
from tools.verify_identity import Checked

EXAMPLES = ROOT / "examples" / "shop" / "knowledge"
NOW = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)


class Codes:
    """Sends everybody the code 482913, and notes whose it was: the address is proved by it."""

    def __init__(self) -> None:
        self.sent = ""
        self.proved: tuple[str, ...] = ()

    async def send_code(self, caller: Caller, address: str) -> None:
        self.sent = address

    async def check_code(self, caller: Caller, code: str) -> Checked:
        self.proved = (self.sent,) if self.sent and code == "482913" else ()
        return "verified" if self.proved else "wrong"


class Desk:
    """Runs turns as the gateway does: recall by search, then steps until there is nothing left to do."""

    def __init__(
        self, registry: Registry, knowledge: Knowledge, addresses: tuple[str, ...], codes: Codes | None = None
    ) -> None:
        tools = [{"name": t.name, "description": t.description, "parameters": t.parameters} for t in registry]
        self.talk = Conversation(recall=False, tools=tuple(tools))
        self._registry = registry
        self._knowledge = knowledge
        self._addresses = addresses
        self._codes = codes or Codes()

    async def say(self, text: str) -> dict[str, Any]:
        found = await self._knowledge.search(text)
        self.talk.context["passages"] = [{"id": p.id, "title": p.title, "text": p.text} for p in found]
        self.talk.history.append({"role": "user", "content": text})
        for _ in range(4):
            decided = self.talk.step()
            self.talk.history.append({"role": "assistant", "content": json.dumps(decided)})
            if not decided["actions"]:
                return decided
            results = [await self._run(n, action) for n, action in enumerate(decided["actions"], 1)]
            self.talk.history.append({"role": "user", "content": "ACTION RESULTS: " + json.dumps(results)})
        raise AssertionError("The turn does not end.")

    async def _run(self, number: int, action: Mapping[str, Any]) -> dict[str, Any]:
        addresses = self._addresses or self._codes.proved
        caller = Caller(
            customer_id=uuid4(),
            conversation_id=uuid4(),
            turn_id=uuid4(),
            trust=3 if addresses else 0,
            channel="chat",
            language="en",
            name=None,
            verified_addresses=addresses,
            claimed_addresses=(),
            idempotency_key=uuid4().hex,
            now=NOW,
        )
        result = await run_tool(self._registry.tools[action["tool"]], caller, action["arguments"])
        told = {"ok": result.ok, "data": result.data, "error": result.error, "message": result.message}
        return {"id": f"r{number}", "tool": action["tool"], **told}


@pytest.fixture
async def registry(database: Database) -> Registry:
    await seed_shop(database, today=NOW.date())
    knowledge = Knowledge(database)
    await knowledge.load(EXAMPLES)
    return shop_registry(database, knowledge)


@pytest.fixture
def ada(registry: Registry, database: Database) -> Desk:
    return Desk(registry, Knowledge(database), ("ada@example.com",))


@pytest.fixture
def stranger(registry: Registry, database: Database) -> Desk:
    return Desk(registry, Knowledge(database), ())


async def test_ada_asks_for_her_order(ada: Desk) -> None:
    status = await ada.say("Where is my order 1042?")
    eta = await ada.say("and when does it arrive?")
    assert "has been shipped" in status["reply"]
    assert "84.50 EUR" in status["reply"]
    assert "Tuesday, 24 November 2026" in eta["reply"]
    assert (status["citations"], eta["citations"]) == (["r1"], ["r1"])


async def test_ada_fragt_nach_ihrer_bestellung(ada: Desk) -> None:
    status = await ada.say("Wo ist meine Bestellung 1042?")
    eta = await ada.say("und wann kommt sie an?")
    assert "ist versandt" in status["reply"]
    assert "84,50 EUR" in status["reply"]
    assert "Dienstag, 24. November 2026" in eta["reply"]


async def test_a_stranger_proves_who_they_are_by_a_code(registry: Registry, database: Database) -> None:
    codes = Codes()
    with_codes = shop_registry(database, Knowledge(database), codes)
    customer = Desk(with_codes, Knowledge(database), (), codes)
    asked = await customer.say("Where is order 1042?")
    sent = await customer.say("ada@example.com")
    wrong = await customer.say("111111")
    told = await customer.say("my code is 4 8 2 9 1 3")
    assert asked["reply"].endswith("Which address is it?")
    assert "valid for 10 minutes" in sent["reply"]
    assert "not right" in wrong["reply"]
    assert "has been shipped" in told["reply"]
    foreign = await customer.say("Where is order 8821?")
    assert "no order 8821" in foreign["reply"]


async def test_ein_fremder_weist_sich_aus_und_storniert(registry: Registry, database: Database) -> None:
    codes = Codes()
    with_codes = shop_registry(database, Knowledge(database), codes)
    customer = Desk(with_codes, Knowledge(database), (), codes)
    await customer.say("Bitte stornieren Sie meine Bestellung 1043")
    await customer.say("ada@example.com")
    told = await customer.say("482913")
    assert "Bestellung 1043 ist storniert." in told["reply"]
    assert await database.fetchval("SELECT status FROM lindenhof.orders WHERE number = 1043") == "cancelled"


async def test_ada_gets_her_refund_and_no_more_than_that(ada: Desk, database: Database) -> None:
    done = await ada.say("I'd like a refund of 80 EUR for order 1042, the mug is broken")
    more = await ada.say("Please refund another 5 EUR for order 1042")
    status = await ada.say("Where is order 1042?")
    rest = await ada.say("I would like a refund for order 1042")
    assert "The refund of 80.00 EUR for order 1042 has been made." in done["reply"]
    assert "more than can still be refunded" in more["reply"]
    assert "Refunded so far: 80.00 EUR." in status["reply"]
    assert "The refund of 4.50 EUR" in rest["reply"]
    assert await database.fetchval("SELECT sum(amount) FROM lindenhof.refunds") == Decimal("84.50")


async def test_ada_aendert_die_adresse_nur_vor_dem_versand(ada: Desk, database: Database) -> None:
    moved = await ada.say("Bitte ändern Sie die Adresse von Bestellung 1043: Hauptstr. 5, 10115 Berlin")
    late = await ada.say("Bitte ändern Sie die Adresse von Bestellung 1042: Hauptstr. 5, 10115 Berlin")
    address = await database.fetchval("SELECT address FROM lindenhof.orders WHERE number = 1043")
    assert "Die Lieferadresse von Bestellung 1043 ist geändert." in moved["reply"]
    assert "kann nicht mehr geändert werden" in late["reply"]
    assert address == "Hauptstr. 5, 10115 Berlin"


async def test_a_strangers_order_stays_unsaid(ada: Desk, stranger: Desk) -> None:
    foreign = await ada.say("Where is order 8821?")
    hidden = await stranger.say("Where is order 1042?")
    hidden_eta = await stranger.say("and when will it arrive?")
    assert "no order 8821" in foreign["reply"]
    for decided in (hidden, hidden_eta):
        assert "sign in" in decided["reply"]
        assert "shipped" not in decided["reply"]


async def test_a_ticket_and_a_callback_are_really_made(stranger: Desk, database: Database) -> None:
    ticket = await stranger.say("Please open a ticket: the lamp flickers since yesterday")
    callback = await stranger.say("And call me on Monday at 10am on 030 23125100 about the lamp")
    rows = await database.fetchrow(
        "SELECT t.number AS ticket, t.subject, c.number AS callback, c.phone, c.due_at, c.topic"
        " FROM tickets t, callbacks c"
    )
    assert rows["ticket"] in ticket["reply"]
    assert rows["callback"] in callback["reply"]
    assert (rows["subject"], rows["topic"]) == ("the lamp flickers since yesterday", "the lamp")
    assert rows["phone"] == "+493023125100"
    assert rows["due_at"] == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


async def test_a_bad_number_is_asked_for_again(stranger: Desk) -> None:
    asked = await stranger.say("Ruf mich morgen um 15 Uhr unter 0000 1234567 an")
    done = await stranger.say("030 23125100")
    assert asked["reply"].endswith("?")
    assert "Sonntag, 22. November 2026 um 15:00 Uhr" in done["reply"]


QUESTIONS = [
    ("What is your return policy?", "returns#"),
    ("Can I send something back?", "returns#"),
    ("When do I get my money back?", "refunds#when"),
    ("How long does shipping to Austria take?", "shipping#how-long"),
    ("How much is shipping to France?", "shipping#what-does-shipping-cost"),
    ("Do you offer express delivery?", "shipping#is-there-express"),
    ("How can I cancel my order?", "order-changes#can-i-cancel"),
    ("Can I change the delivery address?", "order-changes#can-i-change-the-delivery"),
    ("Which payment methods do you accept?", "payment#which"),
    ("How long is the warranty on lamps?", "warranty#how-long"),
    ("Where can I find my invoice?", "invoices#where"),
    ("What are your opening hours?", "contact#when"),
    ("How do I delete my data?", "privacy#how-can-i-have-my-data-deleted"),
    ("How do I redeem a gift card?", "gift-cards#how-do-i"),
    ("Do I have to pay customs?", "customs#do-i"),
    ("Wie lange kann ich Ware zurückgeben?", "returns-de#rueckgaberecht"),
    ("Wer bezahlt die Rücksendung?", "returns-de#wer-bezahlt"),
    ("Wann bekomme ich mein Geld zurück?", "refunds-de#wann"),
    ("Wie lange dauert der Versand nach Österreich?", "shipping-de#wie-lange"),
    ("Was kostet der Versand in die Schweiz?", "shipping-de#wie-hoch"),
    ("Kann ich meine Bestellung stornieren?", "order-changes-de#kann-ich-meine-bestellung"),
    ("Welche Zahlungsarten gibt es?", "payment-de#welche"),
    ("Wie lange habe ich Garantie?", "warranty-de#wie-lange"),
    ("Wo finde ich meine Rechnung?", "invoices-de#wo"),
    ("Wann haben Sie geöffnet?", "contact-de#wann"),
    ("Wie kann ich meine Daten löschen lassen?", "privacy-de#wie-lasse"),
    ("Wie löse ich einen Gutschein ein?", "gift-cards-de#wie-kann"),
    ("Muss ich Zoll bezahlen?", "customs-de#muss"),
]


async def test_questions_are_answered_from_the_right_passage(registry: Registry, database: Database) -> None:
    wrong = []
    for question, wanted in QUESTIONS:
        decided = await Desk(registry, Knowledge(database), ()).say(question)
        if not decided.get("citations") or not decided["citations"][0].startswith(wanted):
            wrong.append(f"{question} -> {decided.get('citations')} {decided['reply'][:80]}")
    assert "\n".join(wrong) == ""


async def test_a_question_may_point_back_to_the_one_before(stranger: Desk) -> None:
    await stranger.say("What is your return policy?")
    english = await stranger.say("and who pays for that?")
    await stranger.say("Was kostet der Versand in die Schweiz?")
    german = await stranger.say("und wie lange dauert das?")
    assert english["citations"][0].startswith("returns#who-pays")
    assert german["citations"][0].startswith("shipping-de#wie-lange")


NOT_ANSWERED = [
    "Who is the president of Germany?",
    "What is love?",
    "Wie wird das Wetter morgen?",
    "Do you sell cars?",
]


async def test_what_no_article_says_is_not_answered(registry: Registry, database: Database) -> None:
    for question in NOT_ANSWERED:
        decided = await Desk(registry, Knowledge(database), ()).say(question)
        assert (decided["intent"], decided["citations"]) == ("unknown", []), question
