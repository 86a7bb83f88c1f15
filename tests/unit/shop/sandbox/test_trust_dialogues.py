"""Proving who one is, and what is done about an order then, as the sandbox model decides it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.conversation import (
    LATER_TOOLS,
    TOOLS,
    Answer,
    Conversation,
    error,
    ok,
    plain,
    shop,
    stranger,
)

STATUS = ("get_order_status", {"order_id": "1042"})
TO_ADA = ("verify_identity", {"email": "ada@example.com"})
SENSITIVE = ("get_delivery_eta", "refund_order", "cancel_order", "change_address")
MUG = "I'd like a refund of 80 EUR for order 1042, the mug is broken"
REFUND = {"order_id": "1042", "amount": "80.00", "currency": "EUR", "reason": MUG}


class Gateway:
    """Knows nobody until the code 482913 is given; what it does then can be told it by tool."""

    def __init__(self, answers: Mapping[str, Answer] | None = None) -> None:
        self.known = False
        self.answers = answers or {}

    def __call__(self, tool: str, arguments: Mapping[str, Any]) -> Answer:
        if tool == "verify_identity":
            return self._verify(arguments)
        if not self.known:
            return error("identity_required") if tool in SENSITIVE else stranger(tool, arguments)
        return self.answers.get(tool) or shop(tool, arguments)

    def _verify(self, arguments: Mapping[str, Any]) -> Answer:
        if "email" in arguments:
            return ok({"code_requested": True, "valid_minutes": 10})
        self.known = arguments["code"] == "482913"
        return ok({"verified": True}) if self.known else error("code_wrong")


def talk(gateway: Gateway | None = None, **more: Any) -> Conversation:
    return Conversation(run=gateway or Gateway(), tools=(*TOOLS, *LATER_TOOLS), **more)


def known(**answers: Answer) -> Conversation:
    gateway = Gateway(answers)
    gateway.known = True
    return talk(gateway, context={"trust": 3})


@pytest.mark.parametrize("code", ["482913", "my code is 4 8 2 9 1 3", "It's 482 913", "the code: 482-913"])
def test_a_stranger_proves_who_they_are_and_gets_the_answer(code: str) -> None:
    customer = talk()
    asked = customer.say("Where is order 1042?")
    sent = customer.say("ada@example.com")
    assert "e-mail address" in asked["reply"]
    assert customer.actions == [TO_ADA]
    assert "a code is on its way" in sent["reply"]
    assert "10 minutes" in sent["reply"]
    told = customer.say(code)
    assert customer.actions == [("verify_identity", {"code": "482913"}), STATUS]
    assert "you are verified now" in told["reply"]
    assert "has been shipped" in told["reply"]
    assert len(told["citations"]) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Where is order 1042?", "right now. Please ask me again in 37 minutes"),
        ("Wo ist meine Bestellung 1042?", "Bitte fragen Sie mich in 37 Minuten noch einmal"),
    ],
)
def test_nobody_is_told_of_a_code_that_was_not_sent(text: str, words: str) -> None:
    customer = talk()
    customer.say(text)
    refused = {"ok": False, "error": "code_not_now", "message": "One can be asked for again in 37 minutes."}
    customer.run = lambda tool, arguments: refused
    told = customer.say("ada@example.com")["reply"]
    assert words in told
    assert not any(claim in told for claim in ("on its way", "unterwegs", "code?", "Code?"))


def test_ein_fremder_weist_sich_aus_und_bekommt_die_antwort() -> None:
    customer = talk()
    asked = customer.say("Wo ist meine Bestellung 1042?")
    sent = customer.say("ada@example.com")
    told = customer.say("482913")
    assert "E-Mail-Adresse" in asked["reply"]
    assert "ist ein Code dorthin unterwegs" in sent["reply"]
    assert "jetzt bestätigt" in told["reply"]
    assert "ist versandt" in told["reply"]


@pytest.mark.parametrize(
    ("code", "again"), [("111111", "yes please"), ("my code is 111111", "send me a new code please")]
)
def test_a_wrong_code_is_told_and_a_new_one_offered(code: str, again: str) -> None:
    customer = talk()
    customer.say("Where is order 1042?")
    customer.say("ada@example.com")
    wrong = customer.say(code)
    assert "not right" in wrong["reply"]
    assert "new code" in wrong["reply"]
    customer.say(again)
    assert customer.actions == [TO_ADA]
    assert "has been shipped" in customer.say("482913")["reply"]


def test_ein_falscher_code_und_dann_der_richtige() -> None:
    customer = talk()
    customer.say("Wo ist meine Bestellung 1042?")
    customer.say("ada@example.com")
    assert "stimmt nicht" in customer.say("111111")["reply"]
    assert "ist versandt" in customer.say("Mein Code ist 482913")["reply"]


def test_a_code_that_is_no_longer_valid_is_replaced_on_request() -> None:
    gateway = Gateway()
    customer = talk(gateway)
    customer.say("Where is order 1042?")
    customer.say("ada@example.com")
    customer.run = lambda tool, arguments: error("code_none")
    assert customer.say("482913")["reply"].endswith("Shall I have a new code sent?")
    customer.run = gateway
    customer.say("yes")
    assert customer.actions == [TO_ADA]


def test_what_is_no_address_is_asked_for_again() -> None:
    customer = Conversation(run=lambda tool, arguments: error("invalid_email"), tools=(*TOOLS, *LATER_TOOLS))
    assert customer.say("verify me, I am ada@example.com")["reply"].endswith("did you order with?")


def test_a_conversation_of_somebody_else_is_told_openly() -> None:
    customer = Conversation(run=lambda tool, arguments: error("other_customer"), tools=(*TOOLS, *LATER_TOOLS))
    assert "another address" in customer.say("ada@example.com")["reply"]


HOSTILE = ["my " * 1300, "new code " * 440, "4 " * 2000, "refund of 1." * 330, "1,000" * 800, "[code " * 600]


@pytest.mark.timed
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12])
def test_hostile_texts_take_no_time(text: str) -> None:
    customer = talk()
    customer.say("Where is order 1042?")
    customer.say("ada@example.com")
    started = time.process_time()
    customer.say(text)
    assert time.process_time() - started < 1.0


def test_the_code_may_come_after_another_question() -> None:
    customer = talk()
    customer.say("Where is order 1042?")
    customer.say("ada@example.com")
    customer.say("What is your return policy?")
    assert "has been shipped" in customer.say("482913")["reply"]


def test_everything_in_one_message() -> None:
    customer = talk()
    asked = customer.say("Where is order 1042? My email is ada@example.com")
    assert sorted(customer.actions, key=str) == [STATUS, TO_ADA]
    assert asked["reply"].endswith("What is the code?")
    assert "has been shipped" in customer.say("482913")["reply"]


def test_a_masked_code_goes_on_as_it_is() -> None:
    customer = talk()
    customer.say("Where is order 1042?")
    customer.say("ada@example.com")
    customer.say("my code is [CODE 1]")
    assert customer.actions == [("verify_identity", {"code": "[CODE 1]"})]


def test_six_digits_without_a_code_under_way_are_an_order() -> None:
    customer = talk()
    customer.say("482913")
    assert customer.actions == [("get_order_status", {"order_id": "482913"})]


def test_those_who_are_verified_are_not_sent_codes() -> None:
    customer = known()
    assert "verified already" in customer.say("Please verify my identity")["reply"]
    customer.say("ada@example.com")
    assert not [tool for tool, _ in customer.actions if tool == "verify_identity"]


def test_an_address_in_passing_sends_no_code() -> None:
    customer = talk()
    customer.say(
        "Please write to the seller of the lamp at bob@example.com and ask whether it can be repaired"
    )
    assert not [tool for tool, _ in customer.actions if tool == "verify_identity"]


DIALOGUES: list[tuple[list[str], tuple[str, dict[str, str]]]] = [
    ([MUG], ("refund_order", REFUND)),
    (
        ["I want my money back", "1042"],
        ("refund_order", REFUND | {"amount": "84.50", "reason": "I want my money back"}),
    ),
    (
        ["Please cancel order 1043"],
        ("cancel_order", {"order_id": "1043", "reason": "Please cancel order 1043"}),
    ),
    (
        ["Bitte stornieren Sie meine Bestellung", "1043"],
        ("cancel_order", {"order_id": "1043", "reason": "Bitte stornieren Sie meine Bestellung"}),
    ),
    (
        ["Please change the address of order 1043", "Hauptstr. 5, 10115 Berlin"],
        ("change_address", {"order_id": "1043", "address": "Hauptstr. 5, 10115 Berlin"}),
    ),
]


@pytest.mark.parametrize(("texts", "action"), DIALOGUES)
def test_after_the_code_the_wish_is_carried_out(texts: list[str], action: tuple[str, dict[str, str]]) -> None:
    customer = talk()
    asked = [customer.say(text) for text in texts][-1]
    assert "address is it?" in asked["reply"] or "Welche ist es?" in asked["reply"]
    customer.say("ada@example.com")
    done = customer.say("482913")
    assert customer.actions[0] == ("verify_identity", {"code": "482913"})
    assert customer.actions[-1] == action
    assert done["resolved"]


def test_a_refund_is_told_with_its_amount() -> None:
    customer = known()
    done = customer.say(MUG)
    assert customer.actions == [("refund_order", REFUND)]
    assert plain(done) == "The refund of 80.00 EUR for order 1042 has been made."
    german = known().say("Ich möchte 80,50 EUR für Bestellung 1042 erstattet bekommen")
    assert plain(german) == "Die Erstattung von 80,50 EUR für Bestellung 1042 ist erfolgt."


def test_what_is_broken_is_the_reason_and_no_second_matter() -> None:
    customer = known()
    customer.say("I'd like a refund of 80 EUR for order 1042. The mug is broken.")
    assert [tool for tool, _ in customer.actions] == ["refund_order"]
    assert customer.actions[0][1]["reason"].endswith("The mug is broken.")


LEFT = {"order_id": "1042", "status": "shipped", "total": "84.50", "currency": "EUR"}


def test_without_an_amount_it_is_what_is_left_and_nothing_invented() -> None:
    customer = known(get_order_status=ok(LEFT | {"refunded": "80.00"}))
    customer.say("I would like a refund for order 1042")
    assert customer.actions[-1][1]["amount"] == "4.50"
    customer.say("I would like a refund of 20 for order 1042")
    assert (customer.actions[-1][1]["amount"], customer.actions[-1][1]["currency"]) == ("20.00", "EUR")
    empty = known(get_order_status=ok(LEFT | {"refunded": "84.50"}))
    assert "refunded already" in empty.say("I would like a refund for order 1042")["reply"]
    assert [tool for tool, _ in empty.actions] == ["get_order_status"]


def test_the_status_tells_of_refunds() -> None:
    customer = known(get_order_status=ok(LEFT | {"refunded": "80.00"}))
    assert "Refunded so far: 80.00 EUR." in customer.say("Where is order 1042?")["reply"]


WISHES = {
    "refund_order": (MUG, "Bitte erstatten Sie mir 80 EUR für Bestellung 1042"),
    "cancel_order": ("Please cancel order 1043", "Bitte stornieren Sie Bestellung 1043"),
    "change_address": (
        "Please change the address of order 1043 to Hauptstr. 5, 10115 Berlin",
        "Bitte ändern Sie die Adresse von Bestellung 1043: Hauptstr. 5, 10115 Berlin",
    ),
}
OUTCOMES = [
    ("waiting_approval", "A colleague is checking", "Das prüft zuerst"),
    ("refused", "I am sorry, I can't", "Es tut mir leid"),
    ("not_found", "I find no order", "finde ich keine Bestellung"),
]


@pytest.mark.parametrize(("code", "english", "german"), OUTCOMES)
@pytest.mark.parametrize("tool", WISHES)
def test_what_came_of_it_is_told_and_never_as_done(tool: str, code: str, english: str, german: str) -> None:
    for text, said in zip(WISHES[tool], (english, german), strict=True):
        customer = known(**{tool: error(code)})
        decided = customer.say(text)
        assert [name for name, _ in customer.actions] == [tool]
        assert said in decided["reply"]
        assert not decided.get("handoff")
        assert not decided.get("resolved")
        assert decided["reply"].endswith(("colleague?", "weitergeben?")) or code != "refused"


ERRORS = [
    ("refund_order", "too_much", "more than can still be refunded"),
    ("refund_order", "wrong_currency", "another currency"),
    ("refund_order", "invalid_amount", "not an amount"),
    ("cancel_order", "too_late", "no longer be cancelled"),
    ("cancel_order", "already_cancelled", "cancelled already"),
    ("change_address", "too_late", "no longer be changed"),
    ("change_address", "invalid_address", "could not read"),
]


@pytest.mark.parametrize(("tool", "code", "said"), ERRORS)
def test_why_it_can_not_be_done_is_told_and_a_human_offered(tool: str, code: str, said: str) -> None:
    customer = known(**{tool: error(code)})
    decided = customer.say(WISHES[tool][0])
    assert said in decided["reply"]
    assert customer.say("yes please")["handoff"]


@pytest.mark.parametrize("tool", WISHES)
def test_an_unclear_outcome_goes_to_a_human(tool: str) -> None:
    assert known(**{tool: error("timeout")}).say(WISHES[tool][0])["handoff"]
