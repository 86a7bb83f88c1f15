"""What customers write, in both languages, and what the sandbox model decides."""

from __future__ import annotations

import json
from typing import Any

import pytest

from guardrails.draft import Draft
from guardrails.rule_book import review_reply
from orchestrator.knowledge.ranking import best_passage
from tests.business import shop_evidence
from tests.support.conversation import (
    DISCLOSURE,
    LATER_TOOLS,
    TOOLS,
    Conversation,
    error,
    ok,
    plain,
    search,
    sections,
    shop,
    stranger,
)
from tools.knowledge import Passage

STATUS = "get_order_status"
ETA = "get_delivery_eta"

LAST_ACTION: list[tuple[str, list[str], tuple[str, dict[str, Any]]]] = [
    ("status en", ["Where is my order 1042?"], (STATUS, {"order_id": "1042"})),
    ("status de", ["Wo ist meine Bestellung 1042?"], (STATUS, {"order_id": "1042"})),
    ("hash", ["status of #1042"], (STATUS, {"order_id": "1042"})),
    ("abbreviated", ["order no. 1042"], (STATUS, {"order_id": "1042"})),
    ("spaced", ["Where is order 1 0 4 2"], (STATUS, {"order_id": "1042"})),
    ("spoken en", ["where is order one zero four two"], (STATUS, {"order_id": "1042"})),
    ("spoken de", ["Wo ist Bestellung eins null vier zwei"], (STATUS, {"order_id": "1042"})),
    ("typos en", ["wher is my ordr 1042"], (STATUS, {"order_id": "1042"})),
    ("typos de", ["wo ist meine Bestelung 1042"], (STATUS, {"order_id": "1042"})),
    ("no umlaut", ["wurde bestellung 1042 schon verschickt"], (STATUS, {"order_id": "1042"})),
    ("shipped yet", ["Has my order 1042 been shipped yet?"], (STATUS, {"order_id": "1042"})),
    ("bare number", ["1042"], (STATUS, {"order_id": "1042"})),
    ("asked en", ["Where is my order?", "1042"], (STATUS, {"order_id": "1042"})),
    ("asked de", ["Wo bleibt mein Paket?", "die Nummer ist 1042"], (STATUS, {"order_id": "1042"})),
    ("another one", ["Where is order 1042?", "and 1043?"], (STATUS, {"order_id": "1043"})),
    ("not arrived", ["Mein Paket ist nicht angekommen, Bestellung 1042"], (STATUS, {"order_id": "1042"})),
    ("eta en", ["When will order 1042 arrive?"], (ETA, {"order_id": "1042"})),
    ("eta de", ["Wann kommt Bestellung 1042 an?"], (ETA, {"order_id": "1042"})),
    ("eta word", ["Liefertermin 1042?"], (ETA, {"order_id": "1042"})),
    ("eta later en", ["Where is order 1042?", "and when will it arrive?"], (ETA, {"order_id": "1042"})),
    ("eta later en 2", ["Where is order 1042?", "and when does it arrive?"], (ETA, {"order_id": "1042"})),
    ("eta later de", ["Wo ist Bestellung 1042?", "und wann kommt es an?"], (ETA, {"order_id": "1042"})),
    ("eta asked", ["Wann kommt mein Paket?", "1042"], (ETA, {"order_id": "1042"})),
    ("two steps back", ["Where is 1042?", "thanks", "when will it be here?"], (ETA, {"order_id": "1042"})),
    (
        "ticket at once",
        ["Please open a ticket: the lamp of order 1042 flickers"],
        (
            "create_ticket",
            {
                "subject": "the lamp of order 1042 flickers",
                "description": "the lamp of order 1042 flickers",
            },
        ),
    ),
    (
        "ticket asked",
        ["Ticket erstellen", "Die Lampe flackert seit gestern"],
        (
            "create_ticket",
            {"subject": "Die Lampe flackert seit gestern", "description": "Die Lampe flackert seit gestern"},
        ),
    ),
    (
        "ticket offered",
        ["Meine Lampe ist kaputt angekommen", "ja bitte"],
        (
            "create_ticket",
            {
                "subject": "Meine Lampe ist kaputt angekommen",
                "description": "Meine Lampe ist kaputt angekommen",
            },
        ),
    ),
    (
        "callback at once",
        ["Please call me tomorrow at 3pm at +49 30 23125 100 about my invoice"],
        (
            "schedule_callback",
            {"phone": "+493023125100", "when": "2026-11-22T15:00", "topic": "my invoice"},
        ),
    ),
    (
        "callback de",
        ["Bitte rufen Sie mich morgen um 15 Uhr unter 030 23125 100 an wegen der Rechnung"],
        (
            "schedule_callback",
            {"phone": "03023125100", "when": "2026-11-22T15:00", "topic": "der Rechnung"},
        ),
    ),
    (
        "callback piece by piece",
        ["Can someone call me back?", "0170 1234567", "2026-11-24T10:30"],
        (
            "schedule_callback",
            {"phone": "01701234567", "when": "2026-11-24T10:30", "topic": "Can someone call me back?"},
        ),
    ),
    (
        "callback, day before time",
        ["Rückruf bitte", "am Dienstag, 0170/1234567", "um halb drei"],
        (
            "schedule_callback",
            {"phone": "01701234567", "when": "2026-11-24T14:30", "topic": "Rückruf bitte"},
        ),
    ),
]


@pytest.mark.parametrize(("texts", "wanted"), [pytest.param(t, w, id=i) for i, t, w in LAST_ACTION])
def test_the_tool_called_last(texts: list[str], wanted: tuple[str, dict[str, Any]]) -> None:
    talk = Conversation()
    for text in texts:
        talk.say(text)
    assert talk.actions == [wanted]


FACTS = [
    (
        "Where is order 1042?",
        ["has been shipped", "84.50 EUR", "1 × Desk lamp and 1 × Mug", "24 November 2026"],
    ),
    ("Wo ist Bestellung 1042?", ["ist versandt", "84,50 EUR", "Dienstag, 24. November 2026", "JD0142"]),
    ("Where is order 1043?", ["is being processed", "19.90 EUR"]),
    ("When will 1042 arrive?", ["Tuesday, 24 November 2026"]),
    ("Wann kommt Bestellung 1043 an?", ["in Bearbeitung", "noch nicht"]),
    ("Where is order 9999?", ["no order 9999"]),
    ("Wo ist Bestellung 9999?", ["keine Bestellung 9999"]),
    ("What is your return policy?", ["within 30 days"]),
    ("Wie lange kann ich etwas zurückgeben?", ["innerhalb von 30 Tagen"]),
    ("When do I get my money back?", ["3 working days"]),
    ("How much is shipping to Austria?", ["Austria: 6.90 EUR"]),
    ("Was kostet der Versand in die Schweiz?", ["14,90 EUR"]),
    ("How can I cancel my order?", ["free of charge"]),
    ("Kann ich meine Bestellung noch stornieren?", ["solange ihr Status"]),
    ("Do you take PayPal?", ["PayPal"]),
    ("Wie lange habe ich Garantie auf Lampen?", ["3 Jahre"]),
    ("Where do I find my invoice?", ["PDF"]),
    ("Was sind eure Öffnungszeiten?", ["9 bis 17 Uhr"]),
    ("Please delete my data", ["privacy@lindenhof.example"]),
    ("Wie löse ich einen Gutschein ein?", ["an der Kasse"]),
    ("Do I pay customs in the United Kingdom?", ["already part of the price"]),
]


@pytest.mark.parametrize("recall", [True, False], ids=["recalled", "searched"])
@pytest.mark.parametrize(("text", "facts"), FACTS)
def test_the_reply_states_facts_and_cites_them(text: str, facts: list[str], recall: bool) -> None:
    decided = Conversation(recall=recall).say(text)
    assert [fact for fact in facts if fact not in decided["reply"]] == []
    assert decided["citations"]


def test_the_passage_whose_title_asks_for_nothing_else_is_quoted_first() -> None:
    refunded = Passage(
        id="refunds#costs",
        title="Refunds: Are shipping costs refunded?",
        text="If you return the whole order, we refund the standard shipping costs too.",
        score=0.0,
    )
    costs = Passage(
        id="shipping#cost",
        title="Shipping: What does shipping cost?",
        text="- Germany: 4.90 EUR, free from 50 EUR",
        score=0.0,
    )
    for order in ([refunded, costs], [costs, refunded]):
        assert best_passage("What does shipping cost?", order, "en", languages=("en", "de")) is costs
        assert best_passage("Are shipping costs refunded?", order, "en", languages=("en", "de")) is refunded


def test_passages_of_the_prompt_are_used_without_a_search() -> None:
    passage = {
        "id": "returns#how-long",
        "title": "Returns: How long?",
        "text": "You can return it for 30 days.",
    }
    talk = Conversation(recall=False, context={"passages": [passage]})
    decided = talk.say("How long can I return something?")
    assert talk.actions == []
    assert decided["citations"] == ["returns#how-long"]
    assert "30 days" in decided["reply"]


def test_passages_that_do_not_fit_are_not_used() -> None:
    passage = {"id": "tea#green", "title": "Tea: Green", "text": "Green tea is made of leaves."}
    talk = Conversation(recall=False, context={"passages": [passage]})
    decided = talk.say("Which payment methods do you accept?")
    assert talk.actions[0][0] == "search_knowledge"
    assert decided["citations"][0].startswith("payment#")


FOLLOW_UPS = [
    (["What is your return policy?", "and who pays for that?"], "returns#who-pays"),
    (["How long does shipping to Austria take?", "and to France?"], "shipping#"),
    (["Was kostet der Versand in die Schweiz?", "und wie lange dauert das?"], "shipping-de#wie-lange"),
    (["What is your return policy?", "and the warranty?"], "warranty#"),
]


@pytest.mark.parametrize(("texts", "citation"), FOLLOW_UPS)
@pytest.mark.parametrize("recall", [True, False], ids=["recalled", "searched"])
def test_a_question_that_points_back(texts: list[str], citation: str, recall: bool) -> None:
    talk = Conversation(recall=recall)
    decided = [talk.say(text) for text in texts][-1]
    assert decided["citations"][0].startswith(citation)


ASKS = [
    ("Where is my order?", "order_status", "order number?"),
    ("Wo ist mein Paket?", "order_status", "Bestellnummer?"),
    ("When will it arrive?", "delivery_eta", "order number?"),
    ("Please open a ticket", "ticket", "What happened?"),
    ("Bitte ein Ticket anlegen", "ticket", "Was ist passiert?"),
    ("Call me back please", "callback", "Which number"),
    ("Bitte um Rückruf unter 0170 1234567", "callback", "An welchem Tag"),
    ("Call me on 0170 1234567 tomorrow", "callback", "At what time"),
    ("Ruf mich morgen um 15 Uhr an", "callback", "Unter welcher Nummer"),
]


@pytest.mark.parametrize(("text", "intent", "question"), ASKS)
def test_it_asks_for_what_is_missing(text: str, intent: str, question: str) -> None:
    talk = Conversation()
    decided = talk.say(text)
    assert (talk.actions, decided["intent"]) == ([], intent)
    assert question in decided["reply"]


HUMANS = [
    "I want to speak to a human",
    "can I talk to a real person please",
    "human please",
    "agent",
    "Ich möchte mit einem Mitarbeiter sprechen",
    "Verbinden Sie mich bitte mit einem Menschen",
    "Ich will mit jemandem reden",
]


@pytest.mark.parametrize("text", HUMANS)
def test_a_human_is_brought_at_once(text: str) -> None:
    decided = Conversation().say(text)
    assert decided["handoff"]["reason"].endswith(text)
    assert decided["intent"] == "human"
    assert "colleague" in decided["reply"] or "Kollegin" in decided["reply"]


@pytest.mark.parametrize(
    ("question", "yes"), [("What is love?", "yes please"), ("Was ist Liebe?", "Ja, gerne!")]
)
def test_what_it_does_not_know_it_says_and_offers_a_human(question: str, yes: str) -> None:
    talk = Conversation()
    unknown = talk.say(question)
    assert unknown["intent"] == "unknown"
    assert unknown["citations"] == []
    assert "order" in unknown["reply"] or "Bestellung" in unknown["reply"]
    handed = talk.say(yes)
    assert question in handed["handoff"]["reason"]


def test_no_to_the_offer_is_accepted() -> None:
    talk = Conversation()
    talk.say("What is love?")
    decided = talk.say("no thanks")
    assert (decided["intent"], decided.get("handoff")) == ("declined", None)


@pytest.mark.parametrize(
    "text", ["This is unacceptable!!! Where is my order 1042?", "Frechheit! Wo ist Bestellung 1042?"]
)
def test_anger_gets_an_answer_and_the_offer_of_a_human(text: str) -> None:
    talk = Conversation()
    decided = talk.say(text)
    assert talk.actions == [(STATUS, {"order_id": "1042"})]
    assert "sorry" in decided["reply"] or "leid" in decided["reply"]
    assert decided["reply"].endswith("?")
    assert talk.say("ja" if "leid" in decided["reply"] else "yes")["handoff"]


COURTESIES = [
    ("Hi", "greeting", False),
    ("Guten Morgen", "greeting", False),
    ("thanks a lot!", "thanks", True),
    ("Super, vielen Dank!", "thanks", True),
    ("bye", "goodbye", True),
    ("Tschüss", "goodbye", True),
    ("Are you a bot?", "about", False),
    ("Bist du ein Mensch?", "about", False),
    ("What can you do?", "about", False),
]


@pytest.mark.parametrize(("text", "intent", "resolved"), COURTESIES)
def test_courtesies_need_no_tool(text: str, intent: str, resolved: bool) -> None:
    talk = Conversation()
    decided = talk.say(text)
    assert (decided["intent"], decided.get("resolved", False), talk.actions) == (intent, resolved, [])


def test_a_greeting_before_a_question_is_not_all() -> None:
    assert Conversation().say("Hello! Where is my order 1042?")["intent"] == "order_status"
    assert Conversation().say("Hello. What is love?")["intent"] == "unknown"


def test_several_wishes_in_one_message() -> None:
    talk = Conversation()
    decided = talk.say("Where is my order 1042 and what are your opening hours?")
    assert [tool for tool, _ in talk.actions] == [STATUS]
    assert "shipped" in decided["reply"]
    assert "9:00 to 17:00" in decided["reply"]
    assert len(decided["citations"]) == 2


def test_two_orders_in_one_message() -> None:
    talk = Conversation()
    decided = talk.say("Wo ist 1042 und wo ist 1043?")
    assert talk.actions == [(STATUS, {"order_id": "1042"}), (STATUS, {"order_id": "1043"})]
    assert "versandt" in decided["reply"]
    assert "in Bearbeitung" in decided["reply"]


def test_a_number_told_beside_a_question_is_no_question() -> None:
    talk = Conversation()
    talk.say("I have not received anything. My order number is 1042. When will it arrive?")
    assert talk.actions == [(ETA, {"order_id": "1042"})]


def test_the_sandbox_says_what_it_is_in_its_first_reply_only() -> None:
    english, german = Conversation(), Conversation()
    assert english.say("Where is my order 1042?")["reply"].startswith(DISCLOSURE["en"])
    assert DISCLOSURE["en"] not in english.say("and when will it arrive?")["reply"]
    assert german.say("Ich möchte mit einem Menschen sprechen")["reply"].startswith(DISCLOSURE["de"])


def test_the_language_stays_until_the_customer_changes_it() -> None:
    talk = Conversation()
    assert talk.say("Wo ist meine Bestellung?")["language"] == "de"
    assert talk.say("1042")["language"] == "de"
    assert talk.say("ok")["language"] == "de"
    assert talk.say("Where is my order 1043?")["language"] == "en"


def test_the_known_language_counts_where_the_text_does_not_tell() -> None:
    assert Conversation(context={"language": "de-AT"}).say("1042")["language"] == "de"
    assert Conversation(context={"language": "fr"}).say("1042")["language"] == "en"


def test_an_open_question_can_be_dropped_or_left_for_a_human() -> None:
    talk = Conversation()
    talk.say("Call me back please")
    assert talk.say("never mind")["reply"] == "All right, no callback."
    talk.say("Please open a ticket")
    assert talk.say("No, I want to speak to a human")["handoff"] or talk.actions == []


def test_strangers_learn_how_to_become_known_and_nothing_else() -> None:
    talk = Conversation(run=stranger)
    status = talk.say("Where is my order 1042?")
    eta = talk.say("and when will it arrive?")
    for decided in (status, eta):
        assert "sign in" in decided["reply"]
        assert "shipped" not in decided["reply"]
        assert "resolved" not in decided
    german = Conversation(run=stranger, tools=(*TOOLS, *LATER_TOOLS)).say("Wo ist Bestellung 1042?")
    assert "Code" in german["reply"]


def test_after_the_code_the_open_question_is_answered() -> None:
    known: list[str] = []

    def run(tool: str, arguments: Any) -> Any:
        known.extend(["yes"] if tool == "verify_identity" and "code" in arguments else [])
        return shop(tool, arguments) if known else stranger(tool, arguments)

    talk = Conversation(run=run, tools=(*TOOLS, *LATER_TOOLS))
    talk.say("Where is my order 1042?")
    talk.say("ada@example.com")
    assert talk.actions == [("verify_identity", {"email": "ada@example.com"})]
    decided = talk.say("my code is 482913")
    assert talk.actions == [("verify_identity", {"code": "482913"}), (STATUS, {"order_id": "1042"})]
    assert "verified" in decided["reply"]
    assert "shipped" in decided["reply"]


LATER = [
    (
        ["I would like a refund for order 1042"],
        [
            (STATUS, {"order_id": "1042"}),
            (
                "refund_order",
                {
                    "order_id": "1042",
                    "amount": "84.50",
                    "currency": "EUR",
                    "reason": "I would like a refund for order 1042",
                },
            ),
        ],
    ),
    (
        ["Bitte erstatten Sie mir 20 Euro für Bestellung 1042"],
        [
            (
                "refund_order",
                {
                    "order_id": "1042",
                    "amount": "20.00",
                    "currency": "EUR",
                    "reason": "Bitte erstatten Sie mir 20 Euro für Bestellung 1042",
                },
            )
        ],
    ),
    (
        ["Bitte stornieren Sie meine Bestellung", "1043"],
        [("cancel_order", {"order_id": "1043", "reason": "Bitte stornieren Sie meine Bestellung"})],
    ),
    (
        ["Please change the address of order 1043 to Hauptstr. 5, 10115 Berlin, Germany"],
        [("change_address", {"order_id": "1043", "address": "Hauptstr. 5, 10115 Berlin, Germany"})],
    ),
    (
        ["Please change the address of order 1043", "Hauptstr. 5, 10115 Berlin"],
        [("change_address", {"order_id": "1043", "address": "Hauptstr. 5, 10115 Berlin"})],
    ),
]


@pytest.mark.parametrize(("texts", "actions"), LATER)
def test_sensitive_tools_are_called_only_when_offered(texts: list[str], actions: list[Any]) -> None:
    equipped, plain_one = Conversation(tools=(*TOOLS, *LATER_TOOLS)), Conversation()
    for text in texts:
        equipped.say(text)
    assert equipped.actions == actions
    handed = plain_one.say(texts[0])
    assert handed["handoff"]["reason"].endswith(texts[0])
    assert plain_one.actions == []


@pytest.mark.parametrize(
    ("code", "said"),
    [("invalid_phone", "not a number"), ("time_in_past", "in the future"), ("timeout", "did not answer")],
)
def test_a_failed_callback_is_told_and_mended(code: str, said: str) -> None:
    talk = Conversation(run=lambda tool, arguments: error(code))
    decided = talk.say("Call me tomorrow at 3pm on 0170 1234567")
    assert said in decided["reply"]
    assert decided["reply"].endswith("?")


def test_after_a_refused_time_only_the_time_is_asked_again() -> None:
    talk = Conversation(run=lambda tool, arguments: error("time_in_past"))
    talk.say("Call me today at 3pm on 0170 1234567")
    talk.run = shop
    talk.say("tomorrow at 4pm then")
    assert talk.actions[0][1]["when"] == "2026-11-22T16:00"
    assert talk.actions[0][1]["phone"] == "01701234567"


@pytest.mark.parametrize("code", ["timeout", "unavailable", "failed", "policy_refused", "something_new"])
def test_every_failure_is_told_and_never_tried_twice(code: str) -> None:
    talk = Conversation(run=lambda tool, arguments: error(code))
    for text in ("Where is 1042?", "When will 1042 arrive?", "What is love?"):
        decided = talk.say(text)
        assert len(talk.actions) == 1
        assert decided["reply"].endswith("colleague?")


def test_without_tools_it_promises_nothing() -> None:
    talk = Conversation(tools=())
    for text in ("Where is my order 1042?", "Please open a ticket: broken lamp", "Call me back", "Love?"):
        decided = talk.say(text)
        assert talk.actions == []
        assert "colleague" in decided["reply"]


def test_results_with_unknown_fields_and_status_are_told_as_they_are() -> None:
    talk = Conversation(
        run=lambda tool, arguments: ok({"order_id": "1042", "status": "at_customs", "new": 1})
    )
    assert "at_customs" in talk.say("Where is 1042?")["reply"]


def test_a_name_is_remembered() -> None:
    decided = Conversation().say("Hi, my name is Ada")
    assert decided["remember"] == [{"key": "name", "value": "Ada"}]
    assert "Ada" in plain(Conversation(context={"name": "Ada"}).say("Hello"))


def test_what_only_a_human_may_do_goes_to_a_human() -> None:
    run = {"cancel_order": error("needs_human"), "get_order_status": ok({"total": "1.00", "currency": "EUR"})}
    for text in ("Please cancel order 1043", "Bitte stornieren Sie Bestellung 1043"):
        decided = Conversation(tools=(*TOOLS, *LATER_TOOLS), run=lambda tool, _: run[tool]).say(text)
        assert "1043" in decided["handoff"]["reason"]


def test_a_colleagues_words_in_the_history_are_not_the_sandboxs() -> None:
    talk = Conversation()
    talk.history += [
        {"role": "user", "content": "Hello"},
        {
            "role": "assistant",
            "content": '{"intent":"colleague","language":"und","actions":[],"reply":"Yes?"}',
        },
    ]
    assert talk.say("Where is 1042?")["reply"].startswith(DISCLOSURE["en"])


def test_every_example_passage_can_be_quoted_past_the_reply_rules() -> None:
    for section in sections():
        asked = f"{section.title}?"
        decided = Conversation(recall=False).say(asked)
        facts = shop_evidence(
            passages=(f"{section.title}\n{section.text}",),
            results=tuple(json.dumps({"ok": True, "data": found}) for found in search(asked)),
            own_words=(asked,),
            citable=frozenset(decided["citations"]),
        )
        draft = Draft(
            text=decided["reply"], citations=tuple(decided["citations"]), language=decided["language"]
        )
        assert review_reply(draft, facts).reason == "", section.id
