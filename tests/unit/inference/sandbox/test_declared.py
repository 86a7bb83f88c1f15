"""A business that declares what its sandbox understands: a bike rental, French first."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.inference.sandbox.declared import EVERYONE, Declared, read_sandbox
from orchestrator.inference.sandbox.responder import Sandbox, make_sandbox
from orchestrator.toml_file import TomlInvalid
from tests.support.conversation import LATER_TOOLS, TOOLS, Answer, Conversation, error, make_tool, ok, shop

HERE = Path(__file__).parent
TEXT = {"type": "string"}
BOOKING = make_tool("get_booking", {"booking_id": TEXT})
CANCEL = make_tool("cancel_booking", {"booking_id": TEXT})
BIKE = {
    "found": True,
    "bike": "Tandem",
    "until": "2026-11-24",
    "price": {"amount": "48", "currency": "EUR"},
}
HOURS = [
    {"id": "h#1", "title": "Horaires : quand êtes-vous ouverts ?", "text": "De 9 h à 18 h, même le dimanche."}
]


@pytest.fixture(scope="module")
def rental() -> Sandbox:
    return make_sandbox(("fr", "en"), read_sandbox(HERE / "rental.toml"))


class Rental:
    """The tools: two bookings; whoever gave the code is known."""

    def __init__(self, *, known: bool = True) -> None:
        self.known = known

    def __call__(self, tool: str, arguments: Mapping[str, Any]) -> Answer:
        if tool == "verify_identity":
            self.known = self.known or "code" in arguments
            return ok({"verified": True} if "code" in arguments else {"valid_minutes": 10})
        if tool == "get_booking":
            return ok(BIKE if arguments["booking_id"].upper() == "AB123" else {"found": False})
        if tool == "cancel_booking":
            return ok({}) if self.known else error("identity_required")
        return shop(tool, arguments)


def customer(model: Sandbox, **more: Any) -> Conversation:
    given_ = {"run": Rental(), "tools": (*TOOLS, *LATER_TOOLS, BOOKING, CANCEL), "recall": False, **more}
    return Conversation(model=model, **given_)


def test_a_declared_intent_calls_its_tool_and_tells_the_result(rental: Sandbox) -> None:
    talk = customer(rental)
    told = talk.say("Où en est ma réservation AB123 ?")
    assert talk.actions == [("get_booking", {"booking_id": "AB123"})]
    reply = "Réservation AB123 : Tandem. Retour le mardi 24 novembre 2026. Prix : 48,00 EUR."
    assert told["reply"].endswith(reply)
    assert (told["language"], told["intent"], told["resolved"]) == ("fr", "booking", True)
    assert told["citations"] == ["r1"]


def test_it_asks_for_what_is_missing_and_goes_on_with_the_answer(rental: Sandbox) -> None:
    talk = customer(rental)
    assert talk.say("Where is my booking?")["reply"].endswith("What is your booking's number?")
    assert "Tandem" in talk.say("it's ab123")["reply"]
    assert "no booking ZZ999" in talk.say("and ZZ999?")["reply"]


def test_days_are_read_as_people_say_them_and_patterns_in_any_case(rental: Sandbox) -> None:
    move = make_tool("move_booking", {"booking_id": TEXT, "day": TEXT})
    talk = customer(rental, run=lambda tool, arguments: ok({}), tools=(move,))
    assert talk.say("Déplacez ma réservation Ref AB123")["reply"].endswith("À quel jour ?")
    told = talk.say("à mardi, s'il vous plaît")
    assert talk.actions == [("move_booking", {"booking_id": "AB123", "day": "2026-11-24"})]
    assert told["reply"] == "Réservation AB123 : c'est maintenant le mardi 24 novembre 2026."


def test_an_open_question_can_be_dropped(rental: Sandbox) -> None:
    talk = customer(rental)
    talk.say("Je veux annuler ma réservation")
    assert talk.say("non, laissez")["reply"] == "Entendu, je laisse cela."
    assert talk.actions == []


def test_what_the_words_exclude_is_another_intent(rental: Sandbox) -> None:
    talk = customer(rental)
    assert talk.say("Annulez ma réservation AB123")["reply"].endswith("La réservation AB123 est annulée.")
    assert talk.actions == [("cancel_booking", {"booking_id": "AB123"})]


def test_what_a_tool_refuses_is_told_and_a_colleague_offered(rental: Sandbox) -> None:
    talk = customer(rental, run=lambda tool, arguments: error("too_late"))
    told = talk.say("Please cancel booking AB123")["reply"]
    assert "can no longer be cancelled" in told
    assert talk.say("yes please")["handoff"]["reason"].startswith("human: Please cancel")


@pytest.mark.parametrize(
    ("code", "said"),
    [("waiting_approval", "vérifie cela"), ("policy_refused", "désolé"), ("timeout", "n'a pas répondu")],
)
def test_every_other_outcome_has_words(rental: Sandbox, code: str, said: str) -> None:
    talk = customer(rental, run=lambda tool, arguments: error(code))
    told = talk.say("Annulez ma réservation AB123")
    assert said in told["reply"]
    assert "resolved" not in told


def test_who_is_unknown_proves_it_and_gets_what_they_asked_for(rental: Sandbox) -> None:
    talk = customer(rental, run=Rental(known=False))
    assert "Quelle est cette adresse ?" in talk.say("Annulez ma réservation AB123")["reply"]
    assert "10 minutes" in talk.say("ada@example.com")["reply"]
    told = talk.say("482 913")
    assert [tool for tool, _ in talk.actions] == ["verify_identity", "cancel_booking"]
    assert "votre identité est maintenant confirmée" in told["reply"]
    assert "La réservation AB123 est annulée." in told["reply"]


def test_without_the_tool_nothing_is_promised(rental: Sandbox) -> None:
    talk = customer(rental, tools=())
    assert "Je ne peux pas faire cela ici." in talk.say("Annulez ma réservation AB123")["reply"]


def test_an_article_answers_in_the_customers_language(rental: Sandbox) -> None:
    talk = customer(rental, context={"passages": HOURS})
    told = talk.say("Quand êtes-vous ouverts ?")
    assert "Notre page d'aide « Horaires : quand êtes-vous ouverts ? » dit :" in told["reply"]
    assert "9 h à 18 h" in told["reply"]
    assert told["citations"] == ["h#1"]


def test_what_nothing_answers_is_said_with_what_can_be_done(rental: Sandbox) -> None:
    told = customer(rental).say("Quelle est la capitale du Pérou ?")
    assert told["intent"] == "unknown"
    assert "regarder une réservation" in told["reply"]
    assert "français et anglais" in told["reply"]


COURTESIES = [
    ("Bonjour", "greeting", "Que puis-je faire"),
    ("Merci beaucoup !", "thanks", "Je vous en prie"),
    ("Au revoir", "goodbye", "Au revoir"),
    ("Êtes-vous un robot ?", "about", "programme à règles"),
    ("Je voudrais parler à un conseiller", "human", "collègue"),
    ("Hello there", "greeting", "How can I help"),
]


@pytest.mark.parametrize(("text", "intent", "said"), COURTESIES)
def test_courtesies(rental: Sandbox, text: str, intent: str, said: str) -> None:
    told = customer(rental).say(text)
    assert told["intent"] == intent
    assert said in told["reply"]


EVERYWHERE = [
    (
        "en",
        "Please call me tomorrow at 3pm on 030 2312510",
        "Please open a ticket: the brake squeaks",
    ),
    (
        "de",
        "Bitte rufen Sie mich morgen um 15 Uhr unter 030 2312510 an",
        "Bitte ein Ticket anlegen: die Bremse quietscht",
    ),
    ("fr", "Rappelez-moi demain à 15h au 030 2312510", "Ouvrez un ticket : le frein grince"),
    ("es", "Llámenme mañana a las 15:00 al 030 2312510", "Abra un tique: el freno chirría"),
]


@pytest.mark.parametrize(("language", "call", "ticket"), EVERYWHERE)
def test_every_business_has_callbacks_and_tickets(language: str, call: str, ticket: str) -> None:
    talk = customer(make_sandbox((language,)))
    told = talk.say(call)
    assert talk.actions[0][0] == "schedule_callback"
    assert talk.actions[0][1]["when"] == "2026-11-22T15:00"
    assert "2026" in told["reply"]
    assert "T-1001" in talk.say(ticket)["reply"]


def test_what_waits_for_a_colleague_is_taken_back(rental: Sandbox) -> None:
    take_back = make_tool("withdraw_request", {"approval": TEXT})
    talk = customer(
        rental,
        run=lambda tool, arguments: ok({"withdrawn": True}),
        tools=(take_back,),
        context={"waiting": [{"id": "a1", "what": "the cancellation of AB123"}]},
    )
    assert "Rien n'a été changé" in talk.say("J'ai changé d'avis")["reply"]
    assert talk.actions == [("withdraw_request", {"approval": "a1"})]


def test_the_address_a_colleague_had_asked_for_is_noted(rental: Sandbox) -> None:
    talk = customer(rental)
    talk.say("Je voudrais parler à un conseiller")
    talk.context["colleague"] = {"answer_goes_to": "ada@example.com"}
    assert "ira aussi à ada@example.com" in talk.say("ada@example.com")["reply"]
    assert talk.actions == []


def test_what_we_declare_ourselves_is_complete_in_four_languages() -> None:
    ours = read_sandbox(EVERYONE)
    said = [*ours.sentences.values(), *ours.abilities.values(), *ours.patterns.values()]
    for intent in ours.intents.values():
        said += [*intent.says.values(), *(each.ask for each in intent.arguments.values() if each.ask)]
        if intent.name not in ("verify_code", "reach"):  # digits and addresses have no language
            said.append(intent.words)
    assert all(set(each) == {"en", "de", "fr", "es"} for each in said)


def test_a_business_may_speak_a_language_that_we_do_not() -> None:
    declared = Declared.model_validate(
        {"sentences": {"disclosure": {"pt": "Sandbox."}}, "tells": {"pt": "olá bom dia"}, "intents": {
            "greeting": {"words": {"pt": ["^ola"]}, "says": {"then": {"pt": "Em que posso ajudar?"}}}}}
    )  # fmt: skip
    told = customer(make_sandbox(("pt",), declared)).say("Olá, bom dia")
    assert told["reply"] == "Sandbox.\n\nEm que posso ajudar?"


WRONG = [
    ("[intents.a]\ntool = 5\n", 2, "intents.a.tool"),
    ("\n\n[intents.a.words]\nfr = ['(']\n", 4, "intents.a.words.fr[0]"),
    ("[intents.a.arguments.x]\nof = 'colour'\n", 2, "intents.a.arguments.x.of"),
    ("[tells]\nfr = 'vélo'\n[intents.a]\nspeaks.done = { fr = 'x' }\n", 4, "intents.a.speaks"),
    ("intent = 1\n", 1, "intent"),
]


@pytest.mark.parametrize(("text", "line", "place"), WRONG)
def test_a_mistake_is_named_with_file_and_line(tmp_path: Path, text: str, line: int, place: str) -> None:
    file = tmp_path / "sandbox.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(TomlInvalid) as caught:
        read_sandbox(file)
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith(f"{file}, line {line}: {place}")


def test_all_mistakes_are_named_at_once_and_broken_toml_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "sandbox.toml"
    file.write_text("empty = 1\n[intents.a]\ntool = 1\n", "utf-8")
    with pytest.raises(TomlInvalid) as caught:
        read_sandbox(file)
    assert len(caught.value.problems) == 2
    file.write_text("a = 1\nb = \n", "utf-8")
    with pytest.raises(TomlInvalid, match="line 2"):
        read_sandbox(file)
    with pytest.raises(TomlInvalid, match="can't be read"):
        read_sandbox(tmp_path / "none.toml")


SAID = (
    "réservation AB123 annuler ma où en est oui non merci 482913 ada@example.com demain à 15h rappelez-moi"
    " ticket : ? humain code"
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(SAID.split()), max_size=12).map(" ".join))


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4), st.booleans())
def test_any_conversation_gets_valid_decisions(texts: list[str], known: bool) -> None:
    talk = customer(make_sandbox(("fr", "en"), read_sandbox(HERE / "rental.toml")), run=Rental(known=known))
    for text in texts:
        assert talk.say(text)["reply"].strip()  # the schema and every action's arguments are checked there


HOSTILE = [
    "hi there " * 500,
    "okok" * 1000,
    "a" * 4000,
    "a@" * 2000,
    "a.a@a" * 800,
    "code 1" * 600,
    "call me " * 500,
    "rappelez moi " * 300,
    "réservation " * 300,
    "in 1 " * 900,
    "half past " * 400,
    "[CODE " * 500,
    ": " * 2000,
    "1 " * 2000,
    "x" * 1_000_000,
]


@pytest.mark.timed
@pytest.mark.parametrize("before", ["Hi", "Please call me back", "Please open a ticket"])
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12])
def test_hostile_texts_take_no_time(rental: Sandbox, text: str, before: str) -> None:
    talk = customer(rental)
    talk.say(before)
    started = time.process_time()
    talk.say(text)
    assert time.process_time() - started < 1.0
