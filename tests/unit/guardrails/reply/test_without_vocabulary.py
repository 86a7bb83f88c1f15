"""A business that has no words of its own is safe all the same: values and bare deeds are checked."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from guardrails.draft import Draft
from guardrails.evidence import Evidence
from guardrails.rule_book import review_reply

NOW = datetime(2026, 11, 21, 21, 0, tzinfo=UTC)
BOOKING = {
    "booking_id": "B-20417",
    "room": "Garden room",
    "total": "240.00",
    "currency": "EUR",
    "from": "2026-12-04",
}
LOOKED_UP = json.dumps({"tool": "find_booking", "arguments": {}, "ok": True, "data": BOOKING})
FACTS = Evidence(
    results=(LOOKED_UP,),
    passages=("Breakfast\nBreakfast is from 7:00 to 10:00. It is free for children.",),
    own_words=("When does my stay begin?",),
    now=NOW,
)


@pytest.mark.parametrize(
    "reply",
    [
        "Your stay in the Garden room begins on 4 December 2026 and costs 240.00 EUR.",
        "Breakfast is from 7:00 to 10:00.",
        "I have found your booking B-20417.",
        "I can't change that here. Would you like a colleague to call you?",
    ],
)
def test_facts_may_be_said(reply: str) -> None:
    verdict = review_reply(Draft(text=reply), FACTS)
    assert (verdict.rule, verdict.reason) == ("", "")


@pytest.mark.parametrize(
    ("reply", "rule"),
    [
        ("It costs 340.00 EUR.", "amounts"),
        ("It begins on 5 December 2026.", "dates"),
        ("Your booking is number 20418.", "identifiers"),
        ("See https://other.example/pay.", "links"),
        ("Call +49 30 7654321.", "phones"),
        ("Write to other@example.com.", "mail_addresses"),
        ("I have scheduled a callback.", "action_claims"),
        ("Breakfast is at any time on opening days.", "policy_claims"),
        ("We give you a discount of 20 %.", "promises"),
    ],
)
def test_what_is_not_a_fact_is_blocked(reply: str, rule: str) -> None:
    assert review_reply(Draft(text=reply), FACTS).rule == rule


@pytest.mark.parametrize(
    "claim",
    [
        "I have cancelled your stay.",
        "We've just rescheduled your appointment.",
        "I have transferred the money.",
        "Ich habe Ihren Termin verschoben.",
        "Wir haben die Karte gesperrt.",
        "J'ai annulé votre séjour.",
        "Hemos cambiado su reserva.",
    ],
)
def test_a_deed_needs_an_action_whatever_it_is_called(claim: str) -> None:
    assert review_reply(Draft(text=claim), Evidence(now=NOW)).rule == "action_claims"
    assert review_reply(Draft(text=claim), Evidence(now=NOW, done=frozenset({"search_knowledge"}))).blocked
    assert not review_reply(Draft(text=claim), Evidence(now=NOW, done=frozenset({"crm_do_it"}))).blocked
